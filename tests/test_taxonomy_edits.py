"""Edits of a taxonomy: what each does, what no longer fits, which mentions move, and the way through a file and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx.errors import TaxonomyError
from cx.text import embed, taxonomy, taxonomy_edits
from cx.text.taxonomy import Taxonomy
from cx.text.taxonomy_nodes import Node

TEXTS = [
    "The parcel arrived two weeks late",
    "We took the valet parking",
    "The app crashes every time I open it",
    "My points expired without any notice",
]


def edit(do, node, section="touchpoints", **rest):
    return {"do": do, "section": section, "node": node, **rest}


def after(*edits, start=None):
    return taxonomy_edits.edited(start or taxonomy.default(), list(edits))


def node(tax, name, section="touchpoints"):
    return next(held for held in tax.nodes[section] if held.name == name)


def touchpoint(tax, text):
    return tax.assign([text], embed.vectors([text]))["touchpoint"][0]


def test_no_edit_changes_nothing():
    assert after() == (taxonomy.default(), [])
    assert after().taxonomy.version == taxonomy.default().version


def test_an_added_node_takes_its_texts():
    assert touchpoint(taxonomy.default(), TEXTS[1]) != "valet"
    add = edit("add", "valet", phrases=["valet parking"], pillar="People", stage="Purchase")
    new = after(add).taxonomy
    got = {column: names[0] for column, names in new.assign(TEXTS[1:2], embed.vectors(TEXTS[1:2])).items()}
    assert (got["touchpoint"], got["stage"]) == ("valet", "Purchase")
    assert touchpoint(new, TEXTS[0]) == "delivery"


def test_a_renamed_node_keeps_what_the_model_knows_of_it():
    new = after(edit("rename", "product in use", to="our dishes")).taxonomy
    assert node(new, "our dishes").model == ("product in use",)
    assert new.touchpoints.index("our dishes") == taxonomy.default().touchpoints.index("product in use")
    bare = after(edit("rename", "our dishes", to="dishes"), start=new).taxonomy
    assert node(bare, "dishes").model == ("product in use",)
    texts = ["The steak was overcooked and the sauce bland", "The battery is empty after an hour"]
    names = [touchpoint(taxonomy.default(), text) for text in texts]
    assert names == ["product in use"] * 2
    assert [touchpoint(new, text) for text in texts] == ["our dishes"] * 2


def test_renaming_changes_names_and_nothing_else():
    names = {"delivery": "arrival", "mobile app": "telephone thing"}
    new = after(*(edit("rename", old, to=to) for old, to in names.items())).taxonomy
    old_names = taxonomy.default().assign(TEXTS, embed.vectors(TEXTS))
    new_names = new.assign(TEXTS, embed.vectors(TEXTS))
    assert new_names["touchpoint"] == [names.get(name, name) for name in old_names["touchpoint"]]
    assert (new_names["pillar"], new_names["stage"]) == (old_names["pillar"], old_names["stage"])


def test_merged_nodes_share_texts_words_and_model():
    new = after(edit("merge", "mobile app", into="website")).taxonomy
    assert "mobile app" not in new.touchpoints
    assert node(new, "website").model == ("website", "mobile app")
    assert set(node(taxonomy.default(), "mobile app").phrases) <= set(node(new, "website").phrases)
    assert touchpoint(new, TEXTS[2]) == "website"


def test_a_moved_touchpoint_takes_its_usual_stage_along():
    new = after(edit("move", "loyalty programme", pillar="Metrics", stage="Purchase")).taxonomy
    assert (node(new, "loyalty programme").pillar, node(new, "loyalty programme").stage) == ("Metrics", "Purchase")
    assert new.assign(TEXTS[3:], embed.vectors(TEXTS[3:]))["stage"] == ["Purchase"]


def test_a_deleted_node_is_no_answer():
    new = after(edit("delete", "delivery")).taxonomy
    assert "delivery" not in new.touchpoints
    assert touchpoint(new, TEXTS[0]) != "delivery"


def test_phrases_come_and_go():
    new = after(edit("add phrase", "delivery", phrase="valet parking")).taxonomy
    assert touchpoint(new, TEXTS[1]) == "delivery"
    assert node(new, "delivery").phrases[-1] == "valet parking"
    assert after(edit("remove phrase", "delivery", phrase="valet parking"), start=new).taxonomy == taxonomy.default()
    hinted = after(edit("add phrase", "delivery", phrase="valet", list="hints")).taxonomy
    assert node(hinted, "delivery").hints[-1] == "valet"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (edit("delete", "helipad"), "edit 1 (delete “helipad”) was left out: there is no node “helipad”"),
        (edit("rename", "delivery", to="website"), "(rename “delivery” to “website”) was left out: there is a node"),
        (edit("add", "delivery", phrases=["van"]), "there is a node “delivery” already"),
        (edit("merge", "delivery", into="delivery"), "cannot be merged with itself"),
        (edit("merge", "delivery", into="helipad"), "there is no node “helipad”"),
        (edit("rename", "none", to="nothing"), "keeps its name"),
        (edit("add phrase", "delivery", phrase="parcel"), "has “parcel” already"),
        (edit("remove phrase", "delivery", phrase="zeppelin"), "has no “zeppelin”"),
    ],
)
def test_what_no_longer_fits_is_told_and_left_out(wrong, told):
    found = after(wrong, edit("add phrase", "delivery", phrase="zeppelin mail"))
    assert len(found.notices) == 1
    assert told in found.notices[0]
    assert node(found.taxonomy, "delivery").phrases[-1] == "zeppelin mail"


def test_the_last_node_and_the_last_word_stay():
    tiny = Taxonomy("tiny", taxonomy.default().nodes | {"touchpoints": (Node("shop", phrases=("till",)),)})
    assert "last node" in after(edit("delete", "shop"), start=tiny).notices[0]
    assert "nothing would be left" in after(edit("remove phrase", "shop", phrase="till"), start=tiny).notices[0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (edit("remove", "delivery"), "unknown kind of edit 'remove'; did you mean"),
        (edit("delete", "delivery", section="touchpoint"), "did you mean 'touchpoints'"),
        (edit("rename", "delivery"), "needs `to`"),
        (edit("rename", "delivery", to=" "), "needs `to`"),
        (edit("delete", ""), "needs `node`"),
        (edit("delete", "delivery", phrase="x"), "unknown key `phrase`"),
        (edit("rename", "People", section="pillars", to="Staff"), "no place for 'Staff'"),
        (edit("add", "Later", section="stages", phrases=["x y"]), "no place for 'Later'"),
        (edit("move", "People", section="pillars", pillar="Process"), "only a touchpoint can be moved"),
        (edit("move", "delivery"), "only a touchpoint can be moved"),
        (edit("move", "delivery", stage="Puchase"), "did you mean 'Purchase'"),
        (edit("add", "van"), "needs a description, phrases or examples"),
        (edit("add", "van", phrases="x"), "must be a list"),
        (edit("add phrase", "delivery", phrase="!!"), "which has no word in it"),
        (edit("add phrase", "delivery", phrase="van", list="words"), "`list` is 'words'"),
    ],
)
def test_what_never_fits_is_an_error(wrong, told):
    with pytest.raises(TaxonomyError) as error:
        after(edit("delete", "website"), wrong)
    assert str(error.value).startswith("edit 2")
    assert told in str(error.value)


def test_edits_survive_json_and_undo_is_dropping_the_last():
    edits = [edit("rename", "delivery", to="arrival"), edit("add phrase", "arrival", phrase="pigeon post")]
    again = json.loads(json.dumps(edits))
    assert after(*again) == after(*edits)
    assert after(*edits[:-1]).taxonomy == after(edits[0]).taxonomy


def test_moved_says_which_texts_change():
    new = after(edit("rename", "delivery", to="arrival")).taxonomy
    assert taxonomy_edits.moved(taxonomy.default(), new, TEXTS, embed.vectors(TEXTS)) == [
        (0, "touchpoint", "delivery", "arrival")
    ]
    assert taxonomy_edits.moved(new, new, TEXTS, embed.vectors(TEXTS)) == []


def test_the_default_and_an_edited_one_survive_a_file():
    new = after(
        edit("rename", "delivery", to='"new" \\ arrival\n'), edit("merge", "mobile app", into="website")
    ).taxonomy
    for tax in (taxonomy.default(), new):
        again = taxonomy.from_toml(taxonomy_edits.as_toml(tax))
        assert again == tax
        assert again.version == tax.version


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(WORDS, WORDS, st.lists(WORDS, max_size=3))
def test_any_text_survives_a_file(name, description, phrases):
    held = tuple(dict.fromkeys(f"a {phrase}" for phrase in phrases))
    made = Node(f"n{name}", description, phrases=held, examples=("one",), stage="Loyalty", model=(name,))
    whole = Taxonomy(f"t{name}", taxonomy.default().nodes | {"touchpoints": (made,)})
    assert taxonomy.from_toml(taxonomy_edits.as_toml(whole)) == whole
