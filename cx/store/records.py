"""What people do, in a database: jobs, settings, corrected columns, edits, notes (`store.database` says where).

Every statement binds its values (SQLAlchemy Core). Times are UTC. A table that changes needs a step in `migrations/versions`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from cx.intake.corrections import Saved, fingerprint
from cx.principal import Principal
from cx.settings import NAMES, Settings, settled
from cx.store import datasets
from cx.store.database import engine, in_turn

metadata = sa.MetaData()

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("created", sa.DateTime, nullable=False),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("dataset", sa.String(60), nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("request", sa.JSON, nullable=False),  # files, corrections, options: what the worker is asked to do
    sa.Column("progress", sa.JSON, nullable=False),  # step, done, total, seconds per step
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("cancel", sa.Boolean, nullable=False),
)
settings = sa.Table(
    "settings",
    metadata,
    sa.Column("dataset", sa.String(60), primary_key=True),
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)
mappings = sa.Table(
    "mappings",
    metadata,
    sa.Column("fingerprint", sa.String(16), primary_key=True),  # of the headings: the shape of a file
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("headings", sa.JSON, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),  # heading → role, as people corrected them
    sa.Column("changed", sa.DateTime, nullable=False),
)
edits = sa.Table(
    "edits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),  # in the order in which people made them
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),  # topics, taxonomy, sentiment
    sa.Column("edit", sa.JSON, nullable=False),
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
annotations = sa.Table(
    "annotations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),  # the same as the first: a day
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
    sa.Column("changed", sa.DateTime),
)
targets = sa.Table(
    "targets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("target", sa.JSON, nullable=False),  # KPI, value, day, segment: as measure.goals writes it
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
benchmarks = sa.Table(  # of the industry, not of a dataset: they stand beside all of them
    "benchmarks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("benchmark", sa.JSON, nullable=False),  # industry, KPI, value, n, source, year
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
persona_names = sa.Table(
    "persona_names",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("persona", sa.String(20), nullable=False),  # its id
    sa.Column("traits", sa.JSON, nullable=False),  # what it is: told again by these when its id has changed
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
questionnaires = sa.Table(  # a team's own questions of the practice self-assessment; the newest counts
    "questionnaires",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("toml", sa.Text, nullable=False),  # '': back to those that come with the program
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
practice_answers = sa.Table(  # never changed, only added to: the newest of a practice counts
    "practice_answers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("practice", sa.String(60), nullable=False),
    sa.Column("answer", sa.Integer, nullable=False),  # 1–5
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
saved_views = sa.Table(
    "saved_views",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("page", sa.String(60), nullable=False),
    sa.Column("params", sa.JSON, nullable=False),  # period, filters and the page's own: name → values
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("team", sa.Boolean, nullable=False),  # seen by all, else by its author alone
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
default_views = sa.Table(
    "default_views",
    metadata,
    sa.Column("owner", sa.String(200), primary_key=True),
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("view", sa.Integer, nullable=False),
)
links = sa.Table(  # share links; `store.links` says what the columns mean
    "links",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # its SHA-256: who reads this table opens nothing
    sa.Column("dataset", sa.String(60), nullable=False, index=True),
    sa.Column("version", sa.String(20), nullable=False),  # '': whichever is the newest
    sa.Column("page", sa.String(60), nullable=False),
    sa.Column("pages", sa.JSON, nullable=False),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("locked", sa.Boolean, nullable=False),
    sa.Column("comments", sa.String(10), nullable=False),
    sa.Column("downloads", sa.Boolean, nullable=False),
    sa.Column("password", sa.Text, nullable=False),  # argon2; '': none
    sa.Column("expires", sa.DateTime),
    sa.Column("revoked", sa.DateTime),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("opened", sa.DateTime),
    sa.Column("opens", sa.Integer, nullable=False),
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("created", sa.DateTime, nullable=False),
)
visits = sa.Table(  # browsers that came by a link, or signed in with the password
    "visits",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),  # SHA-256 of the cookie
    sa.Column("link", sa.Integer, index=True),  # None: signed in
    sa.Column("created", sa.DateTime, nullable=False),
    sa.Column("expires", sa.DateTime, nullable=False),
)
attempts = sa.Table(  # wrong passwords, for as long as they count
    "attempts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.String(120), nullable=False, index=True),  # which door, or from which hashed address
    sa.Column("created", sa.DateTime, nullable=False),
)
audit = sa.Table(  # only added to: the database itself refuses changes (migration 0002)
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("created", sa.DateTime, nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("dataset", sa.String(60), nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("origin", sa.String(64), nullable=False),  # hashed address; '': this machine's command line
)
OF_A_DATASET = (
    edits, annotations, targets, persona_names, questionnaires, practice_answers, saved_views, default_views, links,
)  # fmt: skip
"""What people wrote down about a dataset: goes with it."""

TOGETHER = "together"
"""In an edit: the mark it shares with those that were made, and are undone, at once with it."""


def now() -> datetime:
    """This moment in UTC, without zone, as stored."""
    return datetime.now(UTC).replace(tzinfo=None)


def add_job(job: str, owner: str, dataset: str, state: str, request: Mapping[str, Any]) -> None:
    """Writes a new job down."""
    with engine().begin() as connection:
        connection.execute(
            jobs.insert().values(
                id=job, created=now(), owner=owner, dataset=dataset, state=state, request=dict(request), progress={},
                message="", cancel=False,
            )
        )  # fmt: skip


def job(identifier: str) -> dict[str, Any] | None:
    """A job's row, or None."""
    with engine().connect() as connection:
        row = connection.execute(sa.select(jobs).where(jobs.c.id == identifier)).mappings().first()
    return dict(row) if row else None


