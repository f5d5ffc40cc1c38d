"""Mentions: where a comment is cut, that nothing is lost, and that it agrees with people who cut by hand."""

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.text import mentions

GOLD = Path(__file__).resolve().parents[2] / "shared" / "data" / "gold"


def pieces(comment: str) -> list[str]:
    return [comment[start:end] for start, end in mentions.split(comment)]


CUT = [
    # sentence ends
    ("Good room. Bad food!", "Good room. | Bad food!"),
    ("Was it clean? No", "Was it clean? | No"),
    ("it broke. now it is gone", "it broke. | now it is gone"),
    ("Everything ok.But slow", "Everything ok. | But slow"),
    ("Never again!!! Why?!", "Never again!!! | Why?!"),
    ('He said "great." The room was cold.', 'He said "great." | The room was cold.'),
    # ... and what only looks like one
    ("Mr. Smith and Dr. Jones helped.", "Mr. Smith and Dr. Jones helped."),
    ("It came on 3.5.2023, i.e. two days late.", "It came on 3.5.2023, i.e. two days late."),
    ("We paid $9.99 vs. $5.00 last time", "We paid $9.99 vs. $5.00 last time"),
    ("Drinks, snacks etc. were free", "Drinks, snacks etc. were free"),
    ("Drinks, snacks etc. The staff smiled", "Drinks, snacks etc. | The staff smiled"),
    ("We left at 9 a.m. The bill was right", "We left at 9 a.m. | The bill was right"),
    ("See no. 5 of section 602 A. for details", "See no. 5 of section 602 A. for details"),
    ("well... not quite what I ordered", "well... not quite what I ordered"),
    ("Slow... Never again", "Slow... | Never again"),
    ("Look at www.Example.com/a?B=c for it", "Look at www.Example.com/a?B=c for it"),
    # contrast
    ("great food but slow service", "great food | but slow service"),
    ("The food was good, but service was slow", "The food was good, | but service was slow"),
    ("Although it was pricey, we enjoyed it", "Although it was pricey, | we enjoyed it"),
    ("Although it was expensive we enjoyed it", "Although it was expensive | we enjoyed it"),
    ("We liked it even though the bed was hard", "We liked it | even though the bed was hard"),
    ("The app is nice; however it crashes", "The app is nice; | however it crashes"),
    ("Clean, and yet the smell was bad", "Clean, | and yet the smell was bad"),
    ("Everything was perfect except the parking", "Everything was perfect | except the parking"),
    ("The room was nice, while the bath was dirty", "The room was nice, | while the bath was dirty"),
    ("While the room was nice, the bath was dirty", "While the room was nice, | the bath was dirty"),
    # ... and what is none
    ("small but good food", "small but good food"),
    ("nothing but praise for them", "nothing but praise for them"),
    ("While dining we heard nice music", "While dining we heard nice music"),
    ("I read a good book while waiting", "I read a good book while waiting"),
    ("The crew was superb though", "The crew was superb though"),
    ("The bar is good though and the staff were kind", "The bar is good though | and the staff were kind"),
    (
        "The battery holds (I charge it at home and not at work)",
        "The battery holds (I charge it at home and not at work)",
    ),
    ("The crew was superb, however.", "The crew was superb, however."),
    ("Despite the rain the tour was good", "Despite the rain the tour was good"),
    # one thing judged, or two
    ("great food, slow service", "great food, | slow service"),
    ("friendly and helpful staff", "friendly and helpful staff"),
    ("Staff were friendly, efficient and professional.", "Staff were friendly, efficient and professional."),
    ("We went for dinner and the staff was nice", "We went for dinner and the staff was nice"),
    ("The app crashes and support never answers", "The app crashes | and support never answers"),
    ("It is very light and has a good battery", "It is very light | and has a good battery"),
    ("It is light and nice looking", "It is light and nice looking"),
    ("The soap smelled nice and it lasted", "The soap smelled nice and it lasted"),
    ("friendly staff and good food", "friendly staff | and good food"),
    ("friendly staff good food", "friendly staff | good food"),
    ("Good view of the lake - convenient parking", "Good view of the lake - | convenient parking"),
    ("the food was great the service was slow", "the food was great | the service was slow"),
    ("wifi slow, room small, staff rude", "wifi slow, | room small, | staff rude"),
    ("nice staff The food was cold", "nice staff | The food was cold"),
    ("GREAT FOOD BUT THE STAFF WERE RUDE", "GREAT FOOD | BUT THE STAFF WERE RUDE"),
    # lists, lines, emoji, masks
    ("- Great app\n- Crashes often", "- Great app | - Crashes often"),
    ("• fast • cheap", "• fast | • cheap"),
    ("1. Good price 2. Bad support", "1. Good price | 2. Bad support"),
    ("Good\r\n\r\nBad staff", "Good | Bad staff"),
    ("Great service 😀 Food was cold", "Great service 😀 | Food was cold"),
    ("I ❤️ London", "I ❤️ London"),
    ("Great! 😀", "Great! 😀"),
    ("Write to [email] or [phone]. Thanks", "Write to [email] or [phone]. | Thanks"),
    ("[email][phone]", "[email][phone]"),
    ("很好。服务差", "很好。 | 服务差"),
    ("...good", "...good"),
    ("!!!", "!!!"),
    ("", ""),
    (" \n ", ""),
]


