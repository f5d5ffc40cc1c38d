"""Damaged exports: `python -m benchmarks.fuzz_intake [FILES] [--seed N] [--jobs N]` (20,000 files, about five minutes on 2 cores).

Files in the layout of every vendor that cx/intake/sources/ describes are made up, damaged (cut, bytes flipped, rows
shuffled, separators mixed, encodings changed …) and taken in. A file is fine when every row is accounted for, or when one
line says why not. tests/test_fuzz_intake.py runs the same on files that Hypothesis chooses.
"""

import argparse
import csv
import gzip
import io
import json
import multiprocessing
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from cx.errors import CXError
from cx.intake import apply, mapping, read, sources
from cx.intake.sources import Rules

SLOW = 20.0
"""Seconds that no damaged file of this size may take."""

CODECS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp1252",
    "latin-1",
    "mac_roman",
    "utf-8",
    "utf-8",
)
SEPARATORS = (",", ";", "\t", "|", ",", ",")
PACKED = ("csv", "csv", "csv", "csv", "csv", "csv", "jsonl", "json", "gz", "zip", "xlsx")
SAID = (
    "It was good, thank you.", 'They said "soon"; it took days', "Sehr schön – gerne wieder!", "Très déçu, \n\nje ne reviendrai pas",
    "ok", "", "👍🏽 great", "=SUM(A1)", "n/a", "a;b;c", "line one\r\nline two", "x" * 3000, "'quoted", "1,5", "Muy bien, gracias",
)  # fmt: skip
DATES = (
    "2026-0{m}-1{d} 10:0{d}:00", "0{m}/1{d}/2026", "1{d}.0{m}.2026 10:00", "2026-0{m}-1{d}T10:00:00Z", "0{m}/0{d}/2026 1:35:15 PM",
    "17134184{d}{m}", "2026/0{m}/1{d} 1:35:15 AM GMT+5:30", "4602{d}.5", "{d} May 2026",
)  # fmt: skip
READING = """
How to read it: "kept" is the share of files that came in with every row accounted for (kept + rejected = rows), then the
errors that were told in one line, by class. A failure is anything else: another exception, a row that is missing, a name
stored twice, or a file that took longer than {slow:.0f} s; it is printed with the seed that makes it again."""


class Damage(NamedTuple):
    """One thing that happens to a file: what, where (0…1 of its length), and a number that says how."""

    kind: str
    where: float
    number: int


def made(rules: Rules, form: Mapping[str, Any], rng: Random, rows: int) -> list[list[str]]:
    """A file in one of a vendor's layouts, as records: headings that the form asks for, answers that fit the roles."""
    asked = [
        *form.get("all", ()),
        *form.get("also", ())[:1],
        *form.get("any", ())[: form.get("at_least", 1) + rng.randrange(3)],
    ]
    first = form.get("first", ())[:1]
    further = [
        heading
        for headings in rules.roles.values()
        for heading in headings[: 1 + rng.randrange(2)]
        if heading[0] != "~"
    ]
    questions = [
        "How likely are you to recommend us?",
        "Overall, how satisfied are you?",
        "What do you like best about it?",
        "Why?",
    ]
    headings = list(dict.fromkeys([*first, *asked, *further, *rng.sample(questions, 2)]))
    kinds = {sources.key(heading): role for role, given in rules.roles.items() for heading in given}
    writers = [_writer(kinds.get(sources.key(heading), ""), heading, rules, rng) for heading in headings]
    table = [[write(number) for write in writers] for number in range(rows)]
    return [*_heading_rows(headings, form), *table]


def _heading_rows(headings: list[str], form: Mapping[str, Any]) -> list[list[str]]:
    """The heading, with the rows that vendors put above or below it."""
    rows = form.get("header_rows", 1)
    if rows == 3:
        return [
            headings,
            [f"Label of {name}" for name in headings],
            [f'{{"ImportId":"{name}","timeZone":"Z"}}' for name in headings],
        ]
    if rows == 2 and form.get("heading"):
        below = ["" for _ in headings[:-2]] + ["Response", "Open-Ended Response"]
        return [["", *headings[1:]], ["#", *below[1:]]] if form.get("record") else [headings, below]
    return [[f"V{place}" for place, _ in enumerate(headings, 1)], headings] if rows == 2 else [headings]


