"""A comment cut into mentions: clauses with one subject and one judgement, the grain of topics and sentiment.

A comment is read once into tokens, every token into one letter for what it does in a clause (`mentions.toml`), and the
cuts are patterns over that string of letters: at sentence ends, before contrast, and where "and", a comma, a dash or
nothing at all joins judgements about different things. "Great food, slow service" is two, "friendly and helpful
staff" one, "went for dinner and the staff was nice" one.
"""

import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cx.text.language import MASK

TABLE = Path(__file__).with_name("mentions.toml")

TOKEN = re.compile(
    rf"""{MASK.pattern} | https?://\S*[^\s.,!?;:)] | www\.\S*[^\s.,!?;:)]
    | \w+(?:['’/-]\w+|[.,:]\d+)* | &amp; | [.!?…。！？।]+[)\]"'”’]* | \n\s* | -{{2,}} | [^\w\s]""",
    re.VERBOSE,
)  # fmt: skip
INK = re.compile(r"\S")
PUNCTUATION = {",": ",", "，": ",", ";": ";", ":": ":", "-": "-", "--": "-", "–": "-", "—": "-", "(": "(", ")": ")"}
BULLETS = frozenset("•‣▪●◦")
OPENING = frozenset("\"'(“‘[{«¿¡#@$£€*_")
"""What belongs to the word behind it."""

NOT_ONLY = re.compile(r"\bnot (?:only|just|merely)\b[^.!?;\n]*$", re.IGNORECASE)  # behind it "but" adds

SIGHT = 60
"""Words looked at on each side of a possible cut: bounds the work on sentences that never end."""
LONG_LINE = 60
"""A line at least this long that goes on in small letters was wrapped, not ended."""
# Patterns over kinds; the letters are explained in mentions.toml. "." ends a sentence, "n" is any other word.
THING = "(?:(?:D[RJ]*|R*J+)?[nG]+(?:P?[DRJ]*[nG])*|D)"
CLAUSE = re.compile(
    rf"""[RSN]*{THING}R*[LHUMN] | [RSN]*D[RJ]*n+(?:Rn | w | P.*[LHM]) | [RSN]*I?[IEQ]R*(?:[LHUM]|(?<=[EQ]))
    | R*P[DRJ]*[nG]+[TI]R*[LHUM]""",
    re.VERBOSE,
)  # fmt: skip
JUDGED = re.compile(r"[JNMGU]|^A?[BCc].*[LHK]")
CONTENT = re.compile(r"[nJGULHMKQ]")
VERB = re.compile(r"[LHUMKQ]")
JUDGED_THING = re.compile(r"[DRN]*J[RJA]*[Gn]|[DR]*G|N[RJ]*[nG]")
PLAIN_THING = re.compile(r"R*J+[nG]|R*G")
PREDICATE = re.compile(r"R*[HUM]")
ABOUT_SOMETHING = re.compile(r"J[RJA]*[nG]|[nGDTEw].*[JNMGU]|^A?[BCc]|[LHUKQ].*[JGNM]|^[AB].*n|^[RA]*J+$|[NGMU].*n")
QUALITY = re.compile(r"(?<![LK])(?<![LK]R)J$")
QUALIFIED = re.compile(r"R*J[JA]*[nG]")
PREDICATED = re.compile(r"[LK][RNJA,]*J$")
OWN_QUALITY = re.compile(r"J[nG]{1,3}$")
CLIPPED = re.compile(r"[DR]*[nG]{1,3}R*J+$")
DENIED = re.compile(r"[NM]")
SUBORDINATE = re.compile(r"[A,]?(?:S|P(?!T))")
CONCEDED = re.compile(r"[ABR,]*(?:C|W[DTEJRnK])")
VERBED = re.compile(r"R*[LHUM]")
RUN_ON = re.compile(r"(?:D[RJ]*)?[nG]{1,3}R*[LHM]")
MARK = re.compile(r"[,;:\-().ABCcWYX]")
CANDIDATE = re.compile(r"[BCcWYXAz,;\-TIKQE]|(?<=[nG])R*J|(?<=J)[Dn]")
"""Where a cut may fall inside a sentence: cues, marks, new subjects, and a quality behind a thing."""


