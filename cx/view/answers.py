"""What answers to questions are made of: lines with their evidence, and the sentences and numbers they share."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from cx.measure import compare, contributions, estimate, kpis, tally, trends
from cx.measure.trends import Windows
from cx.schema import GENERAL, NONE
from cx.store.datasets import MENTION, Dataset
from cx.view import called, overview, search, subjects, theme, wording
from cx.view.compare import spelled
from cx.view.drivers import OUTCOMES
from cx.view.filters import Filter, day
from cx.view.questions import LONGEST, Question
from cx.view.search import Comment, Find

Days = tuple[date, date]
QUOTES = 3
STANDING_OUT = 2
"""Groups named as those who spoke of something more or less often than before."""


class Line(NamedTuple):
    """A sentence, and where its evidence stands: page, parameters, what the link is called; '' where there is none."""

    text: str
    page: str = ""
    params: Mapping[str, Any] | None = None
    label: str = ""


class Answer(NamedTuple):
    """A headline, lines with their evidence, quotes; `understood` says how the question was read; `known` is False where
    there is no answer, and the lines say what can be asked."""

    headline: str
    lines: tuple[Line, ...] = ()
    quotes: Sequence[Comment] = ()
    understood: str = ""
    known: bool = True


def url(inside: Filter) -> dict[str, Any]:
    """The parameters of a filter, without what is said of mentions: pages have facets for that."""
    kept = tuple(held for held in inside.where if not held[0].startswith(MENTION))
    return inside._replace(where=kept).url()


def capital(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def measured(dataset: Dataset, asked: Question) -> str:
    """The KPI that answers: the one named; for what people talk about net sentiment; else the first there is; '' for none."""
    have = kpis.available(dataset)
    if asked.kpi:
        return asked.kpi if asked.kpi in have else ""
    if asked.spoken:
        return "net_sentiment" if "net_sentiment" in have else ""
    if asked.unknown and not asked.who and not asked.columns:
        return ""  # asked about something that is not in the data
    return next((name for name in OUTCOMES if name in have), "")


def what(asked: Question, name: str) -> str:
    """What is answered about, in words: `net sentiment of delivery in Region North`."""
    out = kpis.KPIS[name].title
    if asked.spoken:
        spoken = theme.listed([shown(each) for each in asked.spoken])
        out = wording.of("{kpi} of {spoken}", kpi=wording.inside(out), spoken=spoken)
    who = theme.listed([each.title for each in asked.who])
    return wording.of("{what} in {who}", what=out, who=who) if who else out


def shown(named: subjects.Named) -> str:
    """What something named is called in the reader's language; what comes from files as it is there."""
    if named.kind == "kpi":
        return kpis.KPIS[named.key].title
    return called.value(named.kind, named.name)


def windows(dataset: Dataset, asked: Question, inside: Filter) -> Windows | None:
    """The period asked about and the one before it; without one the recent one."""
    period = (asked.period.begin, asked.period.end) if asked.period else (inside.begin, inside.end)
    known = trends.span(dataset)
    if known and asked.period and (asked.period.begin or known[0]) > known[1]:
        return None
    return trends.windows(dataset, inside.in_period(*period))


def when_words(days: Days) -> str:
    """A period in words, a whole month, quarter or year by its name."""
    begin, end = days
    for step, name in (
        ("M", wording.month(begin, long=True)),
        ("Q", f"Q{(begin.month + 2) // 3} {begin.year}"),
        ("Y", str(begin.year)),
    ):
        held = pd.Timestamp(begin).to_period(step)
        if (held.start_time.date(), held.end_time.date()) == (begin, end):
            return name
    return wording.of("the time from {begin} to {end}", begin=day(begin), end=day(end))


def clipped(days: Days, dataset: Dataset) -> Days:
    """A period as far as there are data; itself where there are none in it."""
    known = trends.span(dataset)
    if known is None or days[1] < known[0] or days[0] > known[1] or days[0] >= known[0]:
        return days
    return known[0], days[1]


