"""Practice against perception: what a team says of itself beside what its customers say, the widest gap first."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cx.measure.practices import ANSWERS, Gap, Practice
from cx.store.practices import Answer
from cx.view import theme
from cx.view.filters import day


def finding(found: Sequence[Gap]) -> str:
    """The widest gap in a sentence."""
    told = [each for each in found if each.gap is not None]
    if not told:
        return "What do you do for your customers? Answer a few questions and see it beside what they say"
    real = [each for each in told if each.real]
    if not real:
        return "What you do and what customers say agree within noise"
    first = real[0]
    seen = "you measure" if first.pillar == "Metrics" else "customers say"
    return (
        f"Widest gap: {first.pillar}. You say {theme.number(first.practice, 'points')}, {seen} "
        f"{theme.number(first.perception.value, 'points')}: {_reading(first)}"
    )


def _reading(gap: Gap) -> str:
    if gap.pillar == "Metrics":
        return (
            "you say more than the numbers show"
            if (gap.gap or 0) > 0
            else "the numbers are there, the practice is not yet"
        )
    if (gap.gap or 0) > 0:
        return "it looks better from inside than from outside"
    return "it is better than you think"


def sentence(gap: Gap) -> str:
    """A pillar's row in words, as its tooltip says it."""
    if gap.practice is None:
        return f"{gap.pillar}: not answered yet"
    answered = f"{gap.answered} of {gap.of} practices answered"
    you = f"{gap.pillar}: practice {theme.number(gap.practice, 'points')} ({answered})"
    if gap.gap is None:
        return f"{you}; too little is said by customers to compare"
    held = gap.perception
    between = "" if gap.pillar == "Metrics" else f", between {theme.interval(held, 'points').replace(' to ', ' and ')}"
    seen = "measured" if gap.pillar == "Metrics" else "perceived"
    away = theme.signed(gap.gap, "points")
    return f"{you}; {seen} {theme.number(held.value, 'points')}{between}; {away}{'' if gap.real else ', within noise'}"


def chart_rows(found: Sequence[Gap]) -> pd.DataFrame:
    """Rows of the chart: name, practice, value, low, high (the perception), real, say."""
    rows: list[dict[str, Any]] = [
        {"name": each.pillar, "practice": each.practice, "value": each.perception.value, "low": each.perception.low,
         "high": each.perception.high, "real": each.real, "say": sentence(each)}
        for each in found if each.practice is not None
    ]  # fmt: skip
    return pd.DataFrame(rows)


def table(found: Sequence[Gap]) -> pd.DataFrame:
    """Practice against perception as a table."""
    rows = [
        {"pillar": each.pillar, "practice": each.practice, "answered": each.answered, "of": each.of,
         "perception": each.perception.value, "low": each.perception.low, "high": each.perception.high,
         "responses": each.perception.n, "gap": each.gap, "real": each.real}
        for each in found
    ]  # fmt: skip
    return pd.DataFrame(rows)


def answers_table(practices: Sequence[Practice], history: Sequence[Answer]) -> pd.DataFrame:
    """Every answer ever given, the newest first; practices that are asked no more by their id."""
    held: Mapping[str, Practice] = {practice.id: practice for practice in practices}
    rows = [
        {"pillar": held[each.practice].pillar if each.practice in held else "no longer asked",
         "practice": held[each.practice].title if each.practice in held else each.practice, "answer": each.answer,
         "meaning": ANSWERS[each.answer], "by": each.author, "on": day(each.created.date())}
        for each in reversed(history)
    ]  # fmt: skip
    return pd.DataFrame(rows)
