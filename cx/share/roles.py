"""Who may do what in team mode: roles by e-mail address, group or domain, in one TOML file.

    [people]
    "ann@firm.example" = "admin"
    [groups]                    # as the identity provider names them in the claim `groups`
    cx-team = "analyst"
    [domains]
    "firm.example" = "viewer"
    [datasets]                  # who may read only some; everybody else with a role reads all
    "bob@firm.example" = ["shop", "app-reviews"]
    [trust]
    unverified_email = false    # true: take addresses the provider does not call verified

The first admin is named by `CX_ADMIN` (an address), whatever the file says. Person comes before group before domain; of several
groups the one that may most counts. The file is read again when it changes.
"""

import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cx.errors import AccessError
from cx.principal import ROLES, Principal
from cx.store import datasets

VARIABLE, FIRST = "CX_ROLES", "CX_ADMIN"
NAME = "roles.toml"
GIVEN = ROLES[:-1]
"""Roles that can be given: guests come by links."""

TABLES = ("people", "groups", "domains", "datasets", "trust")
LONGEST = 200
"""Characters of an address: what records keep of who wrote them."""


def principal(claims: Mapping[str, Any]) -> Principal:
    """Who signed in, from what the identity provider says of them (`email`, `email_verified`, `groups`).

    Raises AccessError for an address that is not verified, or that has no role here, and for a file that cannot be read.
    """
    table = _table()
    email = str(claims.get("email") or "").strip().lower()
    if "@" not in email or len(email) > LONGEST:
        raise AccessError("The identity provider gave no e-mail address: ask its admin to send the claim `email`.")
    if claims.get("email_verified") is not True and not table["trust"].get("unverified_email"):
        raise AccessError(
            f"The identity provider does not say that the address {email} is verified, so it opens nothing here."
        )
    role = _role(email, claims, table)
    if role is None:
        raise AccessError(f"{email} is signed in, but has no role here. Ask an admin of this Felicific for one.")
    only = table["datasets"].get(email)
    return Principal(email, role, None if only is None or role == "admin" else frozenset(only))


def _role(email: str, claims: Mapping[str, Any], table: Mapping[str, Mapping[str, Any]]) -> str | None:
    if email == os.environ.get(FIRST, "").strip().lower():
        return "admin"
    if email in table["people"]:
        return table["people"][email]
    named = claims.get("groups")
    groups = named if isinstance(named, list | tuple) else [named] if isinstance(named, str) else []
    found = [table["groups"][str(group).lower()] for group in groups if str(group).lower() in table["groups"]]
    return min(found, key=GIVEN.index) if found else table["domains"].get(email.rpartition("@")[2])


def path() -> Path:
    """Where the file lies: `CX_ROLES`, else roles.toml in the home."""
    return Path(os.environ.get(VARIABLE) or datasets.home() / NAME)


def _table() -> dict[str, dict[str, Any]]:
    where = path()
    try:
        seen = where.stat()
    except OSError:
        return {name: {} for name in TABLES}  # then CX_ADMIN alone has a role
    return _read(where, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=4)
def _read(where: Path, _changed: int, _size: int) -> dict[str, dict[str, Any]]:
    try:
        given = tomllib.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AccessError(f"The roles in {where.name} cannot be read: {error}") from error
    strange = sorted(set(given) - set(TABLES))
    if strange or not all(isinstance(held, dict) for held in given.values()):
        raise AccessError(f"{where.name} has tables named {', '.join(TABLES)}, not '{(strange or ['?'])[0]}'.")
    out: dict[str, dict[str, Any]] = {
        name: {str(key).strip().lower(): value for key, value in given.get(name, {}).items()} for name in TABLES
    }
    for name in ("people", "groups", "domains"):
        for key, role in out[name].items():
            if role not in GIVEN:
                raise AccessError(f"{where.name}: '{key}' has the role '{role}'. There are: {', '.join(GIVEN)}.")
    return out
