"""Work in this process or in several: the same results in the same order, and nothing left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cx.engine import local
from tests.conftest import ROOT


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def slow(path: str) -> int:
    time.sleep(0.05)
    Path(path).touch()
    return 1


def test_few_pieces_stay_in_this_process():
    assert list(local.over(squared, range(5), 5)) == [(n * n, os.getpid()) for n in range(5)]
    assert list(local.over(squared, [], 0)) == []


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a pool needs a second core")
def test_many_pieces_give_the_same_in_the_same_order():
    items = list(range(local.WORTH_A_POOL * 2, 0, -1))
    found = list(local.over(squared, items, len(items)))
    assert [value for value, _ in found] == [value for value, _ in map(squared, items)]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a pool needs a second core")
def test_items_are_taken_only_a_few_ahead():
    taken = []
    with contextlib.closing(local.over(squared, (taken.append(n) or n for n in range(100)), 100)) as results:
        for n in range(20):
            assert next(results)[0] == n * n
            assert len(taken) <= n + local.AHEAD + 2


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a pool needs a second core")
def test_closed_early_it_does_no_more(tmp_path):
    paths = [str(tmp_path / str(n)) for n in range(200)]
    with contextlib.closing(local.over(slow, paths, len(paths))) as results:
        assert next(results) == 1
    done = len(list(tmp_path.iterdir()))
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) == done < 150


@pytest.mark.skipif(
    not Path("/proc/self/task").exists() or (os.cpu_count() or 1) < 2, reason="looks into /proc; needs two cores"
)
def test_no_process_outlives_a_parent_that_was_killed(tmp_path):
    code = f"""
from tests.test_local import slow
from cx.engine import local
if __name__ == "__main__":
    list(local.over(slow, [{str(tmp_path)!r} + f"/{{n}}" for n in range(2000)], 2000))
"""
    script = tmp_path / "many.py"
    script.write_text(code)
    parent = subprocess.Popen([sys.executable, script], env=os.environ | {"PYTHONPATH": str(ROOT)})
    wait_for(lambda: (tmp_path / "3").exists())
    children = [int(word) for word in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()]
    assert len(children) >= 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not any(alive(child) for child in children))


def alive(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def wait_for(condition) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
