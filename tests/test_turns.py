"""Calls that count do so a few at a time, and nobody waits for ever."""

import threading
import time

import pytest
import streamlit as st

from cx.ui import turns


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(turns, "_turns", threading.BoundedSemaphore(turns.AT_ONCE))
    yield
    st.cache_data.clear()


def together(call, *given):
    """Calls it with each of these in a thread of its own; what they returned."""
    out = {}
    threads = [threading.Thread(target=lambda each=each: out.update({each: call(each)})) for each in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    return out


def test_no_more_than_a_few_count_at_once():
    now, most, lock = 0, 0, threading.Lock()

    @turns.remembered()
    def doubled(number: int) -> int:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.05)
        with lock:
            now -= 1
        return 2 * number

    assert together(doubled, *range(10)) == {number: 2 * number for number in range(10)}
    assert most == turns.AT_ONCE


def test_what_is_remembered_waits_for_nobody():
    called = []

    @turns.remembered()
    def kept(number: int) -> int:
        called.append(number)
        return number

    assert kept(1) == 1
    for _ in range(turns.AT_ONCE):
        turns._turns.acquire()
    begun = time.monotonic()
    assert kept(1) == 1 and called == [1]
    assert time.monotonic() - begun < turns.LONGEST / 2


def test_a_call_within_a_call_is_part_of_its_turn(monkeypatch):
    monkeypatch.setattr(turns, "LONGEST", 60.0)

    @turns.remembered()
    def inner(number: int) -> int:
        return number + 1

    @turns.remembered()
    def outer(number: int) -> int:
        return inner(number) + 1

    begun = time.monotonic()
    assert together(outer, *range(6)) == {number: number + 2 for number in range(6)}
    assert time.monotonic() - begun < 30


def test_two_that_wait_for_each_other_both_end(monkeypatch):
    """Those with turns ask for what is about to be counted by somebody without one."""
    monkeypatch.setattr(turns, "LONGEST", 0.5)
    begun, asked = threading.Event(), threading.Event()

    @turns.remembered()
    def shared() -> int:
        return 1

    @turns.remembered()
    def holding(number: int) -> int:
        begun.set()
        asked.wait(timeout=20)
        time.sleep(0.1)  # until who asked has the lock of what both need
        return shared() + number

    def asking(_: str) -> int:
        begun.wait(timeout=20)
        asked.set()
        return shared()

    found = together(lambda what: asking(what) if what == "asking" else holding(what), *range(turns.AT_ONCE), "asking")
    assert found == {**{number: number + 1 for number in range(turns.AT_ONCE)}, "asking": 1}


def test_a_failure_gives_its_turn_back():
    @turns.remembered()
    def failing(number: int) -> int:
        raise ValueError(number)

    for number in range(3 * turns.AT_ONCE):
        with pytest.raises(ValueError):
            failing(number)
    assert turns._turns._value == turns.AT_ONCE
