"""The sets the sentiment model learns from and is judged on, read from ../shared/data, and which of their rows are kin."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SIDES = {"negative": -1, "neutral": 0, "positive": 1}
FILES = (
    "uci_amazon_cells", "uci_imdb", "uci_yelp", "vader_amazon", "vader_movies", "vader_nyt", "vader_tweets",
    "skytrax_lounge", "skytrax_seat",
)  # fmt: skip
SETS = (*FILES, "mams", "tv_tshirt")
"""The eleven sets that are held out one after the other."""
GOLD, UNSEEN = "gold", "gold/sentences"
"""Clauses labelled by hand, always trained on; and those no training sees."""

WORD = re.compile(r"[^\W_]+")


class Rows(NamedTuple):
    """Texts with the set each is from and its side (-1, 0, 1)."""

    texts: list[str]
    sets: np.ndarray
    sides: np.ndarray


def load(data: Path = DATA) -> Rows:
    """All sets; of several opinions on one text the text has the side they agree on, and is left out where they differ."""
    found = [*_files(data), *_aspects(data), *_gold(data)]
    names, texts, sides = zip(*found, strict=True)
    return Rows(list(texts), np.array(names), np.array(sides))


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _files(data: Path) -> Iterator[tuple[str, str, int]]:
    for name in FILES:
        for row in _read(data / "sentiment" / f"{name}.csv"):
            yield name, row["text"], SIDES[row["label"]]


def _aspects(data: Path) -> Iterator[tuple[str, str, int]]:
    """Sentences on whose side their aspects agree.

    No sentence of mams has categories that all agree (it was made so), hence those agree that take a side: neutral
    ones are set aside, and the set has two classes. In tv_tshirt all terms must agree.
    """
    for name, file in (("mams", "mams_categories"), ("tv_tshirt", "tv_tshirt_terms")):
        sides: dict[str, set[int]] = {}
        for row in _read(data / "aspects" / f"{file}.csv"):
            sides.setdefault(row["text"], set()).add(SIDES[row["polarity"]])
        for text, found in sides.items():
            taken = found - {0} if name == "mams" else found
            if len(taken) == 1:
                yield name, text, min(taken)


def _gold(data: Path) -> Iterator[tuple[str, str, int]]:
    for name, file in ((GOLD, "train_sentences"), (GOLD, "mentions"), (UNSEEN, "sentences")):
        for row in _read(data / "gold" / f"{file}.csv"):
            if row["sentiment"]:
                yield name, row["text"], SIDES[row["sentiment"]]


def kin(rows: Rows) -> dict[str, np.ndarray]:
    """For every set which rows of others contain one of its texts or are contained in one (normalised: words only)."""
    plain = [" ".join(WORD.findall(text.lower())) for text in rows.texts]
    out = {name: np.zeros(len(plain), dtype=bool) for name in dict.fromkeys(rows.sets.tolist())}
    for name in out:
        own = np.flatnonzero(rows.sets == name)
        joined = "\n".join(plain[row] for row in own)
        begins = np.cumsum([0, *(len(plain[row]) + 1 for row in own)])
        for row in np.flatnonzero(rows.sets != name).tolist():
            at = joined.find(plain[row]) if plain[row] else -1
            out[name][row] |= at >= 0
            while at >= 0:
                holder = own[np.searchsorted(begins, at, side="right") - 1]
                out[rows.sets[row]][holder] = True
                at = joined.find(plain[row], at + 1)
    return out
