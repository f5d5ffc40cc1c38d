"""The commands for what people write down: what they print, and one line for what cannot be."""

import json

import pytest

from cx.principal import LOCAL
from cx.store import notes, records
from tests import made

HEADING = "industry,kpi,value,n,source,year\n"


@pytest.fixture(autouse=True)
def shop(home):
    """A home with the dataset `shop`: CSAT 80 of 100."""
    rows = [{"csat": 5 if i < 80 else 1, "date": "2026-06-01", "Plan": "AB"[i % 2]} for i in range(100)]
    made.dataset(home / "datasets/shop/0001", rows)


def test_an_annotation_comes_changes_and_goes(cx):
    assert cx("annotate", "shop", "--on", "2026-03-05", "--until", "2026-04-12", "=Strike <b>") == (0, "shop 1\n", "")
    assert cx("annotate", "Shop", "--list")[1].startswith("1  5 Mar 2026 – 12 Apr 2026: =Strike <b> (local, 20")
    assert cx("annotate", "shop", "--change", 1, "--on", "2026-03-06", "Over")[:2] == (0, "shop 1\n")
    assert cx("annotate", "shop")[1].startswith("1  6 Mar 2026: Over (local, ")
    assert cx("annotate", "shop", "--delete", 1)[:2] == (0, "Annotation 1 deleted.\n")
    assert cx("annotate", "shop", "--list") == (0, "", "")


@pytest.mark.parametrize(("words", "said"), [
    (["gone", "--list"], "no dataset 'gone'"), (["shop", "Strike"], "needs a day"), (["shop", "--on", "2026-03-05"], "no text"),
    (["shop", "--on", "soon", "x"], "--on 'soon' is no day"), (["shop", "--on", "2026-03-05", "--until", "x", "x"], "--until 'x'"),
    (["shop", "--on", "2026-03-05", "--until", "2026-03-01", "x"], "before the first"),
    (["shop", "--on", "2026-03-05", "x" * 10_000], "10,000 characters"), (["shop", "--delete", "7"], "no annotation 7"),
    (["shop", "--delete", "99999999999999999999"], "2147483647"),
    (["shop", "--change", "7", "--on", "2026-01-01", "x"], "no annotation 7"),
])  # fmt: skip
def test_annotations_that_cannot_be(cx, words, said):
    code, out, err = cx("annotate", *words)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
    assert notes.annotations(LOCAL, "shop") == []


def test_targets_stand_as_they_do(cx):
    assert cx("targets", "shop") == (0, "", "")
    assert cx("targets", "shop", "--set", "csat=70", "--by", "2026-12-31")[:2] == (0, "shop 1\n")
    assert cx("targets", "shop", "--set", "csat=99", "--by", "2026-12-31", "--where", "plan=A")[:2] == (0, "shop 2\n")
    first, second = cx("targets", "shop")[1].splitlines()
    assert first.startswith("1  CSAT 70 % by 31 Dec 2026: reached (now 80 %, 71 % to 87 %, n 100")
    assert second.startswith("2  CSAT 99 % by") and second.endswith("Plan=A")
    rows = json.loads(cx("targets", "shop", "--json")[1])
    assert tuple(rows[0][name] for name in ("id", "value", "now", "gap", "verdict")) == (
        1,
        70,
        80,
        10,
        "reached",
    )
    assert (rows[1]["where"], rows[1]["n"]) == ({"Plan": ["A"]}, 50)
    assert cx("targets", "shop", "--delete", 1)[:2] == (0, "Target 1 deleted.\n")
    assert [each.id for each in notes.targets(LOCAL, "shop")] == [2]


@pytest.mark.parametrize(("words", "said"), [
    (["--set", "nps=40", "--by", "2026-12-31"], "no answers for NPS"), (["--set", "npx=40", "--by", "2026-12-31"], "no KPI 'npx'"),
    (["--set", "csat", "--by", "2026-12-31"], "KPI=VALUE"), (["--set", "csat=high", "--by", "2026-12-31"], "KPI=VALUE"),
    (["--set", "csat=nan", "--by", "2026-12-31"], "nan"), (["--set", "csat=130", "--by", "2026-12-31"], "between 0 and 100"),
    (["--set", "csat=70"], "needs a day"), (["--by", "2026-12-31"], "go with --set"),
    (["--set", "csat=70", "--by", "2026-12-31", "--where", "Plan=Z"], "No response has Plan = 'Z'"),
    (["--set", "csat=70", "--by", "2026-12-31", "--where", "Plan"], "COLUMN=VALUE"), (["--delete", "7"], "no target 7"),
])  # fmt: skip
def test_targets_that_cannot_be(cx, words, said):
    code, out, err = cx("targets", "shop", *words)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
    assert notes.targets(LOCAL, "shop") == []


