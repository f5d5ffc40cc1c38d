"""What emotions and efforts are found of those people named: `python -m benchmarks.emotions [DATA]` (a second)."""

import csv
import sys
from pathlib import Path

from cx.schema import NONE
from cx.text import emotions, sentiment

READING = """
How to read it: precision is the share of our answers other than none that are right, recall the share of the hand's other than
none that we name. A constant answer is the commonest emotion for every mention. Base: how often the hand gave it; below 10 a row
says nothing. The phrases were tuned on these very mentions, and the side of a feeling follows the sentiment: expect less on yours."""


def table(right: list[str], said: list[str]) -> list[str]:
    """The rows of the table: all, then each answer, with precision, recall, base and how often we gave it."""
    named = sorted(set(right) - {NONE}, key=lambda each: (-right.count(each), each))
    hits = sum(one == other != NONE for one, other in zip(right, said, strict=True))
    ours, base = sum(each != NONE for each in said), sum(each != NONE for each in right)
    out = [f"{'all':16}{hits / max(ours, 1):10.3f}{hits / max(base, 1):8.3f}{base:6}{ours:6}"]
    for each in named:
        both = sum(one == other == each for one, other in zip(right, said, strict=True))
        ours, base = said.count(each), right.count(each)
        out.append(f"{each:16}{both / max(ours, 1):10.2f}{both / max(base, 1):8.2f}{base:6}{ours:6}")
    always = right.count(named[0])
    told = sum(each != NONE for each in right)
    out.append(f"{'(always ' + named[0] + ')':24}{always / len(right):.3f} precision, {always / told:.3f} recall")
    return out


def main(folder: Path) -> None:
    """Prints both tables."""
    with (folder / "gold" / "mentions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = [row["text"] for row in rows]
    found = dict(zip(("emotion", "effort"), emotions.of_mentions(texts, sentiment.scores(texts)), strict=True))
    for column, said in found.items():
        print(f"{column:16}{'precision':>10}{'recall':>8}{'base':>6}{'ours':>6}")
        print("\n".join(table([row[column] for row in rows], said)) + "\n")
    print(READING)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
