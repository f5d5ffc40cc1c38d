"""Dataset versions, folders `<slug>/<version>/` (`store.places` says where), whole or not at all; read through DuckDB.

A version exists when its manifest.json exists; that file is written last. Every function takes the Principal who asks.
"""

import contextlib
import copy
import fcntl
import json
import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cx.errors import FilterError, NotAllowedError, StoreError
from cx.principal import Principal
from cx.schema import MENTION_COLUMNS, SCORE_ROLES, Scale
from cx.settings import MinimumBase, Settings
from cx.store import places, scoped
from cx.store.places import home
from cx.store.scoped import MENTION, Window

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

GROUPED = MENTION + "@"
"""Prefix of the columns of facts that hold sums of mentions within their response (`store.grouped`)."""

TABLES = ("responses", "mentions", "facts")
"""The Parquet files of a version that can be queried."""

ROW_COUNTS = ("rows_in", "rows_kept", "rows_duplicate", "rows_rejected")
"""Of the manifest: per file, and as their sums at the top. Rows in are kept + duplicate + rejected."""

MOST_VALUES, MOST_CHOSEN = 60, 1_000
"""A column with more different values than these is no segment that is looked at unasked, and none to choose."""

MOST_MEMORY = "1GB"
"""What DuckDB may use before it goes on in a folder of the home."""

_lock = threading.Lock()
_connection: "duckdb.DuckDBPyConnection | None" = None
_turn = threading.RLock()
_turns = 0


def suggested(file: str) -> str:
    """The dataset name a file suggests: its stem, as a slug."""
    return slug(re.sub(r"(\.[a-z0-9]{1,8})(\.gz)?$", "", file, flags=re.I))


@contextlib.contextmanager
def writing(wait: bool = True) -> Iterator[None]:
    """The turn of one writer: imports, erasures and cleaning of a home come one after the other, over all processes.

    A thread that has its turn may ask again. With `wait` False raises StoreError when it is another's turn. The turn
    ends with the process that has it, however that ends.
    """
    global _turns
    if not _turn.acquire(blocking=wait):
        raise StoreError("Another import is under way.")
    try:
        with contextlib.ExitStack() as held:
            if not _turns:
                file = held.enter_context((home() / "work.lock").open("a"))
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                except BlockingIOError as error:
                    raise StoreError("Another import is under way.") from error
                if bucket := places.bucket():
                    from cx.store import database

                    held.enter_context(database.alone(wait))  # hosts that share a bucket share their PostgreSQL
                    bucket.look_again()  # the one before may just have written
            _turns += 1
            try:
                yield
            finally:
                _turns -= 1
    finally:
        _turn.release()


def key() -> bytes:
    """The secret that turns customer ids into pseudonyms; made at first use, readable by the owner alone."""
    path = home() / "key"
    if not path.exists():
        fresh = home() / f"key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        try:
            os.link(fresh, path)  # fails when another process was first; its key counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()


