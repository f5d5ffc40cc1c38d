"""What mentions are about: phrases, the default taxonomy across businesses, and users' files."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cx import schema
from cx.errors import TaxonomyError
from cx.text import embed, taxonomy, taxonomy_model
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We will never ever fly this airline again", ["never * again"]),
        ("never again", ["never * again"]),
        ("never one two three four five six again", ["never * again"]),
        ("never one two three four five six seven again", []),
        ("again and never", []),
        ("asked us twice for our honest opinion", ["ask * for * opinion"]),
        ("asked us our opinion", []),
    ],
)
def test_a_star_stands_for_up_to_six_words(text, expected):
    assert found(text, ["never * again", "ask * for * opinion"]) == expected


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
    for column, bar in (("pillar", 0.72), ("touchpoint", 0.68), ("stage", 0.88)):
        pairs = [(row[column], name) for row, name in zip(rows, got[column], strict=True) if row[column]]
        assert sum(gold == name for gold, name in pairs) / len(pairs) >= bar, column


def test_the_shipped_model_is_plain_data_about_default_nodes(default):
    assert taxonomy_model.SHIPPED.stat().st_size <= 3_000_000
    model = taxonomy_model.load()
    for section, held in model.sections.items():
        names = {node.name for node in default.nodes[section]} | {taxonomy.OTHERWISE[section]}
        assert set(held.names) <= names
    assert all(entry.count(" ") <= 1 for entry in model.words)
    rows = len(model.words) + embed.DIMENSIONS + sum(map(len, default.nodes.values()))
    assert {held.weights.shape[0] for held in model.sections.values()} == {rows}


def test_a_saved_model_is_read_back(tmp_path):
    model = taxonomy_model.load()
    taxonomy_model.save(model, tmp_path / "again.npz")
    again = taxonomy_model.load(tmp_path / "again.npz")
    assert again.words == model.words
    for section, held in model.sections.items():
        other = again.sections[section]
        assert held.names == other.names
        for name in ("weights", "base", "seen", "blend"):
            assert np.array_equal(getattr(held, name), getattr(other, name)), name


def test_chances_sum_to_one_but_for_the_floor_and_never_vanish():
    texts = [["the", "staff", "rude"], [], ["unheard"]]
    vectors = embed.vectors(["the staff rude", "", "unheard"])
    phrases, _ = taxonomy.default().phrase_evidence(texts)
    for said in taxonomy_model.load().chances(texts, vectors, np.hstack(list(phrases.values()))).values():
        chances = np.exp(said)
        floors = taxonomy_model.UNKNOWN * chances.shape[1]
        assert ((chances.sum(axis=1) > 0.99) & (chances.sum(axis=1) < 1 + floors)).all()
        assert chances.min() > 0.001


def test_rows_of_words_have_length_one_and_count_repeats_less():
    rows = taxonomy_model.counted([["a", "a", "b"], []], {"a": 0, "b": 1}, np.array([1.0, 1.0], np.float32)).toarray()
    assert rows[0, 0] / rows[0, 1] == pytest.approx(1 + np.log(2))
    assert np.linalg.norm(rows[0]) == pytest.approx(1)
    assert not rows[1].any()


def test_a_node_may_say_which_default_node_it_is(tmp_path):
    given = (
        '[touchpoints.dishes]\nphrases = ["dish"]\nmodel = "product in use"\n[touchpoints.rooms]\nphrases = ["room"]'
    )
    own = taxonomy.load(written(tmp_path, given))
    assert [node.known_as for node in own.nodes["touchpoints"]] == [("product in use",), ("rooms",)]
    assert assigned(own, "The sauce tasted bland")[1] == "dishes"


def test_a_model_that_is_no_name_is_told(tmp_path):
    with pytest.raises(TaxonomyError, match="`model` must be the name"):
        taxonomy.load(written(tmp_path, "[touchpoints.shop]\nphrases = ['till']\nmodel = 3"))
