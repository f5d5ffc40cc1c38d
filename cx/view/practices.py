"""Practice against perception: what a team says of itself beside what its customers say, the widest gap first."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cx.measure.practices import ANSWERS, Gap, Practice
from cx.store.practices import Answer
from cx.view import theme, wording
from cx.view.filters import day

GONE = wording.noted("no longer asked")


def finding(found: Sequence[Gap]) -> str:
    """The widest gap in a sentence."""
    told = [each for each in found if each.gap is not None]
    if not told:
        return wording.of("What do you do for your customers? Answer a few questions and see it beside what they say")
    real = [each for each in told if each.real]
    if not real:
        return wording.of("What you do and what customers say agree within noise")
    first = real[0]
    values = {
        "pillar": wording.of(first.pillar), "you": theme.number(first.practice, "points"),
        "they": theme.number(first.perception.value, "points"), "reading": _reading(first),
    }  # fmt: skip
    if first.pillar == "Metrics":
        return wording.of("Widest gap: {pillar}. You say {you}, you measure {they}: {reading}", **values)
    return wording.of("Widest gap: {pillar}. You say {you}, customers say {they}: {reading}", **values)


def _reading(gap: Gap) -> str:
    if gap.pillar == "Metrics":
        return (
            wording.of("you say more than the numbers show")
            if (gap.gap or 0) > 0
            else wording.of("the numbers are there, the practice is not yet")
        )
    if (gap.gap or 0) > 0:
        return wording.of("it looks better from inside than from outside")
    return wording.of("it is better than you think")


def sentence(gap: Gap) -> str:
    """A pillar's row in words, as its tooltip says it."""
    pillar = wording.of(gap.pillar)
    if gap.practice is None:
        return wording.of("{pillar}: not answered yet", pillar=pillar)
    you = wording.of(
        "{pillar}: practice {you} ({answered} of {all} practices answered)",
        pillar=pillar, you=theme.number(gap.practice, "points"), answered=gap.answered, all=gap.of,
    )  # fmt: skip
    if gap.gap is None:
        return wording.of("{you}; too little is said by customers to compare", you=you)
    held, away = gap.perception, theme.signed(gap.gap, "points")
    value = theme.number(held.value, "points")
    if gap.pillar == "Metrics":
        told = wording.of("{you}; measured {value}; {away}", you=you, value=value, away=away)
    else:
        low, high = theme.ends(held, "points")
        told = wording.of(
            "{you}; perceived {value}, between {low} and {high}; {away}",
            you=you,
            value=value,
            low=low,
            high=high,
            away=away,
        )
    return told if gap.real else wording.of("{moved}, within noise", moved=told)


def chart_rows(found: Sequence[Gap]) -> pd.DataFrame:
    """Rows of the chart: name, practice, value, low, high (the perception), real, say."""
    rows: list[dict[str, Any]] = [
        {"name": wording.of(each.pillar), "practice": each.practice, "value": each.perception.value, "low": each.perception.low,
         "high": each.perception.high, "real": each.real, "say": sentence(each)}
        for each in found if each.practice is not None
    ]  # fmt: skip
    return pd.DataFrame(rows)


def table(found: Sequence[Gap]) -> pd.DataFrame:
    """Practice against perception as a table."""
    rows = [
        {"pillar": wording.of(each.pillar), "practice": each.practice, "answered": each.answered, "of": each.of,
         "perception": each.perception.value, "low": each.perception.low, "high": each.perception.high,
         "responses": each.perception.n, "gap": each.gap, "real": each.real}
        for each in found
    ]  # fmt: skip
    return pd.DataFrame(rows)


def answers_table(practices: Sequence[Practice], history: Sequence[Answer]) -> pd.DataFrame:
    """Every answer ever given, the newest first; practices that are asked no more by their id."""
    held: Mapping[str, Practice] = {practice.id: practice for practice in practices}
    rows = [
        {"pillar": wording.of(held[each.practice].pillar if each.practice in held else GONE),
         "practice": held[each.practice].title if each.practice in held else each.practice, "answer": each.answer,
         "meaning": wording.of(ANSWERS[each.answer]), "by": each.author, "on": day(each.created.date())}
        for each in reversed(history)
    ]  # fmt: skip
    return pd.DataFrame(rows)
