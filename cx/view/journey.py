"""The journey: stages from left to right, how each feels, what delights and hurts there, and who goes on to which."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from cx.errors import FilterError
from cx.measure import cells, compare, estimate, kpis, tally, trends
from cx.measure.personas import PERSONA, Personas
from cx.measure.tally import OWN
from cx.schema import NONE, STAGES
from cx.store.datasets import MENTION, Dataset
from cx.view import compare as sides
from cx.view import moments, theme, wording
from cx.view.compare import Choice
from cx.view.filters import Filter, quoted
from cx.view.moments import Moment

STAGE = MENTION + "stage"
MOST = 8
"""Stages shown, where a dataset names its own."""

EVERYONE, EFFORT, HANDOVER = wording.noted("Everyone"), "high effort", "hand-over"


class Side(NamedTuple):
    """One curve: who it is of, the dataset and the filter it counts, and the filter its comments have in the address
    (None: the address cannot say it)."""

    name: str
    dataset: Dataset
    where: Filter
    link: Filter | None


class Journey(NamedTuple):
    """`stages` from left to right, `named` those whose own column is meant (not mentions).

    `points`: side (0, 1), name, stage, place, value, low, high, n, shown, say. `volume`: stage, place, m, n, share, and
    effort, effort_low, effort_high (percent). `changes`: stage, change, real, says, for two curves. `turns`: begin, end,
    customers; `turned`: how many customers were seen at several stages; `why` there are no hand-overs.
    """

    stages: tuple[str, ...]
    points: pd.DataFrame
    volume: pd.DataFrame
    moments: list[Moment]
    changes: pd.DataFrame
    turns: pd.DataFrame
    turned: int
    why: str
    sides: tuple[str, ...]
    counts: str
    unnamed: float
    measure: str


def stage_column(dataset: Dataset) -> str:
    """Where stages stand: in mentions, else in a column of responses; '' when nowhere."""
    if dataset.manifest["mentions"] and dataset.filled.get("sentiment"):
        return STAGE
    return "stage" if dataset.filled.get("stage") else ""


def measures(dataset: Dataset) -> dict[str, str]:
    """What a curve can show: name → title; sentiment first."""
    have = kpis.available(dataset)
    names = [name for name in ("net_sentiment", *kpis.HEADLINE) if name in have]
    return {name: kpis.KPIS[name].title for name in dict.fromkeys(names)}


def split(
    dataset: Dataset, choice: Choice | None, where: Filter, alone: bool, people: Personas | None = None
) -> list[Side]:
    """The curves: everyone; one value of a column (`alone`), or B and then A of a choice.

    Personas are chosen by the column `PERSONA` and their ids. Raises FilterError for what cannot be told apart.
    """
    if choice is None:
        return [Side(wording.of(EVERYONE), dataset, where, where)]
    if choice.before and choice.after:
        spans = [(choice.after, choice.words[1])] + ([] if alone else [(choice.before, choice.words[0])])
        cut = [where.in_period(*days) for days, _ in spans]
        return [Side(name, dataset, each, each) for each, (_, name) in zip(cut, spans, strict=True)]
    if choice.column == PERSONA and people is not None:
        held, own = people.dataset, PERSONA
        names = {persona.id: persona.name for persona in people.found}
    else:
        held, own = sides.cut(dataset, choice.column, where)
        names = {}
    plain = own in dataset.responses

    def valued(value: str) -> Side:
        chosen = where.with_values(own, [value])
        return Side(names.get(value, value) or wording.of("(no value)"), held, chosen, chosen if plain else None)

    if alone:
        return [valued(choice.b)]
    if choice.a is not None:
        if choice.a == choice.b:
            raise FilterError(wording.of("Choose two different groups to compare."))
        return [valued(choice.b), valued(choice.a)]
    both = sides.sided(held, own, choice.b)
    first, rest = (where.with_values(sides.SIDE, [side]) for side in (sides.THIS, sides.REST))
    return [valued(choice.b)._replace(dataset=both, where=first), Side(wording.of("everyone else"), both, rest, None)]


def build(dataset: Dataset, measure: str, curves: Sequence[Side], min_base: int) -> Journey:
    """The journey of one or two curves; moments, volume and hand-overs are those of the first."""
    stage = stage_column(dataset)
    first = curves[0]
    spoken = stage == STAGE
    sizes = (tally.spoken if spoken else tally.volume)(first.dataset, [OWN + stage], first.where)
    sizes = sizes if spoken else sizes.assign(m=sizes["n"])
    sizes = sizes.assign(stage=cells.text(sizes[OWN + stage]))
    known = sizes[sizes["stage"].notna() & ~sizes["stage"].isin(("", NONE))]
    stages = _stages(known, spoken)
    total = sizes["m"].sum()
    unnamed = float(100 * (1 - known["m"].sum() / total)) if total else 0.0
    points, changes = _points(curves, measure, stage, stages, min_base)
    said = moments.found(first.dataset, stage, first.where, min_base) if spoken or dataset.manifest["mentions"] else []
    turns, turned, why = handovers(first.dataset, stage, first.where, min_base, stages)
    return Journey(
        stages, points, _volume(first, stage, stages, known, min_base), [m for m in said if m.stage in stages], changes,
        turns, turned, why, tuple(side.name for side in curves), "mentions" if spoken else "responses", unnamed, measure,
    )  # fmt: skip


def _stages(known: pd.DataFrame, spoken: bool) -> tuple[str, ...]:
    """All five stages for mentions; else those the column names, known ones first, in the order of the journey."""
    if spoken:
        return STAGES
    order = {name.casefold(): place for place, name in enumerate(STAGES)}
    largest = known.sort_values(["m", "stage"], ascending=[False, True])["stage"].head(MOST).tolist()
    return tuple(sorted(largest, key=lambda name: order.get(name.casefold(), len(order))))


def _points(
    curves: Sequence[Side], measure: str, stage: str, stages: tuple[str, ...], min_base: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    kpi = kpis.KPIS[measure]
    frames: list[pd.DataFrame] = []
    scale = None
    for side in curves:
        counts = kpis.counted(side.dataset, measure, [OWN + stage], side.where)
        if "scale" in counts and len(counts):
            scale = scale or counts.groupby("scale")["n"].sum().idxmax()
            counts = counts[counts["scale"] == scale]
        counts = counts.assign(stage=cells.text(counts[OWN + stage])) if len(counts) else counts.assign(stage="")
        counts = counts[counts["stage"].isin(stages)]
        rows = (
            kpis.estimated(measure, counts, ["stage"])
            if len(counts)
            else pd.DataFrame(columns=["stage", *estimate.COLUMNS])
        )
        rows = estimate.suppressed(rows, min_base).set_index("stage").reindex(list(stages)).reset_index()
        rows["n"] = rows["n"].fillna(0).astype(int)
        frames.append(rows.assign(name=side.name, side=len(frames), place=range(len(stages))))
    points = pd.concat(frames, ignore_index=True)
    points["shown"] = points["value"].notna()
    many = len(curves) > 1
    points["say"] = [
        f"{row['stage']}{', ' + row['name'] if many else ''}: {theme.sentence(kpi.title, estimate.of_row(pd.Series(row)), kpi.unit)}"
        for row in points.to_dict("records")
    ]
    if len(curves) < 2:
        return points, pd.DataFrame(columns=["stage", "change", "real", "says"])
    changes = compare.changes(frames[1], frames[0], ["stage"])
    words = (wording.of("higher"), wording.of("lower"), wording.of("the same"))
    changes["says"] = [
        compare.sentence(row["change"], bool(row["real"]), kpi.unit, besides=words)
        if pd.notna(row["change"])
        else wording.of("too few to compare")
        for row in changes.to_dict("records")
    ]
    return points, changes[["stage", "change", "low", "high", "p", "real", "says"]]


def _volume(side: Side, stage: str, stages: tuple[str, ...], known: pd.DataFrame, min_base: int) -> pd.DataFrame:
    """How much is said at each stage, and how many of these mentions tell of high effort."""
    out = pd.DataFrame({"stage": list(stages), "place": range(len(stages))}).merge(
        known[["stage", "n", "m"]], how="left"
    )
    out[["n", "m"]] = out[["n", "m"]].fillna(0).astype(int)
    out["share"] = 100 * out["m"] / max(int(out["m"].sum()), 1)
    effort = pd.DataFrame(columns=["stage", "value", "low", "high"])
    if side.dataset.manifest["mentions"]:
        counts = kpis.counted(side.dataset, "effort_high", [OWN + stage], side.where)
        counts = counts.assign(stage=cells.text(counts[OWN + stage]))
        counts = counts[counts["stage"].isin(stages)]
        if len(counts):
            effort = estimate.suppressed(kpis.estimated("effort_high", counts, ["stage"]), min_base)
    names = {"value": "effort", "low": "effort_low", "high": "effort_high"}
    return out.merge(effort[["stage", *names]].rename(columns=names), on="stage", how="left")


def handovers(
    dataset: Dataset, stage: str, where: Filter, min_base: int, stages: Sequence[str] = STAGES
) -> tuple[pd.DataFrame, int, str]:
    """Customers by the stages of one response and of their next one that names another: begin, end, customers; how many
    were seen at several stages; and why it cannot be told. Pairs of fewer customers than the base are left out."""
    none = pd.DataFrame({"begin": [], "end": [], "customers": []})
    if not dataset.filled.get("customer_id"):
        return (
            none,
            0,
            wording.of("Who goes on from one stage to the next needs customer ids: no column has that role."),
        )
    if trends.span(dataset) is None:
        return none, 0, wording.of("Who goes on from one stage to the next needs dates: this dataset has none.")
    if not stages:
        return none, 0, ""
    pairs = [(one, other) for one in range(len(stages)) for other in range(len(stages)) if one != other]
    sql, bound = _turns(dataset, stage, where, stages, pairs)
    row = dataset.query(sql, bound).iloc[0]
    out = [(stages[one], stages[other], int(row[f"p{place}"])) for place, (one, other) in enumerate(pairs)]
    kept = pd.DataFrame([entry for entry in out if entry[2] >= min_base], columns=["begin", "end", "customers"])
    if kept.empty:
        few = wording.of(
            "Fewer than {least} customers were seen first at one stage and next at another.", least=min_base
        )
        return none, int(row["turned"]), few
    kept = kept.sort_values(["customers", "begin", "end"], ascending=[False, True, True]).reset_index(drop=True)
    return kept, int(row["turned"]), ""


def _turns(
    dataset: Dataset, stage: str, where: Filter, stages: Sequence[str], pairs: Sequence[tuple[int, int]]
) -> tuple[str, list[object]]:
    """The query behind hand-overs: stages as bits of a response, pairs of stages as bits of a customer; counting bits
    takes a fraction of joining each customer's responses with the next."""
    clause, bound = where.sql()
    at, many = f"CAST({quoted(stage)} AS VARCHAR)", len(stages)
    spoken = [name for name in (stage, *where.columns) if name.startswith(MENTION) and name not in dataset.responses]
    bits = " ".join(f"WHEN ? THEN {1 << place}" for place in range(many))
    steps = " | ".join(
        f"(CASE WHEN (before & {1 << place}) <> 0 THEN mask << {many * place} ELSE 0::HUGEINT END)"
        for place in range(many)
    )
    counts = ", ".join(
        f"count(*) FILTER ((steps & {1 << (many * one + other)}::HUGEINT) <> 0) AS p{place}"
        for place, (one, other) in enumerate(pairs)
    )
    sql = f"""WITH seen AS (
            SELECT hash(customer_id) AS who, any_value("date") AS moment, any_value(response_id) AS name,
                bit_or((CASE {at} {bits} END)::HUGEINT) AS mask FROM {"facts" if spoken else "responses"}
            WHERE customer_id IS NOT NULL AND "date" IS NOT NULL AND list_contains(?, {at}) AND {clause}
            GROUP BY hash(customer_id), hash(response_id)),
        turns AS (SELECT who, mask, lag(mask) OVER (PARTITION BY who ORDER BY moment, name) AS before FROM seen),
        each_ AS (SELECT who, bit_or(mask) AS stages, count(*) AS responses, bit_or({steps}) AS steps FROM turns GROUP BY who)
        SELECT count(*) FILTER (bit_count(stages) > 1 AND responses > 1) AS turned{", " if counts else ""}{counts} FROM each_"""
    return sql, [*stages, list(stages), *bound]


