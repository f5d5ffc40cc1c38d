"""A comment cut into mentions: clauses with one subject and one judgement, the grain of topics and sentiment.

A comment is read once into tokens, every token into one letter for what it does in a clause (`mentions.toml`), and the
cuts are patterns over that string of letters: at sentence ends, before contrast, and where "and", a comma, a dash or
nothing at all joins judgements about different things. "Great food, slow service" is two, "friendly and helpful
staff" one, "went for dinner and the staff was nice" one.
"""

import re
from collections.abc import Callable

from cx.text.kinds import JUDGED, SIGHT, VERB, opening, read

# Patterns over kinds; the letters are explained in mentions.toml. "." ends a sentence, "n" is any other word.
THING = "(?:(?:D[RJ]*|R*J+)?[nG]+(?:P?[DRJ]*[nG])*|D)"
CLAUSE = re.compile(
    rf"""[RSN]*{THING}R*[LHUMN] | [RSN]*D[RJ]*n+(?:Rn | w | P.*[LHM]) | [RSN]*I?[IEQ]R*(?:[LHUM]|(?<=[EQ]))
    | R*P[DRJ]*[nG]+[TI]R*[LHUM]""",
    re.VERBOSE,
)  # fmt: skip
CONTENT = re.compile(r"[nJGULHMKQ]")
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
    kinds, starts, ends = read(comment)
    cuts: list[int] = []
    first = 0
    for clause in kinds.split("."):
        cuts += [opening(comment, starts[first + at]) if before else ends[first + at] for at, before in _inside(clause)]
        first += len(clause) + 1
        if first <= len(kinds):
            cuts.append(ends[first - 1])
    return _pieces(comment, cuts)


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
