"""Calls into cx, remembered: keyed by dataset, version and filter, bounded. The only cache of numbers there is."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from cx.measure import tally
from cx.measure.benchmarks import Benchmark
from cx.measure.drivers import WhatIf
from cx.measure.goals import Target
from cx.measure.personas import Personas
from cx.principal import Params
from cx.share import guarding
from cx.store import records
from cx.text.taxonomy import Taxonomy
from cx.ui.here import Here, Key
from cx.ui.turns import counted, remembered
from cx.view import compare as compared
from cx.view import customers as customer_view
from cx.view import dimensions, nodes, overview, scorecards, topics
from cx.view import drivers as driven
from cx.view import emotions as feelings
from cx.view import goals as goal_view
from cx.view import heatmap as maps
from cx.view import journey as journeys
from cx.view import timeline as lines
from cx.view.filters import Filter


def volume(here: Here) -> int:
    """Responses that fit the filter."""
    return _volume(here.key, here.where, here)


@remembered()
def _volume(key: Key, where: Filter, _here: Here) -> int:
    return int(tally.volume(_here.data, (), where)["n"].iloc[0])


def tiles(here: Here) -> list[overview.Tile]:
    """The tiles of Overview."""
    return _tiles(here.key, here.where, here.min_base, here)


@remembered()
def _tiles(key: Key, where: Filter, min_base: int, _here: Here) -> list[overview.Tile]:
    return overview.tiles(_here.data, where, min_base)


def movers(here: Here) -> pd.DataFrame:
    """What rose and fell most."""
    return _movers(here.key, here.where, here.min_base, here)


@remembered()
def _movers(key: Key, where: Filter, min_base: int, _here: Here) -> pd.DataFrame:
    return overview.movers(_here.data, where, min_base)


def cards(here: Here) -> list[scorecards.Card]:
    """The five pillar cards; freshness is that of today."""
    return _cards(here.key, here.where, here.min_base, date.today(), here)


@remembered(50, "Scoring the pillars …")
def _cards(key: Key, where: Filter, min_base: int, today: date, _here: Here) -> list[scorecards.Card]:
    return scorecards.cards(_here.data, where, min_base, today)


def heat_choices(here: Here) -> tuple[dict[str, str], dict[str, str]]:
    """What a heatmap can show and what it can be split by: name → title."""
    return _heat_choices(here.key, here)


@remembered()
def _heat_choices(key: Key, _here: Here) -> tuple[dict[str, str], dict[str, str]]:
    return maps.measures(_here.data), dimensions.choices(_here.data)


def heatmap(here: Here, measure: str, row: str, column: str) -> maps.Map:
    """The map of a measure over two dimensions."""
    return _heatmap(here.key, measure, row, column, here.where, here.min_base, here)


@remembered()
def _heatmap(key: Key, measure: str, row: str, column: str, where: Filter, min_base: int, _here: Here) -> maps.Map:
    return maps.build(_here.data, measure, where, min_base, row, column)


def journey(here: Here, measure: str, choice: compared.Choice | None, sides: list[journeys.Side]) -> journeys.Journey:
    """The journey of one or two curves; `sides` follow from the choice."""
    names = tuple(side.name for side in sides)
    return _journey(here.key, measure, choice, names, here.where, here.min_base, sides)


@remembered(50, "Following the journey …")
def _journey(
    key: Key, measure: str, choice: compared.Choice | None, names: tuple[str, ...], where: Filter, min_base: int,
    _sides: list[journeys.Side],
) -> journeys.Journey:  # fmt: skip
    return journeys.build(_sides[0].dataset, measure, _sides, min_base)


def emotions(here: Here) -> feelings.View:
    """The mix of emotions, over time and by touchpoint."""
    return _emotions(here.key, here.where, here.min_base, here)


@remembered()
def _emotions(key: Key, where: Filter, min_base: int, _here: Here) -> feelings.View:
    return feelings.view(_here.data, where, min_base)


def topic_rows(here: Here, parent: str | None = None) -> pd.DataFrame:
    """Topics (or the subtopics of one) with size, sentiment and trend."""
    return _topic_rows(here.key, parent, here.where, here.min_base, here)


@remembered()
def _topic_rows(key: Key, parent: str | None, where: Filter, min_base: int, _here: Here) -> pd.DataFrame:
    return topics.rows(_here.data, where, min_base, parent)


def topic_names(here: Here) -> dict[str, str]:
    """Topic names by id."""
    return _topic_names(here.key, here)


@remembered()
def _topic_names(key: Key, _here: Here) -> dict[str, str]:
    return overview.topic_names(_here.data)


def stored_topics(here: Here) -> dict[str, Any]:
    """What topics.json holds: topics, hidden ones too, those that emerge, how steady they are."""
    return _stored_topics(here.key, here)


@remembered()
def _stored_topics(key: Key, _here: Here) -> dict[str, Any]:
    return overview.stored_topics(_here.data)


def taxonomy(here: Here) -> Taxonomy:
    """The dataset's taxonomy with what people changed."""
    return nodes.taxonomy(here.data, records.all_edits(here.slug, "taxonomy"))


def node_rows(here: Here, section: str) -> pd.DataFrame:
    """The nodes of a section with what is said about them."""
    return _node_rows(here.key, section, here)


@remembered()
def _node_rows(key: Key, section: str, _here: Here) -> pd.DataFrame:
    return nodes.rows(_here.data, taxonomy(_here), section)


def drivers(here: Here, name: str) -> driven.View:
    """What moves a KPI."""
    return _drivers(here.key, name, here.where, here.min_base, here)


