"""Who did what, when and from where: only added to. Names and counts, never what customers said or who they are."""

import hashlib
import hmac
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from cx.errors import AccessError, NotAllowedError
from cx.principal import Principal
from cx.store import datasets, records

TABLE = records.audit

KEPT, LEAST_KEPT, MOST_KEPT = 365, 30, 3650
"""Days an entry is kept, as long as nothing else was settled; at least, and at most."""

DAYS = "audit_days"
"""The setting (of no dataset) that says how many."""

MOST_SHOWN, MOST_TAKEN = 500, 1_000_000
LONGEST = 200
"""Characters of a detail that are kept."""


class Entry(NamedTuple):
    """One thing somebody did; `detail` in words, `origin` the hashed address it came from."""

    created: Any
    name: str
    role: str
    what: str
    dataset: str
    detail: str
    origin: str


def origin(address: str | None) -> str:
    """An address as it is kept: hashed with the home's own key, so that it is told again and tells nobody who it is."""
    if not address:
        return ""
    return hmac.new(datasets.key(), b"address " + address.encode(), hashlib.sha256).hexdigest()[:16]


def write(principal: Principal, what: str, dataset: str = "", /, **detail: object) -> None:
    """Writes down that somebody did something; `detail` are names and numbers that say which."""
    held = {name: _plain(value) for name, value in detail.items() if value not in (None, "", [], {})}
    values = {
        "created": records.now(), "name": _plain(principal.name), "role": principal.role, "what": what,
        "dataset": dataset, "detail": held, "origin": principal.origin,
    }  # fmt: skip
    with records.engine().begin() as connection:
        connection.execute(TABLE.insert().values(**values))
    _prune_daily()


def listed(principal: Principal, what: str = "", dataset: str = "", most: int = MOST_SHOWN) -> list[Entry]:
    """What was done, the latest first. Raises NotAllowedError for all but admins."""
    _must_manage(principal)
    query = sa.select(TABLE).order_by(TABLE.c.id.desc()).limit(most)
    for column, wanted in ((TABLE.c.what, what), (TABLE.c.dataset, dataset)):
        query = query.where(column == wanted) if wanted else query
    with records.engine().connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        Entry(
            row["created"], row["name"], row["role"], row["what"], row["dataset"], _words(row["detail"]), row["origin"]
        )
        for row in rows
    ]


def kinds(principal: Principal) -> list[str]:
    """What was ever done."""
    _must_manage(principal)
    with records.engine().connect() as connection:
        return [row[0] for row in connection.execute(sa.select(TABLE.c.what).distinct().order_by(TABLE.c.what))]


def csv(principal: Principal) -> bytes:
    """All of it for a spreadsheet: UTF-8 with mark, cells that begin like a formula made harmless."""
    import csv as tables

    from cx.store.ledger import formula_safe

    out = io.StringIO()
    writer = tables.writer(out, lineterminator="\r\n")
    writer.writerow(["time (UTC)", *Entry._fields[1:]])
    for entry in listed(principal, most=MOST_TAKEN):
        writer.writerow([entry.created.isoformat(timespec="seconds"), *(formula_safe(cell) for cell in entry[1:])])
    return out.getvalue().encode("utf-8-sig")


def days() -> int:
    """For how many days entries are kept."""
    return int(records.setting("", DAYS, KEPT))


def keep(principal: Principal, chosen: int) -> None:
    """Settles for how many days entries are kept, and lets older ones go. Raises AccessError for a number out of bounds."""
    _must_manage(principal)
    if not LEAST_KEPT <= chosen <= MOST_KEPT:
        raise AccessError(f"The audit is kept for {LEAST_KEPT} to {MOST_KEPT:,} days.")
    records.set_setting("", DAYS, chosen)
    write(principal, "settled", days=chosen)
    prune()


def prune() -> int:
    """Lets entries go that are older than they are kept; returns how many."""
    before = records.now() - timedelta(days=days())
    with records.engine().begin() as connection:
        return connection.execute(TABLE.delete().where(TABLE.c.created < before)).rowcount


_pruned: dict[str, date] = {}
"""Per home and database the day on which this process last let entries go."""


def _prune_daily() -> None:
    """A server runs for months: what is too old goes with the first entry of a day, not only at its start."""
    where, today = str(records.engine().url), records.now().date()
    if _pruned.get(where) != today:
        _pruned[where] = today
        prune()


def _plain(value: object) -> Any:
    if isinstance(value, int | float | bool):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return "".join(letter if letter.isprintable() else " " for letter in str(value))[:LONGEST]


def _words(detail: dict[str, Any]) -> str:
    """`file: a.csv · rows: 12`."""
    return " · ".join(
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}" for name, value in detail.items()
    )


def _must_manage(principal: Principal) -> None:
    if not principal.may_manage():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not read who did what.")
