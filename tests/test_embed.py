"""Static vectors: what they are worth, their edges, and that they ask nobody."""

import socket
import sys
import types

import numpy as np
import pytest

from cx.errors import CXError
from cx.text import embed


def test_rows_have_length_one_and_the_promised_type():
    rows = embed.vectors(["The room was clean.", "Wifi", "¿Qué tal? 😀"])
    assert rows.dtype == np.float32
    assert rows.shape == (3, 256)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


@pytest.mark.parametrize("text", ["", "   \n", "[email]", "XXXX XX/XX/XXXX"])
def test_a_text_without_anything_to_read_is_zeros(text):
    assert not embed.vectors([text]).any()


def test_no_texts_no_rows():
    assert embed.vectors([]).shape == (0, 256)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("The wifi was slow", "Internet connection kept dropping", "The soup was cold"),
        ("Our waiter was rude", "The waitress was unfriendly", "They charged my card twice"),
        ("refund not received", "still waiting for my money back", "lovely view from the window"),
    ],
)
def test_likeness_follows_meaning(text, near, far):
    here, close, apart = embed.vectors([text, near, far])
    assert here @ close > here @ apart + 0.1


def test_shouting_and_masks_change_nothing():
    said, shouted, masked = embed.vectors(["the room was dirty", "THE ROOM WAS DIRTY", "the room was dirty [phone]"])
    assert said @ shouted == pytest.approx(1, abs=1e-5)
    assert said @ masked == pytest.approx(1, abs=1e-5)


def test_a_row_is_the_mean_of_the_models_own_token_rows():
    table = embed._table()
    ids = table.tokenizer.encode("cold soup", add_special_tokens=False).ids
    mean = table.rows[ids].mean(axis=0)
    assert embed.vectors(["cold soup"])[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_chunks_do_not_show(monkeypatch):
    texts = [f"remark number {number} about parcel {number % 7}" for number in range(25)]
    whole = embed.vectors(texts)
    monkeypatch.setattr(embed, "CHUNK", 4)
    assert np.array_equal(embed.vectors(texts), whole)


def test_loads_without_a_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    embed._table.cache_clear()
    assert embed.vectors(["offline"]).any()


def test_white_space_means_nothing():
    said, spread = embed.vectors(["the room was dirty", "  the\n\nroom   was\tdirty "])
    assert np.array_equal(said, spread)


def test_word_by_word_gives_the_tokens_of_the_whole_text():
    text = "Couldn't re-book at 9:30pm, naïve 👍🏽 café-bar; £12.50!! (twice) https://example.org/a_b?c=1 日本語"
    whole = embed._table().tokenizer.encode(text, add_special_tokens=False).ids
    assert embed._tokens([text.split()]) == [whole]


def test_forgetting_words_changes_nothing(monkeypatch):
    texts = [f"word{number} and {'x' * number}" for number in range(80)]
    whole = embed.vectors(texts)
    monkeypatch.setattr(embed, "WORDS", 3)
    monkeypatch.setattr(embed, "CHUNK", 5)
    assert np.array_equal(embed.vectors(texts), whole)
    assert len(embed._table().known) < 40
    assert all(len(word) <= embed.LONGEST_WORD for word in embed._table().known)


class Fake:
    """Stands for model2vec's StaticModel."""

    width = 300

    @classmethod
    def from_pretrained(cls, path):
        if path != "some/model":
            raise OSError("not a model")
        return cls()

    def encode(self, texts):
        return np.array([[len(text)] + [1.0] * (self.width - 1) for text in texts])


@pytest.fixture
def model2vec(monkeypatch):
    embed._model2vec.cache_clear()
    monkeypatch.setitem(sys.modules, "model2vec", types.SimpleNamespace(StaticModel=Fake))
    yield
    embed._model2vec.cache_clear()


@pytest.mark.parametrize("width", [300, 256, 64])
def test_a_model2vec_model_is_cut_to_the_same_shape(model2vec, monkeypatch, width):
    monkeypatch.setattr(Fake, "width", width)
    rows = embed.vectors(["ab", "abcd"], "some/model")
    assert rows.shape == (2, 256)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1], abs=1e-6)
    assert rows[1, 0] == pytest.approx(4 / np.sqrt(16 + min(width, 256) - 1), abs=1e-6)
    assert embed.name("some/model") != embed.name()


def test_a_model_that_cannot_be_had_says_what_to_do(model2vec, monkeypatch):
    with pytest.raises(CXError, match="no/such"):
        embed.vectors(["a"], "no/such")
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(CXError, match="pip install model2vec"):
        embed.vectors(["a"], "some/other")
