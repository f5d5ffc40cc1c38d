"""Questions answered from the data, without a language model: numbers with their tests, quotes, and the way to the evidence.

What cannot be understood or told is said to be so, with what can be asked. Every number comes from the functions the pages
use; the words around them are fixed.
"""

import re
from collections.abc import Callable

import pandas as pd

from cx.measure import compare, contributions, kpis, trends
from cx.measure.estimate import of_row
from cx.store.datasets import MENTION, Dataset
from cx.view import answers, briefing, called, questions, search, subjects, theme, wording
from cx.view.answers import Answer, Line
from cx.view.drivers import OUTCOMES
from cx.view.filters import Filter
from cx.view.questions import Question
from cx.view.search import Comment, Find

MAKERS = 2
"""Groups named as those who made a change, and drivers."""

QUOTES = 3
HURTS = wording.noted("It hurts most at {name}: {feeling}.")
DELIGHTS = wording.noted("It delights most at {name}: {feeling}.")
WHAT = re.compile(r"\bwhat\b", re.IGNORECASE)
"""Asks about everything where nothing is named: "what changed?"."""

FIRST = re.compile(r"\b(?:fix|first|improve|priorit\w*|mend|start|focus)\b", re.IGNORECASE)


def answer(dataset: Dataset, text: str, where: Filter, min_base: int) -> Answer:
    """The answer to a question over the responses that fit; for any text whatever."""
    days = trends.span(dataset)
    asked = questions.read(dataset, text, days)
    found = _KINDS[asked.kind](dataset, asked, where, min_base) if asked.kind else None
    if found is None:
        return _unknown(dataset)
    return found._replace(understood=answers.understood(asked, where, text))


def examples(dataset: Dataset) -> list[str]:
    """Questions that can be asked of this dataset, made from what is in it; in English, as they are understood."""
    have = kpis.available(dataset)
    kpi = next((kpis.KPIS[name].english for name in OUTCOMES if name in have), "")
    spots = (
        [value for value in search.values(dataset, "touchpoint") if value != "none"]
        if dataset.manifest["mentions"]
        else []
    )
    dated = trends.span(dataset)
    month = f"{dated[1]:%B}" if dated else ""
    out = [f"Why did {spots[0]} change in {month}?"] if spots and dated else []
    out += [f"What do people say about {spots[min(1, len(spots) - 1)]}?"] if spots else []
    out += [f"What drives {kpi}?", f"How is {kpi}?"] if kpi else []
    columns = subjects.columns(dataset)
    out += [f"Which {columns[0]} is worst?"] if columns and have else []
    return out or ["How many responses are there?"]


def _unknown(dataset: Dataset) -> Answer:
    lines = tuple(Line(f"“{example}”") for example in examples(dataset))
    return Answer(wording.of("I do not know that. What can be asked, for instance:"), lines, [], "", known=False)


# --- Why did it change


def _why(dataset: Dataset, asked: Question, where: Filter, min_base: int) -> Answer | None:
    name = answers.measured(dataset, asked)
    if not name or not (asked.about or asked.who or asked.period or WHAT.search(asked.text)):
        return None
    inside = subjects.filtered(where, [*asked.spoken, *asked.who])
    at = answers.windows(dataset, asked, inside)
    what = answers.what(asked, name)
    if at is None:
        return Answer(wording.of("There is too little over time to tell how {what} changed.", what=what))
    free = inside.in_period(None, None)
    before, after = (at.begin_before, at.end_before), (at.begin, at.end)
    row = _main(compare.periods(dataset, before, after, free, [name], min_base))
    if not row["real"] and (wide := answers.longer(dataset, at)) is not None:
        far = _main(compare.periods(dataset, (wide.begin_before, wide.end_before), after, free, [name], min_base))
        if far["p"] < compare.FALSE_FINDINGS / 2:  # the second look is paid for
            at, row, before = wide, far, (wide.begin_before, wide.end_before)
    head = answers.changed(row, what, asked.direction, at, dataset)
    evidence = Filter(*after, free.where)
    lines = [answers.value_line(row, before, after, name, evidence)]
    if row["change"] == row["change"]:
        lines += _makers(dataset, name, (after, before), free, row)
    if asked.spoken:
        lines += answers.share_line(dataset, asked.spoken[0], before, after, where.in_period(None, None), min_base)
    falling = row["change"] == row["change"] and (row["change"] < 0) == kpis.up_is_good(
        dataset, name, str(row["scale"] or "")
    )
    return Answer(head, tuple(lines), _quotes(dataset, asked, evidence, "negative" if falling else "positive"))


def _main(rows: pd.DataFrame) -> dict:
    """The row of the scale most answered on."""
    return rows.sort_values(["n_b", "n_a"], ascending=False, kind="stable").iloc[0].to_dict()


