"""What a KPI means, in the words of docs/kpis.md: the one place where they are written; other languages in cx/locale."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cx.view import catalogue, wording

DOCS = Path(__file__).parents[2] / "docs"
FILES = ("kpis.md", "kpis_value.md")


class Entry(NamedTuple):
    """How a KPI is counted, its range, how to read it, where it comes from; plain text, and the language it is in."""

    formula: str
    range: str
    reading: str
    source: str
    language: str = wording.ENGLISH.language


def entry(name: str) -> Entry | None:
    """The entry of a KPI, in the language spoken here where that has one, else in English."""
    return _translated(wording.language()).get(name) or entries().get(name)


@cache
def _translated(language: str) -> dict[str, Entry]:
    path = catalogue.FOLDER / language / "kpis.toml"
    found = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {name: Entry(**told, language=language) for name, told in found.items()}


@cache
def entries() -> dict[str, Entry]:
    """The entries by the KPI's name; none where the program was installed without its docs."""
    out = {}
    for file in FILES:
        text = (DOCS / file).read_text(encoding="utf-8") if (DOCS / file).exists() else ""
        for name, body in re.findall(r"^### `(\w+)`[^\n]*\n(.*?)(?=^##|\Z)", text, flags=re.M | re.S):
            points = dict(
                re.findall(r"^- \*\*([^*]+)\*\*: (.*?)(?=^- \*\*|\Z)", body.strip() + "\n", flags=re.M | re.S)
            )
            told = [_plain(points.get(point, "")) for point in ("Formula", "Range", "Read it", "Source")]
            out[name] = Entry(*told)
    return out


def _plain(text: str) -> str:
    """Markdown of the docs as plain text in one line."""
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return " ".join(text.replace("`", "").replace("**", "").split())
