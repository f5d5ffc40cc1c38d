"""A dataset written down by hand: responses and mentions exactly as a test wants them, without the text side."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cx.schema import CANONICAL, DERIVED, MENTION_COLUMNS, NOT_ANALYSED, SCORE_ROLES, Scale
from cx.store import staging
from cx.store.datasets import Dataset

FEELING = {"negative": -0.6, "neutral": 0.0, "positive": 0.6, NOT_ANALYSED: None}
SILENT = {
    "question": "comment", "start": 0, "end": 0, "text": "", "sentiment_label": "neutral", "pillar": "General",
    "touchpoint": "none", "stage": "none", "emotion": "none", "effort": "none", "topic": None, "subtopic": None,
}  # fmt: skip
FIVE, SEVEN, TEN, ZERO_TEN = Scale(1, 5), Scale(1, 7), Scale(1, 10), Scale(0, 10)


def dataset(
    where: Path,
    responses: Sequence[Mapping[str, Any]],
    mentions: Sequence[Mapping[str, Any]] = (),
    scales: Mapping[str, Sequence[Scale]] | None = None,
    comments: Sequence[str] = ("comment",),
    topics: Sequence[Mapping[str, Any]] = (),
) -> Dataset:
    """Writes the tables of a version. A response's id is its place unless given; a mention names its `response_id`.

    What a mention does not say is `SILENT`; a response's sentiment is the mean of its analysed mentions. Score columns
    without a scale in `scales` are 0–10 (nps) or 1–5.
    """
    where.mkdir(parents=True, exist_ok=True)
    said = [_mention(given, place, mentions) for place, given in enumerate(mentions)]
    rows = [_response(given, place, said) for place, given in enumerate(responses)]
    names = list(dict.fromkeys([*CANONICAL, *DERIVED, *(name for row in rows for name in row)]))
    _write(where / "responses.parquet", rows, names)
    _write(where / "mentions.parquet", said, MENTION_COLUMNS)
    staging.write_facts(where)
    (where / "topics.json").write_text(json.dumps({"topics": list(topics)}))
    filled = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    used = {name: ZERO_TEN if name == "nps" else FIVE for name in SCORE_ROLES if filled[name]}
    held = {name: [scale] for name, scale in used.items()} | dict(scales or {})
    days = sorted(map(str, filled["date"])) or [None]
    manifest = {
        "name": "made", "sources": [], "comments": list(comments), "mentions": len(said),
        "rows_in": len(rows), "rows_kept": len(rows), "rows_duplicate": 0, "rows_rejected": 0,
        "min_date": days[0], "max_date": days[-1],
        "filled": {name: len(cells) for name, cells in filled.items()},
        "distinct": {name: len(set(cells)) for name, cells in filled.items()},
        "scales": {name: [scale.as_json() for scale in each] for name, each in held.items()},
    }  # fmt: skip
    (where / "manifest.json").write_text(json.dumps(manifest))
    return Dataset(where)


def topic(identifier: str, name: str, parent: str | None = None) -> dict[str, Any]:
    """An entry of topics.json."""
    return {"id": identifier, "name": name, "parent": parent, "terms": [name], "size": 1, "exemplars": []}


def _mention(given: Mapping[str, Any], place: int, all_of_them: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    number = sum(other["response_id"] == given["response_id"] for other in all_of_them[:place])
    row = SILENT | {"mention": number} | dict(given)
    return {"sentiment": FEELING[row["sentiment_label"]]} | row


def _response(given: Mapping[str, Any], place: int, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    row = {"response_id": f"r{place:04d}", "source": "made"} | dict(given)
    felt = [m["sentiment"] for m in said if m["response_id"] == row["response_id"] and m["sentiment"] is not None]
    score = mean(felt) if felt else None
    label = NOT_ANALYSED if score is None else "positive" if score > 0 else "negative" if score < 0 else "neutral"
    row |= {"sentiment": score, "sentiment_label": label}
    if "date" in row:
        row["date"] = pd.Timestamp(row["date"]) if row["date"] else None
    return row


def _write(path: Path, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    arrays = {name: pa.array([_cell(row.get(name)) for row in rows], _type(name, rows)) for name in names}
    pq.write_table(pa.table(arrays), path)


def _cell(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _type(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.DataType:
    if name in ("date", "complete"):
        return pa.timestamp("us") if name == "date" else pa.bool_()
    numeric = name in (*SCORE_ROLES, "revenue", "weight", "sentiment", "mention", "start", "end")
    return pa.float64() if numeric or any(type(row.get(name)) in (int, float) for row in rows) else pa.string()
