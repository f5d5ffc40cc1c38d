"""The documentation holds: every name has its entry, every entry its name, links lead somewhere, commands run."""

import csv
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from typer.main import get_command

from cx import schema
from cx.cli import app
from cx.intake import privacy
from cx.intake.sources import FOLDER as SOURCES
from cx.measure import kpis
from cx.store import places
from cx.text import emotions
from cx.ui import nav
from cx.view import filters
from docs import sources as sources_page

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
LONGEST_DECISION = 40


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    return re.split(r"\n#+ ", text.split(f"\n{heading}\n", 1)[1])[0]


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a text: rows of cells, without heading and rule."""
    blocks = re.findall(r"(?:^\|.*\n?)+", text, re.M)
    return [
        [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in block.splitlines()[2:]]
        for block in blocks
    ]


def names(table: list[list[str]]) -> list[str]:
    """The code words in a table's first column."""
    return [name for row in table for name in re.findall(r"`([^`]+)`", row[0])]


# --- KPIs


def kpi_entries() -> dict[str, str]:
    parts = re.split(r"^### `(\w+)`: ", read("docs/kpis.md"), flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_kpi_has_its_entry():
    assert list(kpi_entries()) == [*kpis.KPIS, "responses", "comment_share", "analysed_share", "mentions"]


@pytest.mark.parametrize("kpi", kpis.KPIS.values(), ids=lambda kpi: kpi.name)
def test_a_kpi_entry_says_what_the_code_says(kpi):
    entry = kpi_entries()[kpi.name]
    assert entry.splitlines()[0] == kpi.title
    for part in ("Formula", "Range", "Read it", "Interval", "Source"):
        assert f"- **{part}**: " in entry
    told = re.search(r"\*\*Range\*\*: (.*)", entry)[1]
    unit = "on its scale" if kpi.unit == "scale" else f"{kpi.low} to {kpi.high} {kpi.unit}".replace("-", "−")
    assert told.startswith(unit)
    assert ("up is good" if kpi.up_is_good else "down is good") in told


def worked_examples() -> list[list[str]]:
    return tables(section(read("docs/kpis.md"), "## Worked examples"))[0]


@pytest.mark.parametrize("row", worked_examples(), ids=lambda row: f"{row[0]} {row[2]}")
def test_worked_examples(row):
    name, scale, answers, *numbers = row[:6]
    low, high = map(float, scale.split("–"))
    counts = pd.DataFrame([map(float, pair.split("×")) for pair in answers.split()], columns=["answer", "n"])
    counts["w"] = counts["w2"] = counts["n"]
    counts = counts.assign(scale=scale, scale_min=low, scale_max=high, low_is_good=False)
    found = kpis.estimated(name.strip("`"), counts).iloc[0]
    told = [float(number.replace("−", "-")) for number in numbers]
    assert [found["value"], found["low"], found["high"]] == pytest.approx(told, abs=0.05001)


# --- Columns, roles, files


@pytest.mark.parametrize(
    ("heading", "place", "expected"),
    [
        ("## Roles", 0, schema.ROLES),
        ("## Columns of responses", 0, schema.CANONICAL),
        ("## Columns of responses", 1, schema.OPTIONAL),
        ("## Columns of responses", 2, schema.DERIVED),
        ("## Columns of mentions", 0, schema.MENTION_COLUMNS),
    ],
)
def test_columns_and_roles_have_their_entries(heading, place, expected):
    assert names(tables(section(read("docs/schema.md"), heading))[place]) == list(expected)


def test_the_values_of_mentions_are_all_named():
    rows = {row[0].strip("`"): row[2] for row in tables(section(read("docs/schema.md"), "## Columns of mentions"))[0]}
    told = {name: set(re.findall(r"`([^`]+)`", rows[name])) for name in rows}
    assert told["emotion"] == {*emotions.EMOTIONS, schema.NONE}
    assert told["effort"] == {*emotions.EFFORTS, schema.NONE}
    assert told["pillar"] == {*schema.PILLARS, schema.GENERAL}
    assert told["stage"] == {*schema.STAGES, schema.NONE}
    assert told["sentiment_label"] == {*schema.LABELS, schema.NOT_ANALYSED}


@pytest.fixture
def version(analyzed):
    """A small version of a dataset, with a rejected row."""
    said = "The staff was friendly and the shop clean, but the queue was endless."
    rows = [
        {"Id": f"k{n}", "Date": f"2026-01-{n % 28 + 1:02}", "NPS": str(n % 11), "Comment": f"{said} {n}"}
        for n in range(30)
    ]
    return analyzed([*rows, {heading: heading for heading in rows[0]}])


def test_every_key_of_the_manifest_has_its_entry(version):
    text = read("docs/schema.md")
    top, entry, column, scale = tables(section(text, "## Manifest"))
    manifest = version.manifest
    assert set(names(top)) >= set(manifest)
    assert {row[0].strip("`") for row in top} <= {*manifest, "rows_erased", "purchases", "restored", "edited"}
    for source in manifest["sources"]:
        assert set(names(entry)) == set(source)
        assert all(set(names(column)) == set(each) for each in source["columns"])
    assert set(manifest["scales"]["nps"][0]) <= set(names(scale))
    assert set(names(scale)) == set(schema.Scale(1, 5, True, "2026-01-01", "2026-02-01", 3).as_json())
    told = {row[0].strip("`"): row[1] for row in top}
    for key in ("taxonomy", "timings", "models"):
        assert set(manifest[key]) == set(re.findall(r"`([^`]+)`", told[key]))


def test_every_file_of_a_version_has_its_entry(version):
    files, topics = tables(section(read("docs/schema.md"), "## Files"))[1:]
    there = {path.name for path in version.where.iterdir()}
    assert set(names(files)) == set(places.FILES)
    assert {"rejects.csv", "manifest.json"} <= there <= set(places.FILES)
    stored = json.loads((version.where / "topics.json").read_text(encoding="utf-8"))
    told = {name for name in names(topics) if "[]" not in name}
    assert set(stored) <= told <= {*stored, "fitted"}


def test_every_mask_is_named():
    told = set(re.findall(r"`\[(\w+)\]`", read("docs/security.md")))
    assert told == {finder.kind for sort in privacy._SORTS for finder in sort.FINDERS} | {"name"}


# --- Sources


def test_the_page_of_sources_is_up_to_date():
    assert read("docs/sources.md") == sources_page.page(), "run: python -m docs.sources"


def test_every_source_has_its_entry():
    assert re.findall(r"^## (\w+)$", read("docs/sources.md"), re.M) == sorted(
        path.stem for path in SOURCES.glob("*.toml")
    )


# --- README


def test_every_command_and_option_has_its_entry():
    commands = get_command(app).commands
    rows = {row[0].strip("`").split()[0]: row[0] for row in tables(section(read("README.md"), "## Command line"))[0]}
    assert set(rows) == set(commands)
    for name, command in commands.items():
        options = {option for each in command.params for option in each.opts if option.startswith("--")} - {"--help"}
        assert set(re.findall(r"--[\w-]+", rows[name])) == options, name


def test_every_page_has_its_entry():
    rows = tables(section(read("README.md"), "## Pages"))[0]
    assert [row[0] for row in rows] == [title for title, *_ in nav.PAGES.values()]


def test_every_folder_has_its_entry():
    told = set(names(tables(section(read("README.md"), "## What is where"))[0]))
    packages = {f"cx/{path.parent.name}/" for path in (ROOT / "cx").glob("*/__init__.py")}
    assert told >= packages | {"app.py", "pages/", "cx/", "sample_data/", "tests/", "benchmarks/", "docs/"}
    assert all((ROOT / name).exists() for name in told)


def test_every_environment_variable_is_explained():
    code = [ROOT / "app.py", *(ROOT / "cx").rglob("*.py")]
    used = {name for path in code for name in re.findall(r"\bCX_[A-Z_]+\b", path.read_text(encoding="utf-8"))}
    told = set(re.findall(r"\bCX_[A-Z_]+\b", read("README.md") + read("CONTRIBUTING.md")))
    assert used == told


def test_the_tour_begins_where_it_says():
    address = re.search(r"<(http://localhost:8501/\?[^>]+)>", read("README.md"))[1]
    params = parse_qs(urlsplit(address).query)
    where, dropped = filters.from_url({k: v for k, v in params.items() if k != "d"}, ["Region"])
    assert (where.words(), dropped) == ("1 Mar 2026 – 30 Apr 2026 · Region: North", [])
    with (ROOT / "sample_data/relationship_survey.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    asked = next(heading for heading in rows[0] if "recommend" in heading)
    given = {  # by key: two rows stand in the file twice
        row["Response ID"]: int(row[asked])
        for row in rows
        if row["Region"] == "North" and "2026-03-01" <= row["Date"] <= "2026-04-30" and row[asked].isdigit()
    }
    score = 100 * sum((answer >= 9) - (answer <= 6) for answer in given.values()) / len(given)
    assert f"{len(given)} answers" in read("README.md")
    assert f"about {round(score)}," in read("README.md")


def commands_that_run() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", read("README.md"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("make ")]


def test_the_commands_of_the_readme_run(tmp_path, home):
    lines = commands_that_run()
    assert len(lines) > 4
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "CX_HOME": str(home)}
    for line in lines:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout.strip() or "analyze" in line, f"{line} says nothing"
        if "--json" in line or "inspect" in line:
            assert json.loads(done.stdout)


# --- All pages


def anchors(text: str) -> set[str]:
    """What can be linked to: headings in small letters, without punctuation, spaces as dashes."""
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", text):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        there = page.parent / file if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text(encoding="utf-8")), target


@pytest.mark.skipif(not (ROOT / "docs/img").is_dir(), reason="no pictures were taken yet (docs/img)")
def test_pictures_are_there():
    pictures = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert pictures
    assert [target for page, target in pictures if not (page.parent / target).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_modules_that_are_named_exist(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:cx|pages|docs|tests|benchmarks|sample_data)/[^`<…]*)`", text):
        assert any(ROOT.glob(name.rstrip("/"))), name
    for module in re.findall(r"python -m ((?:benchmarks|docs|sample_data|cx)\b[\w.]*)", text):
        assert importlib.util.find_spec(module), module


@pytest.mark.parametrize("record", DECISIONS, ids=lambda record: record.stem)
def test_decisions_are_short_and_whole(record):
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_DECISION
    assert text.startswith(f"# {int(record.name[:4])}. ")
    parts = [text.index(f"**{part}.**") for part in ("Context", "Decision", "Consequence")]
    assert parts == sorted(parts)


def test_decisions_are_numbered_without_a_gap():
    assert [int(record.name[:4]) for record in DECISIONS] == list(range(1, len(DECISIONS) + 1))
