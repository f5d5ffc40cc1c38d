"""Attacks: what guests, viewers, other sites, and files that somebody else wrote try, and what comes of it."""

import csv
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cx import imports
from cx.principal import LOCAL, Principal
from cx.store import datasets, links, visits
from cx.store.links import Wish
from cx.ui import asking, nav

ROOT = Path(__file__).parents[1]
ANN = Principal("ann@firm.example", "analyst")
SECRET, PERSON, ELSEWHERE = "zanzibar", "Quimber", "forbidden"
"""How a word of every comment of the dataset begins, the name of a person in it, and a word of every comment of the other
dataset. Each goes on differently everywhere: words that many say name topics."""

CLAUSES = [
    ("The staff in the shop were very friendly and helpful", "the courier was lovely"), ("Delivery was late", "nobody answered the phone"),
    ("I love the new app because it is so easy to use", "checkout was quick"), ("The website crashed at checkout", "support was terrible"),
    ("Good value for money and great quality", "I will recommend it to friends"), ("The refund took six weeks", "billing was very disappointing"),
]  # fmt: skip


def said(place: int, word: str) -> str:
    first, second = CLAUSES[place % len(CLAUSES)]
    own = "".join(chr(97 + int(digit)) for digit in str(place)) + "qx"
    return f"{first}, {word}{own} as {PERSON}{own} said. And {second}, so {word}{own} it was {'indeed ' * (place % 4)}for me."


def rows(word: str, n: int = 240) -> list[dict]:
    return [
        {
            "Response ID": f"r{place}", "Customer ID": f"c{place % 90}", "Date": (date(2025, 7, 1) + timedelta(days=place)).isoformat(),
            "How likely are you to recommend us?": (place * 7) % 11, "Overall satisfaction (1-5)": 1 + (place * 3) % 5,
            "Region": ("North", "South", "East")[place % 3], "Plan": ("Basic", "Plus")[place % 2], "Comment": said(place, word),
        }
        for place in range(n)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A home with the datasets `shop` and `other`, imported once."""
    where = tmp_path_factory.mktemp("attacked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_HOME", str(where / "home"))
        for name, word in (("shop", SECRET), ("other", ELSEWHERE)):
            path = where / f"{name}.csv"
            held = rows(word)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(held[0]))
                writer.writeheader()
                writer.writerows(held)
            imports.into(LOCAL, name, [imports.Given(path, path.name, {"Comment": "comment"})])
    return where / "home"


@pytest.fixture
def elsewhere(monkeypatch):
    """Nobody here is at this machine."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr(asking, "headers", lambda: {"host": "cx.firm.example"})
    monkeypatch.setattr(asking, "address", lambda: "203.0.113.7")


@pytest.fixture
def shop(imported, elsewhere, monkeypatch):
    """The two datasets, which no test writes to; links come and go."""
    monkeypatch.setenv("CX_HOME", str(imported))


@pytest.fixture
def own(imported, elsewhere, home):
    """The same for a test that writes."""
    shutil.copytree(imported, home)
    return home


def link(**own) -> tuple[int, str]:
    return links.create(ANN, Wish("shop", "overview", nav.SHARED, label="Board")._replace(**own))


def visit(page: str, token: str = "", **params: str | list[str]) -> AppTest:
    """A page as a guest on a fresh process sees it who has a link."""
    at = AppTest.from_file(ROOT / "cx/ui/main.py", default_timeout=30)
    at.switch_page(str(ROOT / "pages" / f"{page}.py"))
    for name, value in ({"t": token} if token else {}).items() | params.items():
        at.query_params[name] = value
    return at.run()


def sent(at: AppTest) -> str:
    """Everything that was sent to the browser: texts, tables, charts with their data, options of widgets."""
    out: list[str] = []

    def walk(node) -> None:
        if (proto := getattr(node, "proto", None)) is not None:
            out.append(proto.SerializeToString().decode("utf-8", "replace"))
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(at._tree)
    assert not at.exception, [error.message for error in at.exception]
    return "\n".join(out)


# --- Words that a link does not show


WORDY = ("overview", "scorecards", "journey", "emotions", "topics", "comments")


@pytest.mark.parametrize("where", ["scorecards", "journey", "topics", "comments"])
def test_the_words_below_would_be_seen(shop, monkeypatch, where):
    """These pages quote comments to those who may read them: what follows can fail."""
    monkeypatch.setattr(asking, "headers", lambda: {"host": "localhost"})
    told = sent(visit(where, d="shop"))
    assert SECRET in told and PERSON in told


@pytest.mark.parametrize("where", [name for name in nav.SHARED if name != "comments"])
def test_no_word_of_a_comment_reaches_a_guest_who_is_to_see_none(shop, where):
    at = visit(where, link()[1])
    told = sent(at).lower()
    assert "dashboard of ann@firm.example" in told and "could not be shown" not in told
    assert SECRET not in told and PERSON.lower() not in told and ELSEWHERE not in told
    for key in (box.key for box in at.expander if box.key):
        at.session_state[key] = True
    told = sent(at.run()).lower()
    assert SECRET not in told and PERSON.lower() not in told


@pytest.mark.parametrize("where", WORDY)
def test_no_name_of_a_person_reaches_a_guest_who_sees_masked_comments(shop, where):
    told = sent(visit(where, link(comments="masked")[1]))
    assert PERSON not in told and "could not be shown" not in told
    if where in ("comments", "journey", "emotions"):
        assert SECRET in told, "the other words are there"
