"""What people can split a picture by: parts of what was said, and columns that split customers; numbers cut into ranges."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from cx.errors import FilterError
from cx.measure import cells
from cx.measure.tally import OWN
from cx.schema import GENERAL, NONE, PILLARS, STAGES
from cx.store.datasets import MENTION, Dataset
from cx.text.emotions import EFFORTS, EMOTIONS
from cx.view import called, compare, overview, wording
from cx.view.filters import Filter

SPOKEN = {
    f"{MENTION}touchpoint": wording.noted("Touchpoint"), f"{MENTION}stage": wording.noted("Stage"),
    f"{MENTION}pillar": wording.noted("Pillar"), f"{MENTION}topic": wording.noted("Topic"),
    f"{MENTION}emotion": wording.noted("Emotion"), f"{MENTION}effort": wording.noted("Effort"),
}  # fmt: skip
"""Columns of mentions → their titles in English."""

ORDERS = {f"{MENTION}stage": STAGES, f"{MENTION}pillar": PILLARS, f"{MENTION}emotion": EMOTIONS,
          f"{MENTION}effort": EFFORTS}  # fmt: skip
UNNAMED = ("", NONE, GENERAL)
"""Values of mentions that name nothing."""


class Dimension(NamedTuple):
    """A dimension over a dataset: `name` as in the URL, `title`, the `column` of facts it counts by, the `keys` looked at
    in their order and what people call them (`names`), how many there are, and whether mentions or ranges."""

    name: str
    title: str
    column: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    many: int
    spoken: bool
    cut: bool

    @property
    def left_out(self) -> str:
        """A sentence on the values that are not shown; '' when all are."""
        if self.many <= len(self.keys):
            return ""
        return wording.of(
            "{title} has {many} values: the {shown} largest are shown, {left} are left out.",
            title=self.title, many=wording.whole(self.many), shown=len(self.keys),
            left=wording.whole(self.many - len(self.keys)),
        )  # fmt: skip


def choices(dataset: Dataset) -> dict[str, str]:
    """Name in the URL → title. Parts of what was said first, when there are analysed comments."""
    said = SPOKEN if dataset.manifest["mentions"] and dataset.filled.get("sentiment") else {}
    told = {name: wording.of(title) for name, title in said.items()}
    taken = {title.casefold() for title in (*said.values(), *told.values())}
    own = {
        name: wording.of("{name} (column)", name=name) if name.casefold() in taken else title(name)
        for name in compare.columns(dataset)
    }
    return {**told, **own}


def title(name: str) -> str:
    """What a column is called: as in the file, but for what is added to those that are cut into ranges."""
    return compare.title(name)


def cut(dataset: Dataset, name: str, where: Filter) -> tuple[Dataset, str]:
    """The dataset in which the dimension stands, and its column of facts. Raises FilterError for an unknown one."""
    if name in SPOKEN:
        return dataset, name
    if name.startswith(MENTION):
        raise FilterError(f"The dataset has no dimension '{name[:60]}'.")
    return compare.cut(dataset, name, where)


def of(dataset: Dataset, name: str, column: str, sizes: pd.DataFrame, most: int, titles: dict[str, str]) -> Dimension:
    """The dimension of a dataset with the values that count most; `column` as `cut` gives it.

    `sizes` has the column (with `tally.OWN` before it) and m.
    """
    spoken, ranges = name in SPOKEN, name not in SPOKEN and column not in dataset.responses
    keys = cells.text(sizes[OWN + column])
    kept = keys.notna() & ~keys.isin(UNNAMED if spoken else ("",))
    per = sizes[kept].groupby(keys[kept])["m"].sum().sort_index().sort_values(ascending=False, kind="stable")
    largest = per.index[:most].tolist()
    order = sorted(largest, key=_begins) if ranges else _ordered(name, largest)
    names = overview.topic_names(dataset) if name == f"{MENTION}topic" else {}
    told = [
        called.value(name.removeprefix(MENTION), str(names.get(key, key))) if spoken
        else called.range_(key) if ranges else str(key)
        for key in order
    ]  # fmt: skip
    return Dimension(name, titles.get(name, name), column, tuple(order), tuple(told), len(per), spoken, ranges)


def _ordered(name: str, largest: Sequence[str]) -> list[str]:
    """Stages in the order of the journey and the like; anything else from most to least said."""
    if name in ORDERS:
        return sorted(largest, key=lambda key: ORDERS[name].index(key) if key in ORDERS[name] else len(ORDERS[name]))
    return list(largest)


def _begins(label: str) -> float:
    """Where a range begins, from its label (`under 20`, `20 to 50`, `50 and more`, or a number)."""
    if label.startswith("under "):
        return float("-inf")
    try:
        return float(label.split()[0].replace(",", ""))
    except ValueError:
        return float("inf")
