"""Personal data in comments, masked before anything else sees the text: what is left reads on as a sentence.

Precise rather than greedy: order numbers, prices, dates and "9 to 5" stay. Cards must pass Luhn's check and begin like a
card, IBANs the check of ISO 7064 (mod 97-10), addresses of computers be addresses, telephone numbers be possible numbers
(Google's libphonenumber) and either international, announced by a word such as "call", or written the way their
country writes them. The words that tell one number from another are in `privacy.toml`.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from cx.errors import CXError, IntakeError
from cx.intake import credentials, numbers, phones, places
from cx.intake.personal import Finder, table

Masking = Callable[[str], tuple[str, Counter[str]]]
"""Text in; out come the masked text and how often each kind was found."""

_SORTS = (credentials, numbers, places, phones)
"""In this order, because an earlier sort's digits would pass for a later one's."""

_DIGIT = re.compile(r"\d")

ALIASES = {"UK": "GB", "EL": "GR"}


class Masker:
    """Masks texts; with a region (ISO 3166-1, `DE`) also telephone numbers as the people there write them.

    Raises IntakeError for a region that is none.
    """

    def __init__(self, region: str | None = None) -> None:
        self.region = _known(region) if region else None

    def mask(self, text: str) -> tuple[str, Counter[str]]:
        """A comment with personal data replaced by `[email]`, `[phone]`, `[card]`, `[iban]`, `[ip]`, `[location]`, `[secret]`.

        Returns the text and how often each kind was found. Masking a masked text changes nothing. What is kept: anything
        that only might be personal (names, order numbers, prices, dates, opening hours, postcodes).
        """
        found: Counter[str] = Counter()
        while (masked := self._once(text, found)) != text:  # beside a mask more may be recognised
            text = masked
        return text, found

    def _once(self, text: str, found: Counter[str]) -> str:
        if not _DIGIT.search(text) and "///" not in text:
            return _replaced(text, credentials.FINDERS, found) if credentials.may_hold(text, digits=False) else text
        for sort in _SORTS:
            if sort.may_hold(text):
                text = _replaced(text, sort.FINDERS, found)
        if self.region and phones.may_hold(text):
            for start, end in reversed(list(phones.national(text, self.region))):
                found["phone"] += 1
                text = f"{text[:start]}[phone]{text[end:]}"
        return text


_PLAIN = Masker()

mask = _PLAIN.mask
"""`Masker(None).mask`: without a region."""


_MASK = re.compile(r"\[[a-z]+\]")
_TOLD = re.compile(
    # A capital amid a sentence, or after a title: a name, of whomever. Then its further parts: O'Brien, Ann-Marie Smith.
    r"(?:(?<=[\w,;:)(\"“‘/–-] )|(?<=Mr\. )|(?<=Ms\. )|(?<=Mrs\. )|(?<=Dr\. ))"
    r"(?!I\b)[^\W\d_a-z][\w'’]*(?:[ -][^\W\d_a-z][\w'’]*)*"
    r"|\b\w*\d(?:[ ./-]?\d){3,}\w*"  # four digits and more: the number of something
)
BLOT = "•"


def blotted(text: str, masker: Masker | None = None) -> str:
    """A text with what may tell who wrote it blotted out letter by letter (`•`): as long as it was, so that places in it
    stay true. Greedy: beside personal data also words with a capital amid a sentence and long numbers."""
    return _TOLD.sub(lambda found: BLOT * len(found[0]), _unmasked(text, masker or _PLAIN))


def _unmasked(text: str, masker: Masker) -> str:
    masked, found = masker.mask(text)
    if not found:
        return text
    out, at = "", 0
    for piece in filter(None, _MASK.split(masked)):  # what was kept, in its order
        begin = text.index(piece, at)
        out += BLOT * (begin - at) + piece
        at = begin + len(piece)
    return out + BLOT * (len(text) - at)


def region_of(languages: Sequence[str], currencies: Sequence[str]) -> str | None:
    """The country a file seems to come from, for its telephone numbers; None when it could be several.

    `languages` (`de`, `en-GB`) and `currencies` (`EUR`, `£`), most frequent first. A country in a language's tag is taken
    as it is; else the first currency of one country; else the euro country, then the country, where the first language is at home.
    """
    tags = [re.split("[-_]", language.strip()) for language in languages if language.strip()]
    countries = [tag[-1].upper() for tag in tags if len(tag) > 1 and re.fullmatch("[A-Za-z]{2}", tag[-1])]
    if countries:
        return ALIASES.get(countries[0], countries[0])
    money = [currency.strip().upper() for currency in currencies if currency.strip()]
    known = {name.upper(): region for name, region in table()["currencies"].items()}
    if money and money[0] in known:
        return known[money[0]]
    if not tags:
        return None
    first = tags[0][0].lower()
    euro = bool(money) and money[0] in ("EUR", "€")
    return table()["euro"].get(first) if euro else table()["languages"].get(first) if not money else None


def names_masker() -> Masking:
    """A masker of people's names (`[name]`) by the optional package Presidio and a spaCy model that is installed.

    English only; expect names missed and other words taken for names. Raises CXError when either is missing.
    """
    try:
        import spacy.util
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError as error:
        raise CXError(
            "Masking names needs the optional package Presidio: pip install presidio-analyzer, then "
            "python -m spacy download en_core_web_sm. Or leave names as they are."
        ) from error
    model = next(
        (name for name in ("en_core_web_lg", "en_core_web_md", "en_core_web_sm") if spacy.util.is_package(name)), None
    )
    if model is None:  # Presidio itself would try to download one
        raise CXError("Masking names needs a model of English: python -m spacy download en_core_web_sm.")
    settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model}]}
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=settings).create_engine())
    return lambda text: _without_names(text, engine.analyze(text=text, entities=["PERSON"], language="en"))


def both(first: Masking, second: Masking) -> Masking:
    """One masker after another, as one."""

    def masked(text: str) -> tuple[str, Counter[str]]:
        once, found = first(text)
        twice, more = second(once)
        return twice, found + more

    return masked


def _without_names(text: str, people: Sequence) -> tuple[str, Counter[str]]:
    found: Counter[str] = Counter()
    for person in sorted(people, key=lambda each: each.start, reverse=True):
        if "[" not in text[max(0, person.start - 1) : person.end]:  # a mask is no name
            text = f"{text[: person.start]}[name]{text[person.end :]}"
            found["name"] += 1
    return text, found


def regions() -> frozenset[str]:
    """The countries (ISO 3166-1, `DE`) with telephone numbers of their own."""
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)


def _known(region: str) -> str:
    code = region.strip().upper()
    code = ALIASES.get(code, code)
    if code not in regions():
        raise IntakeError(f"'{region}' is no country code for telephone numbers. Give two letters, such as GB or DE.")
    return code


def _replaced(text: str, finders: Sequence[Finder], found: Counter[str]) -> str:
    for finder in finders:
        text = finder.pattern.sub(_replacing(finder, found), text)
    return text


def _replacing(finder: Finder, found: Counter[str]) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        masked = finder.masked(match)
        if masked is None:
            return match[0]
        found[finder.kind] += 1
        return masked

    return replace
