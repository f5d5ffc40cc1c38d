"""The taxonomies of industries: they load, every touchpoint is reached by its examples, no phrase speaks for two."""

from pathlib import Path

import pytest

from cx import schema
from cx.text import embed, taxonomy
from cx.text.phrases import parts

FOLDER = Path(taxonomy.__file__).with_name("taxonomies")
INDUSTRIES = ("airline", "bank", "hotel", "retail", "software")


@pytest.fixture(scope="module", params=INDUSTRIES)
def industry(request):
    return taxonomy.load(FOLDER / f"{request.param}.toml")


def test_these_and_the_default_are_all():
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(["default", *INDUSTRIES])


def test_each_is_whole(industry):
    assert industry.name in INDUSTRIES
    assert set(industry.pillars) == set(schema.PILLARS)
    assert tuple(industry.stages) == schema.STAGES
    assert len(industry.touchpoints) >= 10


def test_the_model_knows_what_they_refer_to(industry):
    known = {node.name for node in taxonomy.default().nodes["touchpoints"]}
    for node in industry.nodes["touchpoints"]:
        assert set(node.known_as) <= known, node.name
        assert node.pillar
        assert node.stage


def test_no_phrase_speaks_for_two_nodes(industry):
    owners: dict[tuple[str, ...], str] = {}
    for node in industry.nodes["touchpoints"]:
        for phrase in (*node.phrases, *node.hints):
            assert owners.setdefault(parts(phrase), node.name) == node.name, phrase


def test_every_touchpoint_is_reached_by_its_examples(industry):
    for node in industry.nodes["touchpoints"]:
        examples = list(node.examples)
        got = industry.assign(examples, embed.vectors(examples))["touchpoint"]
        assert got == [node.name] * len(examples), dict(zip(examples, got, strict=True))
