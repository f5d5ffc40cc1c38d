"""The journey as one picture: a column per stage; delights above the curve, pains below it, then volume, effort and who
goes on. Made for slides: everything that matters is written in it."""

from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from cx.measure import kpis
from cx.view import charts, journey, moments, wording, wrapping
from cx.view import theme as looks
from cx.view.charts import Chart
from cx.view.journey import Journey
from cx.view.theme import Theme

LEAST = 176
"""Least width of a stage's column in pixels."""

WRAPS = ((0, 23), (205, 28), (250, 34))
"""From which width of a column its texts have lines of so many letters."""

TOP, DELIGHTS, PEAK, FOOT, PAINS, BARS, EFFORTS, TURNS = 14, 70, 206, 356, 392, 562, 582, 616
"""Where the parts of the picture begin, in pixels from above."""

BAR, STEP, LINE, QUOTE_LINES = 34, 24, 15, 5


def width(found: Journey) -> int:
    """The least width in pixels in which the picture can be read; narrower screens scroll it."""
    return LEAST * len(found.stages)


def chart(found: Journey, theme: Theme) -> Chart:
    """The picture; what is clicked is the selection `picked` (field `at`: the place in `journey.rows`)."""
    table = journey.rows(found)
    turns = _turns(found, table)
    height = TURNS + (18 + STEP * (int(turns["lane"].max()) + 1) if len(turns) else 0)
    parts = [
        _heads(found, table), _curve(found, table, theme), _moments(found, table), _volume(found, table), turns,
        _legend(found),
    ]  # fmt: skip
    hits = _hits(found, table, height)
    data = pd.concat([part for part in (*parts, hits) if len(part)], ignore_index=True)
    shown = found.points[found.points["shown"]]
    low, high = (float(shown["low"].min()), float(shown["high"].max())) if len(shown) else (0.0, 1.0)
    return _journey(theme, len(found.stages), height, _domain(low, high, found.measure), len(found.sides) > 1), data


