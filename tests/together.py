"""Several who do the same at the same moment."""

import threading
from collections.abc import Callable
from typing import Any


def at_once(act: Callable[[int], Any], times: int = 8) -> list:
    """What each of several threads got from `act(place)`: its answer, or the error it met."""
    got, start = [], threading.Barrier(times)

    def run(place: int) -> None:
        start.wait()
        try:
            got.append(act(place))
        except Exception as error:
            got.append(error)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got
