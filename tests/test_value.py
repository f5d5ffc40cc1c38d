"""Retention, churn and CLV against published figures (../shared/reference/formulas.md), counting by hand, and simulation."""

import csv
import json
import warnings
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest

from cx.measure import activity, churned, cohorts, lifetime, purchases, value
from cx.measure.activity import LOYALTY, Periods
from cx.measure.purchases import Buying, Spending
from cx.settings import Calendar, Settings, Terms
from cx.store.datasets import Dataset
from cx.view.filters import ALL, Filter, parsed_day
from tests import made

CDNOW = Path(__file__).parents[2] / "shared/data/kpi/cdnow_customers_summary_with_transactions.csv"
PUBLISHED = Buying(0.243, 4.414, 0.793, 2.426)
SURVIVORS = (1000, 631, 468, 382, 326)  # Fader and Hardie 2014
MONTHS = [f"2024-{month:02d}-01" for month in range(1, 13)]


@pytest.fixture(autouse=True)
def strict():
    """A warning is a number that nobody looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def answered(where, visits, **more):
    """A dataset of (customer, date) visits, in which every customer answers what `more` says for them."""
    rows = [
        {"customer_id": who, "date": when} | {name: held[who] for name, held in more.items()} for who, when in visits
    ]
    return made.dataset(where / "d", rows)


def bought(dataset, rows):
    """The dataset with purchases (customer, date, revenue) beside the responses."""
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "revenue"])
    frame["date"] = pd.to_datetime(frame["date"])
    frame.astype({"revenue": float}).to_parquet(dataset.where / "purchases.parquet", index=False)
    return Dataset(dataset.where).with_settings(dataset.settings)


def nobody(where):
    return made.dataset(where / "d", [{"nps": 9, "date": "2024-01-01"}] * 20)


def cdnow():
    if not CDNOW.exists():
        pytest.skip(
            "cdnow_customers_summary_with_transactions.csv is not there: ../shared/data/kpi holds it in development"
        )
    with CDNOW.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")}


# ---- retention


def test_the_published_cohort(tmp_path):
    """1000 customers, of whom 631, 468, 382, 326 stay: rates 0.631, 0.742, 0.816, 0.853."""
    visits = [(f"c{who}", MONTHS[age]) for age, many in enumerate(SURVIVORS) for who in range(many)]
    found = value.retention(answered(tmp_path, visits))
    assert found.unit == "month" and found.why is None
    assert (found.cohorts["value"] / 100).round(3).tolist() == [0.631, 0.742, 0.816, 0.853]
    assert found.cohorts["active"].tolist() == list(SURVIVORS[1:]) and set(found.cohorts["size"]) == {1000}
    assert found.cohorts["share"].tolist() == pytest.approx([63.1, 46.8, 38.2, 32.6])
    followed, kept = sum(SURVIVORS[:-1]), sum(SURVIVORS[1:])
    assert found.overall.value == pytest.approx(100 * kept / followed) and found.overall.n == 1000
    assert found.overall.low < found.overall.value < found.overall.high
    assert found.churn.value == pytest.approx(100 - found.overall.value)
    assert found.churn.low == pytest.approx(100 - found.overall.high)


def test_cohorts_add_up_to_the_periods_and_to_all(tmp_path):
    rng = Random(2)
    visits = [(f"c{who}", month) for who in range(200) for month in MONTHS[rng.randrange(6) :] if rng.random() < 0.8]
    found = value.retention(answered(tmp_path, visits), unit="month", min_base=1)
    seen = {who: {when for other, when in visits if other == who} for who, _ in visits}
    steps = list(pairwise(MONTHS))
    base = [sum(one in days for days in seen.values()) for one, _ in steps]
    kept = [sum(one in days and two in days for days in seen.values()) for one, two in steps]
    assert found.periods["n"].tolist() == base and found.periods["kept"].tolist() == kept
    assert (found.cohorts["base"].sum(), found.cohorts["kept"].sum()) == (sum(base), sum(kept))
    assert found.overall.value == pytest.approx(100 * sum(kept) / sum(base))


def test_the_interval_knows_that_periods_of_a_customer_agree(tmp_path):
    """Half of the customers never leave, half leave at once: the periods are many, the customers few."""
    visits = [(f"s{who}", month) for who in range(20) for month in MONTHS] + [
        (f"l{who}", MONTHS[0]) for who in range(20)
    ]
    found = value.retention(answered(tmp_path, visits), unit="month").overall
    # 20 customers were followed 11 times and came back each time, 20 once and did not; and half a customer more: followed
    # half of the average of 6 times, half of it in the middle, a quarter at either end.
    m, y, mm, my = 240 + 3, 220 + 1.5, 2440 + 30.5, 2420 + 15.25
    yy = 2420 + 30.5 * (1 / 4 + 1 / 8)
    mid = y / m
    half = 2.0227 * ((yy - 2 * mid * my + mid**2 * mm) * 40.5 / 39.5) ** 0.5 / m  # t with 39 degrees of freedom
    assert found.value == pytest.approx(100 * 220 / 240)
    assert [found.low, found.high] == pytest.approx([100 * (mid - half), 100 * (mid + half)], abs=0.001)


def test_a_purchase_is_activity_too(tmp_path):
    dataset = answered(tmp_path, [(f"c{who}", "2024-01-10") for who in range(20)])
    bought(dataset, [(f"c{who}", "2024-02-10", 5) for who in range(15)])
    found = value.retention(dataset, unit="month")
    assert (found.overall.value, found.overall.n) == (75, 20)


def test_a_filter_chooses_customers_with_all_they_did_and_dates_choose_periods(tmp_path):
    visits = [(f"c{who}", month) for who in range(40) for month in MONTHS[: 3 if who < 20 else 2]]
    rows = [{"customer_id": who, "date": when, "Plan": "A" if int(who[1:]) < 20 else "B"} for who, when in visits]
    dataset = made.dataset(tmp_path / "d", rows)
    month = "month"
    own = value.retention(dataset, Filter(where=(("Plan", ("B",)),)), unit=month)
    assert [round(v) for v in own.periods["value"]] == [100, 0]
    march = value.retention(dataset, Filter(begin=parsed_day("2024-03-01")), unit=month)
    assert march.periods["kept"].tolist() == [20] and march.overall.value == 50
    split = value.rates(dataset, by=["Plan"], unit=month).set_index("Plan")["value"]
    assert split.to_dict() == {"A": pytest.approx(100), "B": pytest.approx(50)}


def test_a_period_that_has_only_begun_is_no_loss(tmp_path):
    visits = [(f"c{who}", f"2024-{month:02d}-{day}") for who in range(30) for month in (1, 2, 3) for day in (2, 28)]
    visits += [("c0", "2024-04-02")]
    found = value.retention(answered(tmp_path, visits), unit="month")
    assert found.overall.value == 100 and any("only begun" in note for note in found.notes)


def test_a_month_without_anybody_is_no_loss(tmp_path):
    visits = [
        (f"c{who}", month) for who in range(30) for month in ("2024-01-05", "2024-02-05", "2024-04-05", "2024-05-05")
    ]
    found = value.retention(answered(tmp_path, visits), unit="month")
    assert found.overall.value == 100 and "In 1 month nobody was active: taken out, not counted as loss." in found.notes


@pytest.mark.parametrize(("days", "unit"), [(7, "week"), (30, "month"), (91, "quarter"), (365, "year")])
def test_the_period_is_how_often_customers_come_back(tmp_path, days, unit):
    """Whoever answers once a year must not seem lost every month."""
    begin = pd.Timestamp("2020-01-05")
    visits = [
        (f"c{who}", str((begin + pd.Timedelta(days=days * turn + who % 5)).date()))
        for who in range(20)
        for turn in range(5)
    ]
    found = value.retention(answered(tmp_path, visits))
    assert found.unit == unit and found.overall.value > 90


def test_a_fiscal_year_begins_when_it_is_said_to():
    april = Periods("year", Calendar(first_month=4))
    assert april.start((2023 * 12 + 3 - 3) // 12) == pd.Timestamp("2023-04-01")


def test_fiscal_years_part_the_data(tmp_path):
    visits = [(f"c{who}", when) for who in range(20) for when in ("2022-02-01", "2022-05-01", "2023-03-01")]
    april = answered(tmp_path, visits).with_settings(Settings(calendar=Calendar(first_month=4)))
    assert value.retention(april, unit="year").overall.value == 100
    assert value.retention(answered(tmp_path / "b", visits), unit="year").why  # 2023 has only begun


def test_weeks_begin_on_the_day_that_is_said(tmp_path):
    visits = [(f"c{who}", when) for who in range(20) for when in ("2024-01-07", "2024-01-08", "2024-01-14")]
    assert value.retention(answered(tmp_path, visits), unit="week").overall.value == 100
    sunday = answered(tmp_path / "b", visits).with_settings(Settings(calendar=Calendar(first_weekday=6)))
    assert value.retention(sunday, unit="week").why  # the second has only begun


def test_more_periods_than_a_number_has_bits(tmp_path):
    months = [str(day.date()) for day in pd.date_range("2015-01-01", periods=100, freq="MS")]
    found = value.retention(answered(tmp_path, [(f"c{who}", day) for who in range(12) for day in months]))
    assert len(found.periods) == 99 and set(found.periods["kept"]) == {12}


def test_promoters_are_told_by_what_they_had_said_before(tmp_path):
    """Whoever says 10 in January and 0 in February and leaves then is a lost detractor, not a lost promoter."""
    rows = [{"customer_id": f"c{who}", "date": "2024-01-05", "nps": 10} for who in range(20)]
    rows += [{"customer_id": f"c{who}", "date": "2024-02-05", "nps": 0} for who in range(20)]
    rows += [
        {"customer_id": f"d{who}", "date": day, "nps": 8} for who in range(20) for day in ("2024-02-06", "2024-03-06")
    ]
    found = value.rates(made.dataset(tmp_path / "d", rows), by=[LOYALTY], unit="month").set_index(LOYALTY)
    assert found["value"].to_dict() == {"promoter": 100, "detractor": 0, "passive": 100}


# ---- a column that says who left


def leaving(where, cells, customers=True, **more):
    rows = [
        {"Left": cell, "date": f"2024-0{1 + place % 3}-05"} | ({"customer_id": f"c{place}"} if customers else {})
        | {name: held[place] for name, held in more.items()}
        for place, cell in enumerate(cells)
    ]  # fmt: skip
    dataset = made.dataset(where / "d", rows)
    dataset.manifest["sources"] = [{"columns": [{"name": "Left", "role": "churned", "stored": "Left"}]}]
    return dataset


@pytest.mark.parametrize("words", [("yes", "no"), ("1", "0"), ("TRUE", "False"), ("Churned", "active")])
def test_a_churned_column_wins(tmp_path, words):
    found = value.retention(leaving(tmp_path, [words[0]] * 15 + [words[1]] * 45))
    assert (found.churn.value, found.overall.value, found.overall.n) == (25, 75, 60)
    low, high = 0.1578, 0.3723  # Wilson, 15 of 60
    assert found.churn.low == pytest.approx(100 * low, abs=0.01) and found.churn.high == pytest.approx(
        100 * high, abs=0.01
    )
    assert found.cohorts["size"].sum() == 60


def test_the_latest_word_counts(tmp_path):
    rows = [{"customer_id": f"c{who}", "date": day, "Left": word} for who in range(12) for day, word in
            (("2024-01-01", "no"), ("2024-05-01", "yes" if who < 3 else "no"))]  # fmt: skip
    dataset = made.dataset(tmp_path / "d", rows)
    dataset.manifest["sources"] = [{"columns": [{"name": "Left", "role": "churned", "stored": "Left"}]}]
    assert (
        value.retention(dataset).churn == pytest.approx(value.retention(dataset).churn)
        and value.retention(dataset).churn.value == 25
    )


def test_without_customers_each_response_is_one_and_it_is_said(tmp_path):
    found = value.retention(leaving(tmp_path, ["yes"] * 5 + ["no"] * 15, customers=False))
    assert found.churn.value == 25 and any("each response counts as a customer" in note for note in found.notes)


def test_words_that_say_neither_are_told(tmp_path):
    found = value.retention(leaving(tmp_path, ["yes"] * 10 + ["no"] * 10 + ["perhaps"] * 3))
    assert found.churn.value == 50 and any(note.startswith("3 responses say neither") for note in found.notes)


def test_churn_by_segment_and_by_side(tmp_path):
    dataset = leaving(tmp_path, ["yes", "no"] * 20, Plan=["A", "B"] * 20, nps=[0, 10] * 20)
    assert churned.rates(dataset, "Left", by=["Plan"]).set_index("Plan")["value"].to_dict() == {"A": 0, "B": 100}
    assert churned.rates(dataset, "Left", by=[LOYALTY]).set_index(LOYALTY)["value"].to_dict() == {
        "detractor": 0,
        "promoter": 100,
    }


# ---- the margin formula


def test_the_published_value():
    """Retention 80 %, discount 10 %: 2.67 times the margin; with the first margin at once 3.667."""
    assert round(lifetime.margin_value(1, 0.8, 0.1), 2) == 2.67
    assert round(lifetime.margin_value(1, 0.8, 0.1, at_once=True), 3) == 3.667
    assert lifetime.margin_value(30, 0.8, 0.1, acquisition=50) == pytest.approx(30)


@pytest.mark.parametrize(("retention", "discount"), [(1, 0), (1.2, 0.1), (-0.1, 0.1)])
def test_an_endless_or_impossible_value_is_none(retention, discount):
    assert lifetime.margin_value(1, retention, discount) is None


def test_value_from_the_margin_formula(tmp_path):
    """20 customers pay 10 a year; 16 of them stay each year: 10 · 0.8 / (1 + 0.1 − 0.8)."""
    years = [[f"c{who}" for who in range(many)] for many in (125, 100, 80, 64)]
    visits = [(who, f"{2019 + age}-06-01") for age, names in enumerate(years) for who in names]
    dataset = bought(answered(tmp_path, visits), [(who, when, 10) for who, when in visits])
    people = activity.counted(dataset, unit="year")
    found = lifetime.simple(dataset, people)
    row = found.rows.iloc[0]
    assert row["value"] == pytest.approx(10 * 0.8 / 0.3) and row["low"] < row["value"] < row["high"]
    rate = cohorts.overall(people, ALL).iloc[0]
    ends = [10 * lifetime.margin_value(1, rate[end] / 100, 0.1) for end in ("low", "high")]
    assert row[["low", "high"]].tolist() == pytest.approx(ends)  # all pay the same: only retention is in doubt
    dearer = dataset.with_settings(Settings(terms=Terms(margin=0.5, acquisition=3)))
    half = lifetime.simple(dearer, people).rows.iloc[0]
    assert half["value"] == pytest.approx(row["value"] / 2 - 3)


# ---- BG/NBD and Gamma-Gamma


def test_the_published_expectation_of_a_customer():
    """x = 2, t_x = 30.43, T = 38.86: 1.226 purchases in the next 39 weeks."""
    assert round(float(purchases.expected(PUBLISHED, 2, 30.43, 38.86, 39)), 3) == 1.226


def test_the_published_parameters_of_cdnow():
    data = cdnow()
    model, likelihood = purchases.fit_buying(data["x"], data["t_x"], data["T"])
    assert [round(part, 3) for part in model] == [0.243, 4.414, 0.793, 2.426]
    assert likelihood == pytest.approx(-9582.4, abs=0.05)  # Fader, Hardie and Lee 2005, table 2
    together, _ = purchases.fit_buying(*purchases.kinds(data["x"], data["t_x"], data["T"]))
    assert list(together) == pytest.approx(list(model), rel=1e-5)
    assert purchases.expected_of_anyone(model, [1, 78]) == pytest.approx([0.0532, 1.8576], abs=5e-4)
    back = data["x"] > 0
    spending, _ = purchases.fit_spending(data["x"][back], data["zbar"][back])
    assert list(spending) == pytest.approx([6.25, 3.74, 15.44], abs=0.015)  # Fader and Hardie 2013


def test_expectations_agree_with_the_formula_as_it_is_printed():
    """Equation 10 with the hypergeometric function as in the paper, without the transformation."""
    from scipy.special import hyp2f1

    r, alpha, a, b = PUBLISHED
    for x, t_x, T, t in ((0, 0, 20, 5), (1, 3, 20, 50), (7, 19, 20, 200)):
        more = (a + b + x - 1) / (a - 1)
        more *= 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(
            r + x, b + x, a + b + x - 1, t / (alpha + T + t)
        )
        odds = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x) if x else 0
        assert purchases.expected(PUBLISHED, x, t_x, T, t) == pytest.approx(more / (1 + odds))


def test_slopes_are_those_of_the_likelihoods():
    x, t_x, T, z = (np.array(held, dtype=float) for held in ([1, 2, 9], [5, 3, 30], [10, 20, 31], [4, 9, 2.5]))
    for of, model, kind in (
        (lambda m: purchases.buying_likelihood(m, x, t_x, T), Buying(0.7, 5, 0.6, 1.9), Buying),
        (lambda m: purchases.spending_likelihood(m, x, z), Spending(4, 3, 11), Spending),
    ):
        told = of(model)[1]
        asked = purchases.derivative(lambda at: of(kind(*np.exp(at)))[0], np.log(model))  # noqa: B023
        assert told == pytest.approx(asked, abs=1e-6)


def test_discounting_by_integral_is_discounting_day_by_day():
    days, rate = np.arange(1, 731), np.log(1.1) / 365
    expected = np.array([purchases.expected(PUBLISHED, 3, 25, 30, day) for day in days])
    daily = float(np.sum(np.diff(expected, prepend=0) * np.exp(-rate * (days - 0.5))))
    assert purchases.discounted(PUBLISHED, 3, 25, 30, 730, rate) == pytest.approx(daily, rel=1e-4)


def shop(where, customers=400, seed=1):
    """Customers who buy until they leave (more detractors leave), once a fortnight; 20 a time on average."""
    rng = np.random.default_rng(seed)
    rows, paid = [], []
    for who in range(customers):
        score = (10, 8, 2)[who % 3]
        rows.append({"customer_id": f"c{who}", "date": "2024-01-15", "nps": score, "Plan": "AB"[who % 2]})
        day, end = rng.integers(0, 300), 600
        scale = rng.gamma(4, 5)
        while day < end:
            paid.append(
                (f"c{who}", pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(day)), scale * rng.gamma(4, 0.25))
            )
            if rng.random() < {10: 0.04, 8: 0.1, 2: 0.4}[score]:
                break
            day += rng.exponential(20) + 1
    return bought(made.dataset(where / "d", rows), paid)


def test_value_from_purchases_is_what_the_models_say(tmp_path):
    """The same customers, counted and valued by hand."""
    dataset = shop(tmp_path).with_settings(Settings(terms=Terms(margin=0.4, discount=0.1, years=2)))
    found = value.clv(dataset)
    assert found.method == "BG/NBD and Gamma-Gamma, next 2 years" and found.why is None
    paid = pd.read_parquet(dataset.where / "purchases.parquet")
    paid = paid.groupby(["customer_id", "date"], as_index=False)["revenue"].sum().sort_values("date")
    each = paid.groupby("customer_id").agg(many=("date", "size"), first=("date", "min"), last=("date", "max"))
    x, end = each["many"].to_numpy() - 1, paid["date"].max()
    t_x, T = (each["last"] - each["first"]).dt.days.to_numpy(), (end - each["first"]).dt.days.to_numpy()
    z = (
        paid.groupby("customer_id")["revenue"]
        .apply(lambda amounts: amounts.iloc[1:].mean() if len(amounts) > 1 else 0.0)
        .to_numpy()
    )
    buying, _ = purchases.fit_buying(x, t_x, T)
    spending, _ = purchases.fit_spending(x[x > 0], z[x > 0])
    times = purchases.discounted(buying, x, t_x, T, 2 * 365.25, np.log(1.1) / 365.25)
    row = found.rows.iloc[0]
    assert row["value"] == pytest.approx(float((0.4 * times * purchases.amount(spending, x, z)).mean()), rel=1e-3)
    assert row["low"] < row["value"] < row["high"] and row["n"] == 400


def test_a_point_of_nps(tmp_path):
    found = value.worth(shop(tmp_path))
    assert found.why is None and found.retention["loyalty"].tolist() == ["promoter", "passive", "detractor"]
    worth, kept = found.clv.set_index("loyalty")["value"], found.retention.set_index("loyalty")["value"]
    assert worth["promoter"] > worth["passive"] > worth["detractor"] and kept["promoter"] > kept["detractor"]
    assert found.clv_point.value == pytest.approx((worth["promoter"] - worth["detractor"]) / 200)
    assert found.retention_point.value == pytest.approx((kept["promoter"] - kept["detractor"]) / 200)
    assert found.clv_point.real and found.clv_point.low < found.clv_point.value < found.clv_point.high
    assert len(found.sentences) == 2 and "within noise" not in " ".join(found.sentences)


def test_a_difference_does_not_count_the_doubt_of_the_models_twice(tmp_path):
    found = lifetime.modelled(shop(tmp_path), by=[LOYALTY])
    sides = found.rows[LOYALTY].tolist()
    after, before = sides.index("promoter"), sides.index("detractor")
    own = lifetime.difference(found, after, before)
    apart = lifetime.difference(found._replace(levers=None), after, before)
    assert own.value == pytest.approx(apart.value) and own.high - own.low < apart.high - apart.low
    assert np.sqrt((found.levers**2).sum(axis=1)).tolist() == pytest.approx(found.rows["se"].tolist())


def test_a_point_of_nps_that_means_nothing_is_within_noise(tmp_path):
    rng = Random(4)
    visits = [(f"c{who}", month) for who in range(60) for month in MONTHS[: 1 + rng.randrange(11)]]
    found = value.worth(answered(tmp_path, visits, nps={f"c{who}": rng.choice([0, 8, 10]) for who in range(60)}))
    assert not found.retention_point.real and "within noise" in found.sentences[0]
    assert found.clv_point.value is None


def test_the_rows_for_the_table_of_kpis(tmp_path):
    rows = value.table(shop(tmp_path), ["Plan"])
    assert rows["kpi"].tolist() == ["retention"] * 2 + ["churn"] * 2 + ["clv"] * 2
    assert rows["unit"].tolist() == ["percent"] * 4 + ["money"] * 2 and rows["Plan"].tolist() == ["A", "B"] * 3
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()


def test_a_drawn_part_of_the_customers_is_told(tmp_path, monkeypatch):
    dataset = shop(tmp_path)
    whole = lifetime.modelled(dataset).rows.iloc[0]
    monkeypatch.setattr(lifetime, "MOST_CUSTOMERS", 200)
    part = lifetime.modelled(Dataset(dataset.where))
    assert part.rows.iloc[0]["n"] == 200 and part.notes == (
        "From 200 of 400 customers with purchases, drawn at random.",
    )
    assert part.rows.iloc[0]["low"] < whole["value"] < part.rows.iloc[0]["high"]


def test_everybody_paying_the_same_is_no_difficulty(tmp_path):
    dataset = shop(tmp_path)
    paid = (
        pd.read_parquet(dataset.where / "purchases.parquet")
        .assign(revenue=7.0)
        .drop_duplicates(["customer_id", "date"])
    )
    dataset = bought(dataset, paid.to_numpy().tolist())
    assert lifetime.modelled(dataset).rows.iloc[0]["value"] > 0


# ---- what cannot be counted says so


def test_without_customers_it_is_said_why(tmp_path):
    found = value.retention(nobody(tmp_path))
    assert found.overall.value is None and "no column says which customer answered" in found.why
    assert value.table(nobody(tmp_path / "b")).empty
    assert "known customers" in value.worth(nobody(tmp_path / "c")).why


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no column"),
        ([("c1", "2024-01-01")], "only one"),
        ([("c1", None), ("c2", None)], "no response"),
        ([("c1", "2990-01-01"), ("c1", "2990-02-01")], "no response"),
        ([("c1", "2024-01-01"), ("c1", "2024-02-01")], "needs at least 10"),
        ([(f"c{who}", "2024-01-01") for who in range(50)], "only one"),
    ],
    ids=["none", "one", "undated", "future", "one customer", "one day"],
)
def test_too_little_is_a_sentence(tmp_path, rows, reason):
    found = value.retention(answered(tmp_path, rows))
    assert found.overall.value is None and reason in found.why
    assert value.clv(answered(tmp_path / "b", rows)).why


def test_future_dates_are_left_out_and_told(tmp_path):
    visits = [(f"c{who}", month) for who in range(20) for month in MONTHS[:3]] + [("c1", "2990-01-01")]
    found = value.retention(answered(tmp_path, visits), unit="month")
    assert found.overall.value == 100 and "1 responses and purchases are dated in the future" in found.notes[0]


@pytest.mark.parametrize(
    ("paid", "reason"),
    [
        ([(f"c{who}", "2024-02-01", 10) for who in range(60)], "bought only once"),
        ([(f"c{who}", day, 10) for who in range(12) for day in MONTHS[:3]], "too few"),
        ([(f"c{who}", day, -10) for who in range(60) for day in MONTHS], "no customer has bought anything"),
        ([(f"c{who}", day, None) for who in range(60) for day in MONTHS], "how much was paid"),
        ([("c1", "2990-01-01", 10)], "no customer has bought anything"),
    ],
    ids=["once", "few", "refunds", "no amounts", "future"],
)
def test_purchases_that_tell_nothing(tmp_path, paid, reason):
    dataset = bought(made.dataset(tmp_path / "d", [{"nps": 9}]), paid)
    found = lifetime.modelled(dataset)
    assert reason in found.why and found.rows.empty


def test_refunds_are_left_out_and_told(tmp_path):
    dataset = shop(tmp_path)
    before = lifetime.modelled(dataset).rows.iloc[0]["value"]
    paid = pd.read_parquet(dataset.where / "purchases.parquet")
    rows = [*paid.to_numpy().tolist(), ("c1", "2024-05-01", -500.0), ("c2", "2024-05-01", 0.0)]
    found = lifetime.modelled(bought(dataset, rows))
    assert found.rows.iloc[0]["value"] == before and found.notes == (
        "2 amounts of zero or below (refunds) are left out.",
    )


def test_nobody_stays_and_everybody_stays(tmp_path):
    gone = bought(
        answered(tmp_path, [(f"c{who}", "2024-01-05") for who in range(30)] + [("z", "2024-02-05")] * 30),
        [("c0", "2024-01-05", 5)],
    )
    rate = value.retention(gone, unit="month")
    assert rate.overall.value == 0 and 0 < rate.overall.high < 25
    stay = answered(tmp_path / "b", [(f"c{who}", month) for who in range(30) for month in MONTHS])
    kept = value.retention(stay, unit="month")
    assert kept.overall.value == 100 and 75 < kept.overall.low < 100
    assert json.dumps(kept.overall._asdict())