def longer(dataset: Dataset, at: Windows) -> Windows | None:
    """The same period against up to twelve months before it, where there is more than as long a time: a month beside the
    month before shows large changes only, and nothing of what began with that."""
    known = trends.span(dataset)
    if known is None:
        return None
    first = max((pd.Timestamp(at.begin) - pd.DateOffset(months=12)).date(), known[0])
    if first >= at.begin_before:
        return None
    return at._replace(begin_before=first)


UNCHANGED = {
    -1: wording.noted("{what} did not fall for real in {period}: {says} against {against}."),
    1: wording.noted("{what} did not rise for real in {period}: {says} against {against}."),
    0: wording.noted("{what} did not change for real in {period}: {says} against {against}."),
}
MOVED = {
    True: wording.noted("{what} rose by {size} in {period} against {against}, real."),
    False: wording.noted("{what} fell by {size} in {period} against {against}, real."),
}


def changed(row: Any, about: str, direction: int, at: Windows, dataset: Dataset) -> str:
    """The headline: whether it changed as was asked, for real or not."""
    period = when_words((at.begin, at.end))
    if pd.isna(row["change"]):
        return wording.of(
            "There are too few answers to tell how {what} changed in {period}.", what=about, period=period
        )
    size = compare.size(abs(row["change"]), row["unit"])
    against = when_words(clipped((at.begin_before, at.end_before), dataset))
    if not row["real"]:
        return wording.of(UNCHANGED[direction], what=capital(about), period=period, says=row["says"], against=against)
    wrong = (direction < 0) == (row["change"] > 0) and direction != 0
    said = wording.of(
        MOVED[bool(row["change"] > 0)],
        what=about if wrong else capital(about),
        size=size,
        period=period,
        against=against,
    )
    return wording.of("It is the other way round: {said}", said=said) if wrong else said


def value_line(row: Any, before: Days, after: Days, name: str, evidence: Filter) -> Line:
    """Both numbers with their bases, and the way to the trend."""
    unit = row["unit"]
    a, b = (theme.number(None if pd.isna(row[side]) else row[side], unit) for side in "ab")
    many = {"n_a": wording.whole(row["n_a"]), "n_b": wording.whole(row["n_b"])}
    text = wording.of("From {a} (n {n_a}) to {b} (n {n_b})", a=a, b=b, **many)
    if pd.notna(row["change"]):
        low, high = theme.signed(row["low"], unit), theme.signed(row["high"], unit)
        text += wording.of("; the change lies between {low} and {high}", low=low, high=high)
    params = {"before": spelled(before), "after": spelled(after), **url(evidence.in_period(None, None))}
    return Line(text + ".", "compare", params, wording.of("Compare the two periods"))


OFTEN = {
    True: wording.noted("It came up more often: in {after} of the comments ({many}), before in {before}, real."),
    False: wording.noted("It came up less often: in {after} of the comments ({many}), before in {before}, real."),
    None: wording.noted("It came up as often as before, within noise: {after} of the comments, before {before}."),
}


def share_line(
    dataset: Dataset, named: subjects.Named, before: Days, after: Days, where: Filter, min_base: int
) -> list[Line]:
    """Whether it came up more or less often, among responses that say anything."""
    inside = subjects.filtered(where, [named])
    rows = []
    for days in (before, after):
        whole, own = (int(tally.spoken(dataset, (), held.in_period(*days))["n"].iloc[0]) for held in (where, inside))
        counts = pd.DataFrame({"answer": [1.0, 0.0], "n": [own, whole - own]}).astype(float)
        counts = counts.assign(w=counts["n"], w2=counts["n"])
        if whole < min_base:
            return []
        rows.append((own, estimate.wilson(estimate.moments(counts, counts["answer"], [])).iloc[0]))
    (_, first), (own, second) = rows
    found = estimate.difference(second, first)
    before_, after_ = (f"{wording.whole(100 * row['value'])} %" for row in (first, second))
    often = OFTEN[bool(second["value"] > first["value"]) if found.real else None]
    text = wording.of(often, after=after_, before=before_, many=wording.whole(own))
    params = {named.kind: named.key, **url(where.in_period(*after))}
    lines = [Line(text, "comments", params, wording.of("Read these comments"))]
    up = bool(second["value"] > first["value"])
    return lines + (_who_spoke(dataset, named, (before, after), where, up) if found.real else [])


