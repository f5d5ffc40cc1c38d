"""Comments, remembered like all numbers: those of a search, of a cell of a heatmap, of moments of delight, facets of them."""

import pandas as pd

from cx.store import records
from cx.ui.here import Here, Key
from cx.ui.turns import remembered
from cx.view import dimensions, search
from cx.view import emotions as feelings
from cx.view import heatmap as maps
from cx.view.filters import Filter


def of_cell(
    here: Here, axes: tuple[dimensions.Dimension, ...], keys: tuple[str | None, ...]
) -> tuple[int, list[search.Comment]]:
    """How many comments a cell of a heatmap has, and the latest."""
    return _of_cell(here.key, axes, keys, here.where, here)


@remembered()
def _of_cell(
    key: Key, axes: tuple[dimensions.Dimension, ...], keys: tuple[str | None, ...], where: Filter, _here: Here
) -> tuple[int, list[search.Comment]]:
    return maps.comments(_here.data, axes, keys, where)


def delights(here: Here, words: str, about: str, number: int) -> tuple[int, list[feelings.Delight]]:
    """How many delights fit, and a page of them."""
    return _delights(here.key, words, about, number, here.where, here)


@remembered()
def _delights(
    key: Key, words: str, about: str, number: int, where: Filter, _here: Here
) -> tuple[int, list[feelings.Delight]]:
    return feelings.delights(_here.data, where, words, about, number)


def delight_places(here: Here) -> list[str]:
    """The touchpoints that delights are about."""
    return _delight_places(here.key, here.where, here)


@remembered()
def _delight_places(key: Key, where: Filter, _here: Here) -> list[str]:
    return feelings.about(_here.data, where)


def facet(here: Here, name: str) -> list[str]:
    """The values of a facet."""
    return _facet(here.key, name, here)


@remembered()
def _facet(key: Key, name: str, _here: Here) -> list[str]:
    return search.values(_here.data, name)


def _whole(here: Here, find: search.Find) -> bool:
    """Whether a search by meaning finds everything yet: what is found before is remembered apart."""
    return not find.meant or search.likeness.prepared(here.data)


def found(here: Here, find: search.Find) -> tuple[int, int]:
    """How many comments fit, and how many of them are negative."""
    return _found((here.key, _whole(here, find)), find, here.where, here)


@remembered(300, "Looking through the comments …")
def _found(key: tuple[Key, bool], find: search.Find, where: Filter, _here: Here) -> tuple[int, int]:
    return search.count(_here.data, find, where)


def offers(here: Here, find: search.Find) -> dict[str, dict[str, int]]:
    """The values of each facet with the mentions they would leave."""
    loose = find._replace(**dict.fromkeys(search.FACETS, ""), sort="newest")
    return search.offers(_counted((here.key, _whole(here, find)), loose, here.where, here), find)


@remembered(50)
def _counted(key: tuple[Key, bool], find: search.Find, where: Filter, _here: Here) -> pd.DataFrame:
    return search.counted(_here.data, find, where)


def one(here: Here, identifier: str) -> list[search.Comment]:
    """The comment with this id, or none."""
    return _one(here.key, identifier, here)


@remembered()
def _one(key: Key, identifier: str, _here: Here) -> list[search.Comment]:
    return search.one(_here.data, identifier, records.corrections(_here.slug))


def page(here: Here, find: search.Find, number: int) -> list[search.Comment]:
    """A page of comments."""
    return _page((here.key, _whole(here, find)), find, here.where, number, here)


@remembered()
def _page(key: tuple[Key, bool], find: search.Find, where: Filter, number: int, _here: Here) -> list[search.Comment]:
    return search.page(_here.data, find, where, number, records.corrections(_here.slug))
