"""Comments as people: shown literally, each mention behind a thin rule in the colour of its sentiment, the words that
made the score underlined. Everything from outside is escaped before the first tag is added."""

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from cx.text import sentiment
from cx.view import called, wording
from cx.view.search import Comment, Mention
from cx.view.theme import Theme, number

FAINT = 0.3
"""Evidence weaker than this is not underlined: nearly every word says a little."""

PART_OF_EMOJI = frozenset(map(chr, (0xFE0F, 0x200D, *range(0x1F3FB, 0x1F400))))
"""What belongs to the emoji before it: its skin, its colour, the next one joined to it."""

LONGEST = 4_000
"""Characters of a text that are shown; the rest is in the download."""

_TITLES = {
    "nps": wording.noted("NPS"), "csat": wording.noted("CSAT"), "ces": wording.noted("CES"),
    "rating": wording.noted("rating"), "effectiveness": wording.noted("effectiveness"), "ease": wording.noted("ease"),
    "enjoyment": wording.noted("enjoyment"),
}  # fmt: skip


def style(theme: Theme) -> str:
    """The style sheet of comments and small texts, for one mode."""
    return f"""<style>
.cx-quote {{ border: 1px solid {theme.rule}; border-radius: 10px; padding: 14px 16px; margin: 0 0 10px; background: {theme.card}; }}
.cx-head {{ color: {theme.quiet}; font-size: 0.82rem; margin-bottom: 8px; display: flex; flex-wrap: wrap; gap: 4px 12px; }}
.cx-text {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.65; }}
.cx-m {{ border-left: 3px solid {theme.rule}; padding-left: 6px; margin-right: 3px; }}
.cx-positive {{ border-left-color: {theme.positive}; }} .cx-negative {{ border-left-color: {theme.negative}; }}
.cx-fits {{ background: {theme.rule}66; border-radius: 3px; }}
.cx-e {{ text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px; }}
.cx-e.p {{ text-decoration-color: {theme.positive}; }} .cx-e.n {{ text-decoration-color: {theme.negative}; }}
.cx-q {{ color: {theme.quiet}; font-size: 0.82rem; margin: 6px 0 2px; }}
.cx-quiet {{ color: {theme.quiet}; }} .cx-none {{ color: {theme.quiet}; font-style: italic; }}
</style>"""


def html(comments: Sequence[Comment], theme: Theme) -> str:
    """A list of comments as HTML; only our own tags, whatever the texts hold."""
    return "".join(_quote(comment, theme) for comment in comments)


def _quote(comment: Comment, theme: Theme) -> str:
    body = []
    for question, text in comment.texts.items():
        if len(comment.texts) > 1:
            body.append(f'<div class="cx-q">{escape(question)}</div>')
        own = [mention for mention in comment.mentions if mention.question == question]
        body.append(f'<div class="cx-text">{marked(text, own)}</div>')
    return f'<article class="cx-quote"><div class="cx-head">{_head(comment)}</div>{"".join(body)}</article>'


def marked(text: str, mentions: Sequence[Mention]) -> str:
    """A text with its mentions marked and the evidence words underlined, escaped."""
    out, place = [], 0
    shown = text[:LONGEST]
    for mention in mentions:
        if mention.end > len(shown):
            break
        out.append(escape(shown[place : mention.start]))
        label = called.value("sentiment_label", mention.label)
        label = wording.of("{label}, corrected by hand", label=label) if mention.by_hand else label
        about = " · ".join(filter(None, [label, mention.about]))
        classes = f"cx-m cx-{mention.label.replace(' ', '-')}" + (" cx-fits" if mention.fits else "")
        out.append(f'<span class="{classes}" title="{escape(about)}">{_underlined(mention)}</span>')
        place = mention.end
    out.append(escape(shown[place:]) + ("…" if len(text) > LONGEST else ""))
    return "".join(out)


def _underlined(mention: Mention) -> str:
    text = mention.text
    if mention.sentiment is None or mention.by_hand:  # what people say is not made of words
        return escape(text)
    out, place = [], 0
    for start, end, weight in sentiment.spans(text, mention.adapted):
        if start < place or abs(weight) < FAINT:
            continue
        while end < len(text) and text[end] in PART_OF_EMOJI:
            end += 1
        out.append(escape(text[place:start]))
        side = "p" if weight > 0 else "n"
        out.append(f'<span class="cx-e {side}" title="{_signed(weight)}">{escape(text[start:end])}</span>')
        place = end
    return "".join([*out, escape(text[place:])])


def _head(comment: Comment) -> str:
    parts = []
    head = comment.head
    if "date" in head:
        moment = pd.Timestamp(head["date"])
        parts.append(wording.day(moment))
    parts += [str(head[name]) for name in ("channel", "source") if name in head]
    parts += [f"{wording.of(title)} {_plain(head[name])}" for name, title in _TITLES.items() if name in head]
    if comment.sentiment is None:
        spoken = head.get("language")
        parts.append(
            wording.of("not analysed")
            if spoken in (None, "en")
            else wording.of("not analysed (language: {language})", language=spoken)
        )
    else:
        label = called.value("sentiment_label", comment.label)
        parts.append(f"{label} ({'+' if comment.sentiment > 0 else ''}{_two(comment.sentiment)})")
    if comment.conflict:
        parts.append(wording.of("words and rating disagree"))
    return "".join(f"<span>{escape(part)}</span>" for part in parts)


def _plain(value: Any) -> str:
    if not isinstance(value, float):
        return number(value, "count")
    return f"{value:g}".replace(".", wording.locale().decimal)


def _signed(weight: float) -> str:
    return f"{weight:+.2f}".replace(".", wording.locale().decimal)


def _two(score: float) -> str:
    return wording.decimal(score, 2).replace("-", "−")