def _who_spoke(dataset: Dataset, named: subjects.Named, days: tuple[Days, Days], where: Filter, up: bool) -> list[Line]:
    """Which group brought it up more or less often than before, where that can be told from noise."""
    column = MENTION + (named.column if named.kind == "topic" else named.kind)
    before, after = days
    rows = contributions.share_change(dataset, column, named.key, after, before, where)
    rows = rows[(rows["p"] < compare.FALSE_FINDINGS) & ((rows["contribution"] > 0) == up) & rows["key"].notna()]
    if rows.empty:
        return []
    # Of groups that overlap those that are told apart best: much of the change, and more of it than others; one a column.
    order = (rows["contribution"] * (rows["after"] - rows["before"])).abs().sort_values(ascending=False, kind="stable")
    best = rows.loc[order.index].drop_duplicates("column").head(STANDING_OUT)
    told = [
        wording.of(
            "{name} ({after} %, before {before} %)", name=f"{each['column']} {each['key']}",
            after=wording.whole(each["after"]), before=wording.whole(each["before"]),
        )
        for _, each in best.iterrows()
    ]  # fmt: skip
    row, names = best.iloc[0], theme.listed(told)
    text = (
        wording.of("Those who name it more than others do: {names}.", names=names)
        if up
        else wording.of("Fewer name it in {names}.", names=names)
    )
    inside = where.with_values(str(row["column"]), [str(row["key"])]).in_period(*after)
    return [Line(text, "comments", {named.kind: named.key, **url(inside)}, wording.of("Read theirs"))]


def volume(dataset: Dataset, where: Filter, asked: Question) -> Answer | None:
    """How many responses there are, where nothing else was asked for."""
    if asked.about or asked.guessed or "many" not in asked.text.lower():
        return None
    row = tally.volume(dataset, (), where).iloc[0]
    many = {"many": wording.whole(row["n"]), "comments": wording.whole(row["comments"])}
    head = wording.of("There are {many} responses, {comments} of them with a comment.", **many)
    to = {"trend_of": "Responses", **url(where)}
    return Answer(head, (Line(wording.of("By time:"), "trends", to, wording.of("See the trend")),))


def link(asked: Question, name: str, inside: Filter) -> Line:
    """The way to what a number is made of."""
    if asked.spoken:
        named = asked.spoken[0]
        to = {named.kind: named.key, **url(inside)}
        return Line(wording.of("What people said about it:"), "comments", to, wording.of("Read the comments"))
    to = {"trend_of": kpis.KPIS[name].title, **url(inside)}
    return Line(wording.of("How it moved:"), "trends", to, wording.of("See the trend"))


def understood(asked: Question, where: Filter, text: str) -> str:
    """How a question was read: what it is about, who, when, and what was guessed."""
    begins = [each for each in asked.periods if each.begin and each.end]
    several = theme.listed([when_words((each.begin, each.end)) for each in begins[:2] if each.begin and each.end])
    parts = [shown(each) for each in asked.about] + [each.title for each in asked.who]
    parts += [each.name for each in asked.columns]
    period = Filter(asked.period.begin, asked.period.end).period() if asked.period else where.period()
    period = several if asked.kind == "compare" and len(begins) > 1 else period
    out = wording.of("Read as: {parts}.", parts=" · ".join([*dict.fromkeys(parts), period]))
    if asked.guessed and asked.guessed.by:
        guess = {"word": asked.guessed.by, "name": shown(asked.guessed)}
        out += wording.of(" “{word}” was taken for {name}.", **guess)
    if asked.unknown:
        unknown = theme.listed([wording.of("“{word}”", word=word) for word in asked.unknown])
        out += wording.of(" Not found in the data, so left out: {words}.", words=unknown)
    if len(text) > LONGEST:
        out += wording.of(" Only the first {many} characters were read.", many=LONGEST)
    return out


