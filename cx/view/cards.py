"""KPI tiles and pillar cards as HTML: one grid, one height, every text escaped."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import pandas as pd

from cx.measure.estimate import Estimate
from cx.measure.goals import MEASURED
from cx.measure.kpis import KPIS
from cx.measure.personas import Persona, Personas
from cx.view import explained, wording
from cx.view import theme as looks
from cx.view.customers import Fact
from cx.view.goals import Goal
from cx.view.overview import Tile
from cx.view.scorecards import Aim, Card
from cx.view.theme import Theme

BANDS = (
    wording.noted("excellent"), wording.noted("good"), wording.noted("fair"), wording.noted("poor"),
    wording.noted("very poor"),
)  # fmt: skip
"""Names of the bands of the CX performance index, as `cx.settings` has them."""

WIDTH, HEIGHT = 240, 44
"""The sparkline's own units; it is stretched to its tile."""


def style(theme: Theme) -> str:
    """The style sheet of tiles and cards, for one mode."""
    return f"""<style>
.cx-grid {{ display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); }}
.cx-tile {{ border: 1px solid {theme.rule}; border-radius: 10px; background: {theme.card}; padding: 12px 14px 8px;
  display: flex; flex-direction: column; min-height: 164px; break-inside: avoid; position: relative; }}
.cx-tile > .cx-help + .cx-name {{ padding-right: 22px; }}
.cx-help {{ position: absolute; top: 8px; right: 10px; }}
.cx-help summary {{ list-style: none; cursor: pointer; width: 24px; height: 24px; border-radius: 12px; text-align: center;
  line-height: 24px; font-size: .82rem; color: {theme.quiet}; }}
.cx-help summary::-webkit-details-marker {{ display: none; }}
.cx-help summary:hover, .cx-help[open] summary {{ background: {theme.rule}; color: {theme.ink}; }}
.cx-help div {{ position: absolute; right: 0; top: 28px; width: min(300px, 70vw); z-index: 5; background: {theme.card};
  border: 1px solid {theme.rule}; border-radius: 8px; padding: 8px 12px; box-shadow: 0 4px 16px rgba(0, 0, 0, .18); }}
@media print {{ .cx-help {{ display: none; }} }}
.cx-name {{ font-size: .9rem; color: {theme.ink}; margin: 0; font-weight: 500; }}
.cx-value {{ font-size: 1.95rem; font-weight: 600; line-height: 1.25; margin: 0; color: {theme.ink}; }}
.cx-small {{ font-size: .82rem; color: {theme.quiet}; margin: 0; }}
.cx-change {{ font-size: .86rem; margin: 2px 0 0; color: {theme.quiet}; }}
.cx-better {{ color: {theme.positive}; font-weight: 600; }} .cx-worse {{ color: {theme.negative}; font-weight: 600; }}
.cx-spark {{ width: 100%; height: {HEIGHT}px; margin-top: auto; display: block; }}
.cx-bar {{ position: relative; height: 8px; border-radius: 4px; background: {theme.rule}; margin: 8px 0; }}
.cx-fill {{ position: absolute; inset: 0 auto 0 0; border-radius: 4px; background: {theme.quiet}; }}
.cx-fill.cx-high {{ background: {theme.positive}; }} .cx-fill.cx-low {{ background: {theme.negative}; }}
.cx-whisker {{ position: absolute; top: -3px; bottom: -3px; border-left: 2px solid {theme.ink};
  border-right: 2px solid {theme.ink}; opacity: .55; }}
.cx-target {{ position: absolute; top: -5px; bottom: -5px; width: 0; border-left: 3px solid {theme.ink}; }}
.cx-part {{ font-size: .84rem; margin: 4px 0; color: {theme.ink}; overflow-wrap: anywhere; }}
.cx-aim {{ min-height: 3.9rem; }}
@media (max-width: 640px) {{ .cx-aim {{ min-height: 0; }} }}
[class*="st-key-opens_"] button {{ min-height: 1.6rem; padding: 0; justify-content: flex-start; text-align: left; }}
[class*="st-key-opens_"] button p {{ font-size: .84rem; line-height: 1.35; overflow-wrap: anywhere;
  white-space: normal; text-align: left; }}
[class*="st-key-opens_"] button > div {{ justify-content: flex-start; text-align: left; }}
</style>"""


