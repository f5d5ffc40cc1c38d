"""Saved views: a page with its period, filters and parameters under a name, for oneself or for the team.

A view is kept as the parameters of its address and opened through it, so it can do nothing an address could not. Who may
read a dataset keeps views for themselves; analysts and admins also for the team. A view is renamed and deleted by its
author or an admin. Every function takes the Principal who asks.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from cx.errors import NotAllowedError, NoteError
from cx.principal import Principal
from cx.store import datasets, notes, records
from cx.view import wording

LONGEST_NAME, LONGEST_ADDRESS = 60, 8_000
"""Characters of a name, and of all parameters together."""

MOST = 200
"""Views of a dataset that one person, or the team, may keep."""

ROLES = ("admin", "analyst", "viewer")
"""Guests see what their link shows, and nothing else."""

TABLE, DEFAULTS = records.saved_views, records.default_views


class View(NamedTuple):
    """A saved view; `params` are the parameters of its address without the dataset's, `default`: whether it opens first."""

    id: int
    dataset: str
    page: str
    params: dict[str, list[str]]
    name: str
    team: bool
    author: str
    default: bool = False

    def url(self) -> dict[str, list[str]]:
        """The parameters of its address."""
        return {"d": [self.dataset], **self.params}


def listed(principal: Principal, dataset: str) -> list[View]:
    """The views of a dataset that a person sees: their own and the team's, by name."""
    _may_read(principal, dataset)
    seen = sa.select(TABLE).where(TABLE.c.dataset == dataset, TABLE.c.team | (TABLE.c.author == principal.name))
    first = _default_id(principal)
    found = [_view(row, first) for row in _rows(seen)]
    return sorted(found, key=lambda view: (view.name.casefold(), view.id))


def keep(
    principal: Principal, dataset: str, name: str, page: str, params: Mapping[str, Sequence[str]], team: bool = False
) -> int:
    """Keeps a page with its parameters under a name; returns its id.

    Raises NoteError for an empty, too long or taken name or an address that is too long.
    """
    _may_read(principal, dataset)
    _may_be_for_the_team(principal, team)
    datasets.open_dataset(principal, dataset)  # there must be one
    held = {key: list(values) for key, values in params.items() if key != "d"}
    if len(json.dumps(held)) > LONGEST_ADDRESS:
        raise NoteError(
            wording.of(
                "This view's filters take more than {n} characters: too many to keep.", n=wording.whole(LONGEST_ADDRESS)
            )
        )
    told = notes.tidy(name, "name", LONGEST_NAME)
    with records.in_turn() as connection:
        others = connection.execute(_beside(principal, dataset, team)).mappings().all()
        _not_taken(told, others)
        if len(others) >= MOST:
            raise NoteError(wording.of("There are {n} views already. Delete some first.", n=MOST))
        done = connection.execute(
            TABLE.insert().values(
                dataset=dataset, page=page, params=held, name=told, team=team, author=principal.name,
                created=records.now(),
            )
        )  # fmt: skip
        key = done.inserted_primary_key
        return int(key[0]) if key else 0


def change(principal: Principal, dataset: str, identifier: int, name: str, team: bool) -> None:
    """Another name, or for others. Who had it as default and sees it no more has none then."""
    found = _own(principal, dataset, identifier)
    if team != found.team:
        _may_be_for_the_team(principal, team)
    told = notes.tidy(name, "name", LONGEST_NAME)
    with records.in_turn() as connection:
        author = principal._replace(name=found.author)
        others = connection.execute(_beside(author, dataset, team)).mappings().all()
        _not_taken(told, [row for row in others if row["id"] != identifier])
        connection.execute(TABLE.update().where(TABLE.c.id == identifier).values(name=told, team=team))
        if not team:
            mine = (DEFAULTS.c.view == identifier) & (DEFAULTS.c.owner != found.author)
            connection.execute(DEFAULTS.delete().where(mine))


def delete(principal: Principal, dataset: str, identifier: int) -> None:
    """Deletes a view; nobody has it as default any more."""
    _own(principal, dataset, identifier)
    with records.engine().begin() as connection:
        connection.execute(TABLE.delete().where(TABLE.c.id == identifier))
        connection.execute(DEFAULTS.delete().where(DEFAULTS.c.view == identifier))


def make_default(principal: Principal, dataset: str, identifier: int | None) -> None:
    """What opens first for this person from now on; None: the program's own first page."""
    _may_read(principal, dataset)
    if identifier is not None and identifier not in {view.id for view in listed(principal, dataset)}:
        raise NoteError(wording.of("There is no view {id}.", id=identifier))
    with records.engine().begin() as connection:
        if identifier is None:
            connection.execute(DEFAULTS.delete().where(DEFAULTS.c.owner == principal.name))
        else:
            records.put(connection, DEFAULTS, {"owner": principal.name, "dataset": dataset, "view": identifier})


def default(principal: Principal) -> View | None:
    """What opens first for this person; None where nothing is set, or where they may not read its dataset any more."""
    first = _default_id(principal)
    if first is None:
        return None
    rows = _rows(sa.select(TABLE).where(TABLE.c.id == first))
    found = _view(rows[0], first) if rows else None
    if found is None or principal.role not in ROLES or not principal.may_read(found.dataset):
        return None
    return found if found.team or found.author == principal.name else None


def may_change(principal: Principal, view: View) -> bool:
    """Whether a person may rename or delete a view: its author, or an admin where it is the team's."""
    return view.author == principal.name or (principal.role == "admin" and view.team)


def _view(row: Mapping, first: int | None) -> View:
    params = {str(name): [str(value) for value in values] for name, values in row["params"].items()}
    named = {name: row[name] for name in ("id", "dataset", "page", "name", "team", "author")}
    return View(**named, params=params, default=row["id"] == first)


def _rows(query: sa.Select) -> list[Mapping]:
    with records.engine().connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _default_id(principal: Principal) -> int | None:
    rows = _rows(sa.select(DEFAULTS.c.view).where(DEFAULTS.c.owner == principal.name))
    return rows[0]["view"] if rows else None


def _beside(principal: Principal, dataset: str, team: bool) -> sa.Select:
    """The views among which a name must be its own: the team's, or this person's."""
    whose = TABLE.c.team if team else ~TABLE.c.team & (TABLE.c.author == principal.name)
    return sa.select(TABLE.c.id, TABLE.c.name).where(TABLE.c.dataset == dataset, whose)


def _not_taken(name: str, others: Sequence[Mapping]) -> None:
    if any(row["name"].casefold() == name.casefold() for row in others):
        raise NoteError(
            wording.of(
                "There is a view “{name}” already. Give it another name, or delete the old one first.", name=name
            )
        )


def _own(principal: Principal, dataset: str, identifier: int) -> View:
    _may_read(principal, dataset)
    rows = _rows(sa.select(TABLE).where(TABLE.c.id == identifier, TABLE.c.dataset == dataset))
    found = _view(rows[0], None) if rows else None
    if found is None or not (found.team or found.author == principal.name):  # others' own views are not told of
        raise NoteError(wording.of("There is no view {id}.", id=identifier))
    if not may_change(principal, found):
        raise NotAllowedError(f"The view “{found.name}” is changed by {found.author} or an admin.")
    return found


def _may_read(principal: Principal, dataset: str) -> None:
    datasets.must_read(principal, dataset)
    if principal.role not in ROLES:
        raise NotAllowedError(f"{principal.name} may not read the dataset '{dataset}'.")


def _may_be_for_the_team(principal: Principal, team: bool) -> None:
    if team and not principal.may_write():
        raise NotAllowedError("Views for the team are kept by analysts and admins.")
