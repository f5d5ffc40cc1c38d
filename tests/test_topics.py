"""Topics: found again from made-up feedback, named readably, the same every time, and nothing made of little."""

import json
import random

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from cx.text import embed, topics

SUBJECTS = {
    "wifi": ["The wifi was {0}", "{0} internet connection in the evening", "wifi signal {0} on the second floor"],
    "breakfast": [
        "Breakfast buffet was {0}",
        "coffee and eggs at breakfast were {0}",
        "{0} choice at the breakfast buffet",
    ],
    "queue": ["Long queue at check-in, {0}", "We stood in a long queue, {0}", "check-in queue was {0} on Monday"],
    "pool": ["The swimming pool was {0}", "{0} water in the swimming pool", "kids found the pool {0}"],
    "parking": ["Parking garage was {0}", "{0} parking space for our car", "car park is {0} at night"],
    "bed": ["The mattress was {0}", "pillows and mattress felt {0}", "{0} bed and blankets"],
    "bill": ["The invoice was {0}", "my credit card was charged, {0}", "{0} charge on the invoice"],
    "staff": ["The receptionist was {0}", "{0} lady at the reception desk", "reception staff seemed {0}"],
}
WORDS = [
    "great",
    "awful",
    "fine",
    "not good",
    "very bad",
    "wonderful",
    "okay",
    "terrible",
    "better than before",
    "poor",
]


def feedback(each=60, seed=1):
    """Texts with the subject each was made from, shuffled."""
    draw = random.Random(seed)
    made = [
        (draw.choice(patterns).format(draw.choice(WORDS)), subject)
        for subject, patterns in SUBJECTS.items()
        for _ in range(each)
    ]
    draw.shuffle(made)
    return [text for text, _ in made], [subject for _, subject in made]


@pytest.fixture(scope="module")
def fitted():
    texts, subjects = feedback()
    vectors = embed.vectors(texts)
    return texts, subjects, vectors, topics.fit(texts, vectors)


def test_the_subjects_are_found_again(fitted):
    _, subjects, vectors, model = fitted
    given = model.assign(vectors).topics
    votes: dict[str | None, list[str]] = {}
    for topic, subject in zip(given, subjects, strict=True):
        votes.setdefault(topic, []).append(subject)
    right = sum(max(map(held.count, held)) for topic, held in votes.items() if topic)
    assert right / len(subjects) > 0.9
    assert 6 <= len([topic for topic in model.topics if topic.parent is None]) <= 30


def test_names_are_words_of_the_texts_and_never_twice(fitted):
    texts, _, _, model = fitted
    names = [topic.name for topic in model.topics]
    assert len(set(map(str.casefold, names))) == len(names)
    everything = " ".join(texts).lower()
    for topic in model.topics:
        assert topic.terms
        assert all(term.lower() in everything for term in topic.terms)
        assert not {word for term in topic.terms for word in term.split()} & {
            "the",
            "was",
            "great",
            "awful",
            "terrible",
        }


def test_quotes_and_sizes_are_those_of_the_members(fitted):
    texts, _, vectors, model = fitted
    given = model.assign(vectors)
    for topic in model.topics:
        ids = given.topics if topic.parent is None else given.subtopics
        members = {text for text, name in zip(texts, ids, strict=True) if name == topic.id}
        assert topic.size == ids.count(topic.id)
        assert 1 <= len(topic.exemplars) <= 3
        assert set(topic.exemplars) <= members


def test_ids_go_by_size_and_subtopics_belong_to_their_topic(fitted):
    _, _, vectors, model = fitted
    tops = [topic for topic in model.topics if topic.parent is None]
    assert [topic.id for topic in tops] == [f"t{number:02}" for number in range(1, len(tops) + 1)]
    assert [topic.size for topic in tops] == sorted((topic.size for topic in tops), reverse=True)
    for top, sub in zip(*model.assign(vectors), strict=True):
        assert sub is None or sub.startswith(f"{top}.")


def test_the_same_model_whatever_the_threads(fitted):
    texts, _, vectors, model = fitted
    with threadpool_limits(1):
        again = topics.fit(texts, vectors)
    assert again.as_json() == model.as_json()


def test_a_stored_model_assigns_new_mentions_identically(fitted):
    *_, model = fitted
    stored = topics.from_json(json.loads(json.dumps(model.as_json())))
    new = embed.vectors(feedback(each=20, seed=2)[0])
    assert stored.assign(new) == model.assign(new)
    assert stored.as_json() == model.as_json()
    assert stored.topics == model.topics


def test_an_answer_does_not_depend_on_its_company(fitted):
    _, _, vectors, model = fitted
    whole = model.assign(vectors[:40])
    singly = [model.assign(vectors[at : at + 1]) for at in range(40)]
    assert [one.topics[0] for one in singly] == whole.topics
    assert [one.subtopics[0] for one in singly] == whole.subtopics


def test_what_has_no_subject_or_another_one_is_left_alone(fitted):
    *_, model = fitted
    far = embed.vectors(["", "Quantum chromodynamics of heavy quarks", "bonjour à tous les amis"])
    assert model.assign(far).topics == [None, None, None]


def test_mere_judgement_has_no_topic():
    texts = feedback(each=30)[0] + ["great!", "very good", "awful", "loved it", "perfect!", "so bad"] * 5
    model = topics.fit(texts, embed.vectors(texts))
    assert model.assign(embed.vectors(["very good", "loved it"])).topics == [None, None]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 15, 30])
