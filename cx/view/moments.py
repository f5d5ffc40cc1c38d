"""Moments of a journey: per stage the touchpoint that delights most and the one that hurts most, with a quote each."""

from typing import NamedTuple

import pandas as pd

from cx.measure import estimate, tally
from cx.measure.estimate import Estimate
from cx.measure.tally import OWN
from cx.schema import NONE
from cx.store.datasets import MENTION, Dataset
from cx.view.filters import Filter, quoted

TOUCHPOINT = MENTION + "touchpoint"
DELIGHT, PAIN = "delight", "pain"
ABOUT = {DELIGHT: {"emotion": "delight"}, PAIN: {"sentiment_label": "negative"}}
"""Facets of the comments behind a moment, besides its stage and touchpoint."""

VOICES = 3
"""So many customers must say so."""

LENGTHS = (20, 140)
"""Letters of a mention that can be quoted."""


class Moment(NamedTuple):
    """What delights or hurts at a stage: a touchpoint, the share of those who spoke of it there that did (percent), and
    what somebody said of it; '' when nothing said is of readable length."""

    stage: str
    kind: str
    touchpoint: str
    share: Estimate
    quote: str
    response_id: str


def found(dataset: Dataset, stage: str, where: Filter, min_base: int) -> list[Moment]:
    """The moments of each value of `stage`, a column of facts.

    Delight: the touchpoint with the most certain share of responses with a delight (the highest lower end of the
    interval); pain: the same for responses that are more negative than positive there. A touchpoint below the base, or
    of which fewer than `VOICES` say so, is no moment.
    """
    by = [OWN + stage, OWN + TOUCHPOINT]
    best: list[pd.DataFrame] = []
    for kind, count in ((DELIGHT, tally.delighted), (PAIN, tally.displeased)):
        counts = count(dataset, by, where)
        counts = counts[counts[by].notna().all(axis=1) & (counts[by[1]] != NONE)]
        if counts.empty:
            continue
        rows = estimate.suppressed(estimate.scaled(_wilson(counts, by), 100), min_base)
        rows = rows[rows["value"] * rows["n"] >= 100 * VOICES - 0.5].rename(
            columns=dict(zip(by, ("stage", "touchpoint"), strict=True))
        )
        rows = rows.assign(stage=rows["stage"].astype(str))
        rows = rows.sort_values(["low", "touchpoint"], ascending=[False, True], kind="stable")
        best.append(rows.drop_duplicates("stage").assign(kind=kind))
    if not best or not sum(map(len, best)):
        return []
    rows = pd.concat(best, ignore_index=True)
    said = _quotes(dataset, stage, where, rows)
    return [
        Moment(
            row["stage"], row["kind"], row["touchpoint"], estimate.of_row(pd.Series(row)),
            *said.get((row["stage"], row["touchpoint"], row["kind"]), ("", "")),
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip


def _wilson(counts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return estimate.wilson(estimate.moments(counts, counts["answer"], by))


def _quotes(dataset: Dataset, stage: str, where: Filter, rows: pd.DataFrame) -> dict[tuple[str, ...], tuple[str, str]]:
    """By stage, touchpoint and kind the mention with the strongest sentiment, delights before other praise; ties by its
    text. Its words (masked, as stored) and its response."""
    clause, bound = where.sql()
    said, feeling, felt = (quoted(MENTION + name) for name in ("text", "sentiment", "emotion"))
    at, touched = f"CAST({quoted(stage)} AS VARCHAR)", quoted(TOUCHPOINT)
    wanted = rows[["stage", "touchpoint"]].drop_duplicates()
    named = f"said := {said}, response := response_id"
    # The least of (…, text) in one pass: ranking millions of texts to keep one of each takes ten times as long.
    sql = f"""WITH ends AS (
            SELECT {at} AS stage, {touched} AS touchpoint,
                min(struct_pack(other := {felt} IS DISTINCT FROM 'delight', score := -{feeling}, {named})) AS best,
                min(struct_pack(score := {feeling}, {named})) AS worst FROM facts
            WHERE length({said}) BETWEEN {LENGTHS[0]} AND {LENGTHS[1]} AND {feeling} IS NOT NULL AND {clause}
                AND list_contains(?, {at} || chr(31) || {touched}) GROUP BY 1, 2)
        SELECT stage, touchpoint, '{DELIGHT}' AS kind, best.said AS quote, best.response AS response FROM ends
            WHERE best.score < 0
        UNION ALL SELECT stage, touchpoint, '{PAIN}', worst.said, worst.response FROM ends WHERE worst.score < 0"""
    pairs = [f"{row.stage}\x1f{row.touchpoint}" for row in wanted.itertuples()]
    found = dataset.query(sql, [*bound, pairs]).to_dict("records")
    return {(row["stage"], row["touchpoint"], row["kind"]): (row["quote"], row["response"]) for row in found}