def tiles(found: Sequence[Tile], theme: Theme) -> str:
    """The tiles as one grid."""
    return f'<div class="cx-grid" role="list">{"".join(_tile(tile, theme) for tile in found)}</div>'


def facts(found: Sequence[Fact], theme: Theme) -> str:
    """Tiles of customers: a number with its interval and what it means, or why there is none."""
    return f'<div class="cx-grid" role="list">{"".join(map(_fact, found))}</div>'


def _fact(fact: Fact) -> str:
    shown = fact.value.shown
    value = looks.number(fact.value.value, fact.unit) if shown else "–"
    small = (
        f"{looks.interval(fact.value, fact.unit)} · {looks.base(fact.value.n)}" if shown or not fact.why else fact.why
    )
    words = f'<p class="cx-part">{escape(fact.words)}</p>' if shown else ""
    return (
        f'<section class="cx-tile" role="listitem"><p class="cx-name">{escape(fact.title)}</p>'
        f'<p class="cx-value">{value}</p><p class="cx-small">{escape(small)}</p>{words}</section>'
    )


def goals(found: Sequence[Goal], theme: Theme) -> str:
    """Targets as tiles: what is wanted, the number now with its interval, the gap, the verdict in words."""
    return f'<div class="cx-grid" role="list">{"".join(map(_goal, found))}</div>'


def _goal(goal: Goal) -> str:
    kpi, now = MEASURED[goal.standing.target.kpi], goal.standing.value
    value = looks.number(now.value, kpi.unit) if now.shown else "–"
    tone = {1: "cx-better", -1: "cx-worse"}.get(goal.tone, "")
    small = f"{looks.interval(now, kpi.unit)} · {looks.base(now.n)}"
    bar = ""
    if goal.bar:
        low, _, high, wanted = goal.bar
        fill = {1: "cx-high", -1: "cx-low"}.get(goal.tone, "")
        bar = (
            f'<div class="cx-bar" aria-hidden="true"><div class="cx-fill {fill}" style="left:{low:.1f}%;right:{100 - high:.1f}%">'
            f'</div><div class="cx-target" style="left:{wanted:.1f}%"></div></div>'
        )
    verdict = wording.of(goal.standing.verdict)
    return (
        f'<section class="cx-tile" role="listitem" aria-label="{escape(goal.standing.says)}">'
        f'<p class="cx-name">{escape(goal.wanted)}</p><p class="cx-small">{escape(goal.segment)}</p>'
        f'<p class="cx-value">{value}</p><p class="cx-small">{escape(small)}</p>{bar}'
        f'<p class="cx-change {tone}" title="{escape(goal.standing.says)}">{escape(verdict[:1].upper() + verdict[1:])}</p>'
        f'<p class="cx-small">{escape(goal.gap)}</p></section>'
    )


def people(found: Personas, theme: Theme) -> str:
    """Personas as cards: what is distinctive, how many, their KPIs, a quote."""
    return f'<div class="cx-grid" role="list">{"".join(map(_persona, found.found))}</div>'


def _persona(persona: Persona) -> str:
    traits = "".join(f'<p class="cx-part">{escape(trait.words)}</p>' for trait in persona.traits)
    measured = "".join(
        f'<p class="cx-small">{escape(looks.sentence(KPIS[name].title, held, KPIS[name].unit))}</p>'
        for name, _, held in persona.kpis
    )
    quotes = "".join(f'<p class="cx-part">“{escape(quote.text[:160])}”</p>' for quote in persona.quotes[:1])
    share = wording.of("{share} % of responses", share=wording.whole(persona.share))
    return (
        f'<section class="cx-tile" role="listitem"><p class="cx-name">{escape(persona.name)}</p>'
        f'<p class="cx-small">{escape(share)} · {looks.base(persona.n)}</p>{traits}{measured}{quotes}</section>'
    )