def split(comment: str) -> list[tuple[int, int]]:
    """The mentions of a comment as (start, end) in code points.

    In order, not overlapping, with only white space between them; together they hold every character that is not
    white space. An empty comment has none. A mask such as `[email]` is never cut.
    """
    kinds, starts, ends = _read(comment)
    cuts: list[int] = []
    first = 0
    for clause in kinds.split("."):
        cuts += [
            _opening(comment, starts[first + at]) if before else ends[first + at] for at, before in _inside(clause)
        ]
        first += len(clause) + 1
        if first <= len(kinds):
            cuts.append(ends[first - 1])
    return _pieces(comment, cuts)


def _opening(comment: str, at: int) -> int:
    """Where a word begins with the quotes, brackets and signs in front of it."""
    while at > 0 and comment[at - 1] in OPENING:
        at -= 1
    return at


def _pieces(comment: str, cuts: list[int]) -> list[tuple[int, int]]:
    """The text between cuts without the white space around it; what holds no word goes with the piece before it."""
    found: list[tuple[int, int]] = []
    start = 0
    for cut in [*cuts, len(comment)]:
        piece = comment[start:cut]
        if not any(map(str.isalnum, piece)) and (found or cut < len(comment)):
            if found and piece.strip():
                found[-1] = (found[-1][0], start + len(piece.rstrip()))
                start = cut
            continue
        if bare := piece.strip():
            begin = start + len(piece) - len(piece.lstrip())
            found.append((begin, begin + len(bare)))
        start = cut
    return found


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """(kind of each word, abbreviations by what must follow for a sentence to end)."""
    with TABLE.open("rb") as file:
        table = tomllib.load(file)
    kinds = {word: kind for kind, words in table["kinds"].items() for word in words.split()}
    return kinds, {when: frozenset(words.split()) for when, words in table["abbreviations"].items()}


@lru_cache(maxsize=50_000)
def _kind(word: str) -> str:
    """What a word does in a clause; "n" for what the table does not know, words in -ful and -less judge."""
    lower = word.lower().replace("’", "'")
    if (kind := _table()[0].get(lower)) is not None:
        return kind
    if lower.endswith("n't"):
        return "M"
    if _judges(lower):
        return "J"
    return "R" if lower.endswith("ly") and len(lower) > 5 else "n"


