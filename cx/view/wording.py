"""Sentences, numbers and days in the reader's language: `wording.of("Nothing changed")` looks a sentence up.

English is written in the code; other languages are folders of `cx/locale` (docs/languages.md). The language is that of
the run (a context variable, set by the frame): several readers are served at once in threads, each in their own.
"""

import gettext
import logging
import tomllib
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from cx.errors import CatalogueError
from cx.view import catalogue


class Locale(NamedTuple):
    """How a language writes numbers and days. `day`, `month` and `long_month` are made of {day}, {month} (short or long
    name) and {year}; `picker` is how Streamlit's date input shows a day."""

    language: str
    name: str
    decimal: str
    thousands: str
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short_weekdays: tuple[str, ...]
    day: str
    month: str
    picker: str
    capital_nouns: bool = False
    """Nouns have a capital letter inside of sentences, too."""


ENGLISH = Locale(
    "en", "English", ".", ",",
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"),
    "{day} {month} {year}", "{month} {year}", "YYYY/MM/DD",
)  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")
_language: ContextVar[str] = ContextVar("language", default=ENGLISH.language)


# --- Which language


@cache
def languages() -> dict[str, Locale]:
    """The languages there are, by their code; English first."""
    found = [ENGLISH]
    for path in sorted(catalogue.FOLDER.glob("*/locale.toml")):
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        lists: dict[str, Any] = {name: tuple(held) if isinstance(held, list) else held for name, held in given.items()}
        try:
            found.append(Locale(language=path.parent.name, **lists))
        except TypeError as error:
            raise CatalogueError(f"{path.parent.name}/locale.toml: {error}") from error
    return {locale.language: locale for locale in found}


def known(wanted: str) -> str:
    """The language meant by a code such as `de` or `de-AT`; '' when there is none."""
    base = wanted.replace("_", "-").split("-")[0].lower()
    return base if base in languages() else ""


def begin(language: str) -> None:
    """From here on this thread speaks a language; an unknown one is English."""
    _language.set(language if language in languages() else ENGLISH.language)


def language() -> str:
    """The code of the language spoken here."""
    return _language.get()


def locale() -> Locale:
    """How numbers and days are written here."""
    return languages()[_language.get()]


def bound(function: Callable[P, T]) -> Callable[P, T]:
    """The function in the language spoken now, in whichever thread it is called later."""
    spoken = _language.get()

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        before = _language.set(spoken)
        try:
            return function(*args, **kwargs)
        finally:
            _language.reset(before)

    return called


# --- Sentences


def of(text: str, **values: Any) -> str:
    """A sentence in the language spoken here, in English where that has none; `values` go into its {places}.

    `text` is written out where this is called, so that it can be collected. A translation with other places than the
    English sentence is not used.
    """
    found = _catalogue(_language.get()).gettext(text) if text else ""
    if not values:
        return found
    try:
        return found.format(**values)
    except (KeyError, IndexError, ValueError):
        return text.format(**values)


def counted(one: str, many: str, n: int, **values: Any) -> str:
    """A sentence about {n} things, in the plural form the language has for so many."""
    found = _catalogue(_language.get()).ngettext(one, many, n)
    held = {"n": whole(n), **values}
    try:
        return found.format(**held)
    except (KeyError, IndexError, ValueError):
        return (one if n == 1 else many).format(**held)


def small(title: str) -> str:
    """A title inside of a sentence or as a heading: in small letters, but in languages whose nouns have a capital one."""
    return title if locale().capital_nouns else title.lower()


def inside(title: str) -> str:
    """The same for titles that may be abbreviations (NPS), which stay as they are: only the first letter is made small."""
    return title if locale().capital_nouns or not title[1:2].islower() else title[:1].lower() + title[1:]


def noted(text: str) -> str:
    """The text as it is, marked to be collected: for names that stand in a table and are looked up when they are shown."""
    return text


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    where = catalogue.path(language)
    if language == ENGLISH.language or not where.is_file():
        return gettext.NullTranslations()
    try:
        return catalogue.compiled(catalogue.read(where.read_text(encoding="utf-8")))
    except CatalogueError as error:  # a reader still gets the page, in English
        logging.getLogger("felicific").error("%s: %s", where, error)
        return gettext.NullTranslations()


# --- Numbers and days


def whole(value: float) -> str:
    """A count: `12,345`."""
    return decimal(value, 0)


def decimal(value: float, places: int) -> str:
    """A number with so many decimals: `1,234.5`."""
    marks = locale()
    return f"{value:,.{places}f}".translate({ord(","): marks.thousands, ord("."): marks.decimal})


def day(given: date) -> str:
    """A day as people write it: `1 Mar 2026`."""
    marks = locale()
    return marks.day.format(day=given.day, month=marks.short_months[given.month - 1], year=given.year)


def month(given: date | datetime, long: bool = False) -> str:
    """A month as people write it: `Mar 2026`, or with its long name."""
    marks = locale()
    names = marks.months if long else marks.short_months
    return marks.month.format(month=names[given.month - 1], year=given.year)


@cache
def charted(language: str) -> dict[str, Any]:
    """The locale of charts (d3-format, d3-time-format) of a language; empty for English, which charts speak themselves."""
    if language == ENGLISH.language:
        return {}
    marks = languages()[language]
    time = {
        "dateTime": "%x, %X", "date": "%d.%m.%Y", "time": "%H:%M:%S", "periods": ["AM", "PM"],
        "days": list(marks.weekdays), "shortDays": list(marks.short_weekdays), "months": list(marks.months),
        "shortMonths": list(marks.short_months),
    }  # fmt: skip
    number = {"decimal": marks.decimal, "thousands": marks.thousands, "grouping": [3], "currency": ["", ""]}
    return {"number": number, "time": time}
