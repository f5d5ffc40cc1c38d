"""A dataset with columns that are worked out while it is looked at: ranges of numbers, behaviour, personas, raked weights."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from cx.store.datasets import TABLES, Dataset
from cx.view.filters import quoted

if TYPE_CHECKING:
    import pandas as pd


class Derived(Dataset):
    """A dataset with further columns of responses, from those it has: `columns` maps names to SQL.

    `values` are what the `?` of these expressions stand for, in order. `join` is an SQL join onto `stored` that brings in
    what an expression needs, `bound` the values of its `?`. A column that the dataset has already is replaced. Everything
    that takes a Dataset takes this one.
    """

    def __init__(
        self, dataset: Dataset, columns: Mapping[str, str], join: str = "", bound: Sequence[object] = (),
        values: Sequence[object] = (),
    ) -> None:  # fmt: skip
        self._folder, self.manifest, self.settings = dataset._folder, dataset.manifest, dataset.settings
        self.weighted, self.window = dataset.weighted, dataset.window
        self._described = dataset._described  # the same files
        before = dataset if isinstance(dataset, Derived) else None
        left = list(values)
        fresh = {name: (sql, [left.pop(0) for _ in range(sql.count("?"))]) for name, sql in columns.items()}
        self.added: dict[str, tuple[str, list[object]]] = {**(before.added if before else {}), **fresh}
        self.join: str = " ".join(filter(None, (before.join if before else "", join)))
        self.bound: list[object] = [*(before.bound if before else []), *bound]

    @cached_property
    def responses(self) -> dict[str, str]:
        """Columns of responses with their types; those worked out are text, but for those that are replaced."""
        return {**dict.fromkeys(self.added, "VARCHAR"), **self._columns("responses")}

    def query(self, sql: str, bound: Sequence[object] = ()) -> "pd.DataFrame":
        """As that of a dataset; `responses` and `facts` have the further columns, too."""
        stored = self._columns("responses")
        replaced = {name: held for name, held in self.added.items() if name in stored}
        further = {name: held for name, held in self.added.items() if name not in stored}
        own = ", ".join(f"{sql} AS {quoted(name)}" for name, (sql, _) in replaced.items())
        more = "".join(f", {sql} AS {quoted(name)}" for name, (sql, _) in further.items())
        inner = [value for _, values in (*replaced.values(), *further.values()) for value in values]
        chosen = f"stored.*{f' REPLACE ({own})' if own else ''}{more}"
        tables: list[str] = []
        values: list[object] = []
        for table in (table for table in TABLES if table in sql):
            plain = table == "mentions"
            source, held = self.stored(table)
            joined = source if plain else f"{source} stored {self.join}"
            tables.append(f"{table} AS (SELECT {'*' if plain else chosen} FROM {joined})")
            values += held if plain else [*inner, *held, *self.bound]
        return self._answer(", ".join(tables), sql, [*values, *bound])
