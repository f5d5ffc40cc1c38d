"""Where the work runs: here, in this process or in a few beside it. Runs callables on plain data it is given."""

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_A_POOL = 12
"""From this many pieces on, starting further processes (about three seconds) pays."""

AHEAD = 6
"""Items given out before the first result is waited for."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Settings of the libraries of linear algebra, read when a process loads them."""

MOST_PROCESSES = 2
"""Each loads the models anew, some 300 MB."""


def over(work: Callable[[Item], Result], items: Iterable[Item], many: int) -> Generator[Result, None, None]:
    """`work` done on every item, results in the order of the items; in several processes when there are `many`.

    Items are taken as they are needed, a few ahead of the results, so that memory does not grow with them. `work` must be
    importable and its items plain data. Closing the iterator early cancels what has not begun and waits for what has.
    """
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    if many < WORTH_A_POOL or processes < 2:
        yield from map(work, items)
        return
    for library in ONE_THREAD:  # two processes with a thread for each core would only wait for one another
        os.environ.setdefault(library, "1")
    # Spawned, not forked: the parent has threads (DuckDB, Arrow) which a fork would copy in the middle of their work.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_follow_parent)
    ahead: deque[Future[Result]] = deque()
    try:
        for item in items:
            ahead.append(pool.submit(work, item))
            if len(ahead) > AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _follow_parent() -> None:
    """In a process of the pool: interrupts are the parent's business, and its end, however it comes, is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
