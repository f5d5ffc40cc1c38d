"""Catalogues of translated sentences: gettext's text files (.po), read and compiled in memory, so that no binary can go stale."""

import ast
import gettext
import io
import re
import struct
from pathlib import Path
from typing import NamedTuple

from cx.errors import CatalogueError

FOLDER = Path(__file__).parents[1] / "locale"
DOMAIN = "felicific"
LINE = re.compile(r'^(msgid|msgid_plural|msgstr|msgstr\[(\d+)\])?\s*(".*")$')
MAGIC, HEAD = 0x950412DE, 28
"""How a compiled catalogue begins, and the size of that beginning (GNU gettext manual, *The Format of GNU MO Files*)."""


class Entry(NamedTuple):
    """A sentence in English (`text`, and `plural` or '') and in another language, one string for each plural form.

    `fuzzy` ones wait for somebody to look at them and are not used; `line` is that of its msgid.
    """

    text: str
    plural: str
    strings: tuple[str, ...]
    fuzzy: bool = False
    line: int = 0


def path(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(text: str) -> list[Entry]:
    """The entries of a .po file, the header (text '') among them. Raises CatalogueError with the line that cannot be read."""
    out: list[Entry] = []
    parts: dict[str, str] = {}
    fuzzy, begun, key = False, 0, ""
    for number, raw in enumerate([*text.splitlines(), 'msgid ""'], 1):
        line = raw.strip()
        if line.startswith("#,"):
            flagged = "fuzzy" in line
        if not line or line.startswith("#"):
            if parts:
                out.append(_entry(parts, fuzzy, begun))
                parts, key = {}, ""
            fuzzy = flagged if line.startswith("#,") else fuzzy and bool(line)
            continue
        found = LINE.match(line)
        if not found or not (found[1] or key):
            raise CatalogueError(f"Line {number} of the catalogue cannot be read: {line[:60]}")
        if found[1] == "msgid" and parts:
            out.append(_entry(parts, fuzzy, begun))
            parts, fuzzy = {}, False
        key = found[1] or key
        begun = number if found[1] == "msgid" else begun
        parts[key] = parts.get(key, "") + _unquoted(found[3], number)
    return out


def _unquoted(quoted: str, number: int) -> str:
    try:
        return str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError) as error:
        raise CatalogueError(f"Line {number} of the catalogue has a broken text: {quoted[:60]}") from error


def _entry(parts: dict[str, str], fuzzy: bool, line: int) -> Entry:
    strings = tuple(held for key, held in parts.items() if key.startswith("msgstr"))
    return Entry(parts.get("msgid", ""), parts.get("msgid_plural", ""), strings, fuzzy, line)


def compiled(entries: list[Entry]) -> gettext.GNUTranslations:
    """The catalogue as the standard library looks sentences up; fuzzy and untranslated entries are left out."""
    packed = {}
    for entry in entries:
        if all(entry.strings) and entry.strings and not (entry.fuzzy and entry.text):
            packed["\0".join(filter(None, [entry.text, entry.plural]))] = "\0".join(entry.strings)
    pairs = sorted((key.encode(), held.encode()) for key, held in packed.items())
    many, place = len(pairs), HEAD + 16 * len(pairs)
    tables, texts = [b"", b""], b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack("<II", len(pair[side]), place + len(texts))
            texts += pair[side] + b"\0"
    head = struct.pack("<7I", MAGIC, 0, many, HEAD, HEAD + 8 * many, 0, place)
    return gettext.GNUTranslations(io.BytesIO(head + tables[0] + tables[1] + texts))


def quoted(text: str) -> str:
    """A text as it stands in a .po file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def written(entries: list[Entry]) -> str:
    """The entries as a .po file; `read` gives them back."""
    blocks = []
    for entry in entries:
        lines = ["#, fuzzy"] if entry.fuzzy else []
        lines.append(f"msgid {quoted(entry.text)}")
        if entry.plural:
            lines.append(f"msgid_plural {quoted(entry.plural)}")
            lines += [f"msgstr[{place}] {quoted(held)}" for place, held in enumerate(entry.strings)]
        elif not entry.text:  # the header: a line for each of its own
            lines.append('msgstr ""')
            lines += [quoted(line + "\n") for line in entry.strings[0].splitlines()]
        else:
            lines.append(f"msgstr {quoted(entry.strings[0])}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
