"""Clauses into comments as people type them: order, connectors, openers, misspellings, shouting, emoji."""

import re
from datetime import date
from random import Random
from typing import NamedTuple

from sample_data import grammar, story

NEUTRAL_SHARE = 0.045
CONTRADICTION_SHARE = 0.015
FOREIGN_SHARE = 0.035
INTRO_SHARE = 0.16
WHOLE_SHARE = 0.03
VERDICTS = frozenset({"brand", "overall"})
"""A verdict on the whole company stands only beside mentions that agree with it."""
JOINS = {
    "same": (". ",) * 12
    + (" and ", " and ", ", ", ", ", "; ", ". Also, ", ". Also ", ". Plus, ", ". And ", " - ", "... "),
    "down": (", but ", ", but ", " but ", ". But ", ". However, ", ". That said, ", ", although ", ". Unfortunately, "),
    "up": (
        ", but ",
        " but ",
        ". But ",
        ". On the plus side, ",
        ". To be fair, ",
        ". Still, ",
        ". On a positive note, ",
    ),
}
SENTENCE_START = re.compile(r"(?:the|my|I|they|staff|delivery|prices|nobody|everything|paying|it|your) ")
EMPHASIS = re.compile(r"\b(never|very|really|so|always|nobody|still|love|great|too|not)\b")
SHORTHAND = (("because", "cos"), ("you", "u"), ("please", "pls"), ("and", "&"), ("are", "r"), ("minutes", "min"))


class Mention(NamedTuple):
    """One thing said: its subject and judgement (`pos`, `neg`, `neutral`, `lost`)."""

    subject: str
    judgement: str


def mentions(rng: Random, channel: str, day: date, satisfaction: float, first: Mention | None = None) -> list[Mention]:
    """What one customer brings up: one to four subjects, judged after the latent satisfaction."""
    out = [first] if first else []
    weights = story.subject_weights(channel, day)
    flipped = not first and rng.random() < CONTRADICTION_SHARE
    wanted = rng.choices((1, 2, 3, 4), (36, 36, 19, 9))[0]
    if first:
        weights.pop(first.subject, None)
    while len(out) < wanted:
        subject = rng.choices(list(weights), list(weights.values()))[0]
        judgement = _judgement(rng, subject, day, -satisfaction - 0.6 if flipped else satisfaction)
        if judgement not in grammar.subjects()[subject] or _clashes(out, subject, judgement):
            continue
        out.append(Mention(subject, judgement))
        weights.pop(subject)
        if judgement == "lost":
            weights.pop("product", None)
    return out if first else _ordered(rng, out)


def _judgement(rng: Random, subject: str, day: date, satisfaction: float) -> str:
    if rng.random() < NEUTRAL_SHARE and abs(satisfaction) < 1:
        return "neutral"
    if rng.random() < story.praise(satisfaction, subject, day):
        return "pos"
    return "lost" if subject == "delivery" and rng.random() < 0.15 else "neg"


def _clashes(said: list[Mention], subject: str, judgement: str) -> bool:
    """Whether one person would hardly say this too: a verdict against the rest, two tales of one product."""
    for other, before in said:
        sides = {"neg" if side == "lost" else side for side in (judgement, before)}
        if sides == {"neutral"}:
            return True
        if {subject, other} & VERDICTS and {"pos", "neg"} <= sides:
            return True
        if {subject, other} == {"product", "returns"} and sides != {"neg"}:
            return True
        if {subject, other} in ({"app", "app_new"}, {"app_crash", "app"}) and sides != {"neg"}:
            return True
    return False


def _ordered(rng: Random, said: list[Mention]) -> list[Mention]:
    """What happened first, then praise together and complaints together; each ends with the company as a whole."""
    up_first = rng.random() < 0.55

    def place(mention: Mention) -> tuple[bool, bool, bool]:
        neutral = mention.judgement == "neutral"
        return not neutral, (mention.judgement == "pos") != up_first, mention.subject == "brand"

    return sorted(said, key=place)


def write(rng: Random, said: list[Mention], slots: dict[str, str], intro: str = "") -> str:
    """One comment that says all of `said`, after the scene-setter `intro` if there is one."""
    text, before = _capital(intro), "neutral"
    if slots["product"] in intro:
        slots = _introduced(slots)
    alike = len({judgement for _, judgement in said}) == 1
    for subject, judgement in said:
        piece = grammar.clause(grammar.subjects()[subject][judgement], slots, rng)
        if slots["product"] in piece:
            slots = _introduced(slots)
        side = "neg" if judgement == "lost" else judgement
        text = (
            _opened(rng, piece, side if alike else "neutral")
            if not text
            else text + _join(rng, text, before, side, piece)
        )
        before = side
    sides = {"neg" if judgement == "lost" else judgement for _, judgement in said}
    return _finish(rng, text, before if sides in ({"pos"}, {"neg"}) else "neutral")


def _introduced(slots: dict[str, str]) -> dict[str, str]:
    """The scene once its product was named: from then on it is `the sofa`, never again `a sofa`."""
    return {slot: word for slot, word in slots.items() if slot != "a_product"}


def _opened(rng: Random, piece: str, side: str) -> str:
    openers = grammar.table("extras")[f"open_{side if side in ('pos', 'neg') else 'neutral'}"]
    if rng.random() < 0.09:
        opener = rng.choice(openers)
        if opener.endswith(",") or SENTENCE_START.match(piece):
            return f"{opener} {piece}"
    return _capital(piece)