AWKWARD = [
    ("* Nice lobby\n* Cold soup\n* Rude driver", "* Nice lobby | * Cold soup | * Rude driver"),
    ("- fast delivery\n- good packaging", "- fast delivery | - good packaging"),
    ("→ easy booking\n→ slow refund", "→ easy booking | → slow refund"),
    ("a) Great price\nb) Poor quality", "a) Great price | b) Poor quality"),
    ("1) quick 2) cheap", "1) quick | 2) cheap"),
    ("Loved it ❤️❤️❤️ Will come back", "Loved it ❤️❤️❤️ | Will come back"),
    ("👍 great app", "👍 great app"),
    ("Great app 👍👍", "Great app 👍👍"),
    ("Coffee was cold 😡 and the cake was stale", "Coffee was cold 😡 | and the cake was stale"),
    ("So... the pizza was cold", "So... the pizza was cold"),
    ("Waited... and waited... nothing", "Waited... and waited... nothing"),
    ("The room was ok… The bathroom was not", "The room was ok… | The bathroom was not"),
    ("THE APP CRASHES. NOBODY HELPS", "THE APP CRASHES. | NOBODY HELPS"),
    ("GREAT PRICES BUT THE QUEUE WAS LONG", "GREAT PRICES | BUT THE QUEUE WAS LONG"),
    ("NEVER AGAIN!!! WORST BANK EVER!!!", "NEVER AGAIN!!! | WORST BANK EVER!!!"),
    ("the room was clean the staff was rude", "the room was clean | the staff was rude"),
    ("good price bad quality", "good price | bad quality"),
    ("We met Dr. Lee at 5 p.m. and he was kind", "We met Dr. Lee at 5 p.m. and he was kind"),
    ("It cost approx. 30 dollars incl. tax", "It cost approx. 30 dollars incl. tax"),
    ("The U.S. site is slow", "The U.S. site is slow"),
    ("Open from 9 a.m. to 5 p.m. daily", "Open from 9 a.m. to 5 p.m. daily"),
    ("Version 2.1.3 broke the export", "Version 2.1.3 broke the export"),
    ("great food, slow service", "great food, | slow service"),
    ("good value, friendly staff, clean rooms", "good value, | friendly staff, | clean rooms"),
    ("friendly and helpful staff", "friendly and helpful staff"),
    ("friendly, quick and helpful staff", "friendly, quick and helpful staff"),
    ("The menu was short, cheap and tasty", "The menu was short, cheap and tasty"),
    ("We had soup, salad, fish and cake", "We had soup, salad, fish and cake"),
    ("fast delivery and good quality", "fast delivery | and good quality"),
    ("Everything was fine except the wifi", "Everything was fine | except the wifi"),
    ("All good except that the lift was broken", "All good | except that the lift was broken"),
    ("The hotel is nice. However, the bar is closed", "The hotel is nice. | However, the bar is closed"),
    ("The bed was soft, however the pillow was hard", "The bed was soft, | however the pillow was hard"),
    ("While the price is low, the quality is poor", "While the price is low, | the quality is poor"),
    ("I waited while they cooked", "I waited while they cooked"),
    ("The lounge was quiet whereas the gate was loud", "The lounge was quiet | whereas the gate was loud"),
    ("Although small, the room was cosy", "Although small, | the room was cosy"),
    ("The room was cosy although it was small", "The room was cosy | although it was small"),
    ("Not bad but not great either", "Not bad | but not great either"),
    ("Nothing but trouble with this router", "Nothing but trouble with this router"),
    ("The food was not only cheap but also tasty", "The food was not only cheap but also tasty"),
    ("The driver was late; the box was open", "The driver was late; | the box was open"),
    ("Great hotel – terrible breakfast", "Great hotel – | terrible breakfast"),
    ("Pros: cheap. Cons: loud.", "Pros: cheap. | Cons: loud."),
    ("Pros: good camera\nCons: weak battery", "Pros: good camera | Cons: weak battery"),
    ("ok", "ok"),
    ("10/10", "10/10"),
    ("Great service!Will return!", "Great service! | Will return!"),
    ("The clerk (a young man) was kind", "The clerk (a young man) was kind"),
    ("I love the design; I hate the price", "I love the design; | I hate the price"),
    ("Thanks to Anna, Ben and Carla", "Thanks to Anna, Ben and Carla"),
    ("I ordered on Monday and it came on Friday", "I ordered on Monday and it came on Friday"),
    ("Check-in was easy and check-out was a mess", "Check-in was easy | and check-out was a mess"),
    ("Is it worth it? Yes! Would I go again? No.", "Is it worth it? | Yes! | Would I go again? | No."),
    ("Write to me at a.b@example.com. Thanks!", "Write to me at a.b@example.com. | Thanks!"),
    ("It's OK, I guess.", "It's OK, I guess."),
    ("Good:\n- wifi\n- pool", "Good: | - wifi | - pool"),
    ("Not only slow but expensive", "Not only slow but expensive"),
    ("The view was great but the bed was not", "The view was great | but the bed was not"),
    ("b) is a bad start", "b) is a bad start"),
]