@remembered(50, "Looking for what moves it …")
def _drivers(key: Key, name: str, where: Filter, min_base: int, _here: Here) -> driven.View:
    return driven.view(_here.data, name, where, min_base)


def what_if(here: Here, name: str, kind: str, driver: str, like: str) -> WhatIf:
    """What a KPI would be if a driver were as good as another."""
    return _what_if(here.key, name, kind, driver, like, here.where, here.min_base, here)


@remembered()
def _what_if(
    key: Key, name: str, kind: str, driver: str, like: str, where: Filter, min_base: int, _here: Here
) -> WhatIf:
    return driven.what_if(_here.data, name, kind, driver, like, where, min_base)


def what_if_names(here: Here, name: str, found: driven.View) -> dict[str, dict[str, str]]:
    """What *what if* can be asked of; `found` is what `drivers` gave."""
    return _what_if_names(here.key, name, here.where, here.min_base, here, found)


@remembered()
def _what_if_names(
    key: Key, name: str, where: Filter, min_base: int, _here: Here, _found: driven.View
) -> dict[str, dict[str, str]]:
    return driven.candidates(_here.data, name, _found)


def comparable(here: Here) -> list[str]:
    """The columns whose values can be held against each other."""
    return _comparable(here.key, here)


@remembered()
def _comparable(key: Key, _here: Here) -> list[str]:
    return compared.columns(_here.data)


def compared_values(here: Here, column: str) -> list[str]:
    """The values of a column that can be compared, most frequent first."""
    return _compared_values(here.key, column, here.where, here)


@remembered()
def _compared_values(key: Key, column: str, where: Filter, _here: Here) -> list[str]:
    return compared.values(_here.data, column, where)


def comparison(here: Here, choice: compared.Choice, name: str) -> compared.View:
    """B against A in every KPI."""
    return _comparison(here.key, choice, name, here.where, here.min_base, here)


@remembered(50, "Holding them against each other …")
def _comparison(
    key: Key, choice: compared.Choice, name: str, where: Filter, min_base: int, _here: Here
) -> compared.View:
    return compared.view(_here.data, choice, name, where, min_base)


def differing(here: Here, name: str) -> compared.Differing:
    """The segments that differ most in a KPI."""
    return _differing(here.key, name, here.where, here.min_base, here)


@remembered(50, "Looking for groups that differ …")
def _differing(key: Key, name: str, where: Filter, min_base: int, _here: Here) -> compared.Differing:
    return compared.differing(_here.data, name, where, min_base)


def customers(here: Here) -> customer_view.View:
    """Retention, value, recovery, consistency."""
    return _customers(here.key, here.where, here.min_base, here)


@remembered(50, "Following your customers …")
def _customers(key: Key, where: Filter, min_base: int, _here: Here) -> customer_view.View:
    return customer_view.view(_here.data, where, min_base)


def personas(here: Here) -> Personas:
    """Groups of customers."""
    return _personas(here.key, here.where, here.min_base, here)


@st.cache_resource(max_entries=20, show_spinner="Grouping your customers …")
@counted
def _personas(key: Key, where: Filter, min_base: int, _here: Here) -> Personas:
    return customer_view.people(_here.data, where, min_base)


def standing(here: Here, targets: tuple[Target, ...]) -> list[goal_view.Goal]:
    """How targets stand today."""
    return _standing(here.key, targets, here.min_base, date.today(), here)


@remembered()
def _standing(
    key: Key, targets: tuple[Target, ...], min_base: int, today: date, _here: Here
) -> list[goal_view.Goal]:  # fmt: skip
    return goal_view.standing(_here.data, targets, today, min_base)


def benchmarked(here: Here, given: tuple[Benchmark, ...]) -> pd.DataFrame:
    """Ours beside benchmarks."""
    return _benchmarked(here.key, given, here.where, here.min_base, here)


@remembered()
def _benchmarked(key: Key, given: tuple[Benchmark, ...], where: Filter, min_base: int, _here: Here) -> pd.DataFrame:
    return goal_view.compared(_here.data, given, where, min_base)


def timeline(here: Here, name: str, step: str) -> lines.View:
    """A KPI over time."""
    return _timeline(here.key, name, step, here.where, here.min_base, here)


@remembered(50, "Following it over time …")
def _timeline(key: Key, name: str, step: str, where: Filter, min_base: int, _here: Here) -> lines.View:
    return lines.view(_here.data, name, where, min_base, step)


def segment_values(here: Here, column: str) -> list[str]:
    """The values of a segment column, most frequent first."""
    return _segment_values(here.key, column, here)


@remembered()
def _segment_values(key: Key, column: str, _here: Here) -> list[str]:
    return tally.values(_here.data, column)


def offered(here: Here, column: str) -> list[str]:
    """The values of a column a guest may choose, most frequent first."""
    return _offered(here.key, column, here.min_base, here.scope.params if here.scope else (), here)


@remembered()
def _offered(key: Key, column: str, min_base: int, params: Params, _here: Here) -> list[str]:
    return guarding.offered(_here.data, column, min_base, params)


@st.cache_data(max_entries=20, show_spinner="Reading the file …")
def described(job: str, path: str, name: str, sheet: str | None) -> dict[str, Any]:
    """What an uploaded file is, and which languages its comments are in; corrections of earlier files are applied."""
    from pathlib import Path

    from cx import incoming

    return incoming.preview(incoming.Given(Path(path), name, sheet=sheet), records.saved_mappings())