def slug(name: str) -> str:
    """A dataset's name as it stands in folders and URLs: small letters, digits and dashes, at most 60."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    out = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-")
    return out or "dataset"


def cursor() -> "duckdb.DuckDBPyConnection":
    """A cursor of its own for each call: a connection shared by threads gives wrong results in DuckDB."""
    global _connection
    import duckdb

    with _lock:
        if _connection is None:
            import pandas as pd

            # Arrow's strings let go of the interpreter at every touch, and then wait for everybody else who counts: with
            # twelve at once a page of small tables took 1.7 times as long.
            pd.set_option("mode.string_storage", "python")
            _connection = duckdb.connect(
                config={
                    "memory_limit": MOST_MEMORY, "threads": 2, "autoinstall_known_extensions": False,
                    "temp_directory": str(home() / "spill"),  # by default beside wherever the program was started
                }
            )  # fmt: skip
        return _connection.cursor()


class Dataset:
    """One version of a dataset, read-only. `manifest` says what is in it, `settings` how its people count it; the usual
    ones unless it was opened `with_settings`."""

    settings = Settings()
    window: Window | None = None
    """What of it a guest sees; None: all."""

    def __init__(self, where: Path) -> None:
        self._folder = where
        places.fetch(where, places.MANIFEST)
        self._described: dict[str, dict[str, str]] = {}
        try:
            self.manifest: dict[str, Any] = json.loads((where / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(
                f"There is no finished dataset in {where.name}: its manifest.json cannot be read."
            ) from error

    @property
    def version(self) -> str:
        """`0001`, `0002`, …"""
        return self._folder.name

    @cached_property
    def where(self) -> Path:
        """Its folder, everything in it."""
        places.fetch(self._folder)
        return self._folder

    @property
    def zone(self) -> str | None:
        """The time zone of the dates, where a source names one."""
        return next((entry["zone"] for entry in self.manifest["sources"] if entry.get("zone")), None)

    def with_settings(self, settings: Settings) -> "Dataset":
        """The same version, counted by other settings."""
        out = copy.copy(self)
        out.settings = settings
        return out

    def shown_to(self, principal: Principal) -> "Dataset":
        """The same version as this principal may see it: guests through the window of their link, and never counted from
        fewer than `scoped.LEAST_BASE` responses."""
        # Most see all of it; for them no table is looked into (or fetched) only to list versions.
        seen = scoped.window(principal.scope, self.responses) if principal.scope is not None else None
        if seen is None:
            return self
        out = copy.copy(self)
        out.window = seen
        base = MinimumBase(max(self.settings.min_base, scoped.LEAST_BASE))
        out.settings = self.settings._replace(min_base=base)
        return out

    def whole(self) -> "Dataset":
        """The same version without a window: for what is kept beside it, never for what is shown."""
        out = copy.copy(self)
        out.window = None
        return out

    def topics(self) -> dict[str, Any]:
        """What topics.json holds; the quotes of topics are left out where a window leaves out words of comments."""
        held: dict[str, Any] = json.loads((self.where / "topics.json").read_text(encoding="utf-8"))
        if self.window not in (None, Window()):
            held["topics"] = [topic | {"exemplars": []} for topic in held["topics"]]
        return held

    def stored(self, table: str) -> tuple[str, list[object]]:
        """One of its tables as SQL and the values to bind: the only way to what a version holds of responses."""
        if self.window is None:
            return "read_parquet(?)", [str(self.where / f"{table}.parquet")]
        return scoped.relation(self.where, table, self._columns(table), self.questions, self.window)

    @property
    def _regions(self) -> set[str]:
        return {entry["region"] for entry in self.manifest["sources"] if entry.get("region")}

    @cached_property
    def weighted(self) -> bool:
        """Whether responses have weights."""
        return bool(self.filled.get("weight"))

    @cached_property
    def responses(self) -> dict[str, str]:
        """Columns of responses.parquet with their DuckDB types."""
        return self._columns("responses")

    @property
    def questions(self) -> list[str]:
        """Columns of responses that hold comments."""
        return [name for name in self.manifest["comments"] if name in self.responses]

    @cached_property
    def grouped(self) -> frozenset[str]:
        """Columns of facts that hold sums within responses; versions written long ago have none, or fewer."""
        return frozenset(name for name in self._columns("facts") if name.startswith(GROUPED))

    def _columns(self, table: str) -> dict[str, str]:
        """The columns of a table and their types, looked up once: guests' queries ask for them every time."""
        if table not in self._described:
            with cursor() as con:
                path = str(self.where / f"{table}.parquet")
                rows = con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
            self._described[table] = {row[0]: row[1] for row in rows}
        return self._described[table]

    @property
    def segments(self) -> list[str]:
        """Columns that split responses into groups: at least two and at most `MOST_VALUES` different values."""
        never = {"response_id", "date", "customer_id", "weight", "revenue", "sentiment", *self.manifest["comments"]}
        numbers = {name for name, kind in self.responses.items() if kind in ("DOUBLE", "TIMESTAMP")}
        distinct = self.manifest["distinct"]
        return [
            name
            for name in self.responses
            if name not in never
            and name not in numbers
            and 2 <= distinct.get(name, 0) <= MOST_VALUES
            and self.divides(name)
        ]

    @property
    def splits(self) -> list[str]:
        """Columns people may choose to filter or split by: segments, and those with at most `MOST_CHOSEN` values, if each
        stands for three responses or more in the mean."""
        most = min(MOST_CHOSEN, self.manifest["rows_kept"] / 3)
        wide = {name for name, held in self.manifest["distinct"].items() if MOST_VALUES < held <= most}
        wide -= set(self.manifest["comments"])
        named = {name for name, kind in self.responses.items() if kind == "VARCHAR"} - {"response_id", "customer_id"}
        known = set(self.segments)
        return [name for name in self.responses if name in known or (name in wide & named and self.divides(name))]

    def divides(self, name: str) -> bool:
        """Whether responses may be told apart by this column: for guests who may change filters, by few."""
        return self.window is None or self.window.splits is None or name in self.window.splits

    def resolve(self, name: str) -> str:
        """The column of facts a user's word means: a column of responses, else one of mentions.

        `mention.touchpoint` names the mention's where both have one. Raises FilterError with what there is.
        """
        if name in self.responses:
            return name
        bare = name.removeprefix(MENTION)
        if bare in MENTION_COLUMNS[1:]:  # the first, response_id, is the response's own
            return MENTION + bare
        folded = {column.casefold(): column for column in self.responses}
        if name.casefold() in folded:
            return folded[name.casefold()]
        import difflib

        near = difflib.get_close_matches(name, [*self.responses, *MENTION_COLUMNS[1:]], n=1)
        hint = f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(list(self.responses)[:20])} …"
        raise FilterError(f"The dataset has no column '{name}'.{hint}")

    @property
    def scored(self) -> list[str]:
        """The canonical score columns that hold answers."""
        return [name for name in SCORE_ROLES if self.filled.get(name)]

    @property
    def filled(self) -> dict[str, int]:
        """How many responses have a value, per column of responses."""
        return self.manifest["filled"]

    def scales(self, column: str) -> list[Scale]:
        """The scales on which a score column was answered, over all sources."""
        return [Scale.from_json(given) for given in self.manifest["scales"].get(column, [])]

    def query(self, sql: str, bound: Sequence[object] = ()) -> "pd.DataFrame":
        """Runs a query in which `responses`, `mentions` and `facts` are tables; every value is bound, paths too."""
        held = {table: self.stored(table) for table in TABLES if table in sql}
        tables = ", ".join(f"{table} AS (SELECT * FROM {source})" for table, (source, _) in held.items())
        return self._answer(tables, sql, [*(value for _, values in held.values() for value in values), *bound])

    def _answer(self, tables: str, sql: str, bound: Sequence[object]) -> "pd.DataFrame":
        body = sql.strip()
        whole = f"WITH {tables}, {body[5:]}" if body.startswith("WITH ") else f"WITH {tables} {body}"
        with cursor() as con:
            found = con.execute(whole, bound).df()
        known = self.responses.keys() | self._columns("mentions").keys()
        return scoped.handed(found, known, self.questions, self._regions, self.window)


