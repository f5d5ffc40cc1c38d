"""What mentions are about: phrases, the default taxonomy across businesses, and users' files."""

import csv
from pathlib import Path

import pytest

from cx import schema
from cx.errors import TaxonomyError
from cx.text import embed, taxonomy
from cx.text.phrases import Claim, Index, stem

GOLD = Path(__file__).parents[2] / "shared" / "data" / "gold" / "sentences.csv"


@pytest.fixture(scope="module")
def default():
    return taxonomy.load()


def assigned(tax, text, score=None):
    scores = None if score is None else [score]
    return tuple(names[0] for names in tax.assign([text], embed.vectors([text]), scores).values())


@pytest.mark.parametrize(
    "forms",
    [
        ("charge", "charges", "charged", "charging"),
        ("delivery", "deliveries"),
        ("cancel", "cancelled", "cancelling", "canceled"),
        ("call", "calls", "called", "calling"),
        ("price", "Prices", "PRICED"),
        ("reply", "replies", "replied"),
        ("don't", "dont", "don’t"),
        ("seat", "seats", "seating", "seat's"),
    ],
)
def test_word_forms_share_a_stem(forms):
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("wait", "waiter"), ("deliver", "delivery"), ("bed", "be"), ("bus", "bu"), ("service", "server")]
)
def test_other_words_keep_their_own_stem(one, other):
    assert stem(one) != stem(other)


def found(text, phrases):
    claims = {phrase: (Claim(0, number, 1.0),) for number, phrase in enumerate(phrases)}
    return [phrases[match.claims[0].node] for match in Index(claims).find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The customer service rep called.", ["customer service rep", "call"]),
        ("customer service is fine", ["customer service"]),
        ("good service, called twice", ["service", "call"]),
        ("recalled wi-fi Wi Fi WIFI", ["wi fi", "wi fi"]),
        ("the callable serviceman", []),
        ("[email] call [phone] XXXX", ["call"]),
        ("", []),
    ],
)
def test_the_longest_phrase_wins_and_words_have_boundaries(text, expected):
    assert found(text, ["customer service rep", "customer service", "service", "call", "wi fi"]) == expected


def test_sections_do_not_take_each_others_words():
    index = Index({"order online": (Claim(0, 0, 1.5),), "online": (Claim(1, 0, 1.0),)})
    claims = [claim for match in index.find("I ordered online") for claim in match.claims]
    assert claims == [Claim(0, 0, 1.5), Claim(1, 0, 1.0)]


@pytest.mark.parametrize(
    ("text", "pillar", "touchpoint", "stage"),
    [
        ("The receptionist was friendly and smiled", "People", "in person staff", "Post-Purchase"),
        ("Our bed was hard and the bathroom dirty", "Infrastructure", "premises", "Post-Purchase"),
        ("The parcel arrived two weeks late", "Process", "delivery", "Post-Purchase"),
        ("I was on hold for an hour and then they hung up", "Process", "phone support", "Post-Purchase"),
        ("far too expensive, poor value for money", "Strategy", "billing and payment", "Post-Purchase"),
        ("The app crashes after the last update", "Infrastructure", "mobile app", "Post-Purchase"),
        ("I cannot log in on your website", "Infrastructure", "website", "Post-Purchase"),
        ("They still have not sent my refund", "Process", "returns and cancellation", "Post-Purchase"),
        ("My miles and reward points expired, gold members get nothing", "Strategy", "loyalty programme", "Loyalty"),
        ("I would highly recommend it and will come back", "General", "none", "Loyalty"),
        ("The steak was overcooked and the sauce bland", "Strategy", "product in use", "Post-Purchase"),
        ("We booked a table and made a reservation online", "Process", "booking or checkout", "Purchase"),
    ],
)
def test_default_across_businesses(default, text, pillar, touchpoint, stage):
    assert assigned(default, text) == (pillar, touchpoint, stage)


@pytest.mark.parametrize("text", ["", "   ", "[email]"])
def test_nothing_said_is_no_guess(default, text):
    assert assigned(default, text) == ("General", "none", "none")


def test_a_flat_text_about_nothing_has_no_stage(default):
    assert assigned(default, "Hmm.", score=0.0) == ("General", "none", "none")


