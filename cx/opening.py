"""A dataset as the command line names it, by name or folder, counted as its people settled it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cx.errors import IntakeError

if TYPE_CHECKING:
    from cx.settings import Margins
    from cx.store.datasets import Dataset
    from cx.view.filters import Filter


def opened(given: Path, weigh: Path | None = None, min_base: int | None = None) -> "Dataset":
    """The dataset of that name, or the version in that folder, with its settings and weights; `weigh` (a CSV of shares)
    and `min_base` go before those settled. What weights do to the base is told on stderr; shares that cannot be met raise IntakeError."""
    from cx.measure import weights
    from cx.principal import LOCAL
    from cx.store import datasets, records

    versions = sorted(given.glob("[0-9]*/manifest.json"))
    if given.is_dir():
        found = datasets.Dataset((versions[-1].parent if versions else given).resolve())
    else:
        found = datasets.open_dataset(LOCAL, datasets.slug(str(given)))
    if name := slug(found):
        found = found.with_settings(records.settings_of(name))
    if min_base is not None:
        found = found.with_settings(found.settings._replace(min_base=min_base))
    if weigh:
        found = found.with_settings(found.settings._replace(margins=margins(weigh)))
    out, told = weights.weighed(found)
    if weigh and not out.weighted:
        raise IntakeError(told)
    if told:
        sys.stderr.write(f"{told}\n")
    return out


def slug(dataset: "Dataset") -> str:
    """What a dataset of this home is called; '' for one that lies elsewhere."""
    from cx.store import places

    inside = dataset.where.parent.parent == places.root()
    return dataset.where.parent.name if inside else ""


def named(name: str) -> "Dataset":
    """The dataset of that name, whatever folders there are; counted as `opened` does."""
    from cx.principal import LOCAL
    from cx.store import datasets

    return opened(datasets.open_dataset(LOCAL, datasets.slug(name)).where)


def margins(file: Path) -> "Margins":
    """The shares in a CSV with the columns column, value, share."""
    from cx import settings
    from cx.measure import weights

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise IntakeError(f"{file.name} cannot be read as a CSV in UTF-8.") from error
    return settings.settled({"margins": weights.margins(text, file.name)}).margins


def filtered(dataset: "Dataset", words: Sequence[str]) -> "Filter":
    """The filter of `COLUMN=VALUE` words."""
    from cx.view import filters

    asked = filters.from_words(words)
    return filters.Filter(where=tuple((dataset.resolve(name), values) for name, values in asked.where))
