"""Which responses are meant: a period and values of segment columns. Speaks SQL (bound values), words and URL."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from cx.errors import FilterError
from cx.view import wording

EMPTY = ""
"""The value that stands for "no value given" in a segment."""


def quoted(name: str) -> str:
    """A column name as an SQL identifier; whatever the name holds, it stays a name."""
    return '"' + name.replace('"', '""') + '"'


def saying(columns: Iterable[str], words: str) -> tuple[str, list[object]]:
    """A clause for rows whose columns together hold each of these words, in any case, and what to bind; `TRUE` for none."""
    text = f"lower(concat_ws(' ', {', '.join(map(quoted, columns))}))"
    wanted = words.split()
    return " AND ".join(f"contains({text}, lower(?))" for _ in wanted) or "TRUE", list(wanted)


class Filter(NamedTuple):
    """A period (both days included, None: open) and, per column, the values that count; columns are joined by and."""

    begin: date | None = None
    end: date | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def columns(self) -> list[str]:
        """The columns it looks at besides the date."""
        return [name for name, _ in self.where]

    def sql(self) -> tuple[str, list[object]]:
        """A clause for WHERE and the values to bind; `TRUE` when nothing is filtered."""
        clauses: list[str] = []
        bound: list[object] = []
        if self.begin:
            clauses.append('CAST("date" AS DATE) >= ?')
            bound.append(self.begin)
        if self.end:
            clauses.append('CAST("date" AS DATE) <= ?')
            bound.append(self.end)
        for name, values in self.where:
            spelled = [spelling for value in values for spelling in _spellings(value)]
            clauses.append(f"coalesce(CAST({quoted(name)} AS VARCHAR), '') IN ({', '.join('?' * len(spelled))})")
            bound += spelled
        return " AND ".join(clauses) or "TRUE", bound

    def words(self) -> str:
        """The same for people: `1 Mar 2026 – 30 Apr 2026 · Region: North, South`."""
        parts = [self.period()] + [
            f"{name}: {', '.join(v or wording.of('no value') for v in values)}" for name, values in self.where
        ]
        return " · ".join(parts)

    def period(self) -> str:
        """The period in words."""
        if self.begin and self.end:
            return f"{day(self.begin)} – {day(self.end)}"
        if self.begin:
            return wording.of("since {day}", day=day(self.begin))
        return wording.of("until {day}", day=day(self.end)) if self.end else wording.of("all time")

    def url(self) -> dict[str, str | list[str]]:
        """The query parameters that mean this filter."""
        out: dict[str, str | list[str]] = {}
        if self.begin:
            out["from"] = self.begin.isoformat()
        if self.end:
            out["to"] = self.end.isoformat()
        for name, values in self.where:
            out[f"f.{name}"] = list(values)
        return out

    def with_values(self, column: str, values: Iterable[str]) -> "Filter":
        """The same filter with other values for one column; none takes the column out."""
        rest = {name: held for name, held in self.where if name != column}
        chosen = tuple(values)
        if chosen:
            rest[column] = chosen
        return self._replace(where=tuple(sorted(rest.items())))

    def in_period(self, begin: date | None, end: date | None) -> "Filter":
        """The same filter in another period."""
        return self._replace(begin=begin, end=end)


ALL = Filter()
"""Every response."""


def from_url(params: Mapping[str, list[str]], columns: Collection[str]) -> tuple[Filter, list[str]]:
    """The filter that query parameters mean, and what was dropped because it means nothing here.

    Only `from`, `to` and `f.<column>` are read; a column the dataset has not, and a day that is none, are dropped.
    """
    dropped: list[str] = []
    days = {}
    for key in ("from", "to"):
        given = (params.get(key) or [""])[-1]
        days[key] = parsed_day(given)
        if given and days[key] is None:
            dropped.append(f"{key}={given[:40]}")
    where = {}
    for key, values in params.items():
        if key.startswith("f."):
            if key[2:] in columns:
                where[key[2:]] = tuple(dict.fromkeys(values))
            else:
                dropped.append(key[:60])
    begin, end = days["from"], days["to"]
    if begin and end and begin > end:
        begin, end = end, begin
    return Filter(begin, end, tuple(sorted(where.items()))), dropped


def from_words(given: Iterable[str]) -> Filter:
    """The filter of `COLUMN=VALUE` words from the command line; the same column twice means either value."""
    where: dict[str, tuple[str, ...]] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise FilterError(f"Cannot read the filter '{word}': write it as COLUMN=VALUE, for example region=North.")
        where[name] = (*where.get(name, ()), value)
    return Filter(where=tuple(sorted(where.items())))


def parsed_day(text: str) -> date | None:
    """An ISO day (2026-03-31), or None when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def day(given: date) -> str:
    """A day as people write it: 1 Mar 2026."""
    return wording.day(given)


def _spellings(value: str) -> list[str]:
    """How DuckDB may spell the value: 4 is `4` in a text column and `4.0` in a number column."""
    try:
        number = float(value)
    except ValueError:
        return [value]
    return list(dict.fromkeys([value, str(number), f"{number:g}"]))
