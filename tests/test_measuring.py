"""Comparisons, drivers, segments, trends and customers on the command line: numbers by hand, one line per error."""

import csv
import io
import json

import pytest

from tests import made


@pytest.fixture
def folder(tmp_path):
    """North 10, South 0, in turns; delivery is named by the South, staff by half of the North; six months."""
    rows = [
        {
            "nps": (10, 0)[i % 2], "csat": 1 + i % 5, "ease": 1 + i % 5, "enjoyment": 1 + i % 4,
            "Region": ("North", "=South")[i % 2], "channel": ("app", "shop", "web")[i % 3], "customer_id": f"c{i % 60}",
            "date": f"2026-{1 + i % 6:02}-{1 + i % 27:02}",
        }
        for i in range(240)
    ]  # fmt: skip
    said = [
        {
            "response_id": f"r{i:04d}",
            "touchpoint": "delivery" if i % 2 else ("staff", "none")[i // 2 % 2],
            "topic": "t1",
        }
        for i in range(240)
    ]
    made.dataset(tmp_path / "d" / "0001", rows, said, topics=[made.topic("t1", "Parcels")])
    return tmp_path / "d"


def answered(cx, *words):
    code, out, err = cx(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_two_values_and_everyone_else(cx, folder):
    pair = answered(cx, "compare", folder, "--column", "Region", "--a", "=South", "--b", "North")
    nps = next(row for row in pair if row["kpi"] == "nps")
    assert (nps["a"], nps["b"], nps["change"], nps["n_a"], nps["n_b"]) == (-100, 100, 200, 120, 120)
    assert (nps["real"], nps["says"]) == (True, "up 200 points, real")
    rest = answered(cx, "compare", folder, "--column", "region", "--b", "North")
    assert next(row for row in rest if row["kpi"] == "nps")["change"] == 200
    only = answered(cx, "compare", folder, "--column", "channel", "--b", "app", "--where", "Region=North")
    assert [(row["a"], row["b"], row["n_b"]) for row in only if row["kpi"] == "nps"] == [(100, 100, 40)]


def test_two_periods(cx, folder):
    words = ("--before", "2026-01-01:2026-03-31", "--after", "2026-04-01:2026-06-30")
    nps = next(row for row in answered(cx, "compare", folder, *words) if row["kpi"] == "nps")
    assert (nps["n_a"], nps["n_b"]) == (120, 120)
    assert nps["change"] == pytest.approx(-100 * 2 / 3)  # January, March and May are northern


def test_as_csv_and_for_people(cx, folder):
    code, out, _ = cx("segments", folder, "--kpi", "nps", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0 and {row["value"] for row in rows if row["column"] == "Region"} == {"North", "'=South"}
    code, out, _ = cx("compare", folder, "--column", "Region", "--b", "North")
    assert code == 0 and all(word in out for word in ("kpi", "change", "200.0", "True"))


def test_segments_are_ranked(cx, folder):
    rows = answered(cx, "segments", folder, "--kpi", "nps")
    assert {rows[0]["value"], rows[1]["value"]} == {"North", "=South"} and rows[0]["real"]
    assert rows[0]["difference"] in (200, -200)


def test_drivers_and_what_if(cx, folder):
    rows = {row["key"]: row for row in answered(cx, "drivers", folder, "--kpi", "nps") if row["kind"] == "touchpoint"}
    assert rows["delivery"]["difference"] == -200 and rows["delivery"]["impact"] == -100
    (one,) = answered(cx, "drivers", folder, "--kpi", "nps", "--what-if", "delivery=staff")
    assert one["value"] == pytest.approx(100) and one["says"].startswith("if delivery were as good as staff, NPS +100")
    aspects = answered(cx, "drivers", folder, "--kpi", "csat")
    shares = {row["name"]: row["weight"] for row in aspects if row["kind"] == "aspect"}
    assert set(shares) == {"ease", "enjoyment"} and sum(shares.values()) == pytest.approx(100)
    assert shares["ease"] > 80  # the same answers


def test_trends_by_month(cx, folder):
    found = answered(cx, "trends", folder, "--kpi", "nps", "--by", "month")
    assert [(row["period"], row["value"], row["n"]) for row in found["series"]] == [
        (f"2026-{month:02}-01", 100 if month % 2 else -100, 40) for month in range(1, 7)
    ]
    assert found["by"] == "month" and {"changes", "anomalies", "forecast", "unseen"} <= set(found)
    code, out, _ = cx("trends", folder, "--by", "quarter")
    assert code == 0 and "2026-04-01" in out
    code, out, err = cx("trends", folder, "--by", "month", "--csv")
    assert [row["n"] for row in csv.DictReader(io.StringIO(out))] == ["40"] * 6 and err


def test_customers(cx, folder):
    told = answered(cx, "customers", folder)
    assert {"retention", "churn", "clv", "recovery", "consistency", "personas", "point_of_nps"} <= set(told)
    assert told["retention"]["n"] <= 60 and told["retention"]["cohorts"]
    assert [each["by"] for each in told["consistency"]] == ["channel", "touchpoint"]
    code, out, _ = cx("customers", folder)
    assert code == 0 and "retention" in out and "cohort" in out
    code, out, _ = cx("customers", folder, "--csv")
    assert out.startswith("cohort,age,size,active,share")


def test_without_customers_it_says_why(cx, tmp_path):
    made.dataset(tmp_path / "e", [{"nps": 10}] * 30)
    code, out, _ = cx("customers", tmp_path / "e")
    assert code == 0 and "There is no retention" in out
    assert answered(cx, "customers", tmp_path / "e")["retention"]["why"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compare", "{d}", "--column", "Region", "--a", "North", "--b", "North"], "cannot be compared with itself"),
        (["compare", "{d}", "--column", "Regoin", "--b", "x"], "Did you mean 'Region'?"),
        (["compare", "{d}", "--column", "Region"], "Name the value of 'Region'"),
        (["compare", "{d}", "--b", "North"], "not both"),
        (["compare", "{d}", "--before", "2026-01-01:2026-01-31"], "go together"),
        (["compare", "{d}", "--before", "January", "--after", "2026-02-01:2026-02-28"], "Cannot read --before"),
        (["compare", "{d}", "--before", "2026-01-01:2026-02-01", "--after", "2026-02-01:2026-02-28"], "overlap"),
        (["compare", "nothing"], "There is no dataset 'nothing'."),
        (["drivers", "{d}", "--kpi", "love"], "knows no KPI 'love'. There are: nps"),
        (["drivers", "{d}", "--kpi", "rating"], "has no answers for 'rating'"),
        (["drivers", "{d}", "--what-if", "delivery"], "write it as DRIVER=LIKE"),
        (["drivers", "{d}", "--what-if", "delivery=delivery"], "as good as itself"),
        (["drivers", "{d}", "--what-if", "delivery=billing"], "'billing' is no touchpoint of this dataset. There are: delivery"),
        (["drivers", "{d}", "--what-if", "a=b"], "'a' is no touchpoint, pillar, topic or rated aspect"),
        (["segments", "{d}", "--where", "Region"], "Cannot read the filter 'Region'"),
        (["trends", "{d}", "--by", "year"], "a period is one of day, week, month, quarter"),
    ],
)  # fmt: skip
def test_errors_are_one_line(cx, folder, words, told):
    code, out, err = cx(*(word.format(d=folder) for word in words))
    assert (code, out) == (2, "") and told in err and err.count("\n") == 1


def test_without_dates_there_is_no_trend(cx, tmp_path):
    made.dataset(tmp_path / "e", [{"nps": 10, "Region": "NS"[i % 2]} for i in range(30)])
    assert "no dates" in cx("trends", tmp_path / "e")[2]
    assert "no dates" in cx("compare", tmp_path / "e")[2]


def test_without_a_kpi_it_says_so(cx, tmp_path):
    made.dataset(tmp_path / "e", [{"Region": "NS"[i % 2]} for i in range(30)])
    assert "there is no KPI" in cx("segments", tmp_path / "e")[2]
    assert answered(cx, "compare", tmp_path / "e", "--column", "Region", "--b", "N") == []
