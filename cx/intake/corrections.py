"""What people say about columns: their corrections, the questions a file leaves open, and what carries over to the next file.

A correction is `role` or `role:option`, for example `ces:low_is_good`, `date:dmy` or `rating:1-10`. Pure functions: who
keeps the corrections, and where, is not known here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from hashlib import blake2b
from typing import NamedTuple

from cx.errors import MappingError
from cx.intake.sources import Layout
from cx.schema import ROLES, SCORE_ROLES, Scale

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "date": {"dmy": "the day comes first (31/12/2026)", "mdy": "the month comes first (12/31/2026)"},
    **{
        role: {
            "high_is_good": "a high answer is good" + (": it was easy" if role == "ces" else ""),
            "low_is_good": "a low answer is good" + (": it took little effort" if role == "ces" else ""),
        }
        for role in SCORE_ROLES if role != "nps"
    },
}  # fmt: skip
"""What can be said beside a role, and what it means. Roles on a scale also take the scale itself (`rating:1-10`)."""

SHARED = 0.6
"""Share of headings that two files of different or unknown tools have in common when they are of one shape."""

ALIKE = 0.7
"""How alike (difflib's ratio) two spellings of a renamed heading are, between the same neighbours."""

_SCALE = re.compile(r"(\d{1,3})[-–](\d{1,3})$")


class Correction(NamedTuple):
    """A role that the user gives a column, with the order of its dates, its direction or its scale where they were said."""

    role: str
    order: str | None = None
    low_is_good: bool | None = None
    scale: tuple[float, float] | None = None


class Question(NamedTuple):
    """What the file leaves open about a column: `options` are the corrections that answer it, `taken` is the one used."""

    column: str
    what: str
    options: tuple[str, ...]
    taken: str

    def as_json(self) -> dict[str, object]:
        """For `inspect` and for pages: every option with what it means."""
        means = {option: meaning(option) for option in self.options}
        return {"column": self.column, "what": self.what, "options": means, "taken": self.taken}


class Saved(NamedTuple):
    """Corrections made for an earlier file: its source, its headings in order, and roles by heading."""

    source: str
    headings: tuple[str, ...]
    roles: Mapping[str, str]


def read(column: str, given: str) -> Correction:
    """A correction as it is written. Raises MappingError for an unknown role or option."""
    role, *options = given.strip().split(":")
    if role not in ROLES:
        close = get_close_matches(role, ROLES, 1, 0.5)
        hint = f"Did you mean “{close[0]}”?" if close else f"Roles are: {', '.join(ROLES)}."
        raise MappingError(f"“{role}” (for the column “{column}”) is no role. {hint}")
    found = Correction(role)
    for option in options:
        scale = _SCALE.match(option) if role in SCORE_ROLES and role != "nps" else None
        if scale and int(scale[1]) < int(scale[2]):
            found = found._replace(scale=(float(scale[1]), float(scale[2])))
        elif option in OPTIONS.get(role, ()):
            found = (
                found._replace(order=option) if role == "date" else found._replace(low_is_good=option == "low_is_good")
            )
        else:
            known = [
                *OPTIONS.get(role, ()),
                *(["a scale such as 1-10"] if role in SCORE_ROLES and role != "nps" else []),
            ]
            hint = f"Options of {role} are: {', '.join(known)}." if known else f"{role} has no options."
            raise MappingError(f"“{given}” (for the column “{column}”) cannot be read. {hint}")
    return found


def meaning(correction: str) -> str:
    """What the option of a correction means, in words."""
    role, _, option = correction.partition(":")
    return OPTIONS.get(role, {}).get(option, option)


def about_date(column: str, order: str) -> Question:
    """Asks which of day and month comes first."""
    return Question(
        column, "Does the day or the month come first in these dates?", ("date:dmy", "date:mdy"), f"date:{order}"
    )


def about_effort(column: str, scale: Scale) -> Question:
    """Asks what a high answer means."""
    taken = "ces:low_is_good" if scale.low_is_good else "ces:high_is_good"
    what = f"Is {scale.max:g} the easiest or the most effort? Answers go from {scale.min:g} to {scale.max:g}."
    return Question(column, what, ("ces:high_is_good", "ces:low_is_good"), taken)


def folded(heading: str) -> str:
    """A heading without regard to case and space."""
    return " ".join(heading.casefold().split())


def fingerprint(headings: Iterable[str]) -> str:
    """The shape of a file as 16 hex digits: of its headings, whatever their order, case and spaces."""
    names = sorted(map(folded, headings))
    return blake2b("\x1f".join(names).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def carried(saved: Sequence[Saved], layout: Layout) -> tuple[dict[str, str], list[str]]:
    """The corrections of earlier files that apply to this one (column → correction), and notices on what changed.

    A file counts when it is of the same tool, or shares 60 % of the headings. The most similar one wins, of equally
    similar ones the last. A renamed column is recognised by its question, or by its spelling between the same neighbours.
    """
    names = [name for name, _ in layout.headings]
    ranked = sorted(
        ((_shared(one, names), place, one) for place, one in enumerate(saved) if _of_one_shape(one, layout, names)),
        key=lambda entry: entry[:2],
    )
    roles: dict[str, str] = {}
    notices: list[str] = []
    for share, _, one in ranked:  # the most similar one last: its word counts
        here = _columns_of(one, layout)
        roles |= {here[folded(column)]: role for column, role in one.roles.items() if folded(column) in here}
        notices = _changes(one, names, here) if share >= SHARED else []
    if roles:
        many = f"{len(roles)} corrections" if len(roles) > 1 else "1 correction"
        notices.insert(0, f"{many} of an earlier file of this shape applied: {_listed(roles)}.")
    return roles, notices


def _of_one_shape(one: Saved, layout: Layout, names: Sequence[str]) -> bool:
    known_tool = not layout.source.startswith("generic_")
    return (known_tool and one.source.split(" (")[0] == layout.source) or _shared(one, names) >= SHARED


def _shared(one: Saved, names: Sequence[str]) -> float:
    before, now = set(map(folded, one.headings)), set(map(folded, names))
    return len(before & now) / max(1, len(before | now))


def _columns_of(one: Saved, layout: Layout) -> dict[str, str]:
    """Earlier headings (folded) → names of this file's columns, renamed ones included."""
    now = {folded(name): name for name, _ in layout.headings}
    before = [folded(heading) for heading in one.headings]
    here = {heading: now[heading] for heading in before if heading in now}
    questions = {folded(label): name for name, label in layout.headings if folded(name) not in here}
    free = [folded(name) for name, _ in layout.headings if folded(name) not in here]
    order = list(now)
    for place, heading in enumerate(before):
        if heading in here:
            continue
        if heading in questions:
            here[heading] = questions[heading]
            continue
        beside = _neighbours(before, place)
        close = [other for other in free if now[other] not in here.values() and _alike(heading, other)
                 and beside & _neighbours(order, order.index(other))]  # fmt: skip
        if close:
            best = max(close, key=lambda other: SequenceMatcher(None, heading, other).ratio())
            here[heading] = now[best]
    return here


def _neighbours(headings: Sequence[str], place: int) -> set[tuple[int, str]]:
    """The headings on the left and on the right; the table's edges count as neighbours, too."""
    padded = ["", *headings, ""]
    return {(-1, padded[place]), (1, padded[place + 2])}


def _alike(one: str, other: str) -> bool:
    match = SequenceMatcher(None, one, other)
    return match.real_quick_ratio() >= ALIKE and match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE


def _changes(one: Saved, names: Sequence[str], here: Mapping[str, str]) -> list[str]:
    out = []
    renamed = [f"“{old}” → “{here[folded(old)]}”" for old in one.headings
               if folded(old) in here and folded(here[folded(old)]) != folded(old)]  # fmt: skip
    if renamed:
        out.append(f"Renamed since the earlier file: {', '.join(renamed[:8])}.")
    if missing := [heading for heading in one.headings if folded(heading) not in here]:
        out.append(f"Not in this file, but in the earlier one: {_listed(missing)}.")
    if added := [name for name in names if name not in here.values()]:
        out.append(f"New since the earlier file: {_listed(added)}.")
    kept = [here[heading] for heading in map(folded, one.headings) if heading in here]
    if kept != [name for name in names if name in set(kept)]:
        out.append("The columns come in another order than in the earlier file; that does not matter.")
    return out


def _listed(names: Sequence[str] | Mapping[str, str]) -> str:
    shown = [f"“{name[:40]}”" for name in names]
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
