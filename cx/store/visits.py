"""Browsers that were let in: by a share link, or by the password. And those that tried the wrong one.

A browser holds a random token in a cookie; here stands only its hash, so that who reads the records opens nothing.
"""

import hashlib
import secrets
import threading
from datetime import datetime, timedelta
from functools import lru_cache

import sqlalchemy as sa

from cx.errors import AccessError
from cx.store import records

TABLE, ATTEMPTS = records.visits, records.attempts

STAY = timedelta(hours=12)
"""For how long the password signs a browser in."""

LINK_STAY = timedelta(days=30)
"""For how long a browser is known that came by a link without an end."""

MOST_ATTEMPTS, FORGIVEN = 10, timedelta(minutes=15)
"""After so many wrong passwords within this time a link is shut, and an address shut out, until it has passed."""

SIGN_IN, MOST_SIGN_INS = "sign-in", 100
"""The door of the house, and how many wrong passwords from everywhere shut it: with fewer, anybody could lock its people out."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""Looking at a password takes 64 MB on purpose: no more than two at a time."""

SHORTEST, LONGEST = 8, 200
"""Characters of a password: shorter ones are guessed, longer ones would be work for the server."""


def token() -> str:
    """256 bits nobody can guess, as they stand in addresses and cookies."""
    return secrets.token_urlsafe(32)


def marked(given: str) -> str:
    """What is kept of a token: its SHA-256. Slow hashing is for what people think up."""
    return hashlib.sha256(given.encode()).hexdigest()


def begin(link: int | None, until: datetime | None = None) -> str:
    """Lets a browser in by a link, or (None) signed in; returns its token. Takes away those whose time is over."""
    fresh, now = token(), records.now()
    latest = now + (STAY if link is None else LINK_STAY)
    expires = min(until, latest) if until else latest
    with records.engine().begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.expires < now))
        values = {"token": marked(fresh), "link": link, "created": now, "expires": expires}
        connection.execute(TABLE.insert().values(**values))
    return fresh


def link_of(given: str) -> tuple[bool, int | None]:
    """Whether a browser with this token was let in, and by which link (None: it is signed in)."""
    if not given:  # no cookie, no question to the records
        return False, None
    query = sa.select(TABLE.c.link).where(TABLE.c.token == marked(given), TABLE.c.expires >= records.now())
    with records.engine().connect() as connection:
        row = connection.execute(query).first()
    return (False, None) if row is None else (True, row[0])


def end(given: str) -> None:
    """Takes a browser's token away."""
    with records.engine().begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.token == marked(given)))


def end_all(link: int | None) -> None:
    """Takes away the tokens of all browsers that came by a link, or (None) signed in."""
    with records.engine().begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.link.is_(None) if link is None else TABLE.c.link == link))


def hashed(password: str) -> str:
    """A password as it is kept (argon2id). Raises AccessError for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccessError(f"A password has {SHORTEST} to {LONGEST} characters.")
    return _hasher().hash(password)


def try_password(door: str, origin: str, held: str, given: str) -> bool:
    """Whether a password opens a door (`link 12`, `sign-in`) for somebody from a hashed address.

    Raises AccessError where too many wrong ones were given: at this door, or from this address at any. A try is counted
    before it is looked at, so that many at once are no more than many one after the other.
    """
    from argon2.exceptions import Argon2Error, InvalidHashError

    mine = [at for at in (door, f"from {origin}" if origin else "") if at]
    with records.in_turn() as connection:
        since = records.now() - FORGIVEN
        connection.execute(ATTEMPTS.delete().where(ATTEMPTS.c.created < since))
        counted = sa.select(sa.func.count()).select_from(ATTEMPTS)
        made = {at: connection.execute(counted.where(ATTEMPTS.c.at == at)).scalar() or 0 for at in mine}
        if any(many >= (MOST_SIGN_INS if at == SIGN_IN else MOST_ATTEMPTS) for at, many in made.items()):
            raise AccessError("Too many wrong passwords. Try again in a quarter of an hour.")
        tried = [_key(connection.execute(ATTEMPTS.insert().values(at=at, created=records.now()))) for at in mine]
    try:
        with _AT_ONCE:
            _hasher().verify(held, given[:LONGEST])
    except (Argon2Error, InvalidHashError):
        return False
    with records.engine().begin() as connection:
        connection.execute(ATTEMPTS.delete().where(ATTEMPTS.c.id.in_(tried)))
    return True


def _key(done: sa.CursorResult) -> int:
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


@lru_cache(maxsize=1)
def _hasher():
    from argon2 import PasswordHasher

    return PasswordHasher()