def _writer(role: str, heading: str, rules: Rules, rng: Random) -> Callable[[int], str]:
    if role == "response_id":
        link = "https://play.example.com/?reviewid=gp%3A{}&hl=en" if rules.extract else "R_{}"
        return lambda number: link.format(number) if rng.random() < 0.99 else ""
    if role == "date":
        form = rng.choice(DATES)
        return lambda number: form.format(d=number % 9 + 1, m=number % 8 + 1) if rng.random() < 0.97 else ""
    if role in ("comment", "title", ""):
        return lambda number: rng.choice(SAID) + (f" {number}" if number % 2 else "")
    if role == "personal":
        return lambda number: rng.choice((f"p{number}@example.com", "192.0.2.7", "Ann Lee", ""))
    if words := rules.values.get(role):
        return lambda number: rng.choice([*words, "Offered"])
    if role in ("rating", "csat", "nps", "ces"):
        return lambda number: rng.choice(("1", "3", "5", "5", "4", "", "N/A"))
    return lambda number: rng.choice(("Alpha", "Beta", "", "7"))


def written(table: list[list[str]], separator: str, codec: str, packed: str) -> bytes:
    """Records as the bytes of a file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(table)
    raw = text.getvalue().encode(codec, "replace")
    if packed in ("jsonl", "json"):
        objects = [dict(zip(table[0], row, strict=False)) for row in table[1:]]
        return (json.dumps(objects) if packed == "json" else "\n".join(map(json.dumps, objects))).encode()
    if packed == "gz":
        return gzip.compress(raw, mtime=0)
    held = io.BytesIO()
    if packed == "zip":
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("export.csv"), raw)
    elif packed == "xlsx":
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Answers")
        for row in table:
            sheet.append([cell if cell[:1] != "=" else f"'{cell}" for cell in row])
        book.save(held)
    return held.getvalue() or raw


def damaged(raw: bytes, damages: Sequence[Damage]) -> bytes:
    """The bytes after everything that happened to them."""
    for kind, where, number in damages:
        at = int(where * len(raw))
        raw = DAMAGES[kind](raw, at, number)
    return raw


def _shuffled(raw: bytes, at: int, number: int) -> bytes:
    lines = raw.split(b"\n")
    Random(number).shuffle(lines)
    return b"\n".join(lines)


DAMAGES: dict[str, Callable[[bytes, int, int], bytes]] = {
    "cut the end": lambda raw, at, number: raw[:at],
    "cut the beginning": lambda raw, at, number: raw[at:],
    "cut a piece": lambda raw, at, number: raw[:at] + raw[at + number :],
    "flip a byte": lambda raw, at, number: raw[:at] + bytes([number]) + raw[at + 1 :],
    "flip every so many bytes": lambda raw, at, number: bytes(
        byte ^ 0x55 if place > at and place % (number + 20) == 0 else byte for place, byte in enumerate(raw)
    ),
    "insert a mark": lambda raw, at, number: (
        raw[:at] + (b'"', b"\n", b"\r\n", b";", b"\t", b'""', b"\0", b"'")[number % 8] + raw[at:]
    ),
    "insert a byte order mark": lambda raw, at, number: (
        raw[:at] + (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")[number % 3] + raw[at:]
    ),
    "repeat a piece": lambda raw, at, number: raw[:at] + raw[max(0, at - number * 4) : at] + raw[at:],
    "shuffle the rows": _shuffled,
    "mix the separators": lambda raw, at, number: (
        raw[:at] + raw[at:].replace(b",", (b";", b"\t", b"|")[number % 3], number)
    ),
    "append another encoding": lambda raw, at, number: (
        raw + "\nschön,größer,naïve\n".encode(CODECS[number % len(CODECS)])
    ),
    "append blank lines": lambda raw, at, number: raw + b"\n" * number,
    "append zeros": lambda raw, at, number: raw + bytes(number),
}
"""What happens to files on their way; `at` is where, `number` (0…255) how."""


def outcome(path: Path) -> str:
    """Takes a file in: "kept", or the class of the error that was told. Anything else is an AssertionError or an exception."""
    begun = time.perf_counter()
    try:
        table = read.open_table(path)
        plan = mapping.plan(table, sources.recognise(table))
        json.dumps(plan.as_json())
        rows = 0
        for batch in apply.batches(plan, 500):
            rows += len(batch.frame) + len(batch.rejects)
            assert len(batch.original) == len(batch.frame), "an original row is missing"
            for name in batch.frame:
                assert not any(
                    "\ud800" <= char <= "\udfff" for cell in batch.frame[name] if isinstance(cell, str) for char in cell
                )
        assert rows == plan.rows, f"{rows} rows of {plan.rows} are accounted for"
        names = [column.stored.casefold() for column in plan.columns if column.stored]
        assert len(names) == len(set(names)), "a name is stored twice"
    except CXError as error:
        if not str(error) or "\n" in str(error):
            raise AssertionError(f"no sentence in one line: {error!r}") from error
        return type(error).__name__
    assert time.perf_counter() - begun < SLOW, f"took {time.perf_counter() - begun:.1f} s"
    return "kept"


def forms() -> list[tuple[Rules, Mapping[str, Any]]]:
    """Every layout of every vendor."""
    return [(rules, form) for rules in sources.catalogue().values() for form in rules.recognise or ({},)]


def drawn(rng: Random) -> tuple[bytes, str]:
    """A damaged file and the ending of its name."""
    rules, form = rng.choice(forms())
    packed = rng.choice(PACKED)
    table = made(rules, form, rng, rng.choice((1, 3, 30, 120)))
    raw = written(table, rng.choice(SEPARATORS), rng.choice(CODECS), packed)
    many = rng.choice((0, 1, 1, 2, 3, 8))
    damages = [Damage(rng.choice(list(DAMAGES)), rng.random(), rng.randrange(256)) for _ in range(many)]
    return damaged(raw, damages), packed


def run(task: tuple[int, int]) -> tuple[Counter[str], list[str], float]:
    """Takes in the files of a range of seeds: outcomes, failures, the slowest in seconds."""
    outcomes: Counter[str] = Counter()
    failures, slowest = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(*task):
            raw, ending = drawn(Random(seed))
            path = Path(folder) / f"export.{ending}"
            path.write_bytes(raw)
            begun = time.perf_counter()
            try:
                outcomes[outcome(path)] += 1
            except BaseException as error:  # also what a library in another language panics with
                if isinstance(error, KeyboardInterrupt):
                    raise
                failures.append(f"seed {seed}: {''.join(traceback.format_exception(error)[-3:])}")
                outcomes["FAILURE"] += 1
            slowest = max(slowest, time.perf_counter() - begun)
    return outcomes, failures, slowest


def main() -> None:
    """Prints how the files came in; exit 1 when one failed."""
    parser = argparse.ArgumentParser(description="Takes in damaged exports and prints how that went.")
    parser.add_argument("files", nargs="?", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    begin, total = given.seed * 1_000_000, Counter[str]()
    tasks = [(begin + at, begin + min(at + 250, given.files)) for at in range(0, given.files, 250)]
    begun, failed, slowest = time.perf_counter(), list[str](), 0.0
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        for outcomes, failures, slow in _told(pool.imap_unordered(run, tasks), len(tasks)):
            total += outcomes
            failed += failures
            slowest = max(slowest, slow)
    print("\n".join(failed[:20]))
    shown = ", ".join(f"{name} {count:,}" for name, count in total.most_common())
    print(f"{total.total():,} files from seed {given.seed}: {shown}; {len(failed)} failures; slowest {slowest:.1f} s; "
          f"{time.perf_counter() - begun:.0f} s in all")  # fmt: skip
    print(READING.format(slow=SLOW))
    sys.exit(bool(failed))


def _told(results: Iterator[Any], many: int) -> Iterator[Any]:
    for done, result in enumerate(results, 1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {many}")
        yield result


if __name__ == "__main__":
    main()