def test_answers_do_not_depend_on_company_or_chunks(default, monkeypatch):
    texts = ["The staff were rude", "wifi was slow", "", "I will never come back", "They charged me twice"] * 3
    whole = default.assign(texts, embed.vectors(texts))
    monkeypatch.setattr(taxonomy, "CHUNK", 2)
    assert default.assign(texts, embed.vectors(texts)) == whole
    assert [assigned(default, text) for text in texts] == list(zip(*whole.values(), strict=True))


def test_names_of_the_default(default):
    assert set(default.pillars) == set(schema.PILLARS)
    assert tuple(default.stages) == schema.STAGES
    assert "none" not in default.touchpoints
    assert len(default.touchpoints) == 15


def written(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


OWN = """
name = "garage"
[touchpoints."test drive"]
description = "Driving a car before buying it."
phrases = ["test drive", "trial run"]
pillar = "Strategy"
stage = "Consideration"
[touchpoints.workshop]
phrases = ["repair", "mechanic", "oil change"]
"""


def test_an_own_file_replaces_its_section_and_keeps_the_rest(tmp_path):
    own = taxonomy.load(written(tmp_path, OWN))
    assert (own.name, own.touchpoints) == ("garage", ["test drive", "workshop"])
    assert own.stages == list(schema.STAGES)
    assert assigned(own, "We took two test drives")[1:] == ("test drive", "Consideration")
    assert assigned(own, "The oil change took an hour")[1:] == ("workshop", "none")


def test_the_version_follows_the_content(tmp_path, default):
    own = taxonomy.load(written(tmp_path, OWN))
    same = taxonomy.load(written(tmp_path, "# a remark\n" + OWN))
    other = taxonomy.load(written(tmp_path, OWN.replace("trial run", "trial drive")))
    assert own.version == same.version
    assert len({own.version, other.version, default.version}) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = [", "own.toml: not a TOML file"),
        ("[pillars.Staff]\nphrases = ['crew']", "no place for 'Staff'"),
        ("[pillars.people]\nphrases = ['crew']", "did you mean 'People'"),
        ("[stages.Puchase]\nphrases = ['bought']", "did you mean 'Purchase'"),
        ("[touchpoints.shop]\nphrase = ['till']", 'node [touchpoints."shop"]: unknown key `phrase`; did you mean'),
        ("[touchpoints.shop]\nphrases = 'till'", "`phrases` must be a list"),
        ("[touchpoints.shop]\nphrases = ['!!']", "'!!', which has no word"),
        ("[touchpoints.shop]\nphrases = [3]", "`phrases` holds 3"),
        ("[touchpoints.shop]\nphrases = ['till']\nstage = 'Later'", "`stage` is 'Later'"),
        ("[touchpoints.shop]\nphrases = ['till']\npillar = 'Proces'", "did you mean 'Process'"),
        ("[touchpoints.shop]\npillar = 3\nphrases = ['till']", "`pillar` must be a text"),
        ("[touchpoints.shop]", "needs a description, phrases or examples"),
        ("[touchpoint.shop]\nphrases = ['till']", "unknown section `touchpoint`; did you mean 'touchpoints'"),
        ("touchpoints = 3", "[touchpoints] needs at least one node"),
        ("[touchpoints]\nshop = 'till'", "must be a table"),
        ("name = ''\n[touchpoints.shop]\nphrases = ['till']", "`name` must be a text"),
        ("name = 'empty'", "no section"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, text, told):
    with pytest.raises(TaxonomyError) as error:
        taxonomy.load(written(tmp_path, text))
    assert told in str(error.value)


def test_a_missing_file_is_an_error_of_ours(tmp_path):
    with pytest.raises(TaxonomyError, match="cannot be read"):
        taxonomy.load(tmp_path / "nowhere.toml")


@pytest.mark.skipif(not GOLD.exists(), reason="the gold sentences are not here (../shared/data/gold)")
def test_accuracy_on_the_gold_sentences(default):
    with GOLD.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = [row["text"] for row in rows]
    got = default.assign(texts, embed.vectors(texts))
    for column, bar in (("pillar", 0.60), ("touchpoint", 0.55), ("stage", 0.85)):
        pairs = [(row[column], name) for row, name in zip(rows, got[column], strict=True) if row[column]]
        assert sum(gold == name for gold, name in pairs) / len(pairs) >= bar, column