def _makers(
    dataset: Dataset, name: str, days: tuple[answers.Days, answers.Days], free: Filter, row: dict
) -> list[Line]:
    """Who made the change, where it is real and somebody can be told from noise."""
    if not bool(row["real"]):
        return []
    rows = contributions.change(dataset, name, *days, free)
    spoken = any(column.startswith(MENTION) for column in free.columns)
    rows = rows[
        rows["key"].notna() & ~rows["column"].isin(free.columns) & ~(spoken & rows["column"].str.startswith(MENTION))
    ]
    unit = kpis.KPIS[name].unit
    found = briefing.makers(dataset, rows, row["change"])[:MAKERS]
    if not found:
        return [Line(wording.of("No group stands out: it moved alike everywhere, as far as these answers can tell."))]
    whole = theme.signed(row["change"], unit)
    words = [
        wording.of("{who} ({part} of {whole})", who=who, part=theme.signed(by, unit), whole=whole) for who, by in found
    ]
    side = rows["contribution"] > 0 if row["change"] > 0 else rows["contribution"] < 0
    first = rows[side & (rows["p"] < compare.FALSE_FINDINGS)].iloc[0]
    inside = (
        free
        if str(first["column"]).startswith(MENTION)
        else free.with_values(str(first["column"]), [str(first["key"])])
    )
    link = {"trend_of": kpis.KPIS[name].title, **answers.url(inside)}
    text = wording.of("Most of it comes from {names}.", names=theme.listed(words))
    return [Line(text, "trends", link, wording.of("See its trend"))]


# --- How is it


def _how(dataset: Dataset, asked: Question, where: Filter, min_base: int) -> Answer | None:
    name = answers.measured(dataset, asked)
    if not name:
        return answers.volume(dataset, where, asked)
    inside = subjects.filtered(where, [*asked.spoken, *asked.who])
    if asked.period:
        inside = inside.in_period(asked.period.begin, asked.period.end)
    counts = trends.main_scale(kpis.counted(dataset, name, (), inside))
    rows = trends.estimates(name, counts, min_base=min_base)
    what = answers.what(asked, name)
    if rows.empty:
        return Answer(wording.of("Nobody answered about {what} here.", what=what))
    told = of_row(rows.iloc[0])
    named = answers.capital(what)
    named = wording.of("{what} is", what=named) if told.shown else named
    head = theme.sentence(named, told, kpis.KPIS[name].unit) + "."
    lines = [answers.link(asked, name, inside)]
    at = answers.windows(dataset, asked, inside)
    if at is not None:
        free = inside.in_period(None, None)
        held = compare.periods(dataset, (at.begin_before, at.end_before), (at.begin, at.end), free, [name], min_base)
        lines.append(Line(wording.of("Over time: {says}; {against}.", says=_main(held)["says"], against=at.words)))
    return Answer(head, tuple(lines), _quotes(dataset, asked, inside, "") if asked.spoken else [])


# --- What is said


def _said(dataset: Dataset, asked: Question, where: Filter, min_base: int) -> Answer | None:
    inside = subjects.filtered(where, [*asked.spoken, *asked.who])
    if asked.period:
        inside = inside.in_period(asked.period.begin, asked.period.end)
    if not dataset.manifest["mentions"] or not (asked.spoken or asked.who or asked.period):
        return _extreme(dataset, asked, where, min_base)
    return answers.said(dataset, asked, inside, min_base)


# --- What drives it


def _drives(dataset: Dataset, asked: Question, where: Filter, min_base: int) -> Answer | None:
    from cx.view import drivers as driven

    have = driven.outcomes(dataset)
    name = asked.kpi if asked.kpi in have else next(iter(have), "")
    if not name or (asked.kpi and asked.kpi not in have):
        return None
    inside = subjects.filtered(where, asked.who)
    if asked.period:
        inside = inside.in_period(asked.period.begin, asked.period.end)
    found = driven.view(dataset, name, inside, min_base)
    title, unit = kpis.KPIS[name].title, kpis.KPIS[name].unit
    if found.table.empty:
        return Answer(wording.of("There are too few answers to tell what drives {kpi}.", kpi=title))
    link = {"outcome": title, **answers.url(inside)}
    real = found.talked[found.talked["real"]] if len(found.talked) else found.talked
    lines = [
        Line(wording.of("{name}: {kpi} {change} ({low} to {high}).", kpi=title,
                        name=answers.capital(called.value(str(row["kind"]), str(row["name"]))),
                        **{end: theme.signed(row[end], unit) for end in ("change", "low", "high")}),
             "comments", {str(row["kind"]): str(row["key"]), **answers.url(inside)}, wording.of("Read the comments"))
        for row in real.sort_values("change", key=abs, ascending=False).head(MAKERS).to_dict("records")
    ]  # fmt: skip
    caution = wording.of("What goes with it, tested together; it need not be the cause.")
    first = Line(caution, "drivers", link, wording.of("See the drivers"))
    return Answer(f"{found.finding}.", (*lines, first), [])