@pytest.mark.parametrize(("comment", "expected"), [*CUT, *AWKWARD])
def test_cuts(comment: str, expected: str):
    assert " | ".join(pieces(comment)) == expected


def test_a_wrapped_line_goes_on():
    comment = "this very long line of a mail was wrapped by the program in the\nmiddle of it"
    assert pieces(comment) == [comment]


def test_offsets_are_code_points():
    assert mentions.split("  😀 Nice café. Bad 🍕!  ") == [(2, 14), (15, 21)]


CUES = st.sampled_from(
    ["the food", "was", "good", "but", "and", ",", ".", "…", "[email]", "😀", "(", ")", '"', "\n", "- ", "1.", "2)",
     "while", "However", "it's", "A", "etc.", "!?", "\t", "staff", "never", "also", "—", "'", "\u2028", "\x1f", "•"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(CUES).map(" ".join), st.lists(CUES).map("".join)))
def test_nothing_is_lost_or_moved(comment: str):
    at = 0
    for start, end in mentions.split(comment):
        assert start < end
        assert not comment[at:start].strip()
        assert comment[start:end] == comment[start:end].strip()
        at = end
    assert not comment[at:].strip()


@given(st.lists(st.one_of(CUES, st.sampled_from(["[card]", "[iban]", "[ip]", "[secret]"])), min_size=1).map(" ".join))
def test_masks_are_never_cut(comment: str):
    for mask in ("[email]", "[card]", "[iban]", "[ip]", "[secret]"):
        assert sum(piece.count(mask) for piece in pieces(comment)) == comment.count(mask)


@pytest.mark.parametrize(
    "comment",
    [
        "good food and " * 5000,
        "😀 A " * 10000,
        "a\n" * 10000,
        "the the of " * 10000,
        "1. a 2. b " * 5000,
        "a" * 100_000,
    ],
)
def test_long_comments_take_time_in_proportion(comment: str):
    begin = time.perf_counter()
    mentions.split(comment)
    assert time.perf_counter() - begin < 3  # seconds; a quadratic reading takes minutes


def f1_against_gold() -> float:
    with (GOLD / "comments.csv").open(newline="", encoding="utf-8") as file:
        comments = {row["id"]: row["text"] for row in csv.DictReader(file)}
    cut: dict[str, set[int]] = {key: set() for key in comments}
    at = dict.fromkeys(comments, 0)
    with (GOLD / "mentions.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            start = comments[row["id"]].index(row["text"], at[row["id"]])
            at[row["id"]] = start + len(row["text"])
            if row["mention"] != "0":
                cut[row["id"]].add(start)
    ours = {key: {start for start, _ in mentions.split(text)[1:]} for key, text in comments.items()}
    hits = sum(len(cut[key] & ours[key]) for key in comments)
    return 2 * hits / sum(len(cut[key]) + len(ours[key]) for key in comments)


@pytest.mark.skipif(not GOLD.is_dir(), reason="needs the gold mentions in ../shared/data/gold")
def test_boundaries_agree_with_the_gold():
    assert f1_against_gold() >= 0.85
