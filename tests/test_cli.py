"""The command line: exit codes, what goes to which stream, one line per error, no heavy imports on the way of `inspect`."""

import json
import math
import os
import sqlite3
import subprocess
import sys
import warnings

import pytest

from cx import cli, jobs
from cx.principal import LOCAL
from cx.store import datasets, migrating
from tests.conftest import ROOT
from tests.exported import answers, written

HEAVY = ("pandas", "numpy", "sklearn", "scipy", "duckdb", "pyarrow", "statsmodels", "streamlit", "sqlalchemy")


@pytest.fixture
def survey(tmp_path):
    return written(tmp_path / "survey.csv", answers(60)).path


@pytest.fixture(scope="module")
def analyzed_folder(tmp_path_factory):
    """A folder as `analyze` writes it."""
    folder = tmp_path_factory.mktemp("analyzed")
    given = written(folder / "survey.csv", answers(120)).path
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_HOME", str(folder / "home"))
        patch.setenv("PYTHONWARNINGS", "ignore")
        patch.setattr(sys, "argv", ["cx", "analyze", str(given), "--out", str(folder / "out")])
        with pytest.raises(SystemExit):
            cli.main()
    return folder / "out"


def process(*words: object, python: tuple[str, ...] = ("-m", "cx"), **more) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *python, *map(str, words)], cwd=ROOT, capture_output=True, text=True, **more)


def last(err: str) -> str:
    """The error's own line, which follows the lines of progress."""
    lines = err.splitlines()
    assert all(line.endswith("…") for line in lines[:-1]), "progress, then one line"
    return lines[-1]


# --- Nothing heavy, never a traceback


