"""Where the work runs: here, in this process or in a few beside it. Runs callables on plain data it is given."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_A_POOL = 12
"""From this many pieces on, starting further processes (about three seconds) pays."""


def over(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """`work` done on every item, results in the order of the items; several processes when there are many.

    `work` must be importable and its items plain data. Leaving the iterator early cancels what has not begun.
    """
    cores = min(2, os.cpu_count() or 1)
    if len(items) < WORTH_A_POOL or cores < 2:
        yield from map(work, items)
        return
    # Spawned, not forked: the parent has threads (DuckDB, Arrow) which a fork would copy in the middle of their work.
    pool = ProcessPoolExecutor(cores, mp_context=get_context("spawn"))
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
