"""Searches that people gave a name: words, facets and filter, for oneself or for everybody who may read the dataset.

Every function takes the Principal who asks. Whoever may change a dataset may keep searches of it; a private one is seen by
its author alone, a shared one by all readers, and deleted by its author or an admin.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from cx.errors import NotAllowedError, NoteError
from cx.principal import Principal
from cx.store import datasets, records
from cx.store.notes import tidy

LONGEST_NAME = 60
LONGEST_VALUE, MOST_VALUES = 500, 200
"""Characters of a parameter, and how many values all of them have together: what fits into an address."""

MOST = 200
"""Searches kept per dataset."""

Query = Mapping[str, Sequence[str]]


class Saved(NamedTuple):
    """A search with its name: `query` are the parameters of the address that mean it."""

    id: int
    name: str
    shared: bool
    query: dict[str, list[str]]
    author: str
    created: datetime


def listed(principal: Principal, dataset: str) -> list[Saved]:
    """The searches of a dataset this principal may see, by name."""
    _may_read(principal, dataset)
    table = records.searches
    seen = sa.or_(table.c.shared, table.c.author == principal.name)
    asked = sa.select(table).where(table.c.dataset == dataset, seen).order_by(sa.func.lower(table.c.name), table.c.id)
    with records.engine().connect() as connection:
        rows = connection.execute(asked).mappings().all()
    return [Saved(**{name: row[name] for name in Saved._fields}) for row in rows]


def save(principal: Principal, dataset: str, name: str, query: Query, shared: bool = False) -> int:
    """Keeps a search; returns its id. One of the same name by the same author is replaced.

    Raises NoteError for a name without text or a query too long to be an address.
    """
    _may_write(principal, dataset)
    given = _checked(query)
    told = tidy(name, "name of the search", LONGEST_NAME)
    table = records.searches
    with records.engine().begin() as connection:
        own = (table.c.dataset == dataset) & (table.c.author == principal.name)
        connection.execute(table.delete().where(own & (sa.func.lower(table.c.name) == told.lower())))
        counted = sa.select(sa.func.count()).select_from(table).where(table.c.dataset == dataset)
        if connection.execute(counted).scalar_one() >= MOST:
            raise NoteError(f"There are {MOST} saved searches already. Delete some first.")
        values = {"dataset": dataset, "name": told, "shared": shared, "query": given}
        done = connection.execute(table.insert().values(**values, author=principal.name, created=records.now()))
        key = done.inserted_primary_key
    return int(key[0]) if key else 0


def delete(principal: Principal, dataset: str, identifier: int) -> None:
    """Deletes a search: one's own, or as an admin any that is shared."""
    _may_write(principal, dataset)
    table = records.searches
    mine = table.c.author == principal.name
    may = sa.or_(mine, table.c.shared) if principal.role == "admin" else mine
    with records.engine().begin() as connection:
        one = (table.c.id == identifier) & (table.c.dataset == dataset) & may
        if not connection.execute(table.delete().where(one)).rowcount:
            raise NoteError("There is no such search, or it is somebody else's.")


def _checked(query: Query) -> dict[str, list[str]]:
    held = {str(name): [str(value) for value in values] for name, values in query.items() if values}
    texts = [*held, *(value for values in held.values() for value in values)]
    if len(texts) > MOST_VALUES or any(len(text) > LONGEST_VALUE for text in texts):
        raise NoteError("This search is too long to be kept: use fewer or shorter words and filters.")
    if not held:
        raise NoteError("There is nothing to keep: search for something or set a filter first.")
    return held


def _may_read(principal: Principal, dataset: str) -> None:
    if not principal.may_read(dataset):
        raise NotAllowedError(f"{principal.name} may not read the dataset '{dataset}'.")


def _may_write(principal: Principal, dataset: str) -> None:
    _may_read(principal, dataset)
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not keep searches of '{dataset}'.")
    datasets.open_dataset(principal, dataset)  # there must be one