SIDES = (
    ("negative", wording.noted("Complaints: {subjects}."), wording.noted("Read the complaints")),
    ("positive", wording.noted("Praise: {subjects}."), wording.noted("Read the praise")),
)


def said(dataset: Dataset, asked: Question, inside: Filter, min_base: int) -> Answer:
    """What people say about something: how many, in which mood, about what besides, with quotes of both sides."""
    named = theme.listed([shown(each) for each in asked.spoken] + [each.title for each in asked.who])
    named = named or wording.of("that time")
    counts = tally.counted(dataset, [MENTION + "sentiment_label"], inside).set_index(MENTION + "sentiment_label")["m"]
    many = int(tally.spoken(dataset, (), inside)["n"].iloc[0])
    if not many:
        return Answer(wording.of("Nobody said anything about {name} here.", name=named))
    sides = {side: int(counts.get(side, 0)) for side in ("positive", "neutral", "negative")}
    whole = max(sum(sides.values()), 1)
    good, bad = (wording.whole(100 * sides[side] / whole) for side in ("positive", "negative"))
    head = wording.counted(
        "{n} comment on {name}: {good} % of it is praise, {bad} % complaint.",
        "{n} comments on {name}: {good} % of it is praise, {bad} % complaint.",
        many, name=named, good=good, bad=bad,
    )  # fmt: skip
    lines = []
    if not asked.kpi and many >= min_base:
        rows = trends.estimates("net_sentiment", kpis.counted(dataset, "net_sentiment", (), inside), min_base=min_base)
        if len(rows):
            lines.append(
                Line(theme.sentence(wording.of("Net sentiment"), estimate.of_row(rows.iloc[0]), "points") + ".")
            )
    facets = {each.kind: each.key for each in asked.spoken}
    for side, sentence, label in SIDES:
        if sides[side]:
            text = wording.of(sentence, subjects=_subjects(dataset, asked, inside, side))
            to = {**facets, "sentiment_label": side, **url(inside)}
            lines.append(Line(text, "comments", to, wording.of(label)))
    plain = inside._replace(where=tuple(held for held in inside.where if not held[0].startswith(MENTION)))
    quotes = [
        comment
        for side, sort, many_ in (("negative", "most negative", 2), ("positive", "most positive", 1))
        for comment in search.page(dataset, Find(**facets, sentiment_label=side, sort=sort), plain)[:many_]
    ]
    return Answer(head, tuple(lines), quotes[:QUOTES])


def _subjects(dataset: Dataset, asked: Question, inside: Filter, side: str) -> str:
    """What is spoken of on one side: the three most frequent topics, or touchpoints where a topic was asked about."""
    column = MENTION + ("touchpoint" if any(each.kind == "topic" for each in asked.spoken) else "topic")
    counts = tally.counted(dataset, [column], inside.with_values(MENTION + "sentiment_label", [side]))
    counts = counts[counts[column].notna() & ~counts[column].isin([NONE, GENERAL])]
    names = overview.topic_names(dataset)
    top = counts.sort_values(["m", column], ascending=[False, True]).head(3)
    told = [f"{names.get(row[column], row[column])} ({wording.whole(row['m'])})" for row in top.to_dict("records")]
    return wording.of("mostly {names}", names=theme.listed(told)) if told else wording.of("of many kinds")


