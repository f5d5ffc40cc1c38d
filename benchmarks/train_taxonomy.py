"""Trains the linear model of the default taxonomy, or prints what the whole assignment gets right.

`python -m benchmarks.train_taxonomy [DATA]` writes `cx/text/taxonomies/default_model.npz` from DATA/gold/train_sentences.csv
(default ../shared/data; about a minute). `python -m benchmarks.train_taxonomy --figures [DATA]` judges the shipped model on
DATA/gold/sentences.csv, which nothing is trained or tuned on, and models trained without one business on that business.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold

from cx.text import embed, taxonomy, taxonomy_model
from cx.text.phrases import stems
from cx.text.taxonomy import Reading
from cx.text.taxonomy_model import Model, Section
from cx.text.taxonomy_nodes import SECTIONS

COLUMNS = dict(zip(("touchpoints", "pillars", "stages"), ("touchpoint", "pillar", "stage"), strict=True))
"""Sections in the order they are decided, with the column of their labels."""
KIN = {"restaurant/shop": "restaurant", "airline seat": "airport lounge"}
"""Sources that are left out together."""
STRENGTH = 0.2
"""C of the logistic regression; 0.1 to 0.3 score alike in cross-validation."""
SEEN = 3
"""A word or a pair of words counts from as many sentences on."""
FOLDS = 4
OWN = 2.0
"""Weight of what is said of unseen sentences beside what is said of unseen businesses, when the blend is learned."""
SEED = 7

READING = """
How to read it: accuracy is the share of sentences with the right answer; constant is that of always giving the commonest answer;
macro-F1 is the mean of F1 over the answers that occur, however rare. Rows of a confusion table are the right answers, columns ours.
"Businesses left out": trained without a business and its kin, judged on it; pooled over sentences, and the mean over businesses.
The phrases of the default taxonomy were written with the training sentences at hand, and the thresholds of the stages were chosen
on the businesses left out: those are development figures, expect somewhat less on yours."""


class Rows(NamedTuple):
    """Sentences ready to learn from: labels by section, sources with kin as one, stems, vectors and phrases by section."""

    texts: list[str]
    labels: dict[str, np.ndarray]
    sources: np.ndarray
    words: list[list[str]]
    vectors: np.ndarray
    found: dict[str, np.ndarray]

    def part(self, places: np.ndarray) -> "Rows":
        """The rows at these places."""
        return Rows(
            [self.texts[at] for at in places], {name: held[places] for name, held in self.labels.items()},
            self.sources[places], [self.words[at] for at in places], self.vectors[places],
            {name: held[places] for name, held in self.found.items()},
        )  # fmt: skip

    @property
    def phrases(self) -> np.ndarray:
        """Rows × default nodes, all sections in a row."""
        return np.hstack([self.found[section] for section in SECTIONS])


def rows(path: Path) -> Rows:
    """The sentences of a gold file; a label is empty where annotators differed."""
    with path.open(encoding="utf-8", newline="") as file:
        given = list(csv.DictReader(file))
    texts = [row["text"] for row in given]
    words = [stems(text) for text in texts]
    labels = {section: np.array([row[column] for row in given]) for section, column in COLUMNS.items()}
    sources = np.array([KIN.get(row["source"], row["source"]) for row in given])
    found, _ = taxonomy.default().phrase_evidence(words)
    return Rows(texts, labels, sources, words, embed.vectors(texts), found)


def linear(given: Rows) -> Model:
    """The linear model without a blend: one logistic regression per section on words, pairs, vectors and phrases."""
    seen = Counter(entry for words in given.words for entry in set(taxonomy_model.entries(words)))
    vocabulary = tuple(sorted(entry for entry, count in seen.items() if count >= SEEN))
    rarity = np.array([np.log((1 + len(given.texts)) / (1 + seen[entry])) + 1 for entry in vocabulary], np.float32)
    places = {entry: place for place, entry in enumerate(vocabulary)}
    counted = taxonomy_model.counted(given.words, places, rarity)
    features = hstack([counted, csr_matrix(given.vectors * taxonomy_model.VECTORS), csr_matrix(given.phrases)]).tocsr()
    sections = {}
    for section, labels in given.labels.items():
        fitted = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3).fit(features, labels)
        names = tuple(map(str, fitted.classes_))
        times = np.array([(labels == name).sum() for name in names])
        sections[section] = Section(names, fitted.coef_.T.astype(np.float32), fitted.intercept_, times, np.zeros(0))
    return Model(vocabulary, rarity, sections)


def folds(given: Rows) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(kind, places to learn from, places to judge): sentences at random, then businesses one by one."""
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for learned, judged in split.split(given.sources, given.labels["touchpoints"]):
        yield "sentences", learned, judged
    for source in sorted(set(given.sources)):
        yield "businesses", np.flatnonzero(given.sources != source), np.flatnonzero(given.sources == source)


