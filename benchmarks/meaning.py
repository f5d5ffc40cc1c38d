"""How long searching by meaning takes: `python -m benchmarks.meaning` (about a minute; `--mentions 1400000`: some minutes).

Made-up mentions, all different, go into a folder of their own; their vectors are made once, then searched.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cx.store import vectors
from cx.store.datasets import Dataset
from cx.text import paraphrase
from cx.view import likeness

SEARCHES = ("kept waiting", "rude staff", "parcel never arrived", "too expensive", "quantum chromodynamics")
READING = """
How to read it: seconds of this process, alone on its cores; "vectors" is paid once a version, on a large dataset beside the page;
a "search" is one nobody has made before, a "repeated" one is remembered. Peak memory is that of the whole process."""


def main() -> None:
    """Measures and prints a line for each step."""
    parser = argparse.ArgumentParser(description="How long searching by meaning takes.")
    parser.add_argument("--mentions", type=int, default=200_000, help="different mentions (default 200,000)")
    many = max(parser.parse_args().mentions, 100)
    with tempfile.TemporaryDirectory() as folder:
        dataset = made(Path(folder), many)
        timed("vectors", lambda: vectors.rows(dataset))
        print(f"{'on disk':28}{vectors.path(dataset).stat().st_size / 1e6:8.1f} MB")
        for words in SEARCHES:
            found = timed(f"search: {words}", lambda words=words: likeness.of_words(dataset, words))
            print(f"{'':28}{len(found.keys):8,} found, closest {found.closest:.2f}")
        timed("repeated", lambda: likeness.of_words(dataset, SEARCHES[0]))
    print(f"{'peak memory':28}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:8.2f} GB\n{READING}")


def made(folder: Path, many: int) -> Dataset:
    """A version that holds nothing but mentions: two ways of saying something, and a number."""
    chance = random.Random(7)
    ways = [phrase for group in paraphrase.groups() for phrase in group.phrases]
    texts = [f"{chance.choice(ways)} and {chance.choice(ways)}, order {place}" for place in range(many)]
    labels = [chance.choice(("positive", "neutral", "negative")) for _ in texts]
    ids = [f"r{place}" for place in range(many)]
    pq.write_table(
        pa.table({"response_id": ids, "text": texts, "sentiment_label": labels}), folder / "mentions.parquet"
    )
    # As small as it says, so that the vectors are made here and not beside.
    (folder / "manifest.json").write_text(json.dumps({"mentions": 0, "comments": ["comment"]}), encoding="utf-8")
    return Dataset(folder)


def timed(what: str, step: Callable[[], Any]) -> Any:
    """Runs a step and prints how long it took."""
    begun = time.perf_counter()
    out = step()
    print(f"{what:28}{time.perf_counter() - begun:8.2f} s", flush=True)
    return out


if __name__ == "__main__":
    main()