@pytest.mark.parametrize(
    "words",
    [["--help"], ["inspect", "{survey}"], ["analyze", "{survey}", "--oops"], ["analyze", "none.csv", "--out", "x"]],
)
def test_nothing_heavy_is_imported(survey, words):
    code = f"""
import sys
from cx.cli import main
sys.argv = ["cx", *{[word.format(survey=survey) for word in words]!r}]
try:
    main()
finally:
    print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    assert process(python=("-c", code)).stderr.splitlines()[-1] == "[]"


def test_the_program_itself(survey, home):
    done = process("inspect", survey)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["source"] == "generic_survey"
    gone = process("inspect", "gone.csv")
    assert (gone.returncode, gone.stdout, gone.stderr) == (2, "", "There is no file 'gone.csv'. Check the path.\n")


def test_output_that_nobody_reads_to_the_end(analyzed_folder):
    done = subprocess.run(
        ["bash", "-c", f"yes 'a lovely day' | head -20000 | {sys.executable} -m cx sentiment | head -1"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["label"] == "positive"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Missing command"),
        (["dance"], "No such command 'dance'"),
        (["analyze"], "Missing argument"),
        (["analyze", "{survey}"], "Missing option '--out'"),
        (["analyze", "{survey}", "--out", "{out}", "--frob"], "No such option"),
        (["analyze", "none.csv", "--out", "{out}"], "There is no file 'none.csv'"),
        (["analyze", "{folder}", "--out", "{out}"], "There is no file"),
        (["analyze", "{survey}", "--out", "{survey}"], "survey.csv"),
        (["analyze", "{survey}", "--out", "{out}", "--map", "NPS"], "COLUMN=ROLE"),
        (["analyze", "{survey}", "--out", "{out}", "--map", "Nps score=nps"], "no column “Nps score”"),
        (
            ["analyze", "{survey}", "--out", "{out}", "--map", "NPS=nsp"],
            "“nsp” (for the column “NPS”) is no role. Did you mean “nps”?",
        ),
        (["analyze", "{survey}", "--out", "{out}", "--taxonomy", "none.toml"], "none.toml"),
        (["import", "{survey}", "--as", "tickets"], "only 'purchases'"),
        (["import", "{survey}", "--as", "purchases", "--name", "nobody"], "no dataset 'nobody'"),
        (["kpis", "{folder}", "--json"], "no finished dataset"),
        (["privacy", "nobody"], "no dataset 'nobody'"),
        (["forget", "nobody", "c1"], "no dataset 'nobody'"),
        (["forget", "nobody"], "Missing argument"),
        (["work", "0123456789abcdef"], "no import"),
        (["work", "../../x"], "no import"),
        (["sentiment", "none.txt"], "There is no file 'none.txt'"),
    ],
    ids=" ".join,
)
def test_errors_are_one_line(cx, survey, tmp_path, words, told):
    places = {"survey": survey, "out": tmp_path / "out", "folder": tmp_path}
    code, out, err = cx(*(word.format(**places) for word in words))
    assert (code, out) == (2, "")
    assert told in last(err)
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()
    assert datasets.names(LOCAL) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import",), "Nothing to import"),
        (("import", "--sql", "sqlite:///x.db"), "go together"),
        (("import", "SURVEY", "--watch"), "one folder"),
        (("import", "SURVEY", "--sheet", "Answers"), "no sheets"),
        (("versions", "nothing"), "no dataset 'nothing'"),
    ],
)
def test_ways_in_that_do_not_fit(cx, survey, words, told):
    code, _, said = cx(*(survey if word == "SURVEY" else word for word in words))
    assert (code, said.count("\n")) == (2, 1)
    assert told in said


def test_what_nobody_expected_is_one_line_too(cx, survey, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr(jobs, "work", broken)
    assert cx("work", "x") == (2, "", "Something unexpected happened: ZeroDivisionError: a b\n")
    monkeypatch.setenv("CX_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["cx", "work", "x"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_what_libraries_warn_of_is_not_told(cx, monkeypatch):
    with warnings.catch_warnings():
        monkeypatch.setattr(jobs, "work", lambda job: warnings.warn("old-fashioned", FutureWarning, stacklevel=1))
        assert cx("work", "x") == (0, "", "")


def test_stopped_by_the_keyboard(cx, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "work", stopped)
    assert cx("work", "x") == (2, "", "Stopped.\n")


# --- inspect, analyze, import


def test_inspect_answers_in_json(cx, survey):
    code, out, err = cx("inspect", survey)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [found[name] for name in ("source", "encoding", "separator", "header_rows", "rows")] == [
        "generic_survey",
        "utf-8",
        ",",
        1,
        60,
    ]
    assert [column["role"] for column in found["columns"]] == ["response_id", "date", "nps", "comment", "segment"]
    assert {"name", "label", "role", "confidence", "scale", "examples"} <= set(found["columns"][0])


def test_analyze_tells_on_stderr(cx, survey, tmp_path):
    code, out, err = cx("analyze", survey, "--out", tmp_path / "deep" / "out", "--map", "Region=channel")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        "read …",
        "understand …",
        "topics …",
        "write …",
        "Rows: 60 in, 60 kept, 0 duplicate, 0 rejected.",
    ]
    found = datasets.Dataset(tmp_path / "deep" / "out")
    assert found.filled["channel"] == 60
    assert found.manifest["name"] == "out"


def test_analyze_takes_several_files(cx, survey, tmp_path):
    tickets = [
        {"Ticket": f"T{n}", "Happy": n % 5 + 1, "Story": f"Lost parcel number {n}, kind agent"} for n in range(30)
    ]
    other = written(tmp_path / "tickets.csv", tickets).path
    code, _, err = cx(
        "analyze", survey, other, "--out", tmp_path / "out", "--map", "Happy=csat", "--map", "Ticket=response_id"
    )
    assert code == 0, err
    assert "Rows: 90 in, 90 kept" in err
    assert len(datasets.Dataset(tmp_path / "out").manifest["sources"]) == 2
    code, _, err = cx("analyze", survey, other, "--out", tmp_path / "no", "--map", "Hapy=csat")
    assert code == 2
    assert "None of the files has a column “Hapy”. Did you mean “Happy”" in err


def test_notices_come_on_stderr_and_in_the_manifest(cx, tmp_path):
    given = written(tmp_path / "one.csv", [["id", "nps"], ["1", "9"]]).path
    code, _, err = cx("analyze", given, "--out", tmp_path / "out")
    notices = datasets.Dataset(tmp_path / "out").manifest["notices"]
    assert code == 0
    assert [line.removeprefix("Notice: ") for line in err.splitlines() if line.startswith("Notice: ")] == notices
    assert len(notices) >= 3


def test_import_again_and_another_source(cx, survey, tmp_path):
    assert cx("import", survey)[:2] == (0, "survey 0001\n")
    assert cx("import", survey, "--name", "Other One")[:2] == (0, "other-one 0001\n")
    code, out, err = cx("import", survey)
    assert (code, out) == (0, "survey 0002\n")
    assert "Rows: 120 in, 60 kept, 60 duplicate, 0 rejected." in err
    tickets = [
        {"Ticket": f"T{n}", "Happy": n % 5 + 1, "Story": f"Lost parcel number {n}, kind agent"} for n in range(30)
    ]
    other = written(tmp_path / "tickets.csv", tickets).path
    code, out, err = cx("import", other, "--name", "survey", "--map", "Happy=csat")
    assert (code, out) == (2, "")
    assert "--add" in err
    assert cx("import", other, "--name", "survey", "--map", "Happy=csat", "--add")[:2] == (0, "survey 0003\n")


def test_import_a_folder_and_standard_input(cx, survey, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    survey.rename(inbox / "survey.csv")
    assert cx("import", inbox)[1] == "inbox 0001\n"
    content = (inbox / "survey.csv").read_bytes()
    assert cx("import", "-", "--name", "piped", given=content)[1] == "piped 0001\n"
    assert datasets.open_dataset(LOCAL, "piped").manifest["sources"][0]["file"] == "standard input"
    assert json.loads(cx("inspect", "-", given=content)[1])["rows"] == 60
    (inbox / "survey.csv").unlink()
    assert cx("import", inbox)[0] == 2


def test_import_a_query(cx, tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE said (id TEXT, day TEXT, nps INTEGER, comment TEXT)")
        rows = [(row["Response ID"], row["Date"], row["NPS"], row["Comment"]) for row in answers(30)]
        connection.executemany("INSERT INTO said VALUES (?, ?, ?, ?)", rows)
    asked = ("import", "--sql", f"sqlite:///{tmp_path / 'shop.db'}", "--query")
    assert cx(*asked, "SELECT * FROM said", "--name", "shop")[1] == "shop 0001\n"
    assert datasets.open_dataset(LOCAL, "shop").manifest["rows_kept"] == 30
    code, _, told = cx(*asked, "SELECT * FROM sad", "--name", "shop")
    assert (code, told.count("\n"), "no such table: sad" in told) == (2, 1, True)


def test_versions_are_listed_and_restored(cx, survey, tmp_path):
    cx("import", survey)
    cx("import", written(tmp_path / "more/survey.csv", answers(80)).path)
    lines = cx("versions", "survey")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["0001", "0002"]
    assert ["60 responses" in lines[0], "80 responses" in lines[1]] == [True, True]
    assert cx("versions", "survey", "--restore", "0001")[1] == "survey 0003\n"
    assert datasets.open_dataset(LOCAL, "survey").manifest["rows_kept"] == 60


def test_what_may_be_stored_is_said_in_options(cx, tmp_path):
    rows = [
        {**row, "Customer ID": f"C{place}", "Full name": f"Ann Lee {place}"} for place, row in enumerate(answers(30))
    ]
    given = written(tmp_path / "survey.csv", rows).path
    cx("analyze", given, "--out", tmp_path / "out", "--readable-ids", "--keep", "Full name", "--region", "DE")
    found = datasets.Dataset(tmp_path / "out")
    assert set(found.query("SELECT customer_id FROM responses")["customer_id"]) == {f"C{place}" for place in range(30)}
    assert "Full name" in found.responses
    assert found.manifest["sources"][0]["region"] == "DE"
    assert cx("analyze", given, "--out", tmp_path / "out", "--region", "Bavaria")[0] == 2


def test_import_purchases(cx, tmp_path):
    survey = written(
        tmp_path / "survey.csv", [row | {"Customer ID": f"c{n}"} for n, row in enumerate(answers(30))]
    ).path
    orders = [
        ["Customer ID", "Order date", "Amount"],
        *[[f"c{n}", f"2026-02-{n % 28 + 1:02d}", n + 0.5] for n in range(40)],
    ]
    cx("import", survey)
    code, out, err = cx("import", written(tmp_path / "orders.csv", orders).path, "--as", "purchases", "--name", "survey",
                        "--map", "Amount=revenue", "--map", "Customer ID=customer_id")  # fmt: skip
    assert (code, out) == (0, "survey 0002\n")
    assert err == "Purchases: 40 in, 0 duplicate, 0 rejected; now 40 of 40 customers.\n"
    assert (datasets.open_dataset(LOCAL, "survey").where / "purchases.parquet").exists()


# --- kpis


def test_kpis_as_json(cx, analyzed_folder):
    code, out, err = cx("kpis", analyzed_folder, "--json")
    assert (code, err) == (0, "")
    found = {row["kpi"]: row for row in json.loads(out)}
    assert set(found["nps"]) >= {"kpi", "unit", "value", "low", "high", "n", "mentions"}
    scores = [int(row["NPS"]) for row in answers(120)]
    expected = 100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)) / 120
    assert found["nps"]["value"] == pytest.approx(expected)
    assert (found["nps"]["unit"], found["nps"]["n"], found["nps"]["mentions"]) == ("points", 120, None)
    assert found["nps"]["low"] < expected < found["nps"]["high"]
    assert (found["responses"]["value"], found["responses"]["unit"]) == (120, "count")
    assert (
        found["mentions"]["mentions"]
        == found["mentions"]["value"]
        == datasets.Dataset(analyzed_folder).manifest["mentions"]
    )


def test_kpis_by_column_and_where(cx, analyzed_folder):
    rows = json.loads(cx("kpis", analyzed_folder, "--by", "Region", "--json")[1])
    assert {row["Region"]: row["n"] for row in rows if row["kpi"] == "nps"} == {"North": 40, "South": 40, "East": 40}
    rows = json.loads(cx("kpis", analyzed_folder, "--where", "Region=North", "--where", "Region=South", "--json")[1])
    assert next(row["n"] for row in rows if row["kpi"] == "nps") == 80
    rows = json.loads(
        cx("kpis", analyzed_folder, "--where", "region=North", "--by", "mention.pillar", "--by", "Region", "--json")[1]
    )
    assert {row["Region"] for row in rows} == {"North"}
    assert all("mention.pillar" in row for row in rows)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows if row["value"] is not None)


def test_kpis_below_the_base_stay_without_a_number(cx, analyzed_folder):
    rows = json.loads(cx("kpis", analyzed_folder, "--by", "Region", "--min-base", "41", "--json")[1])
    nps = [row for row in rows if row["kpi"] == "nps"]
    assert [(row["value"], row["low"], row["high"], row["n"]) for row in nps] == [(None, None, None, 40)] * 3


def test_kpis_of_nobody(cx, analyzed_folder):
    code, out, _ = cx("kpis", analyzed_folder, "--where", "Region=Atlantis", "--json")
    assert code == 0
    assert all(row["value"] is None and row["n"] == 0 for row in json.loads(out) if row["kpi"] == "responses")


def test_kpis_ask_what_was_meant(cx, analyzed_folder):
    for words in (["--by", "Regoin"], ["--where", "Regoin=North"]):
        code, out, err = cx("kpis", analyzed_folder, *words, "--json")
        assert (code, out, err) == (2, "", "The dataset has no column 'Regoin'. Did you mean 'Region'?\n")
    assert cx("kpis", analyzed_folder, "--where", "Region")[2].startswith("Cannot read the filter 'Region'")


def test_kpis_as_a_table_for_people(cx, analyzed_folder):
    code, out, _ = cx("kpis", analyzed_folder, "--by", "Region")
    assert code == 0
    assert all(word in out for word in ("kpi", "Region", "nps", "North", "0–10"))


# --- sentiment


def test_sentiment_of_lines(cx):
    lines = "\ufeffI love this lovely shop\r\n\n   \nIt was awful\nbad byte \u2028 and \x85 inside\n[email]".encode()
    code, out, err = cx("sentiment", given=lines.replace(b"byte", b"\xff"))
    found = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [row["label"] for row in found] == [
        "positive",
        "not analysed",
        "not analysed",
        "negative",
        "negative",
        "not analysed",
    ]
    assert found[1] == {"score": None, "label": "not analysed", "evidence": []}
    for row in found:
        if row["score"] is not None:
            assert row["score"] == pytest.approx(math.tanh(sum(weight for _, weight in row["evidence"]) / 2))
            assert row["evidence"][-1][0] == "(base)"


def test_sentiment_of_a_file_is_the_same(cx, tmp_path):
    lines = b"Lovely!\n\nAwful.\nno end of line"
    (tmp_path / "texts.txt").write_bytes(lines)
    assert cx("sentiment", tmp_path / "texts.txt") == cx("sentiment", given=lines)
    assert cx("sentiment", given=b"") == (0, "", "")


# --- privacy, forget, check, demo, work


@pytest.fixture
def stored(cx, tmp_path):
    """A dataset of twenty customers."""
    rows = [row | {"Customer ID": f"cust-{n % 20}"} for n, row in enumerate(answers(60))]
    cx("import", written(tmp_path / "survey.csv", rows).path)


def test_check_forget_privacy(cx, stored):
    fits = f"records: schema {migrating.known()[-1]} (SQLite), fits\n"
    assert cx("check") == (0, fits + "1 datasets, no problem found.\n", "")
    code, out, err = cx("forget", "survey", "cust-3", "cust-4", "nobody")
    assert (code, out, err) == (0, "6 responses of 2 customers erased from 1 versions.\n", "")
    code, out, err = cx("forget", "survey", "nobody", "cust-3")
    assert (code, out, err) == (2, "", "No customer of the dataset 'survey' is called nobody, cust-3.\n")
    code, out, err = cx("privacy", "Survey")
    assert (code, out) == (0, "survey 0002\n")
    assert err.splitlines()[-1] == "Masked: nothing new. The versions before are gone."
    assert cx("check")[0] == 0
    assert datasets.open_dataset(LOCAL, "survey").manifest["rows_kept"] == 54


def test_kpis_of_a_stored_dataset_are_those_of_its_newest_version(cx, stored):
    where = datasets.folder("survey")
    cx("forget", "survey", "cust-3")
    cx("privacy", "survey")
    found = cx("kpis", where, "--json")
    assert found == cx("kpis", where / "0002", "--json")
    assert next(row["n"] for row in json.loads(found[1]) if row["kpi"] == "nps") == 57


def test_check_finds_what_is_wrong(cx, stored):
    where = datasets.open_dataset(LOCAL, "survey").where
    (where / "facts.parquet").write_bytes(b"broken")
    code, out, err = cx("check")
    assert code == 2
    assert out.startswith("survey/0001: ")
    assert err == "1 problems in 1 datasets.\n"


def test_demo_fills_an_empty_home_only(cx, monkeypatch, stored):
    taken = []
    monkeypatch.setattr(
        "cx.imports.into", lambda principal, name, files, *_: taken.append((name, [f.name for f in files])) or "0001"
    )
    assert cx("demo", "--if-empty") == (0, "", "")
    assert taken == []
    assert cx("demo") == (0, "sample 0001\n", "")
    datasets.delete(LOCAL, "survey")
    assert cx("demo", "--if-empty")[1] == "sample 0001\n"
    names = ["relationship_survey.csv", "reviews_com.marlowfinch.app_202610.csv", "support_tickets.csv"]
    assert taken == [("sample", names)] * 2


def test_a_home_that_cannot_be(cx, survey, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CX_HOME", str(tmp_path / "file" / "home"))
    code, out, err = cx("import", survey)
    assert (code, out) == (2, "")
    assert "Set CX_HOME to another" in last(err)


def test_languages_of_terminals_do_not_matter(survey):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = process("sentiment", input="Schön, lovely! 🚗", env=environment)
    assert done.returncode == 0