def all_jobs(states: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Jobs, newest first, of the given states or all."""
    query = sa.select(jobs).order_by(jobs.c.created.desc())
    if states:
        query = query.where(jobs.c.state.in_(states))
    with engine().connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def states() -> dict[str, int]:
    """How many jobs are in each state that any is in."""
    query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
    with engine().connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def change_job(identifier: str, values: Mapping[str, Any], only_if: tuple[str, ...] = ()) -> bool:
    """Changes columns of a job, if its state is one of `only_if`; says whether a row was changed."""
    storable = {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in values.items()
    }
    query = jobs.update().where(jobs.c.id == identifier).values(**storable)  # PostgreSQL's texts hold no NUL
    if only_if:
        query = query.where(jobs.c.state.in_(only_if))
    with engine().begin() as connection:
        return connection.execute(query).rowcount > 0


def forget_job(identifier: str) -> None:
    """Deletes a job's row."""
    with engine().begin() as connection:
        connection.execute(jobs.delete().where(jobs.c.id == identifier))


def setting(dataset: str, name: str, default: Any) -> Any:
    """A dataset's setting, such as its minimum base."""
    query = sa.select(settings.c.value).where(settings.c.dataset == dataset, settings.c.name == name)
    with engine().connect() as connection:
        row = connection.execute(query).first()
    return default if row is None else row[0]


def set_setting(dataset: str, name: str, value: Any) -> None:
    """Keeps a dataset's setting."""
    with engine().begin() as connection:
        put(connection, settings, {"dataset": dataset, "name": name, "value": value})


def put(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> None:
    """Writes a row in place of the one with the same key, whoever else does so at this moment."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql as dialect
    else:
        from sqlalchemy.dialects import sqlite as dialect  # type: ignore[no-redef]
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    insert = dialect.insert(table).values(**values)
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest))


def settings_of(dataset: str) -> Settings:
    """How people settled that a dataset is counted; as usual where they said nothing."""
    query = sa.select(settings.c.name, settings.c.value).where(
        settings.c.dataset == dataset, settings.c.name.in_(NAMES)
    )
    with engine().connect() as connection:
        return settled({row[0]: row[1] for row in connection.execute(query)})


def settle(principal: Principal, dataset: str, chosen: Mapping[str, Any]) -> Settings:
    """Keeps some of a dataset's settings (names of `settings.NAMES`) and returns all of them.

    Raises NotAllowedError for those who may not change the dataset, FilterError for a value out of its bounds; nothing is
    kept then.
    """
    datasets.must_write(principal, dataset)
    out = settled(settings_of(dataset).as_json() | dict(chosen))
    for name in chosen:
        set_setting(dataset, name, out.as_json()[name])
    return out


def saved_mappings() -> list[Saved]:
    """What people corrected in the columns of earlier files, oldest first."""
    query = sa.select(mappings).order_by(mappings.c.changed, mappings.c.fingerprint)
    with engine().connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [Saved(row["source"], tuple(row["headings"]), row["roles"]) for row in rows]


def save_mapping(given: Saved) -> None:
    """Keeps the corrections made for a file; those made before for the same headings stay where nothing new was said."""
    shape = fingerprint(given.headings)
    with in_turn() as connection:
        before = sa.select(mappings.c.roles).where(mappings.c.fingerprint == shape)
        roles = {**(connection.execute(before).scalar() or {}), **given.roles}
        values = {"source": given.source, "headings": list(given.headings), "roles": roles, "changed": now()}
        put(connection, mappings, {"fingerprint": shape} | values)


def add_edit(dataset: str, kind: str, edit: Mapping[str, Any], author: str) -> None:
    """Writes down what somebody changed in a dataset."""
    values = {"dataset": dataset, "kind": kind, "edit": dict(edit), "author": author, "created": now()}
    with engine().begin() as connection:
        connection.execute(edits.insert().values(**values))


def all_edits(dataset: str, kind: str) -> list[dict[str, Any]]:
    """The edits of a kind in the order in which they were made."""
    query = sa.select(edits.c.edit).where(edits.c.dataset == dataset, edits.c.kind == kind).order_by(edits.c.id)
    with engine().connect() as connection:
        return [row[0] for row in connection.execute(query)]


def corrections(dataset: str) -> dict[tuple[str, str, str], int]:
    """The sentiments that people corrected, by response, question and mark of the text; of several the last counts."""
    made = all_edits(dataset, "sentiment")
    return {(edit["response_id"], edit["question"], edit["mark"]): edit["side"] for edit in made}


def steps(made: Sequence[Mapping[str, Any]]) -> int:
    """How many times edits can be undone: those made at once count once."""
    return len({edit.get(TOGETHER, place) for place, edit in enumerate(made)})


def drop_last_edit(dataset: str, kind: str) -> dict[str, Any] | None:
    """Takes back the last edit of a kind; returns it, None when there is none."""
    query = sa.select(edits).where(edits.c.dataset == dataset, edits.c.kind == kind).order_by(edits.c.id.desc())
    with in_turn() as connection:
        row = connection.execute(query.limit(1)).mappings().first()
        if row is None:
            return None
        connection.execute(edits.delete().where(edits.c.id == row["id"]))
        return row["edit"]


def change_edits(dataset: str, change: Callable[[str, dict[str, Any]], dict[str, Any] | None]) -> None:
    """Changes the edits of a dataset one by one (`change(kind, edit)`); one that becomes None is deleted."""
    with in_turn() as connection:
        for row in connection.execute(sa.select(edits).where(edits.c.dataset == dataset)).mappings().all():
            changed = change(row["kind"], dict(row["edit"]))
            if changed is None:
                connection.execute(edits.delete().where(edits.c.id == row["id"]))
            elif changed != row["edit"]:
                connection.execute(edits.update().where(edits.c.id == row["id"]).values(edit=changed))


def forget(dataset: str, settings_too: bool = False) -> None:
    """Deletes what people wrote down about a dataset (edits, annotations, targets, names, views, answers), and on demand how it is counted.

    Which files of a watched folder came in stays: otherwise a watcher would bring a deleted dataset back.
    """
    with engine().begin() as connection:
        for table in OF_A_DATASET:
            connection.execute(table.delete().where(table.c.dataset == dataset))
        if settings_too:
            connection.execute(settings.delete().where(settings.c.dataset == dataset, settings.c.name.in_(NAMES)))