def _tile(tile: Tile, theme: Theme) -> str:
    shown = tile.value.shown
    value = looks.number(tile.value.value, tile.unit) if shown else "–"
    small = f"{looks.interval(tile.value, tile.unit)} · {looks.base(tile.value.n)}"
    scale = wording.of(" · scale {scale}", scale=tile.scale) if tile.unit == "scale" and tile.scale else ""
    scale += wording.of(" · {band} (our bands)", band=wording.of(tile.band)) if tile.band else ""
    apart = "".join(f'<p class="cx-small">{escape(_apart(name, other, tile.unit))}</p>' for name, other in tile.others)
    return (
        f'<section class="cx-tile" role="listitem" aria-label="{escape(looks.sentence(tile.title, tile.value, tile.unit))}">'
        f'{_help(tile)}<p class="cx-name">{escape(tile.title)}</p><p class="cx-value" data-kpi="{tile.kpi}">{value}</p>'
        f'<p class="cx-small">{escape(small + scale)}</p>{apart}{_change(tile)}{sparkline(tile.series, theme)}</section>'
    )


def _help(tile: Tile) -> str:
    """What the KPI means, folded: opened by pointer or keyboard, without a script."""
    entry = explained.entry(tile.kpi)
    if entry is None:
        return ""
    lines = (
        (f"{entry.reading[:1].upper()}{entry.reading[1:]}", "cx-part"),
        (wording.of("Counted as: {formula}", formula=entry.formula), "cx-small"),
        (wording.of("Source: {source}", source=entry.source), "cx-small"),
    )
    told = "".join(f'<p class="{kind}">{escape(text)}</p>' for text, kind in lines)
    label = escape(wording.of("What {kpi} means", kpi=tile.title))
    return f'<details class="cx-help"><summary aria-label="{label}">?</summary><div lang="{entry.language}">{told}</div></details>'


def _apart(scale: str, other: Estimate, unit: str) -> str:
    return wording.of(
        "{value} on the scale {scale}, kept apart ({base})",
        value=looks.number(other.value, unit) if other.shown else wording.of("too few"), scale=scale,
        base=looks.base(other.n),
    )  # fmt: skip


def _change(tile: Tile) -> str:
    text = looks.change(tile.change, tile.unit)
    if not text:
        return ""
    better = ((tile.change.value or 0) > 0) == tile.up_is_good
    tone = ("cx-better" if better else "cx-worse") if tile.change.real else ""
    low, high = (looks.signed(bound or 0.0, tile.unit) for bound in (tile.change.low, tile.change.high))
    p = wording.decimal(tile.change.p or 0.0, 3)
    title = wording.of("{against}; between {low} and {high}, p {p}", against=tile.against, low=low, high=high, p=p)
    return f'<p class="cx-change {tone}" title="{escape(title)}">{escape(text)}</p>'


def sparkline(series: pd.DataFrame, theme: Theme, height: int = HEIGHT) -> str:
    """A trend as a small picture, gaps left open; nothing for fewer than three periods with a number."""
    if series.empty or series["value"].notna().sum() < 3:
        return ""
    low, high = float(series["low"].min()), float(series["high"].max())
    span, last = (high - low) or 1.0, max(len(series) - 1, 1)

    def point(place: int, value: float) -> str:
        return f"{place / last * (WIDTH - 8) + 4:.1f},{height - 4 - (value - low) / span * (height - 8):.1f}"

    marks = []
    for run in _runs(series):
        rows = [(place, series.iloc[place]) for place in run]
        line = " ".join(point(place, row["value"]) for place, row in rows)
        edge = [point(place, row["high"]) for place, row in rows]
        edge += [point(place, row["low"]) for place, row in reversed(rows)]
        marks.append(f'<polygon points="{" ".join(edge)}" fill="{theme.quiet}" opacity=".14"/>')
        marks.append(
            f'<polyline points="{line}" fill="none" stroke="{theme.quiet}" stroke-width="2" stroke-linejoin="round" '
            'vector-effect="non-scaling-stroke"/>'
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'preserveAspectRatio="none">{"".join(marks)}</svg>'
    )
    # As a picture of its own: the page's sanitiser takes bare SVG elements out.
    packed = b64encode(svg.encode()).decode()
    return f'<img class="cx-spark" style="height:{height}px" src="data:image/svg+xml;base64,{packed}" alt="">'


