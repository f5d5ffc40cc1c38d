"""How well topics come out: `python -m benchmarks.topics [FOLDER | FILE.csv …]` (about a minute).

A FOLDER (default ../shared/data/topics) holds banking77.csv and clinc150.csv: columns text, label, split; the rows of
`split` train are used. Any other CSV with text and label can be given by name.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import normalized_mutual_info_score

from cx.text import clusters, embed, topics

FOLDER = Path(__file__).parents[1] / "../shared/data/topics"
ASKED = {"banking77": 0.74, "clinc150": 0.82}
"""NMI asked for with the true number of groups."""
TIMED = 10_000
SEEDS = (0, 1, 2)

READING = """
How to read it. NMI: normalised mutual information between groups and the labels people gave, 0 (nothing in common) to 1
(the same groups); "true k" is k-means on smoothed vectors with as many groups as labels (mean and lowest of three
seeds; the program itself uses the first), "found" the fitted model's subtopics, with those mentions that have none as one
more group. "groups" is the number the data chose for the fine level; asked is half to double the number of labels.
"topics" is the first level, what a person reads first. Stability: adjusted mutual information between the first level
and the topics found anew in random halves (1 the same, 0 chance). Unassigned: share of the texts without a topic.
"seconds" is embedding and fitting together, of as many texts as "timed" says (all, or the first 10,000)."""


def main() -> None:
    """Prints a line for each data set."""
    parser = argparse.ArgumentParser(description="Quality and speed of topics on labelled texts.")
    parser.add_argument("paths", nargs="*", type=Path, default=[FOLDER], help="a folder or CSV files with text, label")
    paths = [file for path in parser.parse_args().paths for file in _files(path)]
    print(
        f"{'set':<14} {'texts':>6} {'labels':>6}  NMI with true k (lowest)  asked  {'found':>5} {'groups':>6}  "
        f"{'within':>6} {'topics':>6}  stability  unassigned  {'timed':>6} {'seconds':>7}  same twice"
    )
    for path in paths:
        print(_line(path), flush=True)
    print(READING)


def _files(path: Path) -> list[Path]:
    return [path / f"{name}.csv" for name in ASKED] if path.is_dir() else [path]


def _line(path: Path) -> str:
    """The figures of one set."""
    frame = pd.read_csv(path)
    frame = frame[frame["split"] == "train"] if "split" in frame else frame
    texts, labels = frame["text"].tolist(), frame["label"].tolist()
    vectors = embed.vectors(texts)
    known = len(set(labels))
    true = [normalized_mutual_info_score(labels, groups) for groups in _with_true_number(vectors, known)]
    model = topics.fit(texts, vectors)
    fine = sum(map(len, model.directions.values()))
    given = [sub or top or "" for top, sub in zip(*model.assign(vectors), strict=True)]
    seconds, same = _timed(texts)
    return (
        f"{path.stem:<14} {len(texts):>6} {known:>6}  {np.mean(true):>15.4f} ({min(true):.4f})  "
        f"{ASKED.get(path.stem, float('nan')):>5.2f}  {normalized_mutual_info_score(labels, given):>5.3f} {fine:>6}  "
        f"{'yes' if known / 2 <= fine <= 2 * known else 'NO':>6} {len(model.children(None)):>6}  "
        f"{model.stability or float('nan'):>9.3f}  {model.unassigned or 0:>10.1%}  "
        f"{min(len(texts), TIMED):>6} {seconds:>7.1f}  {'yes' if same else 'NO'}"
    )


def _with_true_number(vectors: np.ndarray, k: int) -> list[np.ndarray]:
    """Groups with the true number of them, one per seed."""
    rows = clusters.around(vectors, vectors.mean(axis=0))
    flat = clusters.flattened(rows, SEEDS[0])
    return [clusters.labels(flat, k, seed) for seed in SEEDS]


def _timed(texts: Sequence[str]) -> tuple[float, bool]:
    """Seconds for (at most) 10,000 texts, vectors included, and whether the same came out a second time."""
    part = texts[:TIMED]
    begun = time.perf_counter()
    model = topics.fit(part, embed.vectors(part))
    seconds = time.perf_counter() - begun
    return seconds, topics.fit(part, embed.vectors(part)).as_json() == model.as_json()


if __name__ == "__main__":
    main()
