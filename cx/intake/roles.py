"""What a column is for, guessed from its heading, the question above it and all of its values."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cx.intake import dates, scales
from cx.intake.profile import SAMPLE, Profile
from cx.schema import Scale

MANY_ROWS = 20
"""From here on the variety of a column's values means something."""


class Heading(NamedTuple):
    """A column's name and question, and both as plain words."""

    name: str
    label: str
    words: str


class Guess(NamedTuple):
    """A role with its confidence in 0…1, and how the cells are read. `rank` orders columns that compete for a role.

    `unclear`: nothing tells whether a high answer means little effort or much. `told`: the scale is the user's word.
    """

    role: str
    confidence: float
    reading: scales.Reading | None = None
    form: dates.DateForm | None = None
    rank: float = 0.0
    changed: tuple[Scale, ...] = ()
    """The scales of both forms, when the file changes form on its way."""

    unclear: bool = False
    told: bool = False


def heading(name: str, label: str) -> Heading:
    """A column's heading, with words in camelCase told apart."""
    spoken = [re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", " ", part) for part in dict.fromkeys((name, label))]
    return Heading(name, label, scales.said(" ".join(spoken)) or name.strip())


HEADINGS = Path(__file__).parent / "headings.toml"
"""How headings are worded in six languages, by role."""

BOUNDARY, GAP = r"\b", ".{0,40}"
NUMBERED = r" ?(ids?|uuid|guid|key|number|no|nr|nummer|num|token|identifier|ref|reference|code)"
FURTHER = {
    "person": r"^((first|last|full|given|family|middle|sur|nick|user|customer|client|contact|reviewer|author|respondent|guest|"
    r"recipient|consumer|display|patient|person|employee|agent|profile) ?)?names?$",
    "ip": r"\bip ?(address|addr|adresse)?$|\b(adresse|direccion|indirizzo|endereco|morada) ip\b",
    "place": r"^(lat|lng|lon)$",
    "response": r"^#$|^(survey )?(response|respondent|review|ticket|complaint|case|submission|feedback|comment|record|entry|answer|"
    r"interaction|conversation|request|message|rating|antwort|bewertungs?|row)s?" + NUMBERED + "$",
    "customer": r"^(the )?(customer|client|user|account|contact|member|person|consumer|requester|guest|patient|subscriber|buyer|"
    r"kunden?|reviewer|author|passenger|profile|household|employee|membership|loyalty)s?" + NUMBERED + "$",
    "any_id": r"\b(id|uuid|guid|identifier)$",
    "date": r"\bat$",
    "language": r"^(user|survey|response|review|start|comment|browser|customer|detected|text) ?(language|lang|locale)( code)?$",
    "channel": r"^(contact|distribution|feedback|survey|sales|interaction|submission|support|response) channel$",
    "weight": r"^(survey|sample|sampling|case|design|post ?stratification|respondent) (weights?|weighting)$",
}  # fmt: skip
"""What words cannot say, as regular expressions."""

ANY_NAME = frozenset(("name", "names", "nom", "nombre", "nome", "contact", "usuario"))
"""May be the name of anything; of a person when it differs from row to row."""

DATE_RANKS = tuple((re.compile(pattern), rank) for pattern, rank in (
    (r"^(date|timestamp|datum|fecha|data|time|datetime|zeitstempel|horodateur|marca temporal)$", 5.0),
    (r"\b(reply|replied|sent|due|clos|expir|renew|birth|updated?|modified|assigned|solved|first|last|next)\b", 1.0),
    (r"\b(visit|flown|stay|travel|trip|order|purchase|bought|experience|delivery|start|started|begin|bestell|kauf|besuch|reise|"
     r"commande|achat|visite|pedido|compra|visita|ordine|acquisto)", 2.0),
    (r"\b(submi|complet|respon|review|receiv|record|feedback|answer|survey|end|erfass|abgeschickt|complaint|antwort|bewertung|"
     r"umfrage|repon|avis|enquete|respuesta|resena|encuesta|rispost|recension|sondaggio|respost|avaliac|pesquisa)", 5.0),
    (r"\b(creat|post|publish|add|erstell|cree|crea|criad)", 4.0),
))  # fmt: skip
"""Which date of several tells when the customer answered; the first pattern that finds something counts."""

SCORES = ("effectiveness", "csat", "ces", "ease", "enjoyment", "rating")
"""Questions on a scale, in the order their words are looked for."""

MOST_ANSWERS = 400
"""Different numbers that answers on a scale may show: tenths up to 10, and their spellings."""

MARKS, MOST_CHOICES = (";", "|", " / ", ", ", ","), 40
"""What stands between several choices in one cell, and how many choices a question offers at most."""

_END = re.compile(r"\b(\d{1,3}) ([^\d]{2,40})")
_NOT = re.compile(r"\b(not|nicht|pas|nada|niente|non|nao)\b")
SHORT_LISTS = (("language", 80), ("channel", 60), ("touchpoint", 60), ("stage", 30))
_AT = re.compile(r"[^\s@]+@[^\s@]+\.\w{2,}")
_IP_CELL = re.compile(r"^\s*(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){3,7})\s*$", re.I)
_PHONE_CELL = re.compile(r"^\W*(\d\W*){7,15}$")
_BINARY = frozenset(
    ("0", "1", "yes", "no", "true", "false", "y", "n", "ja", "nein", "oui", "non", "si", "no", "churned", "active")
)


@cache
def _worded() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads(HEADINGS.read_text(encoding="utf-8"))


@cache
def spoken(role: str) -> re.Pattern[str]:
    """What headings of a role say, of all languages, to be searched in headings as `scales.said` leaves them."""
    entry = _worded().get(role, {})
    parts = [_phrase(phrase) for phrases in entry.get("anywhere", {}).values() for phrase in phrases]
    parts += [f"^{_phrase(phrase)}$" for phrases in entry.get("whole", {}).values() for phrase in phrases]
    return re.compile("|".join(parts + ([FURTHER[role]] if role in FURTHER else [])))


def _phrase(phrase: str) -> str:
    return GAP.join(
        ("" if part[0] == "*" else BOUNDARY) + re.escape(scales.said(part)) + ("" if part[-1] == "*" else BOUNDARY)
        for part in phrase.split("…")
    )


def says(role: str, head: Heading) -> bool:
    """Whether a heading or its question speaks of a role."""
    return spoken(role).search(head.words) is not None


def guess(
    head: Heading, profile: Profile, rows: int, blank: frozenset[str] = frozenset(), order: str | None = None
) -> Guess:
    """The likeliest role of a column; `segment` when nothing speaks for another. `order`: see `dates.settle`."""
    if profile.filled == 0:
        personal = any(says(kind, head) for kind in ("email", "person", "ip", "place"))
        return Guess("personal", 0.6) if personal else Guess("segment", 0.3)
    for test in (_personal, _identifier):
        if found := test(head, profile, rows):
            return found
    for fits in (
        lambda: _date(head, profile, order),
        lambda: _nps(head, profile, blank),
        lambda: _score(head, profile, blank),
    ):
        if found := fits():
            return found
    for plain in (_quantity, _short_list, _staff_reply, _title, _comment):
        if found := plain(head, profile, rows):
            return found
    return Guess("segment", 0.5)


def is_key(profile: Profile, rows: int) -> bool:
    """Whether a column is filled, and different, in at least 99 % of the rows."""
    return profile.filled >= 0.99 * rows and profile.distinct >= 0.99 * profile.filled


def _personal(head: Heading, profile: Profile, rows: int) -> Guess | None:
    various = profile.variety >= 0.2 or profile.filled < MANY_ROWS
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("email", lambda: profile.share(_AT) > 0.3),
        (
            "person",
            lambda: (various or head.words not in ANY_NAME) and profile.text.letters > 0.5 and profile.text.words <= 5,
        ),
        ("phone", lambda: profile.share(_PHONE_CELL) > 0.5),
        ("ip", lambda: profile.share(_IP_CELL) > 0.5),
        ("place", lambda: scales.numeric(profile.counts) is not None),
        ("address", lambda: various and profile.text.words >= 2 and profile.share(_IP_CELL) < 0.5),
        ("birth", lambda: various),
        ("official", lambda: profile.variety >= 0.5),
    )
    for kind, holds in tests:
        if says(kind, head) and holds():
            return Guess("personal", 0.9)
    if profile.text.words < 2 and (
        profile.share(_AT) > 0.8 or (profile.share(_IP_CELL) > 0.8 and "version" not in head.words)
    ):
        return Guess("personal", 0.85)
    return None


