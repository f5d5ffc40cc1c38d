"""Collects the sentences of the interface for translators: `python -m docs.languages`.

It writes cx/locale/felicific.pot (the template) and brings every language's catalogue up to date with it: new sentences
come in without a translation, those no longer said go. tests/test_wording.py holds that nothing is missing.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from cx.view import catalogue, wording
from cx.view.catalogue import Entry

ROOT = Path(__file__).parents[1]
TEMPLATE = catalogue.FOLDER / f"{catalogue.DOMAIN}.pot"
HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
MARKS = {"of": 1, "noted": 1, "counted": 2}
"""Functions of `wording` that mark sentences, and how many of their first arguments are such."""


def marked() -> list[Entry]:
    """Every sentence that is marked in the code, in the order of files and lines, each once, without translation."""
    found: dict[str, Entry] = {}
    for path in [*sorted((ROOT / "cx").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]:
        for text, plural in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            if text and (plural or text not in found):
                found[text] = Entry(text, plural, ("", "") if plural else ("",))
    return list(found.values())


def _calls(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MARKS:
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "wording":
                texts = [each.value if isinstance(each, ast.Constant) else "" for each in node.args]
                wanted = texts[: MARKS[node.func.attr]]
                yield str(wanted[0]), str(wanted[1]) if len(wanted) > 1 else ""


def places(text: str) -> set[str]:
    """The names of the {places} in a sentence."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def merged(held: list[Entry], wanted: list[Entry]) -> list[Entry]:
    """The sentences that are wanted with the translations there are; the header stays."""
    known = {entry.text: entry for entry in held}
    header = known.get("", Entry("", "", (HEADER,)))
    kept = [known[each.text] if known.get(each.text, each).plural == each.plural else each
            for each in wanted if each.text in known]  # fmt: skip
    told = {each.text: each for each in kept}
    return [header, *(told.get(each.text, each) for each in wanted)]


def main() -> None:
    """Writes the template and the catalogues."""
    wanted = marked()
    TEMPLATE.write_text(catalogue.written([Entry("", "", (HEADER,)), *wanted]), encoding="utf-8")
    for language in list(wording.languages())[1:]:
        path = catalogue.path(language)
        held = catalogue.read(path.read_text(encoding="utf-8")) if path.is_file() else []
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(catalogue.written(merged(held, wanted)), encoding="utf-8")
        missing = sum(not all(entry.strings) for entry in merged(held, wanted))
        print(f"{language}: {len(wanted)} sentences, {missing} without a translation")


if __name__ == "__main__":
    main()