def test_benchmarks_are_compared_and_kept_on_demand(cx, tmp_path):
    path = tmp_path / "b.csv"
    path.write_text(HEADING + "Retail,csat,60,1000,S,2024\nRetail,nps,30,,S,2024\n", encoding="utf-8")
    lines = cx("benchmarks", "shop", path)[1].splitlines()
    assert (
        lines[0]
        == "–  CSAT of Retail: 60 % (57 to 63, n 1,000); ours 80 % (71 to 87, n 100): 20 points above Retail 2024, real"
    )
    assert lines[1] == "–  NPS of Retail: 30; ours –: we have no answers for it"
    assert notes.benchmarks(LOCAL) == []
    cx("benchmarks", "shop", path, "--keep")
    rows = json.loads(cx("benchmarks", "shop", "--json")[1])
    assert [(row["id"], row["ours"], row["theirs"], row["real"]) for row in rows] == [
        (1, 80, 60, True),
        (2, None, 30, False),
    ]
    cx("benchmarks", "shop", "--delete", 1)
    assert [each.id for each in notes.benchmarks(LOCAL)] == [2]


@pytest.mark.parametrize(("text", "said"), [
    ("", "row 1 has no column"), (HEADING + "R,npx,1,2,S,2024\n", "row 2, column kpi"), (None, "There is no file"),
])  # fmt: skip
def test_benchmarks_that_cannot_be(cx, tmp_path, text, said):
    path = tmp_path / "b.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    code, out, err = cx("benchmarks", "shop", path, "--keep")
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
    assert notes.benchmarks(LOCAL) == []


def test_a_persona_gets_a_name(cx, home):
    kinds = [{"Plan": "Basic", "Device": "phone"}, {"Plan": "Plus", "Device": "desktop"}]
    made.dataset(home / "datasets/people/0001", [{"nps": 9, **kinds[i % 3 == 0]} for i in range(150)])
    rows = json.loads(cx("personas", "people", "--json")[1])
    assert [row["n"] for row in rows] == [100, 50] and all(row["name"] == row["automatic"] for row in rows)
    one = rows[0]["id"]
    assert cx("personas", "people", "--name", f"{one}=The many=most")[:2] == (0, f"people {one}\n")
    assert json.loads(cx("personas", "people", "--json")[1])[0]["name"] == "The many=most"
    assert "The many=most" in cx("personas", "people")[1]
    assert cx("personas", "people", "--reset", one)[0] == 0
    assert json.loads(cx("personas", "people", "--json")[1]) == rows
    for words, said in (
        (["--name", "p-9=x"], "There is no persona 'p-9'"),
        (["--name", one], "ID=NAME"),
        (["--name", f"{one}= "], "no text"),
    ):
        code, _, err = cx("personas", "people", *words)
        assert code == 2 and said in err


def test_settings_of_the_dataset_count(cx):
    """Half of the answers are not enough where 60 are the least."""
    cx("targets", "shop", "--set", "csat=70", "--by", "2026-12-31", "--where", "Plan=A")
    records.settle(LOCAL, "shop", {"min_base": 60})
    assert json.loads(cx("targets", "shop", "--json")[1])[0]["verdict"] == "too few answers"


def test_settings_on_the_command_line(cx, tmp_path):
    code, out, _ = cx("settings", "shop", "first_month=4", "bands=80,60,40,20")
    assert code == 0 and json.loads(out)["first_month"] == 4 and json.loads(out)["bands"] == [80, 60, 40, 20]
    assert records.settings_of("shop").calendar.first_month == 4
    for wrong, told in (("first_month=13", "between 1 and 12"), ("x=1", "no setting"), ("min_base=ten", "is a number")):
        code, out, err = cx("settings", "shop", wrong)
        assert code == 2 and told in err and not out
    assert json.loads(cx("settings", "shop")[1])["first_month"] == 4


def test_weights_of_the_command_line_count_everywhere(cx, tmp_path):
    """80 of 100 are satisfied: the first eighty, half of them on plan A; on either plan 40 of 50."""
    shares = tmp_path / "shares.csv"
    shares.write_text("column,value,share\nPlan,A,90\nPlan,B,10\n")
    rows = [{"csat": 5 if i % 2 == 0 else 1, "Plan": "AB"[i % 2]} for i in range(100)]
    made.dataset(tmp_path / "own", rows)
    csat = [
        row
        for row in json.loads(cx("kpis", tmp_path / "own", "--weights", shares, "--json")[1])
        if row["kpi"] == "csat"
    ]
    assert [row["value"] for row in csat] == [pytest.approx(90)] and csat[0]["n"] == 100
    assert cx("settings", "shop", "--weights", shares)[0] == 0
    for command in (
        ["kpis", "shop"],
        ["compare", "shop", "--column", "Plan", "--a", "A", "--b", "B"],
        ["segments", "shop"],
    ):
        code, _, err = cx(*command)
        assert code == 0 and "100 responses count as 61" in err  # 1 / (0.81 + 0.01) · 50
    assert cx("settings", "shop", "--no-weights")[0] == 0 and cx("kpis", "shop")[2] == ""
    shares.write_text("column,value,share\nPlan,A,90\nPlan,C,10\n")
    for command in (["settings", "shop"], ["kpis", "shop"]):
        code, out, err = cx(*command, "--weights", shares)
        assert code == 2 and err.count("\n") == 1 and not out