def folder(name: str) -> Path:
    """Where the versions of a dataset lie. The name must be a slug: it becomes a path."""
    if slug(name) != name:
        raise StoreError(f"'{name[:60]}' is no dataset name: small letters, digits and dashes only.")
    return places.root() / name


def names(principal: Principal) -> list[str]:
    """Datasets with at least one finished version that this principal may read, in order."""
    return [name for name in places.names() if principal.may_read(name)]


def versions(principal: Principal, name: str) -> list[str]:
    """Finished versions, oldest first."""
    must_read(principal, name)
    found = places.versions(folder(name).name)
    if principal.scope is None:
        return found
    return [version for version in found if version == (principal.scope.version or found[-1])]


def open_dataset(principal: Principal, name: str, version: str | None = None) -> Dataset:
    """A version of a dataset, the newest one when none is named. Raises StoreError when there is none."""
    found = versions(principal, name)
    if not found or (version and version not in found):
        raise StoreError(f"There is no dataset '{name}'" + (f" with version {version}." if version else "."))
    return Dataset(folder(name) / (version or found[-1])).shown_to(principal)


def new_version(principal: Principal, name: str) -> Path:
    """An empty folder for the next version; it counts once `finish` has written its manifest."""
    must_write(principal, name)
    return places.begin(folder(name).name)


def finish(where: Path, manifest: dict[str, Any]) -> None:
    """Writes the manifest, the last act of a version, in one step: from now on readers see it."""
    fresh = where / "manifest.json.part"
    fresh.write_text(json.dumps(manifest, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    for path in where.iterdir():
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    os.replace(fresh, where / "manifest.json")
    places.publish(where)


def stamp(name: str, version: str) -> str:
    """Changes whenever what a version holds changes: written anew after a deletion, customers erased. For keys of caches."""
    return places.stamp(name, version)


def delete(principal: Principal, name: str) -> None:
    """Removes a dataset: its versions, oldest first. One that an import is just writing stays, and makes the dataset anew."""
    for version in versions(principal, name):
        delete_version(principal, name, version)


def delete_version(principal: Principal, name: str, version: str) -> None:
    """Removes one version. Its manifest goes first, so no reader meets half of it."""
    must_write(principal, name)
    places.remove(folder(name).name, version)


def clean() -> list[str]:
    """Removes folders of versions that were never finished; for those who have their turn (`writing`). Returns them."""
    return places.clean()


def must_read(principal: Principal, name: str) -> None:
    """Raises NotAllowedError when this principal may not read the dataset: the one place where that is refused."""
    if not principal.may_read(name):
        raise NotAllowedError(f"{principal.name} may not read the dataset '{name}'.")


def must_write(principal: Principal, name: str) -> None:
    """Raises NotAllowedError when this principal may not change the dataset, or anything kept about it."""
    must_read(principal, name)
    if not principal.may_write():
        raise NotAllowedError(f"{principal.name} ({principal.role}) may not change the dataset '{name}'.")
