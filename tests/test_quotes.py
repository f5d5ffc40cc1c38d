"""Comments are shown literally: whatever a text holds, only our own tags come out, and every character of it."""

import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from cx.text import sentiment
from cx.view import quotes, search, theme
from cx.view.search import Comment, Find, Mention
from tests import made

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</div></article><h1>x", '"><b onclick="x">', "<!-- x",
    "![x](https://example.invalid/x.png)", "[click](javascript:alert(1))", "$x^2$ and $$y$$", "=cmd|' /C calc'!A0",
    "# Heading\n- list\n> quote `code` **bold** :rocket: ~~x~~", "&lt;b&gt; &amp; &nbsp;", "{{ 7*7 }} ${7*7}", "\u202eabc\u0000",
    "👩‍👩‍👧 e\u0301 Straße ﷽",
]  # fmt: skip


class Reader(HTMLParser):
    """Takes HTML apart: the tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment came through: {data}")

    handle_decl = handle_pi = handle_comment


def mention(text, start, end, label="positive", fits=False, about="delivery"):
    score = {"positive": 0.6, "negative": -0.6, "neutral": 0.0}.get(label)
    return Mention("comment", start, end, text[start:end], score, label, about, fits)


def comment(text, mentions=(), **head):
    return Comment("r1", head, {"comment": text}, 0.5, "positive", list(mentions))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("cuts", [(0, 0.5, 1), (0.4, 0.6), (0, 0)])
def test_hostile_text_is_literal(text, cuts):
    """Inside mentions, before, between and behind them, and where nothing was found in it."""
    places = [int(cut * len(text)) for cut in cuts]
    said = [mention(text, begin, end, "negative", about=text) for begin, end in pairwise(places)]
    html = quotes.html([comment(text, said, channel=text, source=text)], theme.LIGHT)
    read = Reader(html)
    assert {tag for tag, _ in read.tags} <= {"article", "div", "span"}
    assert {name for _, attributes in read.tags for name in attributes} <= {"class", "title"}
    assert read.open == [] and read.text.count(text) == 3  # channel, source and the comment itself


@pytest.mark.parametrize("question", ["<b>Why?</b>", "![x](y)"])
def test_the_names_of_questions_are_escaped_too(question):
    found = Comment("r1", {}, {"comment": "a", question: "b"}, None, "not analysed", [])
    read = Reader(quotes.html([found], theme.LIGHT))
    assert {tag for tag, _ in read.tags} == {"article", "div", "span"} and question in read.text


texts = st.text(st.one_of(st.sampled_from("<>&\"'👍é good bad "), st.characters(codec="utf-8")), max_size=60)


@drawn(texts, st.data())
@settings(max_examples=80, deadline=None)
def test_every_character_comes_out_once_wherever_it_is_cut(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    said = [mention(text, begin, end) for begin, end in zip(cuts[::2], cuts[1::2], strict=False)]
    html = quotes.marked(text, said)
    assert unescape(re.sub("<[^>]*>", "", html)) == text
    assert html.count('class="cx-m') == len(said)


def test_offsets_count_code_points_before_and_after_emoji():
    text = "👍🏽 Great staff! 👎 Slow tills."
    cut = text.index("👎")
    html = quotes.marked(text, [mention(text, 0, cut - 1), mention(text, cut, len(text), "negative")])
    first, second = html.split('</span> <span class="cx-m')
    assert "👍🏽" in first and "Great" in first and "👎" not in first
    assert "👎" in second and "Slow" in second and "cx-negative" in second


def test_evidence_is_underlined_in_its_direction():
    text = "Great staff but terrible tills"
    html = quotes.marked(text, [mention(text, 0, len(text))])
    spans = {text[start:end]: weight for start, end, weight in sentiment.spans(text) if weight}
    assert spans["Great"] > 0 > spans["terrible"]
    assert f'<span class="cx-e p" title="{spans["Great"]:+.2f}">Great</span>' in html
    assert f'<span class="cx-e n" title="{spans["terrible"]:+.2f}">terrible</span>' in html


def test_nothing_is_underlined_in_what_was_not_analysed():
    text = "Great service, leider geschlossen"
    html = quotes.marked(text, [mention(text, 0, len(text), "not analysed")])
    assert "cx-e" not in html and 'class="cx-m cx-not-analysed"' in html


def test_what_fits_stands_out_and_says_what_it_is_about():
    text = "Late. Fine."
    html = quotes.marked(text, [mention(text, 0, 5, "negative", fits=True), mention(text, 6, 11, about="")])
    assert '<span class="cx-m cx-negative cx-fits" title="negative · delivery">' in html
    assert '<span class="cx-m cx-positive" title="positive">' in html


def test_a_very_long_text_is_cut_with_a_mark():
    text = "word " * 2000
    said = [mention(text, 0, 4), mention(text, quotes.LONGEST - 10, quotes.LONGEST + 10)]
    read = Reader(quotes.marked(text, said))
    assert read.text == text[: quotes.LONGEST] + "…" and len([tag for tag, _ in read.tags]) == 1


@pytest.mark.parametrize(
    ("found", "parts"),
    [
        (comment("x", date=pd.Timestamp(2026, 3, 4, 9, 5), nps=9.0, rating=4.5, channel="app"),
         ["4 Mar 2026", "app", "NPS 9", "rating 4.5", "positive (+0.50)"]),
        (Comment("r", {}, {"comment": "x"}, -0.254, "negative", []), ["negative (−0.25)"]),
        (Comment("r", {"language": "de"}, {"comment": "x"}, None, "not analysed", []), ["not analysed (language: de)"]),
        (Comment("r", {"language": "en"}, {"comment": "x"}, None, "not analysed", []), ["not analysed"]),
    ],
)  # fmt: skip
def test_the_head_says_date_channel_score_and_feeling(found, parts):
    head = quotes.html([found], theme.LIGHT).split('<div class="cx-head">')[1].split("</div>")[0]
    assert [part.split("</span>")[0] for part in head.split("<span>")[1:]] == parts


def test_comments_of_the_sample_come_out_as_stored(sample):
    """Through the whole pipeline: offsets, masks, emoji, line breaks and hostile markup."""
    for words in ("", "<", "![", "😞", "[email]"):
        for found in search.page(sample, Find(words)):
            for question, text in found.texts.items():
                own = [m for m in found.mentions if m.question == question]
                read = Reader(quotes.marked(text, own))
                assert read.text.replace("\r\n", "\n") == text.replace("\r\n", "\n")
                assert all(tag == "span" for tag, _ in read.tags)


def test_two_questions_are_shown_with_their_own_mentions(tmp_path):
    said = [
        {"response_id": "r0000", "question": "comment", "text": "Fine.", "end": 5, "sentiment_label": "positive"},
        {"response_id": "r0000", "question": "Why", "text": "Slow.", "end": 5, "sentiment_label": "negative"},
    ]
    given = made.dataset(tmp_path / "d", [{"comment": "Fine.", "Why": "Slow."}], said, comments=["comment", "Why"])
    html = quotes.html(search.page(given, Find()), theme.LIGHT)
    assert Reader(html).text.endswith("commentFine.WhySlow.")
    assert html.index("cx-positive") < html.index(">Why<") < html.index("cx-negative")


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
def test_the_style_sheet_is_one_element(look):
    assert quotes.style(look).count("<") == 2 and look.positive in quotes.style(look)