def finding(found: Journey) -> str:
    """Where the journey is best and worst when that is beyond noise; for two curves, where they differ for real."""
    kpi = kpis.KPIS[found.measure]
    if len(found.sides) > 1:
        real = found.changes[found.changes["real"].astype(bool)]
        pair = {"b": found.sides[0], "a": found.sides[1], "kpi": kpi.title}
        if real.empty:
            return wording.of("{b} against {a}: {kpi} differs at no stage beyond noise", **pair)
        said = [f"{row['stage']} {row['says']}" for row in real.to_dict("records")]
        return wording.of("{b} against {a}, {kpi}: {said}", said="; ".join(said), **pair)
    shown = found.points[found.points["shown"]].sort_values("value", kind="stable")
    who = "" if found.sides[0] == wording.of(EVERYONE) else f"{found.sides[0]}: "
    if len(shown) < 2:
        return who + wording.of("too few stages have enough answers to draw a journey")
    low, high = shown.sort_values("high", kind="stable").iloc[0], shown.sort_values("low", kind="stable").iloc[-1]
    if low["high"] >= high["low"]:
        return who + wording.of("{kpi} holds along the journey: no stage differs beyond noise", kpi=kpi.title)
    told = [f"{row['stage']} ({theme.number(row['value'], kpi.unit)})" for row in (high, low)]
    return who + wording.of(
        "{kpi} is higher at {one} than at {other}, beyond noise", kpi=kpi.title, one=told[0], other=told[1]
    )


