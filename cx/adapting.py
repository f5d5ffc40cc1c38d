"""The sentiment model adapted to an upload by the ratings in it: what a rating says, and what is learned from it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from cx.schema import Scale
from cx.store.datasets import Dataset
from cx.store.staging import SCALE
from cx.text import calibration, language, mentions, understand
from cx.text.calibration import MOST_ROWS, Calibration
from cx.text.sentiment import Adapted

RATINGS = ("rating", "csat", "nps")
"""Columns that say how a customer felt on the whole, the clearest first."""

FILE = "calibration.json"
GOOD, BAD = 0.7, 0.4
"""From this share of its scale on a rating is positive; up to that one negative."""

PROMOTER, DETRACTOR = 9, 6

Scales = Mapping[str, Sequence[Scale]]


def sides(frame: pd.DataFrame, scales: Scales) -> np.ndarray:
    """What the rating of each response says: -1, 0 or 1, NaN without one. Of several columns the first that is filled."""
    out = np.full(len(frame), np.nan)
    for name in RATINGS:
        if name in scales and name in frame:
            given = _side(frame, name, scales[name])
            out = np.where(np.isnan(out), given, out)
    return out


def _side(frame: pd.DataFrame, name: str, scales: Sequence[Scale]) -> np.ndarray:
    values = frame[name].to_numpy(dtype=float, na_value=np.nan)
    if name == "nps":
        good, bad = values >= PROMOTER, values <= DETRACTOR
    else:
        share = np.full(len(frame), np.nan)
        marks = frame.get(name + SCALE)
        for scale in scales:
            own = np.ones(len(frame), dtype=bool) if marks is None else (marks == scale.name).to_numpy(dtype=bool)
            at = (values - scale.min) / max(scale.max - scale.min, 1e-9)
            share = np.where(own, 1 - at if scale.low_is_good else at, share)
        values = share
        good, bad = share >= GOOD, share <= BAD
    return np.where(np.isnan(values), np.nan, good.astype(float) - bad.astype(float))


def learned(
    parts: Sequence[Path],
    questions: Sequence[str],
    scales: Scales,
    spoken: Mapping[int, language.Main],
    corrections: understand.Corrections,
) -> Calibration | None:
    """What the ratings in the parts teach (see `calibration.fit`); None without a rating column or without a gain."""
    if not any(name in scales for name in RATINGS):
        return None
    rated = [_rated(path, questions, scales) for path in parts]
    step = max(1, -(-sum(map(len, rated)) // MOST_ROWS))
    texts: list[str] = []
    told: list[float | None] = []
    by_hand: list[tuple[str, int]] = []
    for frame in rated:
        by_hand += _by_hand(frame, questions, corrections)
        frame = frame.iloc[::step]
        if len(frame):
            main = spoken.get(int(frame["_file"].iloc[0]))
            known = [code in language.ANALYSED for code in understand.languages(frame, questions, main)]
            texts += [text for text, own in zip(understand.said(frame, questions), known, strict=True) if own]
            told += [side for side, own in zip(frame["_side"].tolist(), known, strict=True) if own]
    return calibration.fit(texts, told, by_hand)


def _rated(path: Path, questions: Sequence[str], scales: Scales) -> pd.DataFrame:
    """The responses of a part that have a comment and a rating."""
    names = pq.read_schema(path).names
    wanted = ["response_id", "_file", "language", *questions, *RATINGS, *(name + SCALE for name in RATINGS)]
    frame = pd.read_parquet(path, columns=[name for name in wanted if name in names])
    for question in questions:
        if question not in frame:
            frame[question] = None
    frame["_side"] = sides(frame, scales)
    return frame[frame["_side"].notna() & frame[list(questions)].notna().any(axis=1)]


def _by_hand(
    frame: pd.DataFrame, questions: Sequence[str], corrections: understand.Corrections
) -> list[tuple[str, int]]:
    """Clauses that people corrected, with the side they gave them."""
    owners = {owner for owner, _, _ in corrections}
    out = []
    for _, row in frame[frame["response_id"].isin(owners)].iterrows():
        for question in questions:
            text = row[question]
            for start, end in mentions.split(text) if isinstance(text, str) else ():
                side = corrections.get((row["response_id"], question, understand.mark(text[start:end])))
                if side is not None:
                    out.append((text[start:end], side))
    return out


def summary(found: Calibration | None) -> dict[str, Any] | None:
    """What the manifest says of the adapted sentiment model: responses learned from, macro-F1 without and with it."""
    return {name: round(getattr(found, name), 4) for name in ("rows", "before", "after")} if found else None


def kept(where: Path) -> Calibration | None:
    """What a version was scored with; None for the shipped model alone."""
    path = where / FILE
    return _read(str(path), path.stat().st_mtime_ns) if path.exists() else None


def models(dataset: Dataset, responses: pd.DataFrame) -> list[Adapted | None]:
    """Which adapted model may score the clauses of each of these stored responses: one that did not see its rating."""
    found = kept(dataset.where)
    if found is None:
        return [None] * len(responses)
    scales = {name: dataset.scales(name) for name in RATINGS if dataset.scales(name)}
    questions = [name for name in dataset.manifest["comments"] if name in responses]
    rated = ~np.isnan(sides(responses, scales))
    said = understand.said(responses, questions)
    return [calibration.model_of(found, text, bool(own)) for text, own in zip(said, rated, strict=True)]


@lru_cache(maxsize=8)
def _read(path: str, changed: int) -> Calibration:
    return calibration.from_json(Path(path).read_text(encoding="utf-8"))
