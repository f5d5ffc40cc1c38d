"""A pillar's card: its score, what carries it, what people say; each line opens its comments."""

import streamlit as st

from cx.ui import nav, say
from cx.ui.here import Here
from cx.view import cards, scorecards, theme, wording
from cx.view.scorecards import Aim, Card, Carrier

UP, DOWN = ":green[▲]", ":red[▼]"
"""Better and worse, in the theme's own colours."""


def card(found: Card, about: Here, aim: Aim | None, beside: tuple[str, ...] = ()) -> None:
    """A card. `beside`: lines beside the score."""
    metrics = bool(found.parts)
    with st.container(border=True, height="stretch", key=f"card_{found.pillar}"):
        st.html(cards.pillar(found, about.theme, aim, beside))
        if not metrics and found.score.shown:
            _carriers(found, "touchpoint", wording.of("Touchpoints that stand out"))
            _carriers(found, "topic", wording.of("What drives it"))
            _quotes(found)
        with st.container(horizontal=True, gap="small"):
            with st.popover(wording.of("How it is made"), key=f"made_{found.pillar}", type="tertiary"):
                say.lines(scorecards.made(metrics))
            if (
                found.mentions
                and nav.leads("comments")
                and st.button(wording.of("Comments"), key=f"to_{found.pillar}", type="tertiary")
            ):
                nav.go("comments", pillar=found.pillar)


def _carriers(found: Card, kind: str, heading: str) -> None:
    held = found.touchpoints if kind == "touchpoint" else found.drivers
    with st.container(gap=None, key=f"opens_{kind}_{found.pillar}"):
        say.quiet(heading if held else wording.of("{heading}: none beyond noise", heading=heading))
        for place, carrier in enumerate(held):
            if not nav.leads("comments"):
                say.quiet(f"{'▲' if carrier.impact > 0 else '▼'} {_line(carrier)}")
                continue
            label = f"{UP if carrier.impact > 0 else DOWN} {say.label(_line(carrier))}"
            key = f"carrier_{found.pillar}_{kind}_{place}"
            if st.button(label, key=key, type="tertiary", help=say.label(carrier.says)):
                nav.go("comments", pillar=found.pillar, **{kind: carrier.key})


def _line(carrier: Carrier) -> str:
    if carrier.kind == "topic":
        return f"{carrier.name} {theme.signed(round(carrier.impact, 1), 'scale')}"
    return f"{carrier.name} {theme.number(carrier.score.value, 'points')} ({theme.interval(carrier.score, 'points')})"


def _quotes(found: Card) -> None:
    with st.container(gap=None, key=f"opens_quote_{found.pillar}"):
        for name, text, mark in (("best", found.best, UP), ("worst", found.worst, DOWN)):
            words = f"“{' '.join(text.split())}”"
            if text and not nav.leads("comments"):
                say.quiet(words)
                continue
            quote = say.label(words)
            if text and st.button(f"{mark} {quote}", key=f"quote_{found.pillar}_{name}", type="tertiary"):
                nav.go("comments", pillar=found.pillar, words=text)