def _runs(series: pd.DataFrame) -> list[list[int]]:
    """The stretches of periods that have a number."""
    runs: list[list[int]] = [[]]
    for place, shown in enumerate(series["value"].notna()):
        if shown:
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def pillar(card: Card, theme: Theme, aim: Aim | None = None, beside: Sequence[str] = ()) -> str:
    """The head of a pillar's card: score with interval, trend, share, target; a Metrics card's parts. `beside`: lines that
    stand beside the score without being in it."""
    score = looks.number(card.score.value, "points") if card.score.shown else "–"
    counted = bool(card.parts)
    facts = [
        wording.of("counted, not estimated") if counted else looks.interval(card.score, "points"),
        looks.base(card.score.n),
    ]
    part = wording.of("{share} % of mentions", share=wording.whole(card.share or 0.0))
    share = part if card.share is not None else ""
    change = looks.change(card.change, "points")
    tone = "" if not card.change.real else "cx-better" if (card.change.value or 0) > 0 else "cx-worse"
    body = "".join(_part(name, value, words) for name, value, words in card.parts)
    body += "".join(f'<p class="cx-small">{escape(line)}</p>' for line in beside)
    return (
        f'<section class="cx-pillar" aria-label="{escape(looks.sentence(wording.of(card.pillar), card.score, "points"))}">'
        f'<p class="cx-name">{escape(wording.of(card.pillar))}</p><p class="cx-value" data-pillar="{card.pillar}">{score}</p>'
        f'<p class="cx-small">{escape(" · ".join(facts))}</p><p class="cx-small">{share or "&nbsp;"}</p>'
        f'<p class="cx-change {tone}" title="{escape(card.against)}">{escape(change) or "&nbsp;"}</p>'
        f"{_bar(card, aim)}{_aim(aim)}{sparkline(card.series, theme, 52)}{body}</section>"
    )


def _bar(card: Card, aim: Aim | None) -> str:
    wanted = f'<div class="cx-target" style="left:{aim.value:.1f}%"></div>' if aim else ""
    if not card.score.shown:
        return f'<div class="cx-bar" aria-hidden="true">{wanted}</div>'
    value, low, high = (float(part or 0) for part in card.score[:3])
    tone = "" if card.parts else "cx-high" if low > 50 else "cx-low" if high < 50 else ""
    whisker = (
        f'<div class="cx-whisker" style="left:{low:.1f}%;right:{100 - high:.1f}%"></div>' if high - low > 0.5 else ""
    )
    fill = f'<div class="cx-fill {tone}" style="width:{value:.1f}%"></div>'
    return f'<div class="cx-bar" aria-hidden="true">{fill}{whisker}{wanted}</div>'


def _aim(aim: Aim | None) -> str:
    """The target in two lines: what is wanted, and how that stands."""
    if aim is None:
        return f'<div class="cx-aim"><p class="cx-small">{escape(wording.of("No target"))}</p></div>'
    tone = {1: "cx-better", -1: "cx-worse"}.get(aim.tone, "")
    return (
        f'<div class="cx-aim"><p class="cx-small">{escape(aim.wanted)}</p>'
        f'<p class="cx-change {tone}" title="{escape(aim.says)}">{escape(aim.verdict[:1].upper() + aim.verdict[1:])}</p></div>'
    )


def _part(name: str, value: float, words: str) -> str:
    return (
        f'<p class="cx-part"><strong>{escape(name[:1].upper() + name[1:])} {value:.0f}</strong><br>{escape(words)}</p>'
    )