def _felt(moment: Moment) -> str:
    share, many = theme.number(moment.share.value, "percent"), wording.whole(moment.share.n)
    if moment.kind == moments.DELIGHT:
        return wording.of("{share} delighted of {many}", share=share, many=many)
    return wording.of("{share} unhappy of {many}", share=share, many=many)


def rows(found: Journey) -> pd.DataFrame:
    """Everything in the picture as a table: what (a key figure, effort, delight, pain, hand-over), stage, of (who, or the
    touchpoint, or the next stage), value, low, high, responses, quote and `say`; the picture refers to its places."""
    kpi, out = kpis.KPIS[found.measure], []
    for row in found.points.to_dict("records"):
        change = found.changes[found.changes["stage"] == row["stage"]]
        more = "; " + change["says"].iloc[0] if len(change) and row["side"] == 0 else ""
        out.append(
            (
                kpi.title,
                row["stage"],
                row["name"],
                row["value"],
                row["low"],
                row["high"],
                row["n"],
                "",
                row["say"] + more,
            )
        )
    for row in found.volume.to_dict("records"):
        if pd.notna(row["effort"]):
            given = estimate.Estimate(row["effort"], row["effort_low"], row["effort_high"], row["n"])
            say = f"{row['stage']}: {theme.sentence(wording.of('High effort'), given, 'percent')}"
            out.append((EFFORT, row["stage"], found.sides[0], *given, "", say))
    for each in found.moments:
        say = f"{each.stage}, {each.touchpoint}: {_felt(each)}"
        out.append((each.kind, each.stage, each.touchpoint, *each.share, each.quote, say))
    for row in found.turns.to_dict("records"):
        say = wording.of(
            "{many} customers were seen at {begin} and next at {end}",
            many=wording.whole(row["customers"]), begin=row["begin"], end=row["end"],
        )  # fmt: skip
        out.append((HANDOVER, row["begin"], row["end"], None, None, None, row["customers"], "", say))
    names = ["what", "stage", "of", "value", "low", "high", "responses", "quote", "say"]
    return pd.DataFrame(out, columns=names).astype({"value": float, "low": float, "high": float})