def _identifier(head: Heading, profile: Profile, rows: int) -> Guess | None:
    if says("customer", head) and profile.text.words <= 3:
        return Guess("customer_id", 0.85)
    if says("response", head) and is_key(profile, rows):
        return Guess("response_id", 0.95 if head.words != "row" else 0.6)
    if head.words in ("id", "#") and rows >= MANY_ROWS and profile.filled >= 0.9 * rows:
        return Guess("customer_id", 0.5)  # the same again and again: not the answer's number but somebody's
    if says("any_id", head) and is_key(profile, rows) and profile.text.words < 2:
        return Guess("response_id", 0.6)
    return None


def _date(head: Heading, profile: Profile, order: str | None) -> Guess | None:
    named = says("date", head)
    form = dates.settle(profile.moments, named and len(head.words.split()) <= 5, order, cells=profile.counts)
    if form is None or form.share < (0.6 if named else 0.9):
        return None
    rank = next((rank for pattern, rank in DATE_RANKS if pattern.search(head.words)), 2.0 if named else 1.0)
    return Guess("date", (0.9 if named else 0.7) * min(1.0, form.share + 0.05), form=form, rank=rank)


def _nps(head: Heading, profile: Profile, blank: frozenset[str]) -> Guess | None:
    explicit = says("nps_name", head)
    if not explicit and not says("nps", head):
        return None
    reading = scales.read_nps(profile.counts, blank)
    if reading is None:
        return None
    counts = scales.numeric(profile.counts, blank) or {}
    wide = any(value == 0 or value > 5 for value in counts)
    two_answers = len(counts) <= 2 and (set(counts) <= {0.0, 1.0} or reading.rows_on > MANY_ROWS)
    if (two_answers and not explicit) or not (wide or explicit) or (set(counts) <= {0.0, 1.0} and reading.rows_on > 2):
        return None
    return Guess("nps", 0.95 if explicit else 0.9, reading)