def trained(given: Rows) -> Model:
    """The linear model with its blend, learned from what models say about sentences and businesses they have not seen."""
    parts = [(kind, given.part(judged), linear(given.part(learned))) for kind, learned, judged in folds(given)]
    weights = np.concatenate([np.full(len(part.texts), OWN if kind == "sentences" else 1.0) for kind, part, _ in parts])
    said = [model.chances(part.words, part.vectors, part.phrases) for _, part, model in parts]
    nodes, touchpoints = taxonomy.default(), []
    blends: dict[str, np.ndarray] = {}
    for section in COLUMNS:
        evidence = []
        for at, (_, part, model) in enumerate(parts):
            usual = touchpoints[at] @ nodes.usual(section) if section != "touchpoints" else None
            reading = Reading(part.vectors, part.found, part.found, said[at])
            evidence.append(np.stack(nodes.evidence(section, reading, model, usual), axis=2))
        names = [*(node.name for node in nodes.nodes[section]), taxonomy.OTHERWISE[section]]
        right = np.array([names.index(name) for _, part, _ in parts for name in part.labels[section]])
        blends[section] = blend(np.concatenate(evidence), right, weights)
        if section == "touchpoints":
            touchpoints = [taxonomy_model.softmax(each @ blends[section]) for each in evidence]
    whole = linear(given)
    sections = {name: replace(held, blend=blends[name]) for name, held in whole.sections.items()}
    return Model(whole.words, whole.rarity, sections)


def blend(evidence: np.ndarray, right: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """One weight per part of the evidence (texts × nodes × parts) that makes the right nodes likeliest (McFadden 1974).

    The weights are shared by all nodes and there is no constant per node: what is common here may be rare elsewhere.
    """
    truth = evidence[np.arange(len(right)), right]

    def loss(parts: np.ndarray) -> tuple[float, np.ndarray]:
        chances = taxonomy_model.softmax(evidence @ parts)
        value = -(weights * np.log(chances[np.arange(len(right)), right] + 1e-12)).sum() / weights.sum()
        slope = ((chances[:, :, None] * evidence).sum(axis=1) - truth) * weights[:, None]
        return value + 1e-3 * parts @ parts, slope.sum(axis=0) / weights.sum() + 2e-3 * parts

    return minimize(loss, np.zeros(evidence.shape[2]), jac=True, method="L-BFGS-B").x


def figures(given: Rows, right: Rows) -> None:
    """Prints the figures on the gold sentences, then those on businesses left out."""
    print(f"== {len(right.texts)} gold sentences, the shipped model ==")
    answers = taxonomy.default().assign(right.texts, right.vectors)
    for section, column in COLUMNS.items():
        report(column, right.labels[section], np.array(answers[column]))
    print(f"\n== {len(given.texts)} training sentences, businesses left out ==")
    said = {column: np.empty(len(given.texts), dtype=object) for column in COLUMNS.values()}
    for source in sorted(set(given.sources)):
        away = np.flatnonzero(given.sources == source)
        model = trained(given.part(np.flatnonzero(given.sources != source)))
        part = given.part(away)
        for column, names in taxonomy.default().assign(part.texts, part.vectors, model=model).items():
            said[column][away] = names
    for section, column in COLUMNS.items():
        report(column, given.labels[section], said[column], given.sources)


def report(column: str, right: np.ndarray, said: np.ndarray, sources: np.ndarray | None = None) -> None:
    """Prints one column's figures: accuracy, constant, macro-F1, by source and by answer, and the confusion table."""
    kept = right != ""
    right, said = right[kept].astype(str), said[kept].astype(str)
    answer, times = Counter(right.tolist()).most_common(1)[0]
    hits = right == said
    macro = f1_score(right, said, labels=sorted(set(right)), average="macro", zero_division=0)
    print(
        f"\n{column}: accuracy {hits.mean():.3f} of {len(right)}; constant {answer!r} {times / len(right):.3f}; macro-F1 {macro:.3f}"
    )
    if sources is not None:
        by = {source: hits[sources[kept] == source] for source in sorted(set(sources))}
        print(f"  mean over businesses {np.mean([held.mean() for held in by.values()]):.3f}: "
              + ", ".join(f"{source} {held.mean():.3f} ({len(held)})" for source, held in by.items()))  # fmt: skip
    names = sorted(set(right) | set(said))
    table = zip(names, *precision_recall_fscore_support(right, said, labels=names, zero_division=0), strict=True)
    counts = confusion_matrix(right, said, labels=names)
    print(
        f"  {'':28}{'precision':>10}{'recall':>8}{'F1':>7}{'base':>6}   " + " ".join(f"{name[:6]:>6}" for name in names)
    )
    for (name, precision, recall, f1, base), row in zip(table, counts, strict=True):
        print(
            f"  {name:28}{precision:10.2f}{recall:8.2f}{f1:7.2f}{base:6}   " + " ".join(f"{count:6}" for count in row)
        )


def main(given: Sequence[str]) -> None:
    """Trains and writes the model, or prints the figures."""
    folder = Path(next((word for word in given if not word.startswith("--")), "../shared/data")) / "gold"
    learned = rows(folder / "train_sentences.csv")
    if "--figures" in given:
        figures(learned, rows(folder / "sentences.csv"))
        print(READING)
        return
    model = trained(learned)
    taxonomy_model.save(model, taxonomy_model.SHIPPED)
    for name, section in model.sections.items():
        said = ", ".join(
            f"{part} {weight:.2f}" for part, weight in zip(taxonomy_model.BLENDED, section.blend, strict=False)
        )
        print(f"{name}: {said}")
    print(
        f"{taxonomy_model.SHIPPED.name}: {len(model.words)} words and pairs, {taxonomy_model.SHIPPED.stat().st_size:,} bytes"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
