"""Writes docs/sources.md from cx/intake/sources/*.toml: `python -m docs.sources`. tests/test_docs.py holds it up to date."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cx.intake.sources import FALLBACK, Rules, catalogue

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Sources

Written by `python -m docs.sources` from the data files in `cx/intake/sources/`; not by hand. A new tool is a new file there
(CONTRIBUTING.md says how), and nothing else.

**How a file is recognised.** Each data file has one or more descriptions of its first records. All conditions of a
description must hold; of those that do, the one with the highest confidence wins. Upper and lower case, spaces and
punctuation of headings do not count (`Respondent ID` = `RespondentID`); columns are found by heading, never by position. A
file nobody recognises is a `{fallback}`: its roles are guessed from headings, questions and values.

**How a role is given.** What a data file says about a column is checked against the column's values before it counts.
Every other column is guessed. What you say yourself (`--map COLUMN=ROLE`, or the select boxes on the Feedback page) comes last
and wins. `/…/` is a regular expression. The roles are explained in [schema.md](schema.md).

**What a description rests on.** A: a real file, or the tool's own documentation or source. B: other people's programs that
read or write the file. C: the fields of the tool's programming interface. U: not verified.

| source | header rows | rests on |
|---|---|---|
"""


def page() -> str:
    """The whole of docs/sources.md."""
    found = catalogue().values()
    rows = [f"| [`{rules.name}`](#{rules.name}) | {_header_rows(rules)} | {rules.trust} |\n" for rules in found]
    return HEAD.replace("{fallback}", FALLBACK) + "".join(rows) + "".join(_entry(rules) for rules in found)


def _header_rows(rules: Rules) -> str:
    return (
        " or ".join(str(number) for number in sorted({form.get("header_rows", 1) for form in rules.recognise})) or "1"
    )


def _entry(rules: Rules) -> str:
    forms = "".join(f"- {_form(form)}\n" for form in rules.recognise) or "- when nothing else fits\n"
    roles = "".join(f"| {role} | {_in_table(_listed(headings))} |\n" for role, headings in rules.roles.items())
    table = f"\n| role | headings, the first that is there |\n|---|---|\n{roles}" if roles else ""
    further = "".join(f"- {sentence}\n" for sentence in _further(rules))
    return f"\n## {rules.name}\n\nRecognised by:\n{forms}{table}" + (f"\n{further}" if further else "")


def _form(form: Mapping[str, Any]) -> str:
    where = f"record {form['record'] + 1}: " if "record" in form else ""
    conditions = [words(form) for name, words in CONDITIONS.items() if name in form]
    rows = form.get("header_rows", 1)
    many = f"{rows} header row" + ("s" if rows != 1 else "")
    return f"{where}{'; '.join(conditions)} ({many}, confidence {form['confidence']:.2f})"


CONDITIONS = {
    "first": lambda form: f"the first heading is {_listed(form['first'], ' or ')}",
    "all": lambda form: f"{_listed(form['all'])} are all there",
    "any": lambda form: f"at least {form.get('at_least', 1)} of {_listed(form['any'])}",
    "also": lambda form: f"one of {_listed(form['also'])}",
    "matches": lambda form: "a heading fits " + _code("/" + form["matches"] + "/"),
    "cells_start": lambda form: f"most cells begin with {_code(form['cells_start'])}",
    "second_row_of_choices": lambda form: (
        "a second row of choices follows" if form["second_row_of_choices"] else "no second row"
    ),
}
"""Conditions of `[[recognise]]` in words; the same names as in cx/intake/sources.py."""


def _further(rules: Rules) -> Iterator[str]:
    """What else a data file says, one sentence each."""
    for role, (low, high) in rules.scales.items():
        yield f"{role} is answered from {low:g} to {high:g}"
    for role, words in rules.values.items():
        yield f"{role}: " + ", ".join(f"{_code(word)} = {place:g}" for word, place in words.items())
    if rules.blank:
        yield f"no answer: {_listed(sorted(rules.blank))}"
    if rules.date_order:
        yield f"dates in the order {rules.date_order}" + (
            ", asked where a column does not show it" if rules.date_asks else ""
        )
    if rules.date_zone:
        yield f"dates in {rules.date_zone}"
    if rules.null_dates:
        yield f"no date: {_listed(sorted(rules.null_dates))}"
    for heading, pattern in rules.extract.items():
        yield f"of {_code(heading)} counts only what fits {_code(f'/{pattern}/')}"
    if rules.complete:
        means = _listed(rules.complete["yes"], " or ") if "yes" in rules.complete else "filled"
        yield f"complete when {_listed(rules.complete['column'], ' or ')} is {means}"
    for rule in rules.drop:
        yield f"rejected ({rule['reason']}): {_listed(rule['column'], ' or ')} is {_listed(rule['values'], ' or ')}"
    if rules.unquote:
        yield "an apostrophe before a cell that begins like a formula is taken away"


def _listed(given: Iterable[str], joint: str = ", ") -> str:
    return joint.join(_code(f"/{heading[1:]}/" if heading.startswith("~") else heading) for heading in given)


def _in_table(text: str) -> str:
    return text.replace("|", r"\|")


def _code(text: str) -> str:
    return f"`{text}`"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
