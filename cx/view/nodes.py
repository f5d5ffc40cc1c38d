"""The taxonomy as people look at it: its nodes with what is said about them, and what an edit would move."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from cx.store.datasets import Dataset
from cx.text import embed, taxonomy_edits
from cx.text.taxonomy import Taxonomy
from cx.view import wording
from cx.view.filters import quoted

COLUMNS = {"touchpoints": "touchpoint", "pillars": "pillar", "stages": "stage"}
"""Sections of a taxonomy and the column of mentions each fills."""

SECTIONS = {
    "touchpoints": wording.noted("Touchpoints"), "pillars": wording.noted("Pillars"), "stages": wording.noted("Stages"),
}  # fmt: skip
"""Sections of a taxonomy as pages call them."""

SAMPLE = 5_000
"""Mentions on which a preview is made, evenly over all."""

SHOWN = 6
"""Mentions that a preview quotes."""

Edits = Sequence[Mapping[str, Any]]


class Preview(NamedTuple):
    """What an edit would do: how many of `of` mentions get another node, some of them (text, node before, after)."""

    moved: int
    of: int
    examples: list[tuple[str, str, str]]


def taxonomy(dataset: Dataset, edits: Edits) -> Taxonomy:
    """The taxonomy of a dataset with what people changed."""
    own = dataset.where / "taxonomy.toml"
    return taxonomy_edits.loaded(own if own.exists() else None, json.dumps(list(map(dict, edits)))).taxonomy


def rows(dataset: Dataset, given: Taxonomy, section: str) -> pd.DataFrame:
    """One row per node of a section: node, mentions, share of all in percent, phrases; what fits no node comes last."""
    column = quoted(COLUMNS[section])
    counts = dataset.query(f"SELECT {column} AS node, count(*) AS mentions FROM mentions GROUP BY ALL")
    said = dict(zip(counts["node"], counts["mentions"], strict=True))
    known = [node.name for node in given.nodes[section]]
    names = [*known, *(name for name in said if name not in known)]
    phrases = {node.name: len(node.phrases) for node in given.nodes[section]}
    out = pd.DataFrame({
        "node": names, "mentions": [int(said.get(name, 0)) for name in names],
        "phrases": [phrases.get(name, 0) for name in names],
    })  # fmt: skip
    out["share"] = 100 * out["mentions"] / max(int(out["mentions"].sum()), 1)
    return out[["node", "mentions", "share", "phrases"]]


def told(edit: Mapping[str, Any]) -> str:
    """An edit in words, in the reader's language."""
    return wording.of(taxonomy_edits.TOLD[edit["do"]], **taxonomy_edits.named(edit, wording.of(" and ")))


def preview(dataset: Dataset, before: Taxonomy, edit: Mapping[str, Any]) -> Preview:
    """What an edit would move. Raises TaxonomyError for one that cannot be, with the reason of one that does not fit."""
    after, notices = taxonomy_edits.edited(before, [edit])
    if notices:
        raise taxonomy_edits.unfit(notices[0])
    sql = "SELECT text, sentiment FROM mentions WHERE sentiment IS NOT NULL ORDER BY hash(response_id, mention) LIMIT ?"
    said = dataset.query(sql, [SAMPLE])
    texts = said["text"].tolist()
    moves = taxonomy_edits.moved(before, after, texts, embed.vectors(texts), said["sentiment"].tolist())
    places = sorted({move.place for move in moves})
    examples = [(texts[move.place], move.before, move.after) for move in moves[:SHOWN]]
    return Preview(len(places), len(texts), examples)