def _score(head: Heading, profile: Profile, blank: frozenset[str]) -> Guess | None:
    worded = scales.read_words(profile.counts, blank)
    numbers = None
    if worded is None and profile.distinct <= MOST_ANSWERS and not says("counts", head):
        numbers = scales.read_numbers(profile.counts, blank)
    reading = worded or numbers
    if reading is None:
        return None
    named = next((role for role in SCORES if says(role, head)), None)
    if worded is not None and not named and profile.filled < MANY_ROWS and says("comment", head):
        return None  # a comment that happens to be "Good"
    if worded is not None and worded.scale.max == 1:  # good or bad: satisfaction, whatever the heading calls it
        return Guess("csat", 0.8, worded, rank=overall(head))
    if named == "ces":
        return directed(Guess("ces", 0.85, reading, rank=overall(head)), head, profile)
    if named:
        return Guess(named, 0.85 if reading.scale.max <= 10 else 0.6, reading, rank=overall(head))
    if worded is not None and worded.role:
        return Guess(worded.role, 0.6, worded, rank=overall(head))
    if numbers is not None and says("nps", head):
        return Guess("rating", 0.5, numbers)
    return None


def directed(found: Guess, head: Heading, profile: Profile) -> Guess:
    """A question of effort with its direction: how it is asked, else what is written at the ends of its scale.

    CES 1.0 asks how much effort it was (1–5, low is good), CES 2.0 whether it was easy (1–7, high is good). Where neither
    the question, the answers nor the scale tells, a high answer is taken for little effort and the guess is `unclear`.
    """
    reading = found.reading
    if reading is None:
        return found
    own_words = reading.words and not spoken("agrees").search(" / ".join(reading.words))
    low_is_good = None if own_words else _direction(head, profile, reading.scale)
    if own_words or low_is_good is False:
        return found
    if low_is_good is None and (says("much_ease_is_good", head) or reading.words or reading.scale.max == 7):
        return found
    unclear = low_is_good is None
    scale = reading.scale._replace(low_is_good=bool(low_is_good))
    return found._replace(reading=reading._replace(scale=scale), unclear=unclear, confidence=0.6 if unclear else 0.85)