def _domain(low: float, high: float, measure: str) -> tuple[float, float]:
    """Ends of the curve's scale with a little room; on five where the unit is points or percent."""
    step = 0.1 if kpis.KPIS[measure].unit == "scale" else 5.0
    room = max(high - low, 4 * step) * 0.08
    return step * ((low - room) // step), -step * ((-high - room) // step)


def _at(table: pd.DataFrame, what: str, stage: str, of: str | None = None) -> int:
    rows = table[(table["what"] == what) & (table["stage"] == stage)]
    rows = rows if of is None else rows[rows["of"] == of]
    return int(rows.index[0]) if len(rows) else -1


def _heads(found: Journey, table: pd.DataFrame) -> pd.DataFrame:
    real = {row["stage"] for row in found.changes.to_dict("records") if row["real"]}
    return pd.DataFrame([
        {"part": "head", "place": row["place"], "text": row["stage"],
         "small": wording.counted("{n} response", "{n} responses", row["n"])
                  + (wording.of(" · differs for real") if row["stage"] in real else "")}
        for row in found.volume.to_dict("records")
    ])  # fmt: skip


def _curve(found: Journey, table: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    """Points with bands; each run of stages that have a number is a line of its own, so that gaps stay gaps."""
    out = found.points.sort_values(["side", "place"]).reset_index(drop=True)
    out["run"] = out["side"] * 100 + (out["shown"] != out["shown"].shift()).cumsum()
    out = out[out["shown"]].copy()
    unit = kpis.KPIS[found.measure].unit
    out["label"] = [looks.number(value, unit) for value in out["value"]]
    best = out.groupby("place")["value"].transform("max")
    out["up"] = out["value"] >= best
    return out.assign(part="point")[["part", "place", "side", "run", "value", "low", "high", "label", "up"]]


FELT = {
    moments.DELIGHT: wording.noted("{share} of {many} delighted"), moments.PAIN: wording.noted("{share} of {many} unhappy"),
}  # fmt: skip


def _moments(found: Journey, table: pd.DataFrame) -> pd.DataFrame:
    places = {stage: place for place, stage in enumerate(found.stages)}
    out = []
    for each in found.moments:
        delight = each.kind == moments.DELIGHT
        entry = {
            "part": each.kind, "place": places[each.stage],
            "small": wording.of(
                FELT[each.kind], share=looks.number(each.share.value, "percent"), many=wording.whole(each.share.n)
            ),
        }  # fmt: skip
        for place, (_, letters) in enumerate(WRAPS):
            title = wrapping.lines(f"{'▲' if delight else '▼'} {each.touchpoint}", letters - 1, 1)[0]
            quote = wrapping.lines(f"“{each.quote}”", letters, QUOTE_LINES) if each.quote else [""]
            entry |= {f"title{place}": title, f"quote{place}": "\n".join(quote)}
        out.append(entry)
    return pd.DataFrame(out)


def _volume(found: Journey, table: pd.DataFrame) -> pd.DataFrame:
    most = max(int(found.volume["m"].max()), 1)
    return pd.DataFrame([
        {"part": "bar", "place": row["place"], "top": BARS - BAR * row["m"] / most,
         "text": _much(found, row["m"]),
         "small": wording.of("{share} with high effort", share=looks.number(row["effort"], "percent"))
                  if pd.notna(row["effort"]) else ""}
        for row in found.volume.to_dict("records")
    ])  # fmt: skip


def _much(found: Journey, m: int) -> str:
    if found.counts == "mentions":
        return wording.of("{many} mentions", many=wording.whole(m))
    return wording.of("{many} responses", many=wording.whole(m))


def _turns(found: Journey, table: pd.DataFrame) -> pd.DataFrame:
    """Arrows from stage to stage, each in the first lane where there is room for it."""
    places = {stage: place for place, stage in enumerate(found.stages)}
    lanes: list[list[tuple[int, int]]] = []
    out = []
    for row in found.turns.to_dict("records"):
        if row["begin"] not in places or row["end"] not in places:
            continue
        begin, end = places[row["begin"]], places[row["end"]]
        span = (min(begin, end), max(begin, end))
        lane = next(
            (n for n, held in enumerate(lanes) if all(span[1] <= a or span[0] >= b for a, b in held)), len(lanes)
        )
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(span)
        way = 1 if end > begin else -1
        out.append({
            "part": "turn", "place": begin + 0.06 * way, "end": end - 0.06 * way, "middle": (begin + end) / 2,
            "top": TURNS + 26 + STEP * lane, "lane": lane, "turn": 90 * way,
            "text": wording.of("{many} customers", many=wording.whole(row["customers"])),
        })  # fmt: skip
    return pd.DataFrame(out, columns=["part", "place", "end", "middle", "top", "lane", "text", "turn"])


def _legend(found: Journey) -> pd.DataFrame:
    if len(found.sides) < 2:
        return pd.DataFrame()
    names = [wrapping.lines(name, 40, 1)[0] for name in found.sides]
    return pd.DataFrame({"part": "legend", "side": [0, 1], "text": [f"● {name}" for name in names],
                         "top": [PEAK - 22, PEAK - 6]})  # fmt: skip


def _hits(found: Journey, table: pd.DataFrame, height: int) -> pd.DataFrame:
    """What can be pointed at and clicked, above everything else: the parts of each stage's column."""
    title = kpis.KPIS[found.measure].title
    out = []
    for place, stage in enumerate(found.stages):
        own = table[(table["what"] == title) & (table["stage"] == stage)]
        said = " — ".join(own["say"])
        zones = [(0, DELIGHTS - 8, own.index[0], said), (PEAK - 30, PAINS - 22, own.index[0], said)]
        for kind, begin, end in (
            (moments.DELIGHT, DELIGHTS - 8, PEAK - 30),
            (moments.PAIN, PAINS - 22, BARS - BAR - 8),
        ):
            at = _at(table, kind, stage)
            zones.append((begin, end, at if at >= 0 else own.index[0], _quoted(table, at) if at >= 0 else said))
        at = _at(table, journey.EFFORT, stage)
        volume = found.volume.iloc[place]
        share = wording.whole(volume["share"])
        much = f"{stage}: " + wording.of("{much}, {share} % of all", much=_much(found, volume["m"]), share=share)
        zones.append((BARS - BAR - 8, EFFORTS - 6, own.index[0], much))
        if at >= 0:
            zones.append((EFFORTS - 6, TURNS - 12, at, table["say"].iloc[at]))
        out += [{"part": "hit", "place": place - 0.5, "end": place + 0.5, "top": begin, "foot": end, "at": int(at), "say": say}
                for begin, end, at, say in zones]  # fmt: skip
    return pd.DataFrame(out)


def _quoted(table: pd.DataFrame, at: int) -> str:
    row = table.iloc[at]
    return f"{row['say']}: “{row['quote']}”" if row["quote"] else str(row["say"])


@cache
def _journey(theme: Theme, stages: int, height: int, domain: tuple[float, float], two: bool) -> dict[str, Any]:
    across = alt.Scale(domain=[-0.5, stages - 0.5], nice=False)
    whole = alt.Chart(height=height).encode(x=alt.X("place:Q", scale=across, axis=None, title=None))
    layers = [
        *_columns(theme, stages, height), *_texts(whole, theme, stages), *_curves(whole, theme, domain, two),
        *_feet(whole, theme),
    ]  # fmt: skip
    picked = alt.selection_point(name="picked", fields=["at"], on="click", empty=False)
    hit = _part(whole, "hit").mark_rect(opacity=0, cursor="pointer").encode(
        x2="end:Q", y=alt.value({"expr": "datum.top"}), y2=alt.value({"expr": "datum.foot"}), tooltip="say:N", description="say:N"
    )  # fmt: skip
    layered = alt.layer(*layers, hit.add_params(picked)).resolve_scale(y="independent")
    return charts.dressed(layered, theme)


def _part(whole: Any, name: str) -> Any:
    return whole.transform_filter(f"datum.part == '{name}'")


def _columns(theme: Theme, stages: int, height: int) -> list[Any]:
    """A card behind each stage."""
    head = alt.Chart().transform_filter("datum.part == 'head'")
    room = f"(width / {stages})"
    card = head.mark_rect(cornerRadius=10, fill=theme.card, stroke=theme.rule, strokeWidth=1, aria=False).encode(
        x=alt.value({"expr": f"datum.place * {room} + 4"}), x2=alt.value({"expr": f"(datum.place + 1) * {room} - 4"}),
        y=alt.value(0), y2=alt.value(TURNS - 10),
    )  # fmt: skip
    return [card]


def _texts(whole: Any, theme: Theme, stages: int) -> list[Any]:
    """Headings, and the moments with their quotes: at the left edge of their column, in lines that fit its width."""
    left = {"align": "left", "dx": alt.ExprRef(f"14 - width / {2 * stages}"), "aria": False, "baseline": "top"}

    def at(mark: Any, top: int, field: str) -> Any:
        return mark.encode(y=alt.value(top), text=f"{field}:N")

    def wide(name: str) -> alt.Text:
        room = f"(width / {stages})"
        chosen = f"{room} >= {WRAPS[2][0]} ? datum.{name}2 : {room} >= {WRAPS[1][0]} ? datum.{name}1 : datum.{name}0"
        return alt.Text(value={"expr": chosen})

    head, out = _part(whole, "head"), []
    out.append(at(head.mark_text(fontSize=15, fontWeight=600, color=theme.ink, **left), TOP, "text"))
    out.append(at(head.mark_text(fontSize=11, color=theme.quiet, **left), TOP + 20, "small"))
    for kind, top, colour in ((moments.DELIGHT, DELIGHTS, theme.positive), (moments.PAIN, PAINS, theme.negative)):
        part = _part(whole, kind)
        title = part.mark_text(fontSize=12.5, fontWeight=600, color=colour, **left)
        out.append(title.encode(y=alt.value(top - 8), text=wide("title")))
        out.append(at(part.mark_text(fontSize=11, color=theme.quiet, **left), top + 9, "small"))
        quote = part.mark_text(
            fontSize=12, color=theme.ink, lineBreak="\n", lineHeight=LINE, fontStyle="italic", **left
        )
        out.append(quote.encode(y=alt.value(top + 26), text=wide("quote")))
    return out


def _curves(whole: Any, theme: Theme, domain: tuple[float, float], two: bool) -> list[Any]:
    """One or two curves with their 95 % bands; the number stands at each point."""
    part = _part(whole, "point")
    colours = [theme.categories[0], theme.categories[1]]
    colour = alt.Color("side:N", scale=alt.Scale(domain=[0, 1], range=colours), legend=None)
    scale = alt.Scale(domain=list(domain), range=[FOOT, PEAK], nice=False, zero=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=None, title=None)

    out = []
    if domain[0] < 0 < domain[1]:
        out.append(
            alt.Chart()
            .mark_rule(color=theme.quiet, strokeDash=[2, 4], opacity=0.6, aria=False)
            .encode(y=alt.YDatum(0, scale=scale, axis=None))
        )
    band = part.mark_area(opacity=0.16, interpolate="monotone", aria=False)
    out.append(band.encode(y=y("low"), y2="high:Q", color=colour, detail="run:N"))
    out.append(part.mark_rule(opacity=0.55, strokeWidth=2, aria=False).encode(y=y("low"), y2="high:Q", color=colour))
    line = part.mark_line(strokeWidth=3, interpolate="monotone", aria=False)
    out.append(line.encode(y=y("value"), color=colour, detail="run:N"))
    dot = part.mark_circle(size=110, opacity=1, stroke=theme.card, strokeWidth=2, aria=False)
    out.append(dot.encode(y=y("value"), color=colour))
    lift = alt.ExprRef("datum.up ? -14 : 16") if two else -14
    label = part.mark_text(fontSize=14, fontWeight=600, dx=20, dy=lift, aria=False)
    out.append(label.encode(y=y("value"), text="label:N", color=colour if two else alt.value(theme.ink)))
    if two:
        legend = alt.Chart().transform_filter("datum.part == 'legend'").mark_text(
            align="left", dx=14, fontSize=12, fontWeight=600, aria=False
        ).encode(x=alt.value(0), y=alt.value({"expr": "datum.top"}), text="text:N", color=colour)  # fmt: skip
        out.append(legend)
    return out


def _feet(whole: Any, theme: Theme) -> list[Any]:
    """Bars of volume, effort, and arrows of customers who go on."""
    bars, turns = _part(whole, "bar"), _part(whole, "turn")
    top = alt.value({"expr": "datum.top"})
    bar = bars.mark_bar(color=theme.high_volume, opacity=0.75, cornerRadius=3, width=46, aria=False)
    text = {"aria": False, "baseline": "top", "fontSize": 11}
    rule = turns.mark_rule(color=theme.quiet, strokeWidth=1.5, aria=False)
    tip = turns.mark_point(shape="triangle-up", filled=True, color=theme.quiet, size=50, opacity=1, aria=False)
    told = turns.mark_text(fontSize=11, fontWeight=600, color=theme.ink, dy=-7, aria=False)
    return [
        bar.encode(y=top, y2=alt.value(BARS)),
        bars.mark_text(color=theme.ink, **text).encode(y=alt.value(BARS + 4), text="text:N"),
        bars.mark_text(color=theme.quiet, **text).encode(y=alt.value(EFFORTS + 2), text="small:N"),
        rule.encode(x2="end:Q", y=top),
        tip.encode(x=alt.X("end:Q", axis=None, title=None), y=top, angle=alt.Angle("turn:Q", scale=None)),
        told.encode(x=alt.X("middle:Q", axis=None, title=None), y=top, text="text:N"),
    ]  # fmt: skip
