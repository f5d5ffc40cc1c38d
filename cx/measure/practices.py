"""What a team says of its own practices, 0 to 100 per pillar, beside what its customers perceive.

The questions are data (`practices.toml`, or a file of the team's own). An answer from 1 to 5 counts 0, 25, 50, 75, 100;
a pillar's practice is the mean of its answered practices: counted, not estimated from a sample.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cx.errors import NoteError
from cx.measure.estimate import Estimate
from cx.schema import PILLARS
from cx.view import catalogue, wording

SHIPPED = Path(__file__).with_name("practices.toml")
FEWEST, MOST = 1, 12
"""Practices a pillar may have; four to six are good ones."""

LONGEST = {"id": 60, "title": 80, "question": 300}
MOST_BYTES = 100_000
ANSWERS = {
    1: wording.noted("not at all"), 2: wording.noted("in places"), 3: wording.noted("half of it"),
    4: wording.noted("mostly"), 5: wording.noted("everywhere, always"),
}  # fmt: skip
"""What an answer means."""

_ID = re.compile(r"[a-z][a-z0-9_]*")


class Practice(NamedTuple):
    """Something a company does or does not do for its customers, with the question that asks for it."""

    id: str
    pillar: str
    title: str
    question: str


class Gap(NamedTuple):
    """A pillar's practice (0–100, None: nothing answered) with how many of its practices are answered, its perception by
    customers, practice − perception, and whether that is beyond the noise of the perception."""

    pillar: str
    practice: float | None
    answered: int
    of: int
    perception: Estimate
    gap: float | None
    real: bool


def shipped() -> tuple[Practice, ...]:
    """The practices that come with the program, in the language spoken here."""
    return _shipped(file())


def file() -> Path:
    """Their file: that of the language spoken here, else the English one."""
    own = catalogue.FOLDER / wording.language() / SHIPPED.name
    return own if own.is_file() else SHIPPED


@cache
def _shipped(path: Path) -> tuple[Practice, ...]:
    return read(path.read_bytes(), path.name)


def read(raw: bytes, name: str) -> tuple[Practice, ...]:
    """The practices in a TOML file with an entry `[[practice]]` each: id, pillar, title, question.

    Raises NoteError that names every entry that is wrong by its place and id, and why.
    """
    if len(raw) > MOST_BYTES:
        size = wording.whole(len(raw) / 1000)
        raise NoteError(
            wording.of("{file} has {size} kB; a file of practices has 100 kB at most.", file=name, size=size)
        )
    try:
        held = tomllib.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise NoteError(
            wording.of("{file} cannot be read as TOML in UTF-8: {error}.", file=name, error=error)
        ) from None
    entries = held.get("practice")
    if not isinstance(entries, list) or not entries:
        raise NoteError(
            wording.of(
                "{file} has no entry [[practice]]. It needs one per practice: id, pillar, title, question.", file=name
            )
        )
    wrong = [wording.of("unknown part '{part}'", part=part) for part in held if part != "practice"]
    for place, entry in enumerate(entries, 1):
        wrong += [f"{_named(place, entry)}: {problem}" for problem in _problems(entry)]
    wrong += _together([entry for entry in entries if isinstance(entry, dict)])
    if wrong:
        more = wording.of("; and {n} more", n=len(wrong) - 20) if len(wrong) > 20 else ""
        raise NoteError(f"{name}: {'; '.join(wrong[:20])}{more}.")
    return tuple(Practice(*(" ".join(entry[part].split()) for part in Practice._fields)) for entry in entries)


def _named(place: int, entry: Any) -> str:
    identifier = entry.get("id") if isinstance(entry, dict) else None
    return wording.of("practice {n}", n=place) + (
        f" ('{identifier[:40]}')" if isinstance(identifier, str) and identifier else ""
    )


def _problems(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return [wording.of("is no table")]
    out = [
        wording.of("unknown field '{field}'", field=str(name)[:40]) for name in entry if name not in Practice._fields
    ]
    for field in Practice._fields:
        held = entry.get(field)
        if not isinstance(held, str) or not held.strip():
            out.append(_unread(field, held))
        elif len(held) > LONGEST.get(field, 60):
            out.append(wording.of("{field} is longer than {n} characters", field=field, n=LONGEST.get(field, 60)))
        elif field == "id" and not _ID.fullmatch(held):
            out.append(wording.of("id is small letters, digits and _, a letter first"))
        elif field == "pillar" and held not in PILLARS:
            out.append(
                wording.of("there is no pillar '{name}'; there are {names}", name=held[:40], names=", ".join(PILLARS))
            )
    return out


def _unread(field: str, held: Any) -> str:
    if held is None:
        return wording.of("{field} is missing", field=field)
    return wording.of("{field} is not a text", field=field) if held else wording.of("{field} is empty", field=field)


def _together(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the entries as a whole: ids twice, too many of a pillar."""
    ids = [entry["id"] for entry in entries if isinstance(entry.get("id"), str)]
    out = [
        wording.of("the id '{id}' stands {n} times", id=one[:40], n=ids.count(one))
        for one in dict.fromkeys(ids)
        if ids.count(one) > 1
    ]
    for pillar in PILLARS:
        many = sum(entry.get("pillar") == pillar for entry in entries)
        if many > MOST:
            out.append(wording.of("{pillar} has {n} practices; {most} are the most", pillar=pillar, n=many, most=MOST))
    return out


def practice_score(
    practices: Sequence[Practice], answers: Mapping[str, int], pillar: str
) -> tuple[float | None, int, int]:
    """A pillar's practice 0–100, how many of its practices are answered, and of how many."""
    own = [practice.id for practice in practices if practice.pillar == pillar]
    given = [answers[each] for each in own if each in answers]
    return (25 * (sum(given) / len(given) - 1) if given else None), len(given), len(own)


def gaps(practices: Sequence[Practice], answers: Mapping[str, int], perceived: Mapping[str, Estimate]) -> list[Gap]:
    """Practice against perception of every pillar that is asked about, the widest gap first, those without last.

    `answers`: practice id → 1…5; `perceived`: pillar → score. A gap is real when the practice lies outside the interval
    of the perception.
    """
    out = []
    for pillar in PILLARS:
        practice, answered, of = practice_score(practices, answers, pillar)
        held = perceived.get(pillar, Estimate(None, None, None, 0))
        gap = None if practice is None or held.value is None else practice - held.value
        real = gap is not None and not (held.low or 0) <= (practice or 0) <= (held.high or 0)
        if of:
            out.append(Gap(pillar, practice, answered, of, held, gap, real))
    return sorted(out, key=lambda each: -1.0 if each.gap is None else abs(each.gap), reverse=True)