def opened(found: Journey, row: dict, curves: Sequence[Side], where: Filter) -> tuple[Filter, dict[str, str]]:
    """What Comments must look for to show what a row of `rows` is about: a filter and facets. `where` is the filter of
    the page; groups that the address cannot name are opened with it alone."""
    side = next((side for side in curves if side.name == row["of"]), curves[0])
    where = side.link if side.link is not None else where
    facets = {"stage": row["stage"]} if found.counts == "mentions" else {}
    if not facets:
        where = where.with_values("stage", [row["stage"]])
    if row["what"] in moments.ABOUT:
        facets |= {"touchpoint": row["of"], **moments.ABOUT[row["what"]]}
    elif row["what"] == EFFORT:
        facets["effort"] = "high"
    return where, facets


def notes(found: Journey, curves: Sequence[Side], min_base: int) -> list[str]:
    """How to read the picture, and what is missing in it."""
    kpi = kpis.KPIS[found.measure]
    said = [
        wording.of(
            "Curve: {kpi} by stage; the band holds the true value in 95 of 100 such samples; stages with fewer than {least} "
            "responses are gaps. ▲ what delights most surely, ▼ what leaves most people unhappy, each with one voice. Click a "
            "part to read its comments.",
            kpi=kpi.title, least=min_base,
        )
    ]  # fmt: skip
    if len(curves) > 1:
        said.append(
            wording.of(
                "Differences are tested at all stages together. Moments, volume and hand-overs are those of {name}.",
                name=curves[0].name,
            )
        )
    many = wording.whole(found.turned)
    told = wording.of("{many} customers were seen at several stages. ", many=many) if found.turned else ""
    arrows = wording.of("Arrows: customers seen at one stage and, in their next answer, at another.")
    said.append(told + (found.why or arrows))
    if found.unnamed >= 0.5:
        share, mentions = wording.whole(found.unnamed), found.counts == "mentions"
        nowhere = wording.noted("{share} % of mentions name no stage.")
        said.append(
            wording.of(nowhere if mentions else wording.noted("{share} % of responses name no stage."), share=share)
        )
    nameless = theme.listed([side.name for side in curves if side.link is None])
    if nameless:
        said.append(
            wording.of(
                "There is no filter for {names}: a click opens the comments of all at the stage.", names=nameless
            )
        )
    return said
