"""Words on a page. Text that may hold something from a file is escaped here, never handed to Markdown."""

import re
from collections.abc import Sequence
from html import escape

import streamlit as st

from cx.ui import here

SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
"""What may mean something in Markdown: all signs of ASCII."""


def headline(sentence: str) -> None:
    """The one sentence that matters on this page."""
    st.html(f'<h2 class="cx-headline">{escape(sentence)}</h2>')


def quiet(text: str) -> None:
    """A small line in the quiet colour."""
    st.html(f'<p class="cx-quiet cx-line">{escape(text)}</p>')


def way_out(label: str, address: str) -> None:
    """A quiet link to an address of the program that is no page."""
    st.html(f'<p class="cx-quiet cx-line"><a href="{escape(address)}" target="_self">{escape(label)}</a></p>')


def lines(texts: Sequence[str]) -> None:
    """Small lines in the quiet colour, close together."""
    st.html("".join(f'<p class="cx-quiet cx-line">{escape(text)}</p>' for text in texts))


def told(head: str, text: str) -> None:
    """A sentence, with what it is about before it."""
    before = f'<span class="cx-about">{escape(head)}</span> ' if head else ""
    st.html(f'<p class="cx-told">{before}{escape(text)}</p>')


def conclusion(sentence: str) -> None:
    """What a part of the page comes to: larger than a line, smaller than the headline."""
    st.html(f'<p class="cx-conclusion">{escape(sentence)}</p>')


def notice(texts: Sequence[str], kind: str = "note") -> None:
    """A box with one or more notices; `kind` is note or error."""
    items = "".join(f"<p>{escape(text)}</p>" for text in texts)
    role = "alert" if kind == "error" else "status"
    st.html(f'<div class="cx-box cx-{kind}" role="{role}">{items}</div>')


def empty(what: str, then: str) -> None:
    """An empty state: what is missing and what to do about it."""
    st.html(f'<div class="cx-empty"><p><strong>{escape(what)}</strong></p><p>{escape(then)}</p></div>')


def label(text: str) -> str:
    """A text as the label of a button or its help, which Streamlit reads as Markdown: every sign of it stands for itself."""
    return SIGNS.sub(r"\\\g<0>", text)


def steps(found: Sequence[tuple[str, str]]) -> None:
    """What to do one after the other: a word and a sentence each."""
    items = "".join(f"<li><strong>{escape(name)}</strong><br>{escape(text)}</li>" for name, text in found)
    st.html(f'<ol class="cx-steps">{items}</ol>')


def style() -> None:
    """The style sheet of the frame's own elements, for the mode of this run."""
    from cx.view import cards, printing, quotes, theme

    look = here.current().theme
    on_primary = theme.readable(look.positive)  # Streamlit writes white on any primary colour
    st.html(
        quotes.style(look)
        + cards.style(look)
        + f"""<style>
.cx-headline {{ font-size: 1.45rem; line-height: 1.3; font-weight: 600; margin: 0; padding: 0 0 .2rem; color: {look.ink}; }}
.cx-conclusion {{ font-size: 1.1rem; font-weight: 600; margin: 0; color: {look.ink}; overflow-wrap: anywhere; }}
.cx-told {{ margin: 0; line-height: 1.45; overflow-wrap: anywhere; color: {look.ink}; }}
.cx-about {{ display: inline-block; min-width: 9.2rem; font-size: .82rem; color: {look.quiet}; }}
[class*="st-key-brief_"] p a, [class*="st-key-answer_"] p a {{ white-space: nowrap; }}
@media (max-width: 640px) {{
  .cx-about {{ display: block; }}
  [class*="st-key-brief_"], [class*="st-key-answer_"] {{ flex-wrap: wrap !important; gap: 0 !important; }}
  [class*="st-key-brief_"] > div:first-child, [class*="st-key-answer_"] > div:first-child {{ flex: 1 1 100% !important; }}
}}
.cx-line {{ margin: 0; font-size: .9rem; overflow-wrap: anywhere; }}
.cx-line a {{ color: inherit; }}
.cx-line strong {{ color: {look.ink}; }}
.cx-box {{ border: 1px solid {look.rule}; border-left: 4px solid {look.quiet}; border-radius: 8px; padding: 10px 14px; }}
.cx-box p {{ margin: .15rem 0; overflow-wrap: anywhere; }} .cx-error {{ border-left-color: {look.negative}; }}
.cx-empty {{ border: 1px dashed {look.rule}; border-radius: 10px; padding: 2.2rem 1rem; text-align: center; }}
.cx-steps {{ display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr));
  padding: 0 !important; margin: 0 !important;
  list-style: none; counter-reset: step; }}
.cx-steps li {{ margin: 0 !important; border: 1px solid {look.rule}; border-radius: 10px; padding: 14px 16px; counter-increment: step; }}
.cx-steps li::before {{ content: counter(step); display: block; font-size: 1.6rem; font-weight: 600; color: {look.positive}; }}
.cx-empty p {{ margin: .2rem 0; }}
[data-testid^="stBaseButton-primary"]:not(:disabled) :is(p, span), span[data-baseweb="tag"] * {{
  color: {on_primary} !important; }}
@media (max-width: 640px) {{ .st-key-where > :first-child {{ flex: 1 0 100% !important; }} }}
[class*="st-key-picture_"] button, [class*="st-key-like_"] button {{ min-height: 1.2rem; padding: 0; }}
[class*="st-key-picture_"] button p, [class*="st-key-like_"] button p {{ font-size: .78rem; color: {look.quiet}; }}
[class*="st-key-chart_"] {{ gap: 0; }}
</style>"""
        + printing.STYLE
    )