def test_little_data_makes_few_topics_or_none(count):
    texts = feedback()[0][:count]
    vectors = embed.vectors(texts)
    model = topics.fit(texts, vectors)
    assert len(model.topics) <= count // 4
    given = model.assign(vectors)
    assert len(given.topics) == len(given.subtopics) == count
    stored = topics.from_json(json.loads(json.dumps(model.as_json())))
    assert stored.assign(vectors) == given


def test_one_sentence_a_hundred_times_is_no_topic():
    texts = ["The room was clean"] * 100
    assert topics.fit(texts, embed.vectors(texts)).topics == []


def test_more_mentions_than_the_sample_are_all_counted(monkeypatch):
    texts, _ = feedback(each=40)
    vectors = embed.vectors(texts)
    monkeypatch.setattr(topics, "SAMPLE", 100)
    model = topics.fit(texts, vectors)
    given = model.assign(vectors).topics
    assert sum(topic.size for topic in model.topics if topic.parent is None) == len(given) - given.count(None)


def test_vectors_of_half_precision_are_welcome(fitted):
    texts, _, vectors, _ = fitted
    half = vectors.astype(np.float16)
    model = topics.fit(texts, half)
    assert model.assign(half).topics.count(None) < 0.2 * len(texts)


NEW = {
    "charging": ["The charging point was {0}", "charger for my electric car was {0}", "{0} electric charging station"],
    "spa": ["The sauna was {0}", "massage in the spa felt {0}", "{0} sauna and massage"],
}


def test_what_fits_no_topic_emerges_and_can_be_adopted(fitted):
    texts, _, _, model = fitted
    new = [pattern.format(word) for patterns in NEW.values() for pattern in patterns for word in WORDS]
    batch = texts[:100] + new
    vectors = embed.vectors(batch)
    assert model.assign(vectors[100:]).topics.count(None) > len(new) / 2
    offers = topics.emerging(model, batch, vectors)
    again = topics.emerging(model, batch, vectors)
    assert [offer.as_json() for offer in offers] == [offer.as_json() for offer in again]
    assert any({"sauna", "massage", "spa"} & set(offer.topic.terms) for offer in offers)
    assert not {offer.topic.id for offer in offers} & {topic.id for topic in model.topics}
    grown = model
    for offer in offers:
        assert set(offer.topic.exemplars) <= set(new)
        grown = topics.adopted(topics.adopted(grown, offer), offer)
    assert len(grown.topics) == len(model.topics) + len(offers)
    before, after = model.assign(vectors), grown.assign(vectors)
    assert after.topics[100:].count(None) < before.topics[100:].count(None) / 2
    assert topics.emerging(grown, batch, vectors) == []
    assert json.loads(json.dumps([offer.as_json() for offer in offers]))[0]["parent"] is None


def test_nothing_emerges_from_little_or_from_what_does_not_hang_together(fitted):
    *_, model = fitted
    strange = ["Napoleon invaded Russia", "My violin needs strings", "Photosynthesis of moss", "A squirrel ate cement",
               "Quantum heavy quarks", "Lottery in Peru", "Goats climb trees", "Opera tenors", "Chess endgames"]  # fmt: skip
    assert topics.emerging(model, strange, embed.vectors(strange)) == []
    again = ["The sauna was hot"] * 50
    assert topics.emerging(model, again, embed.vectors(again)) == []
    assert topics.emerging(model, [], embed.vectors([])) == []


def test_stability_tells_clear_subjects_from_noise(fitted):
    _, _, vectors, model = fitted
    assert model.stability == topics.stability(model, vectors)
    assert 0.5 < model.stability <= 1
    noise = np.zeros((1_000, 256), np.float32)
    noise[:, :6] = np.random.default_rng(1).normal(size=(1_000, 6))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    drawn = {f"t{at:02}": noise[[at]] for at in range(1, 9)}
    random = topics.Model(
        np.zeros(256, np.float32), drawn, np.zeros((0, 256), np.float32),
        [topics.Topic(name, name, None, (), 1, ()) for name in drawn],
    )  # fmt: skip
    assert 0 < topics.stability(random, noise) < 0.5
    assert topics.stability(random, noise[:20]) is None


def test_the_share_without_topic_is_that_of_the_fitted_mentions(fitted):
    texts, _, vectors, model = fitted
    assert model.unassigned == pytest.approx(model.assign(vectors).topics.count(None) / len(texts), abs=1e-4)


def test_two_levels_hold_what_one_would():
    """Forty subjects make more groups than topics a person reads; every group is one subject's."""
    rows = np.eye(40, 256, dtype=np.float32)
    draw = np.random.default_rng(0)
    labels = np.repeat(np.arange(40), 60)
    vectors = rows[labels] + draw.normal(scale=0.01, size=(2_400, 256)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"gadget{label} number {at}" for at, label in enumerate(labels)]
    model = topics.fit(texts, vectors)
    tops = model.children(None)
    assert 8 <= len(tops) <= 30
    assert len(model.directions) > len(tops)
    given = model.assign(vectors)
    for label in range(40):
        assert len({pair for pair, own in zip(zip(*given, strict=True), labels, strict=True) if own == label}) == 1


def test_a_model_of_the_first_version_is_still_read(fitted):
    *_, vectors, model = fitted
    old = model.as_json() | {"version": 1}
    del old["stability"], old["unassigned"]
    old["directions"] = {name: rows[0] for name, rows in old["directions"].items()}
    for topic in old["topics"]:
        del topic["hidden"], topic["pinned"]
    parents = {topic["parent"] for topic in old["topics"]} - {None}
    old["directions"] |= {name: [0.0] * 256 for name in parents}
    assert topics.from_json(old).assign(vectors) == model.assign(vectors)
