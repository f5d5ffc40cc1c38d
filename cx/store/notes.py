"""What people write down beside the numbers: annotations, targets, names of personas, benchmarks of their industry.

Everybody who may read a dataset reads what stands beside it; analysts and admins write. Benchmarks belong to no dataset:
a published figure stands beside all of them. Every function takes the Principal who asks.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from cx.errors import NotAllowedError, NoteError
from cx.principal import Principal
from cx.store import datasets, records
from cx.view import wording
from cx.view.filters import day

LONGEST_TEXT, LONGEST_NAME = 500, 60
"""Characters of an annotation, and of a persona's name."""

YEARS = (1970, 2100)
"""Days before and after are slips of the pen."""

MOST = {"annotations": 1000, "targets": 200, "benchmarks": 500}
"""Kept at most, per dataset (benchmarks: in all): more nobody reads."""

NAMES = (
    wording.noted("annotation"), wording.noted("annotations"), wording.noted("target"), wording.noted("targets"),
    wording.noted("name"), wording.noted("name of a persona"),
)  # fmt: skip
"""What messages name, in the words of this file."""

_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction in which others' text is read."""


class Annotation(NamedTuple):
    """What happened on a day or from a first to a last day (both count): a release, a strike."""

    id: int
    first: date
    last: date
    text: str
    author: str
    created: datetime
    changed: datetime | None = None

    def when(self) -> str:
        """`3 Mar 2026`, `3 Mar 2026 – 9 Mar 2026`."""
        return day(self.first) if self.first == self.last else f"{day(self.first)} – {day(self.last)}"


class Kept(NamedTuple):
    """A record of any other kind: its content as it was given, and who gave it when (UTC)."""

    id: int
    content: dict[str, Any]
    author: str
    created: datetime


# --- Annotations


def annotations(principal: Principal, dataset: str) -> list[Annotation]:
    """The annotations of a dataset, the earliest day first."""
    datasets.must_read(principal, dataset)
    table = records.annotations
    asked = sa.select(table).where(table.c.dataset == dataset).order_by(table.c.first, table.c.last, table.c.id)
    return [Annotation(**{name: row[name] for name in Annotation._fields}) for row in _rows(asked)]


def annotate(principal: Principal, dataset: str, text: str, first: date, last: date | None = None) -> int:
    """Keeps an annotation of a day, or of the days up to `last`; returns its id. Raises NoteError when it says nothing."""
    _may_write(principal, dataset)
    values = _annotation(text, first, last)
    return _added(records.annotations, {"dataset": dataset} | values, principal)


def change_annotation(
    principal: Principal, dataset: str, identifier: int, text: str, first: date, last: date | None = None
) -> None:
    """Says it differently; who wrote it first stays."""
    _may_write(principal, dataset)
    table = records.annotations
    values = _annotation(text, first, last) | {"changed": records.now()}
    with records.engine().begin() as connection:
        one = (table.c.dataset == dataset) & (table.c.id == identifier)
        if not connection.execute(table.update().where(one).values(**values)).rowcount:
            raise NoteError(wording.of("There is no {what} {id}.", what=wording.of("annotation"), id=identifier))


def delete_annotation(principal: Principal, dataset: str, identifier: int) -> None:
    """Deletes an annotation."""
    _may_write(principal, dataset)
    _deleted(records.annotations, identifier, "annotation", dataset)


def _annotation(text: str, first: date, last: date | None) -> dict[str, Any]:
    last = last or first
    for given in (first, last):
        if not YEARS[0] <= given.year <= YEARS[1]:
            raise NoteError(
                wording.of(
                    "{day} is no day of an annotation: {first} to {last}.",
                    day=given.isoformat(), first=YEARS[0], last=YEARS[1],
                )
            )  # fmt: skip
    if last < first:
        raise NoteError(
            wording.of("The last day ({last}) is before the first ({first}).", last=day(last), first=day(first))
        )
    return {"text": tidy(text, "annotation", LONGEST_TEXT), "first": first, "last": last}


# --- Targets


def targets(principal: Principal, dataset: str) -> list[Kept]:
    """The targets of a dataset in the order in which they were set; `measure.goals.target` reads their content."""
    datasets.must_read(principal, dataset)
    table = records.targets
    return _kept(sa.select(table).where(table.c.dataset == dataset).order_by(table.c.id), "target")


def add_target(principal: Principal, dataset: str, target: Mapping[str, Any]) -> int:
    """Keeps a target (`Target.as_json`); returns its id."""
    _may_write(principal, dataset)
    return _added(records.targets, {"dataset": dataset, "target": dict(target)}, principal)


def delete_target(principal: Principal, dataset: str, identifier: int) -> None:
    """Deletes a target."""
    _may_write(principal, dataset)
    _deleted(records.targets, identifier, "target", dataset)


# --- Benchmarks


SAME = ("industry", "kpi", "source", "year")
"""What makes two benchmarks one: the later figure replaces the earlier."""


def benchmarks(principal: Principal) -> list[Kept]:
    """The benchmarks of this home, in the order in which they came; whoever may read a dataset may read them."""
    table = records.benchmarks
    return _kept(sa.select(table).order_by(table.c.id), "benchmark")


