"""What was counted is remembered, and counted a few calls at a time.

Python counts on one core. When twenty count at once, all of them take longer than one after the other would: they stop each
other some hundred times per call. A few at a time, the others wait for their turn; what is remembered waits for nobody.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

import streamlit as st

Call = TypeVar("Call", bound=Callable[..., Any])

AT_ONCE = 2
"""How many calls count at once, over all who are looking: while one waits for the database, another has the core."""

LONGEST = 20.0
"""Seconds somebody waits for a turn at most. A call that has one may ask for what another is about to count, who waits for a
turn: then they would wait for each other for ever."""

_turns = threading.BoundedSemaphore(AT_ONCE)
_mine = threading.local()


def counted(call: Call) -> Call:
    """A call that waits for its turn; what it calls itself is part of the same turn."""

    @functools.wraps(call)
    def inner(*given: Any, **named: Any) -> Any:
        if getattr(_mine, "turn", False):
            return call(*given, **named)
        had = _turns.acquire(timeout=LONGEST)
        _mine.turn = True
        try:
            return call(*given, **named)
        finally:
            _mine.turn = False
            if had:
                _turns.release()

    return cast(Call, inner)


def remembered(most: int = 300, waiting: str | bool = False) -> Callable[[Call], Call]:
    """Remembers what a call gave, of `most` calls, and counts it in turn; `waiting` is said meanwhile.

    Frames are passed with a leading underscore or not at all: Streamlit hashes only a sample of long ones.
    """

    def outer(call: Call) -> Call:
        return cast(Call, st.cache_data(max_entries=most, show_spinner=waiting)(counted(call)))

    return outer
