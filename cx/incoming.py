"""A file on its way in, before anything is stored: what it is, what people said of files like it, whose numbers it holds."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from cx.errors import StoreError
from cx.intake import corrections, mapping, privacy, read, sources
from cx.intake.mapping import Plan, Saved
from cx.intake.masking import Privacy
from cx.text import language, understand

LOOKED_AT = 20_000
"""Rows whose comments are read to say which languages are ahead."""

FOR_REGION = 2_000
"""Rows that tell the country a file comes from."""

CURRENCY = re.compile(r"currency|währung|waehrung|devise|moneda|moeda|valuta|divisa", re.I)
SIGN = re.compile(r"[€£$¥₹]|\b[A-Z]{3}\b")


class Given(NamedTuple):
    """A file to take in: where it lies, what it was called, the roles the user set (column name → role), the sheet."""

    path: Path
    name: str
    roles: Mapping[str, str] = {}
    sheet: str | None = None


class Edits(NamedTuple):
    """What people changed about a dataset, done again at every run: records of `topic_edits` and `taxonomy_edits` in their
    order, and corrected sentiments."""

    topics: Sequence[Mapping[str, Any]] = ()
    taxonomy: Sequence[Mapping[str, Any]] = ()
    sentiment: understand.Corrections = {}  # noqa: RUF012 - a default, never changed


class Wishes(NamedTuple):
    """What people want of an import besides the files.

    `add`: a source that the dataset does not have may come in. `taxonomy`: a taxonomy of their own. `privacy`: what may
    be stored; None: as the dataset was begun. `saved`: corrections of earlier files. `drop_equal`: of rows without a key
    that are equal in every cell one is kept; by default all are, for they may be answers of different people.
    `adapt`: the sentiment model learns from the ratings in the files. `edits`: what people changed before.
    """

    add: bool = True
    taxonomy: Path | None = None
    privacy: Privacy | None = None
    saved: Sequence[Saved] = ()
    drop_equal: bool = False
    adapt: bool = True
    edits: Edits = Edits()


def may_store(asked: Privacy | None, begun: Privacy | None, files: bool) -> Privacy:
    """What may be stored: as the dataset was begun, and what is asked for besides; without files, just what is asked for.

    Raises StoreError where customers would get other names than before.
    """
    if begun is None:
        return asked or Privacy()
    if asked and asked.readable_ids and not begun.readable_ids:
        raise StoreError(
            "The customer ids of this dataset are pseudonyms since it was begun. Import into another dataset, or delete "
            "this one first."
        )
    return begun.joined(asked) if asked and files else asked or begun


def plan(given: Given, saved: Sequence[Saved] = (), keep: Sequence[str] = ()) -> Plan:
    """What a file is and what its columns are for: vendor's rules, guesses, corrections of earlier files, the user's own.

    Raises IntakeError when it is no table, MappingError when the user's corrections do not fit it.
    """
    table = read.open_table(given.path, given.name, given.sheet)
    layout = sources.recognise(table)
    remembered, notices = corrections.carried(saved, layout)
    made = mapping.plan(table, layout, given.roles, remembered, keep)
    made.notices += notices
    return made


def preview(given: Given, saved: Sequence[Saved] = ()) -> dict[str, Any]:
    """What people should see before they press Analyse: the plan as JSON, and `languages` of the comments (code → number),
    `comments` read, `more` (whether the file has more than were read), `region` (guessed), the names of the
    `sheets` there are and the `sheet` that is read."""
    made = plan(given, saved)
    texts, hints, read_in = _comments(made, LOOKED_AT)
    return made.as_json() | {
        "languages": language.counts(texts, hints), "comments": sum(text is not None for text in texts),
        "more": read_in == LOOKED_AT and made.rows > LOOKED_AT, "region": region(made),
        "sheets": [sheet.name for sheet in made.table.sheets], "sheet": made.table.sheet,
    }  # fmt: skip


def region(made: Plan) -> str | None:
    """The country whose telephone numbers a file may hold, by its language column, currencies and comments."""
    spoken: Counter[str] = Counter()
    money: Counter[str] = Counter()
    tagged = [column.index for column in made.columns if column.role == "language"]
    paid = [column.index for column in made.columns if column.role == "revenue" or CURRENCY.search(column.name)]
    for _, cells in islice(made.records(), FOR_REGION):
        spoken.update(_cells(cells, tagged))
        money.update(sign for cell in _cells(cells, paid) for sign in SIGN.findall(cell))
    if not spoken:
        texts, hints, _ = _comments(made, FOR_REGION)
        spoken.update(language.counts(texts, hints))
    found = privacy.region_of([code for code, _ in spoken.most_common()], [sign for sign, _ in money.most_common()])
    return found if found in privacy.regions() else None


def _comments(made: Plan, most: int) -> tuple[list[str | None], list[str | None], int]:
    """The comments of the first rows, those of one row together, what their language column says, and rows read."""
    asked = [column.index for column in made.columns if column.role == "comment"]
    told = [column.index for column in made.columns if column.role == "language"]
    texts: list[str | None] = []
    hints: list[str | None] = []
    for _, cells in islice(made.records(), most):
        texts.append(" ".join(_cells(cells, asked)) or None)
        hints.append(next(iter(_cells(cells, told)), None))
    return texts, hints, len(texts)


def _cells(cells: Sequence[str], places: Iterable[int]) -> list[str]:
    return [cell for place in places if place < len(cells) and (cell := cells[place].strip())]
