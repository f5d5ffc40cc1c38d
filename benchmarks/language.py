"""How well languages are told apart, and how fast: `python -m benchmarks.language` (about half a minute).

The comments are made up, in `languages.toml`. They are asked about in four ways: as they are, two joined to a longer one, only
the first words (20 letters), and as hurried people type (small letters, no accents).
"""

import time
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from cx.text import language
from cx.text.language import ENOUGH_LETTERS, LETTER

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
TIMES = 5
"""Runs whose best time counts."""

READING = """
How to read it: the share of comments whose language is found, any of about 100 languages allowed as the answer. "alone": every
comment a file of its own; "file": a file in one language; "mixed": all seven languages in one file. Short are remarks below 20
letters: English ones must stay English, others keep their language only when they leave no doubt. Texts a second are different
texts, on one core, the best of five runs; "quick" is the look before the analysis
(`language.counts`). The first comment costs a second more, for loading the models."""


@cache
def table() -> dict[str, list[str]]:
    """The comments of `languages.toml`, by language; `short_en` are the short ones."""
    with Path(__file__).with_name("languages.toml").open("rb") as file:
        return {name: text.strip().splitlines() for name, text in tomllib.load(file).items()}


def comments(code: str) -> list[str]:
    """The comments in a language that have 20 letters or more."""
    return [text for text in table()[code] if letters(text) >= ENOUGH_LETTERS]


def short(code: str = "en") -> list[str]:
    """Remarks of fewer letters."""
    return table()[f"short_{code}"]


def letters(text: str) -> int:
    """How many letters a text has."""
    return len(LETTER.findall(text))


def joined(code: str) -> list[str]:
    """Every comment with another behind it."""
    texts = comments(code)
    return [f"{text.rstrip('.?!')}. {texts[(place + 7) % len(texts)]}" for place, text in enumerate(texts)]


def first_words(code: str) -> list[str]:
    """Of every comment the words that make up the first 20 letters."""
    out = []
    for text in comments(code):
        words = text.split()
        ends = (" ".join(words[:count]) for count in range(1, len(words) + 1))
        out.append(next(end for end in ends if letters(end) >= ENOUGH_LETTERS))
    return out


def hurried(code: str) -> list[str]:
    """The comments in small letters, without accents and punctuation."""
    plain = (unicodedata.normalize("NFD", text.lower()) for text in comments(code))
    return ["".join(char for char in text if char.isalnum() or char.isspace()) for text in plain]


WAYS: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("as they are", comments), ("two joined", joined), ("first words", first_words), ("hurried", hurried),
)  # fmt: skip


def right(texts: Sequence[str], expected: Sequence[str]) -> float:
    """Share of the texts, as one file, whose language is found."""
    found = language.detect(texts)
    return sum(map(str.__eq__, map(str, found), expected)) / len(texts)


def among_english(texts: Sequence[str], code: str) -> float:
    """Share of short remarks that keep their language in a file of English comments."""
    return sum(language.detect([*comments("en"), text])[-1] == code for text in texts) / len(texts)


def apart(texts: Sequence[tuple[str, str]]) -> list[tuple[str, float]]:
    """Share of the (text, language) pairs each model finds by itself."""
    readings = [(language._reading(text), code) for text, code in texts]
    models: dict[str, Callable[[language._Reading], dict[str, float]]] = {
        "the first model": lambda reading: language._first_model(reading, 1), "the second model": language._second_model,
    }  # fmt: skip
    return [
        (
            asked,
            sum(max(chances := model(reading), key=chances.__getitem__) == code for reading, code in readings)
            / len(texts),
        )
        for asked, model in models.items()
    ]


def speed(work: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """Texts a second: no text twice, and nothing remembered from the run before."""
    best = float("inf")
    for _ in range(TIMES):
        language._asked_both.cache_clear()
        begun = time.process_time()
        work(texts)
        best = min(best, time.process_time() - begun)
    return len(texts) / best


def main() -> None:
    """Prints the table of shares, the confusions and the speeds."""
    print(
        f"{'':14}{'comments':>9}  {'alone':>6}  {'file':>6}  {'mixed':>6}   "
        + "  ".join(f"{code:>5}" for code in LANGUAGES)
    )
    everything: list[tuple[str, str]] = []
    for way, made in WAYS:
        texts = {code: made(code) for code in LANGUAGES}
        flat = [(text, code) for code, said in texts.items() for text in said]
        everything += flat
        alone = {code: sum(language.detect([text]) == [code] for text in said) for code, said in texts.items()}
        files = sum(right(said, [code] * len(said)) * len(said) for code, said in texts.items()) / len(flat)
        mixed = right([text for text, _ in flat], [code for _, code in flat])
        each = "  ".join(f"{alone[code] / len(texts[code]):>5.0%}" for code in LANGUAGES)
        print(
            f"{way:14}{len(flat):>9,}  {sum(alone.values()) / len(flat):>6.1%}  {files:>6.1%}  {mixed:>6.1%}   {each}"
        )
    alone_short = sum(language.detect([text]) == ["en"] for text in short()) / len(short())
    print(f"{'short English':14}{len(short()):>9,}  {alone_short:>6.1%}  {right(short(), ['en'] * len(short())):>6.1%}")
    kept = {code: among_english(short(code), code) for code in LANGUAGES[1:]}
    print("short ones among English ones: " + ", ".join(f"{code} {share:.0%}" for code, share in kept.items()))
    print("\n" + "\n".join(f"{'only ' + asked:24}{share:>6.1%} alone" for asked, share in apart(everything)))
    different = sorted({text for text, _ in everything})
    careful, quick = speed(language.detect, different), speed(language.counts, different)
    print(f"\n{careful:,.0f} texts a second, quick {quick:,.0f} ({len(different):,} texts)")
    print(READING)


if __name__ == "__main__":
    main()