def add_benchmarks(principal: Principal, given: Sequence[Mapping[str, Any]]) -> int:
    """Keeps benchmarks, all or none; one that is there already is replaced. Returns how many are kept now."""
    _may_write_at_all(principal)
    table = records.benchmarks
    with records.in_turn() as connection:
        there = connection.execute(sa.select(table.c.id, table.c.benchmark)).all()
        fresh = {_same(each): dict(each) for each in given}
        gone = [identifier for identifier, held in there if _same(held) in fresh]
        many = len(there) - len(gone) + len(fresh)
        if many > MOST["benchmarks"]:
            raise NoteError(
                wording.of(
                    "These would be {n} benchmarks; {most} can be kept. Delete some first.",
                    n=wording.whole(many), most=MOST["benchmarks"],
                )
            )  # fmt: skip
        connection.execute(table.delete().where(table.c.id.in_(gone)))
        for each in fresh.values():
            values = {"benchmark": each, "author": principal.name, "created": records.now()}
            connection.execute(table.insert().values(**values))
    return many


def delete_benchmarks(principal: Principal, identifiers: Sequence[int]) -> None:
    """Deletes benchmarks, all that are named or none."""
    _may_write_at_all(principal)
    table = records.benchmarks
    with records.engine().begin() as connection:
        wanted = set(identifiers)
        if connection.execute(table.delete().where(table.c.id.in_(wanted))).rowcount < len(wanted):
            raise NoteError(wording.of("There is no benchmark {ids}.", ids=", ".join(map(str, sorted(wanted)))))


def _same(given: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(given[name]).casefold() for name in SAME)


# --- Names of personas


def persona_names(principal: Principal, dataset: str) -> list[Kept]:
    """The names people gave to personas: persona (its id), name, traits."""
    datasets.must_read(principal, dataset)
    table = records.persona_names
    rows = _rows(sa.select(table).where(table.c.dataset == dataset).order_by(table.c.id))
    parts = ("persona", "name", "traits")
    return [
        Kept(row["id"], {part: row[part] for part in parts}, row["author"], row["created"]) for row in rows
    ]  # fmt: skip


def name_persona(
    principal: Principal, dataset: str, persona: str, name: str, traits: Sequence[Sequence[Any]], before: int | None = None
) -> int:  # fmt: skip
    """Keeps a persona's name with what the persona is; `before`: the record of its name until now, which it replaces."""
    _may_write(principal, dataset)
    values: dict[str, Any] = {"dataset": dataset, "persona": persona, "name": tidy(name, "name", LONGEST_NAME)}
    values["traits"] = [list(trait) for trait in traits]
    table = records.persona_names
    with records.engine().begin() as connection:
        old = (table.c.persona == persona) | (table.c.id == before)
        connection.execute(table.delete().where(table.c.dataset == dataset, old))
        values |= {"author": principal.name, "created": records.now()}
        return _key(connection.execute(table.insert().values(**values)))


def forget_persona_name(principal: Principal, dataset: str, identifier: int) -> None:
    """Takes a given name back: the automatic one counts again."""
    _may_write(principal, dataset)
    _deleted(records.persona_names, identifier, "name of a persona", dataset)


# --- What they share


def tidy(text: str, what: str, longest: int) -> str:
    """A text on one line, without characters that cannot be seen. Raises NoteError when it is empty or too long."""
    seen = "".join(" " if unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") else mark for mark in text)
    told = " ".join(_UNSEEN.sub("", seen).split())
    if not told.strip("\u200b\u200c\u200d\u2060\ufeff "):
        raise NoteError(wording.of("The {what} has no text.", what=wording.of(what)))
    if len(told) > longest:
        raise NoteError(
            wording.of(
                "The {what} has {n} characters; {most} are the most.",
                what=wording.of(what), n=wording.whole(len(told)), most=longest,
            )
        )  # fmt: skip
    return told


def _rows(query: sa.Select) -> list[Mapping[str, Any]]:
    with records.engine().connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _kept(query: sa.Select, column: str) -> list[Kept]:
    return [Kept(row["id"], row[column], row["author"], row["created"]) for row in _rows(query)]


def _added(table: sa.Table, values: Mapping[str, Any], principal: Principal) -> int:
    with records.in_turn() as connection:
        counted = sa.select(sa.func.count()).select_from(table).where(table.c.dataset == values["dataset"])
        if connection.execute(counted).scalar_one() >= MOST[table.name]:
            raise NoteError(
                wording.of(
                    "There are {n} {what} already. Delete some first.",
                    n=wording.whole(MOST[table.name]), what=wording.of(table.name),
                )
            )  # fmt: skip
        row = dict(values) | {"author": principal.name, "created": records.now()}
        return _key(connection.execute(table.insert().values(**row)))


def _key(done: sa.CursorResult) -> int:
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def _deleted(table: sa.Table, identifier: int, what: str, dataset: str) -> None:
    with records.engine().begin() as connection:
        one = (table.c.id == identifier) & (table.c.dataset == dataset)
        if not connection.execute(table.delete().where(one)).rowcount:
            raise NoteError(wording.of("There is no {what} {id}.", what=wording.of(what), id=identifier))


def _may_write(principal: Principal, dataset: str) -> None:
    datasets.must_write(principal, dataset)
    datasets.open_dataset(principal, dataset)  # there must be one


def _may_write_at_all(principal: Principal) -> None:
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not change benchmarks.")