def _judges(word: str) -> bool:
    """Whether a word the table lacks judges by its form: larger, nicest, unaware, tasteful, pointless."""
    if len(word) > 5 and word.endswith(("ful", "less")):
        return True
    if len(word) > 6 and word.startswith("un") and not word.startswith(("under", "until", "uni", "unless")):
        return True
    for ending in ("er", "est"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            bases = (stem, stem + "e", stem[:-1], stem[:-1] + "y")
            return any(_table()[0].get(base) == "J" for base in bases)
    return False


def _read(comment: str) -> tuple[str, list[int], list[int]]:
    """The comment as a string of kinds, with the start and the end of each; "." stands where a sentence ends."""
    kinds: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    word = ""
    number = 1
    for match in TOKEN.finditer(comment):
        token = match.group()
        start, end = match.span()
        if token[0].isalnum() or token[0] == "_" or (token[0] == "[" and end > start + 1):
            kind = "A" if _adds(comment, token, start) else _kind(token)
            numbers = _numbers(comment, token, end, kinds, number)
            if kinds and kinds[-1] != "." and (numbers or _starts_anew(token, kind, word, kinds[-1])):
                kinds.append(".")
                starts.append(start)
                ends.append(_opening(comment, start))
            number += numbers
            word = "" if numbers else token
        else:
            kind = _mark(comment, token, start, end, word, kinds)
        if kind:
            kinds.append(kind)
            starts.append(start)
            ends.append(start if token in BULLETS else end)
    return "".join(kinds), starts, ends


def _mark(comment: str, token: str, start: int, end: int, word: str, kinds: list[str]) -> str:
    """What a token that is no word does: "." where a sentence ends, its own letter, or "" when nothing."""
    first = token[0]
    if token in PUNCTUATION:
        kind = PUNCTUATION[token]
        return kind if kind != "-" or _stands_alone(comment, start, end) else ""
    if first == "&":
        return "A"
    if first in ".!?…。！？।":
        ends = _ends(comment, token, word, end)
    elif first == "\n":
        ends = _line_ends(comment, start, end)
    else:
        ends = token in BULLETS or (first > "\u2190" and _emoji_ends(comment, end, kinds))
    return "." if ends else ""


def _adds(comment: str, token: str, start: int) -> bool:
    """Whether a "but" only goes on: behind "not only"."""
    return token.lower() == "but" and bool(NOT_ONLY.search(comment, max(0, start - LONG_LINE), start))


def _numbers(comment: str, token: str, end: int, kinds: list[str], number: int) -> bool:
    """Whether a number or a letter is the next of a list: "1. cheap 2. fast", "a) cheap"; the first begins a sentence."""
    letter = token == chr(ord("a") + number - 1) and comment[end : end + 1] == ")"
    return (
        (letter or (token == str(number) and comment[end : end + 1] in (".", ")")))
        and comment[end + 1 : end + 2].isspace()
        and (number > 1 or not kinds or kinds[-1] == ".")
    )


def _starts_anew(token: str, kind: str, word: str, before: str) -> bool:
    """Whether a capital shows a sentence start that no full stop announced: "nice staff The food was cold"."""
    return (
        kind in "DTESRKQMNBCcWXJz"
        and before in "nGJ)"
        and word.islower()
        and token[0].isupper()
        and token[1:].islower()
        and not token.startswith("I'")
    )


def _next(comment: str, at: int) -> str:
    """The first character from `at` on that is not white space; empty at the end."""
    found = INK.search(comment, at)
    return found.group() if found else ""


def _ends(comment: str, token: str, word: str, end: int) -> bool:
    """Whether a sentence ends at this full stop (question mark, exclamation mark, ellipsis) after `word`."""
    following = comment[end : end + 1]
    after = _next(comment, end)
    mark = token.rstrip(")]\"'”’")
    if not after or (token.endswith(")") and after.islower()):
        return False
    if token[0] in "。！？।":
        return True
    if mark.startswith(("..", "…")):
        return not after.islower()
    if not following.isspace():
        return after.isupper() and (mark[0] != "." or (word.islower() and len(word) > 2 and word.isalpha()))
    return mark != "." or _word_ends(word.lower(), after)


def _emoji_ends(comment: str, end: int, kinds: list[str]) -> bool:
    """Whether an emoji stands for a full stop: something was judged before it and a capital follows."""
    said = "".join(kinds[-SIGHT:]).rpartition(".")[2]
    told = JUDGED.search(said) or VERB.search(said)
    return bool(told) and comment[end : end + 1].isspace() and _next(comment, end).isupper()


def _word_ends(word: str, after: str) -> bool:
    """Whether a full stop after this word ends a sentence which `after` (one character) would follow."""
    abbreviations = _table()[1]
    if word in abbreviations["never"] or (word in abbreviations["before_number"] and after.isdigit()):
        return False
    if word in abbreviations["before_capital"]:
        return after.isupper()
    return len(word) > 1 or word.isdigit()


def _stands_alone(comment: str, start: int, end: int) -> bool:
    """Whether a dash parts two clauses: white space on one side at least, or a long dash."""
    return comment[start] != "-" or comment[start - 1 : start].isspace() or comment[end : end + 1].isspace()


def _line_ends(comment: str, start: int, end: int) -> bool:
    """Whether a line break ends what was said: not where a long line goes on in small letters."""
    line = comment[comment.rfind("\n", 0, start) + 1 : start]
    return len(line) < LONG_LINE or not comment[end : end + 1].islower() or comment.count("\n", start, end) > 1


def _inside(kinds: str) -> list[tuple[int, bool]]:
    """The cuts inside one sentence: (place of the token, whether the cut is before it)."""
    plain = kinds.replace("z", "R").replace("v", "R")
    found: list[tuple[int, bool]] = []
    first = 0
    for match in CANDIDATE.finditer(kinds):
        at = match.start()
        left, right = plain[max(first, at - SIGHT) : at], plain[at + 1 : at + SIGHT]
        if left.rfind("(") > left.rfind(")") or not CONTENT.search(left) or not CONTENT.search(right):
            continue
        cue = kinds[at]
        rule = RULES[cue]
        if rule(left, right) if cue in MARKS else rule(left, plain[at] + right):
            before = cue not in AFTER
            if before and kinds[at - 1] == "v":
                at -= 1
            found.append((at, before))
            first = at if before else at + 1
    return found


def _but(left: str, right: str) -> bool:
    """Always contrast, save "nothing but", "all but" and two qualities of one thing ("small but good food")."""
    return not (left[-1] in "ND" or (QUALITY.search(left) and QUALIFIED.match(right)))


def _although(left: str, right: str) -> bool:
    """Contrast, save where it trails behind: "the crew was superb though"."""
    return right[0] not in ",)-A"


def _while(left: str, right: str) -> bool:
    """Contrast behind a comma and with a new subject; of time otherwise ("while dining", "while we waited")."""
    return left[-1] in ",A" and right[0] in "DTEJRnK"


def _yet(left: str, right: str) -> bool:
    """Contrast before a clause of its own; not the "yet" of "not yet"."""
    return left[-1] == "," or (right[0] in "DTIEKQ" and not DENIED.search(left))


def _however(left: str, right: str) -> bool:
    """Contrast before a clause of its own; "there was no lift however which" goes on."""
    if left[-1] == right[0] == ",":
        return bool(CLAUSE.match(right[1:]))
    return right.lstrip(",")[0] in "DTIEQKNMnJ"


def _clipped(left: str, here: str) -> bool:
    """Telegram style: "room small, staff rude" """
    return bool(CLIPPED.match(here) and (CLIPPED.match(left) or PREDICATED.search(left)))


def _and(left: str, right: str) -> bool:
    """Cut where what follows judges something else: a clause, a thing with its own quality, or another doing."""
    if right[0] in "CcWYX" or right[:2] == "RC":
        return True
    if left[-1] == "(":
        return False
    if not JUDGED.search(left) or not ABOUT_SOMETHING.search(left):
        return False
    if CLAUSE.match(right):
        return True
    here = MARK.split(right, maxsplit=1)[0]
    if not JUDGED.search(here):
        return False
    if _clipped(left, here):
        return True
    if JUDGED_THING.match(here) and left[-1] not in "JR":
        return not (here[0] == "N" and "N" in left)
    return bool(PREDICATE.match(here) and VERB.search(left))


def _comma(left: str, right: str) -> bool:
    """Cut where judgements of different things are spliced, and behind an opening "although …,"."""
    if right[0] in "BCcWYXA" or right[:2] == "RC":
        return False
    if CONCEDED.match(left):
        return True
    here = MARK.split(right, maxsplit=1)[0]
    if not JUDGED.search(left) or not ABOUT_SOMETHING.search(left) or SUBORDINATE.match(left):
        return False
    if CLAUSE.match(here):
        return here[0] in "DnGJEN" or bool(JUDGED.search(here))
    if _clipped(left, here):
        return True
    if not PLAIN_THING.match(here) or VERB.search(here):
        return False
    return bool(OWN_QUALITY.search(left) or PREDICATED.search(left) or (left[-1] in "nG" and not VERB.search(left)))


def _dash(left: str, right: str) -> bool:
    """Cut where judgements of different things stand on both sides."""
    here = MARK.split(right, maxsplit=1)[0]
    return all((JUDGED.search(left), JUDGED.search(here), ABOUT_SOMETHING.search(left))) and here[0] not in "RNPO"


def _semicolon(left: str, right: str) -> bool:
    """Cut before a clause or a judgement of its own."""
    return bool(VERB.search(right) or JUDGED.search(right))


def _also(left: str, right: str) -> bool:
    """ "… is quiet also has a view": cut before another doing or clause once the one before it is complete."""
    return bool(left[-1] in "nGJ," and VERB.search(left) and JUDGED.search(left) and right[1] in "LHUMEIDQ")


def _subject(left: str, right: str) -> bool:
    """No mark at all: cut before a new subject where the clause before it is complete."""
    if CONCEDED.match(left):
        return bool(VERB.search(left) and (right[0] in "KQ" or VERBED.match(right[1:])))
    return right[0] in "IQE" and bool(PREDICATED.search(left) and CLAUSE.match(right))


def _thing(left: str, right: str) -> bool:
    """No mark at all: "wifi is available the rooms are clean"."""
    return bool(PREDICATED.search(left) and RUN_ON.match(right))


def _quality(left: str, right: str) -> bool:
    """No mark at all: "friendly staff good food"."""
    return bool(OWN_QUALITY.search(left) and QUALIFIED.match(right))


RULES: dict[str, Callable[[str, str], bool]] = {
    "B": _but, "C": _although, "c": _although, "W": _while, "Y": _yet, "X": _however, "A": _and, ",": _comma,
    ";": _semicolon, "-": _dash, "z": _also, "T": _subject, "I": _subject, "K": _subject, "Q": _subject,
    "E": _subject, "D": _thing, "n": _thing, "J": _quality, "R": _quality,
}  # fmt: skip
"""What decides about each candidate, given the kinds from the last cut to it and those behind it (with it, when it is
a word that stays with what follows and not a mere cue)."""
MARKS = frozenset("BCcWYXA,;-")
AFTER = frozenset(",;-")
