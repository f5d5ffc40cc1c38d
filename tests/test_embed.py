"""Static vectors: what they are worth, their edges, and that they ask nobody."""

import socket

import numpy as np
import pytest

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