# --- Compare


def _compare(dataset: Dataset, asked: Question, where: Filter, min_base: int) -> Answer | None:
    sides = answers.sides(asked, where)
    if sides is None:
        return None
    (a, first), (b, second) = sides
    names = [asked.kpi] if asked.kpi else ["net_sentiment"] if asked.spoken and not asked.who else None
    if names == ["net_sentiment"] and "net_sentiment" not in kpis.available(dataset):
        return None
    rows = compare.between(dataset, first, second, names, min_base)
    told = rows[rows["change"].notna()] if len(rows) else rows
    if told.empty:
        return Answer(wording.of("There are too few answers to compare {b} with {a}.", b=b, a=a))
    order = {name: place for place, name in enumerate([*kpis.HEADLINE, *kpis.KPIS])}
    told = told.assign(place=told["kpi"].map(order)).sort_values(
        ["real", "place"], ascending=[False, True], kind="stable"
    )
    told = told.drop_duplicates("kpi")
    lines = [
        Line(wording.of("{kpi}: {b} against {a}, {says} (n {n_b} and {n_a}).", kpi=row["title"], says=row["says"],
                        b=theme.number(row["b"], row["unit"]), a=theme.number(row["a"], row["unit"]),
                        n_b=wording.whole(row["n_b"]), n_a=wording.whole(row["n_a"])))
        for row in told.head(4).to_dict("records")
    ]  # fmt: skip
    lines[0] = lines[0]._replace(**answers.comparison(asked, where))
    row = told.iloc[0]
    sides_ = {"b": answers.capital(b), "a": a}
    head = (
        wording.of("{b} against {a}: {kpi} {says}.", kpi=row["title"], says=row["says"], **sides_)
        if row["real"]
        else wording.of("{b} differs from {a} in nothing beyond noise.", **sides_)
    )
    return Answer(head, tuple(lines), [])


# --- Best and worst


def _extreme(dataset: Dataset, asked: Question, where: Filter, min_base: int) -> Answer | None:
    inside = subjects.filtered(where, asked.who)
    if asked.period:
        inside = inside.in_period(asked.period.begin, asked.period.end)
    if asked.columns:
        return answers.ranked(dataset, asked, inside, min_base)
    told = briefing.felt(dataset, inside, min_base)
    if told.empty or (asked.unknown and not asked.who):
        return None
    worst, best = briefing.lowest(told), briefing.highest(told)
    lines = []
    first = briefing.first(dataset, inside, min_base, worst) if FIRST.search(asked.text) else None
    if first is not None:
        lines.append(Line(first.text, first.page, {**first.params, **answers.url(inside)}, first.label))
    for row, sentence, label in ((worst, HURTS, "negative"), (best, DELIGHTS, "positive")):
        if row is not None:
            text = wording.of(sentence, name=row["name"], feeling=briefing.feeling(row))
            params = {str(row["kind"]): str(row["key"]), "sentiment_label": label, **answers.url(inside)}
            lines.append(Line(text, "comments", params, wording.of("Read the comments")))
    if not lines:
        return Answer(wording.of("Nothing stands out: no touchpoint or topic is surely praised or complained of."))
    row = worst if worst is not None else best
    assert row is not None
    find = Find(**{str(row["kind"]): str(row["key"])}, sentiment_label="negative" if worst is not None else "positive")
    return Answer(lines[0].text, tuple(lines), search.page(dataset, find, inside)[:QUOTES])


def _quotes(dataset: Dataset, asked: Question, inside: Filter, label: str) -> list[Comment]:
    """Comments on what was asked about, the strongest first where a side is wanted."""
    if not dataset.manifest["mentions"]:
        return []
    facets = {each.kind: each.key for each in asked.spoken}
    plain = inside._replace(where=tuple(held for held in inside.where if not held[0].startswith(MENTION)))
    sort = {"negative": "most negative", "positive": "most positive"}.get(label, "newest")
    return search.page(dataset, Find(**facets, sentiment_label=label, sort=sort), plain)[:QUOTES]


_KINDS: dict[str, Callable[[Dataset, Question, Filter, int], Answer | None]] = {
    "why": _why, "changed": _why, "how": _how, "said": _said, "drives": _drives, "compare": _compare, "extreme": _extreme,
}  # fmt: skip
