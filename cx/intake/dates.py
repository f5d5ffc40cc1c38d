"""Dates as people and tools write them: which form a column uses, settled from all of it, and how to read its cells."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

SAMPLE = 400
EARLIEST, LATEST = 1900, 2100
EPOCH = datetime(1970, 1, 1)
MICROSECOND, DAY = timedelta(microseconds=1), 86_400_000_000
MOST_REMEMBERED = 200_000
"""Days and times that a clock knows by heart, before it starts anew."""

EXCEL_EPOCH = datetime(1899, 12, 30)
MONTHS = (
    "january jan januar janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar fevrier fevr fev febrero febbraio fevereiro februari",
    "march mar marz mrz maerz mars marzo marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug aout agosto ago augustus",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dicembre dezembro",
)
"""How months are called and shortened in English, German, French, Spanish, Italian, Portuguese and Dutch."""

MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}

_TIME = (
    r"(?:(?:\s*,?\s+|t|,)(?:at |um |à |a las )?(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?P<zone>(?:z|[a-z]{2,5})?\s*(?:[+-]\d{1,2}(?::?\d{2})?)?)?\s*(?:\([^)]*\))?)?\s*$"
)
_WEEKDAY = r"(?:[^\W\d]{2,10}\.?,?\s+)?"
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})" + _TIME, re.I)
_YEAR_LAST = re.compile(r"(?P<one>\d{1,2})([-/.])(?P<two>\d{1,2})\2(?P<year>\d{4}|\d{2})" + _TIME, re.I)
_DAY_NAME = re.compile(
    _WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?[\s/-]*(?:de\s+)?(?P<name>[^\W\d]{3,10})\.?,?[\s/-]*(?:de\s+)?"
    r"(?P<year>\d{4}|\d{2})" + _TIME, re.I,
)  # fmt: skip
_NAME_DAY = re.compile(
    _WEEKDAY + r"(?P<name>[^\W\d]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _TIME, re.I
)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])$")
_NAMED_ZONE = re.compile(
    r"\(\s*((?:UTC|GMT)\s*(?:[+-]\s*\d{1,2}(?::?\d{2})?)?|CES?T|MES?Z|[ECMP][SD]T|BST|IST|JST|AE[SD]T|WES?T|EES?T)\s*\)",
    re.I,
)
_NUMBER = re.compile(r"\d{5,13}(?:[.,]\d+)?$")
_ACCENTS = str.maketrans("äéèêëûúùçãâáíóô", "aeeeeuuucaaaioo")


@dataclass(frozen=True)
class DateForm:
    """How a column writes its dates. `order` is dmy or mdy (for 3/4/2025); `number` tells what plain numbers count.

    `share` of the column's filled cells can be read; `sure`: the column itself shows the order of day and month;
    `ambiguous`: nothing tells it.
    """

    order: str = "mdy"
    number: str | None = None
    nulls: frozenset[str] = frozenset()
    zone: str | None = None
    ambiguous: bool = False
    share: float = 1.0
    sure: bool = False

    def read(self, cell: str) -> datetime | None:
        """The wall clock a cell shows, without zone; None where it shows no date, or one that stands for "none"."""
        cell = cell.strip()
        moment = _iso(cell) or self._parse(cell)
        if moment is None or not EARLIEST <= moment.year <= LATEST:
            return None
        return None if self.nulls and str(moment)[:10] in self.nulls else moment

    def stands_for_none(self, cell: str) -> bool:
        """Whether a cell shows a date that means "no date"."""
        return self.read(cell) is None and replace(self, nulls=frozenset()).read(cell) is not None

    def _parse(self, cell: str) -> datetime | None:
        if match := _YEAR_LAST.match(cell):
            one, two = int(match["one"]), int(match["two"])
            day, month = (one, two) if self.order == "dmy" else (two, one)
            return _moment(match, _century(match["year"]), month, day)
        if match := _YEAR_FIRST.match(cell):
            return _moment(match, int(match["year"]), int(match["month"]), int(match["day"]))
        if self.number and _NUMBER.match(cell):
            return _from_number(float(cell.replace(",", ".")), self.number)
        if match := _NAME_DAY.match(cell) or _DAY_NAME.match(cell):
            month = MONTH.get(match["name"].casefold().translate(_ACCENTS), 0)
            return _moment(match, _century(match["year"]), month, int(match["day"]))
        return None


class Clock:
    """Reads the cells of a column one after the other, fast: days and times of day come again and again."""

    def __init__(self, form: DateForm) -> None:
        self.form = form
        self.days: dict[str, int | None] = {}
        self.times: dict[str, int] = {}

    def microseconds(self, cell: str) -> int | None:
        """Microseconds since 1970 on the wall clock that the cell shows; None where `form.read` finds no date."""
        mark = " " if " " in cell else "T"
        day, _, time = cell.partition(mark)
        if day in self.days and time in self.times:
            midnight = self.days[day]
            if midnight is not None:
                return midnight + self.times[time]
        moment = self.form.read(cell)
        if moment is None:
            return None
        if len(self.days) + len(self.times) > MOST_REMEMBERED:
            self.days.clear()
            self.times.clear()
        total = (moment - EPOCH) // MICROSECOND
        if day not in self.days:
            # None where what stands before the mark is not yet the day: `12 May 2026 10:00`
            known = moment if day == cell else self.form.read(day)
            self.days[day] = (known - EPOCH) // MICROSECOND if known else None
        midnight = self.days[day]
        if midnight is not None and midnight % DAY == 0 and 0 <= total - midnight < DAY:
            self.times[time] = total - midnight
        return total


def _iso(cell: str) -> datetime | None:
    if len(cell) < 10 or cell[4] != "-" or cell[7] != "-":
        return None
    try:
        return datetime.fromisoformat(cell).replace(tzinfo=None)
    except ValueError:
        return None


def _century(year: str) -> int:
    number = int(year)
    return number if len(year) == 4 else number + (2000 if number < 70 else 1900)


def _moment(match: re.Match[str], year: int, month: int, day: int) -> datetime | None:
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    half = (match["half"] or "").casefold()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _from_number(value: float, counts: str) -> datetime | None:
    if counts == "compact":
        match = _COMPACT.match(f"{value:.0f}")
        return datetime(int(match["year"]), int(match["month"]), int(match["day"])) if match else None
    try:
        if counts == "serial":
            return EXCEL_EPOCH + timedelta(seconds=round(value * 86400))
        return EPOCH + timedelta(seconds=value / 1000 if counts == "millis" else value)
    except OverflowError:
        return None


def settle(
    values: Mapping[str, int], named: bool, order: str | None = None, nulls: Iterable[str] = (), zone: str | None = None,
    cells: Iterable[str] | None = None, told: bool = False,
) -> DateForm | None:  # fmt: skip
    """How a column with these values (value → rows) writes dates; None when it does not hold dates.

    `named`: its heading speaks of a date, so that plain numbers may be serial numbers or Unix times too. `order` is
    used where the column leaves open whether the day or the month comes first; it is then `ambiguous`, unless `told`:
    somebody who knows says so, and against what the column shows. `cells` are some whole cells, where the values are
    only their days.
    """
    sample = dict.fromkeys(islice(values if cells is None else cells, SAMPLE), 1)
    number = _counts(sample) if named else None
    if _share(sample, DateForm(number=number)) < 0.5 and _share(sample, DateForm("dmy", number)) < 0.5:
        return None
    shown, seen = _order(values, sample)
    found = order if told and order else shown or order or "mdy"
    ambiguous = seen and not shown and not (told and order)
    form = DateForm(found, number, frozenset(nulls), zone or _zone(sample), ambiguous, sure=shown is not None)
    read = {cell: form.read(cell) for cell in values}
    share = sum(rows for cell, rows in values.items() if read[cell] or form.stands_for_none(cell)) / max(
        1, sum(values.values())
    )
    return replace(form, nulls=form.nulls | _clock_zeros(read), share=share)


def _share(values: Mapping[str, int], form: DateForm) -> float:
    read = sum(rows for cell, rows in values.items() if form.read(cell) is not None)
    return read / max(1, sum(values.values()))


def _counts(sample: Mapping[str, int]) -> str | None:
    numbers = [float(cell.replace(",", ".")) for cell in map(str.strip, sample) if _NUMBER.match(cell)]
    if len(numbers) < len(sample) * 0.8 or not numbers:
        return None
    low, high = min(numbers), max(numbers)
    if all(_COMPACT.match(f"{number:.0f}") for number in numbers):
        return "compact"
    for counts, least, most in (("serial", 20_000, 80_000), ("seconds", 6e8, 5e9), ("millis", 6e11, 5e12)):
        if least <= low and high <= most:
            return counts
    return None


def _order(values: Mapping[str, int], sample: Iterable[str]) -> tuple[str | None, bool]:
    """Day or month first (None: nothing tells), and whether it matters: some cells have two numbers before the year.

    A number above 12 settles it, by majority; else dots and AM/PM give it away.
    """
    day_first = month_first = seen = 0
    for cell, rows in values.items():
        if match := _YEAR_LAST.match(cell.strip()):
            one, two = int(match["one"]), int(match["two"])
            seen += 1
            day_first += rows * (one > 12 >= two)
            month_first += rows * (two > 12 >= one)
    if day_first or month_first:
        return ("dmy" if day_first > month_first else "mdy"), True
    shown = [match for cell in sample if (match := _YEAR_LAST.match(cell.strip()))]
    if shown and all(match[2] == "." for match in shown):
        return "dmy", True
    if shown and all(match["half"] for match in shown):
        return "mdy", True
    return None, seen > 0


def _zone(sample: Mapping[str, int]) -> str | None:
    zones = set()
    for cell in sample:
        cell = cell.strip()
        match = _YEAR_FIRST.match(cell) or _YEAR_LAST.match(cell) or _NAME_DAY.match(cell) or _DAY_NAME.match(cell)
        if match and match["zone"]:
            zones.add(match["zone"].strip().upper().replace("Z", "UTC") or None)
    return zones.pop() if len(zones) == 1 else None


def named_zone(heading: str) -> str | None:
    """The time zone that a heading names in brackets: `Submit Date (UTC)`."""
    match = _NAMED_ZONE.search(heading)
    return " ".join(match[1].upper().split()) if match else None


def _clock_zeros(read: Mapping[str, datetime | None]) -> frozenset[str]:
    """1970-01-01 is the zero of computers' clocks: no date, when all other dates come decades later."""
    years = [moment.year for moment in read.values() if moment and moment.date() != EPOCH.date()]
    zero = any(moment and moment.date() == EPOCH.date() for moment in read.values())
    return frozenset({"1970-01-01"}) if zero and years and min(years) >= 1990 else frozenset()