def _direction(head: Heading, profile: Profile, scale: Scale) -> bool | None:
    """Whether low answers are good, by the ends of the scale (`1 = very easy`) or the question; None: nothing tells."""
    ends: dict[bool, list[float]] = {True: [], False: []}
    for text in (head.words, *map(scales.said, profile.sample())):
        for number, phrase in _END.findall(text):
            easy, hard = (spoken(kind).search(phrase) is not None for kind in ("low_end", "high_end"))
            if easy != hard:
                ends[easy != bool(_NOT.search(phrase))].append(float(number))
    middle = (scale.min + scale.max) / 2
    if ends[True] or ends[False]:
        easy_at, hard_at = (sum(found) / len(found) if found else middle for found in (ends[True], ends[False]))
        if easy_at != hard_at:
            return easy_at < hard_at
    return True if says("little_effort_is_good", head) and not says("much_ease_is_good", head) else None


def overall(head: Heading) -> float:
    """How much a heading speaks of the whole experience: 0 an aspect, 1 a plain `rating`, 2 says so (shorter is more)."""
    if says("overall", head):
        return 2 + 1 / (1 + len(head.words.split()))
    return 1.0 if says("plain_score", head) else 0.0


def _quantity(head: Heading, profile: Profile, rows: int) -> Guess | None:
    answers = {scales.said(cell) for cell in profile.sample()}
    if 1 <= profile.distinct <= 3 and answers & _BINARY and says("churned", head):
        return Guess("churned", 0.8)
    wanted = next((role for role in ("revenue", "weight") if says(role, head)), None)
    if wanted is None:
        return None
    amounts = [scales.amount(cell) for cell in profile.sample()]
    known = [value for value in amounts if value is not None]
    if len(known) < 0.9 * len(amounts) or (profile.filled >= MANY_ROWS and profile.distinct < 4):
        return None
    if wanted == "weight" and not (min(known) >= 0 and 0.2 <= sum(known) / len(known) <= 5):
        return None
    return Guess(wanted, 0.8)


def _short_list(head: Heading, profile: Profile, rows: int) -> Guess | None:
    for role, most in SHORT_LISTS:
        short = profile.distinct <= most and profile.text.letters > 0.5 and profile.text.words <= 5
        if short and says(role, head):
            return Guess(role, 0.85)
    return None


def _staff_reply(head: Heading, profile: Profile, rows: int) -> Guess | None:
    wordy = profile.text.words >= 4 and profile.variety >= 0.3
    return Guess("ignore", 0.7) if wordy and says("staff_reply", head) else None


def _title(head: Heading, profile: Profile, rows: int) -> Guess | None:
    various = profile.variety >= 0.05 or profile.filled < MANY_ROWS
    return Guess("title", 0.8) if various and profile.text.letters > 0.5 and says("title", head) else None


def _comment(head: Heading, profile: Profile, rows: int) -> Guess | None:
    text, few = profile.text, profile.filled < MANY_ROWS
    if text.letters < 0.5 or text.links > 0.5 or ticked(head, profile) or choices(profile):
        return None
    if scales.numeric(profile.counts) is not None:
        return None
    named = says("comment", head)
    if named and (text.words >= 2 or (few and text.letters)) and (profile.variety >= 0.3 or few):
        return Guess("comment", 0.9)
    if few and rows >= MANY_ROWS:  # a few write-ins beside a list of choices
        return None
    if text.words >= 8 and profile.variety >= 0.5 and text.prose >= 0.4:
        return Guess("comment", 0.8)
    asks = "?" in head.label or says("asks", head)
    if asks and text.words >= 3.5 and profile.variety >= 0.6 and text.prose >= 0.35 and not few:
        return Guess("comment", 0.7)
    return None


def ticked(head: Heading, profile: Profile) -> bool:
    """Whether a column is one choice of several: filled with its own name, or always the same, where it was ticked."""
    return profile.distinct == 1 and (profile.filled > 2 or next(iter(profile.counts)) in head.label)


def choices(profile: Profile) -> str | None:
    """What parts several choices in one cell (`Web; Store`), when the same few parts come again and again; else None."""
    if profile.distinct < 2 or profile.filled < MANY_ROWS:
        return None
    for mark in MARKS:
        parts: Counter[str] = Counter()
        several = 0
        for cell in profile.sample():
            found = [part.strip() for part in cell.split(mark) if part.strip()]
            parts.update(set(found))
            several += len(found) > 1
        repeated = sum(rows for rows in parts.values() if rows > 1)
        if (
            several >= 0.2 * min(profile.distinct, SAMPLE)
            and len(parts) <= MOST_CHOICES
            and repeated >= 0.8 * parts.total()
        ):
            return mark
    return None