def sides(asked: Question, where: Filter) -> list[tuple[str, Filter]] | None:
    """The two sides of a comparison with their names, the one compared with first; None where there are no two."""
    rest = subjects.filtered(where, [each for each in asked.about if each.kind in subjects.SPOKEN] if asked.who else [])
    if asked.period and len(asked.periods) < 2:
        rest = rest.in_period(asked.period.begin, asked.period.end)
    pairs = [asked.who, asked.spoken]
    for named in pairs:
        if len(named) >= 2 and named[0].key != named[1].key:
            b, a = named[0], named[1]
            return [(shown(each), subjects.filtered(rest, [each])) for each in (a, b)]
    if len(asked.periods) >= 2:
        held = subjects.filtered(where, [*asked.spoken, *asked.who])
        ends = sorted((each.begin, each.end) for each in asked.periods[:2] if each.begin and each.end)
        if len(ends) == 2 and ends[0][1] < ends[1][0]:
            return [(when_words(each), held.in_period(*each)) for each in ends]
    return None


def comparison(asked: Question, where: Filter) -> dict[str, Any]:
    """The page that shows a comparison, as fields of a Line."""
    if len(asked.who) >= 2 and asked.who[0].column == asked.who[1].column:
        b, a = asked.who[:2]
        params = {"column": b.column, "b": b.key, "a": a.key, **url(where)}
        return {"page": "compare", "params": params, "label": wording.of("Compare")}
    ends = sorted((each.begin, each.end) for each in asked.periods[:2] if each.begin and each.end)
    if len(ends) == 2 and not asked.who:
        params = {"before": spelled(ends[0]), "after": spelled(ends[1]), **url(where)}
        return {"page": "compare", "params": params, "label": wording.of("Compare")}
    first = asked.spoken[0] if asked.spoken else None
    params = {first.kind: first.key, **url(where)} if first else {}
    return {"page": "comments" if first else "", "params": params, "label": wording.of("Read the comments")}


def ranked(dataset: Dataset, asked: Question, inside: Filter, min_base: int) -> Answer | None:
    """The best and the worst value of a column, and whether they differ for real."""
    column = asked.columns[0].key
    name = measured(dataset, asked._replace(kind="why"))
    if not name:
        return None
    inside = subjects.filtered(inside, asked.spoken)
    counts = trends.main_scale(kpis.counted(dataset, name, [column], inside))
    rows = trends.estimates(name, counts[counts[column].notna()], [column], min_base).dropna(subset=["value"])
    title, unit = kpis.KPIS[name].title, kpis.KPIS[name].unit
    if len(rows) < 2:
        return Answer(wording.of("There are too few answers to compare the values of {column}.", column=column))
    up = kpis.up_is_good(dataset, name, str(rows["scale"].iloc[0]) if "scale" in rows else "")
    rows = rows.sort_values(["value", column], ascending=[up, True], kind="stable")
    worst, best = rows.iloc[0], rows.iloc[-1]
    texts = [f"{row[column]}: {theme.sentence(title, estimate.of_row(row), unit)}." for row in (worst, best)]
    found = estimate.difference(best, worst)
    pairs = len(rows) * (len(rows) - 1) / 2  # the two ends of many differ by chance: as many pairs, as strict
    real = found.p is not None and found.p * pairs < compare.FALSE_FINDINGS
    ends = {"kpi": title, "low": theme.number(worst["value"], unit), "high": theme.number(best["value"], unit)}
    head = (
        wording.of(
            "Worst is {worst}, best {best}: {kpi} {low} to {high}, real.",
            worst=worst[column],
            best=best[column],
            **ends,
        )
        if real
        else wording.of("No {column} is worst beyond noise: {kpi} {low} to {high}.", column=column, **ends)
    )
    params = {"column": column, "b": str(worst[column]), "a": str(best[column]), **url(inside)}
    lines = (Line(texts[0], "compare", params, wording.of("Compare the two")), Line(texts[1]))
    return Answer(head, lines)