def _join(rng: Random, text: str, before: str, side: str, piece: str) -> str:
    """The connector and the next clause; a comma join only between short clauses without their own full stops."""
    turn = {("pos", "neg"): "down", ("neg", "pos"): "up"}.get((before, side), "same")
    join = rng.choice(JOINS[turn]) if "neutral" not in (before, side) else ". "
    last = re.split(r"[.!?] ", text)[-1]
    clean = not re.search(r"[.!?,;:]", last + piece) and len(last) + len(piece) < 120
    if (word := re.search(r"[A-Z]\w+", join)) and word[0] in text:
        join = ". "
    if join[0] not in ".;" and turn == "same" and not clean:
        join = ". "
    if re.search(r"[.!?]$", text):
        join = " " + (join[2:] if join.startswith(". ") else "")
    if re.search(r"[.!] $", join) or not join.strip():
        return join + _capital(piece)
    return join + piece


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _finish(rng: Random, text: str, side: str) -> str:
    if side in ("pos", "neg") and rng.random() < 0.13:
        closer = rng.choice(grammar.table("extras")[f"close_{side}"])
        text += (" " if re.search(r"[.!?]$", text) else rng.choice((". ", ". ", "! "))) + closer
    if re.search(r"[.!?]$", text):
        return text
    return text + rng.choices((".", "", "!", "!!", "!!!", "..."), (60, 25, 9, 3, 1, 0 if side == "pos" else 3))[0]


def typed(rng: Random, text: str, side: str) -> str:
    """The same comment as it comes off a keyboard: about half of them are changed in some way."""
    roll = rng.random()
    if roll < 0.08:
        text = re.sub(r"[.,!;](?= |$)", "", text).lower()
    elif roll < 0.15:
        text = text.lower()
    elif roll < 0.17 + 0.02 * (side == "neg"):
        text = text.upper()
    elif roll < 0.23:
        text = EMPHASIS.sub(lambda found: found[0].upper(), text, count=1)
    if rng.random() < 0.15:
        text = _misspelt(rng, text)
    if rng.random() < 0.04:
        for word, short in rng.sample(SHORTHAND, 3):
            text = re.sub(rf"\b{word}\b", short, text)
    apostrophe = rng.choices(("'", "’", ""), (82, 12, 6))[0]
    text = re.sub(r"(?<=\w)'(?=\w)", apostrophe, text)
    if rng.random() < 0.07:
        text += " " + rng.choice(grammar.table("extras")[f"emoji_{side if side in ('pos', 'neg') else 'neutral'}"])
    if rng.random() < 0.015:
        text = text.replace(". ", ".\n")
    return text


def _misspelt(rng: Random, text: str) -> str:
    """A common misspelling where the comment has such a word, else a slip of the fingers."""
    typos = grammar.table("words")["typos"]
    known = [word for word in typos if re.search(rf"\b{word}\b", text)]
    if known and rng.random() < 0.7:
        word = rng.choice(known)
        return re.sub(rf"\b{word}\b", typos[word], text)
    long_words = [found.start() for found in re.finditer(r"\b[a-z]{5,}\b", text)]
    if not long_words:
        return text
    at = rng.choice(long_words) + rng.randrange(1, 4)
    slip = rng.choice(("swap", "drop", "double"))
    if slip == "swap":
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if slip == "drop" else text[:at] + text[at] + text[at:]


def foreign(rng: Random, satisfaction: float) -> str:
    """One or two sentences in German, French or Spanish."""
    language = rng.choices(("de", "fr", "es"), (50, 28, 22))[0]
    lines = grammar.table("extras")["foreign"][f"{language}_{'pos' if satisfaction > -0.3 else 'neg'}"]
    picked = rng.sample(lines, rng.choice((1, 1, 2)))
    return ". ".join(grammar.expand(line, {}, rng) for line in picked) + rng.choice((".", "", "!"))


def short(rng: Random, satisfaction: float) -> str:
    """One to three words, as many customers leave."""
    side = "pos" if satisfaction > 0 else "neg" if satisfaction < -0.9 else "neutral"
    return rng.choice(grammar.table("extras")[f"short_{side}"])


def comment(
    rng: Random,
    channel: str,
    region: str,
    day: date,
    satisfaction: float,
    first: Mention | None = None,
    brief: float = 0.07,
) -> str:
    """A whole comment of one customer, in which `first` is said first; `brief` is the share of very short ones."""
    roll = rng.random()
    if not first and roll < FOREIGN_SHARE:
        return foreign(rng, satisfaction)
    if not first and roll < FOREIGN_SHARE + brief:
        return short(rng, satisfaction)
    slots = grammar.scene(rng, region)
    if not first and channel != "review" and abs(satisfaction) > 0.7 and rng.random() < WHOLE_SHARE:
        side = "pos" if satisfaction > 0 else "neg"
        whole = grammar.clause(grammar.table("stories")["whole"][f"{channel}_{side}"], slots, rng)
        return typed(rng, _capital(whole), side)
    said = mentions(rng, channel, day, satisfaction, first)
    told = said[0].judgement != "neutral" and rng.random() < INTRO_SHARE
    intro = grammar.clause(grammar.table("stories")["intro"][channel], slots, rng) if told else ""
    sides = {"neg" if judgement == "lost" else judgement for _, judgement in said} - {"neutral"}
    return typed(rng, write(rng, said, slots, intro), sides.pop() if len(sides) == 1 else "neutral")
