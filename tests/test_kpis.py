"""KPIs against published figures, statsmodels and SciPy, and a bootstrap."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cx import cli, pipeline
from cx.errors import ScaleError
from cx.measure import estimate, kpis, trends
from cx.measure.tally import DAY
from cx.schema import Scale
from cx.store.datasets import Dataset
from cx.view.filters import ALL, Filter
from tests import made
from tests.made import FIVE, SEVEN, TEN, ZERO_TEN

CARPENTRIES = Path(__file__).parents[2] / "shared" / "data" / "kpi"
COLUMNS = ["kpi", "unit", "scale", "value", "low", "high", "n", "mentions"]


def shown(dataset, kpi, by=(), where=ALL, min_base=1):
    """The rows of a KPI."""
    found = kpis.table(dataset, by, where, min_base)
    return found[found["kpi"] == kpi].reset_index(drop=True)


def one(dataset, kpi, **more):
    """The only row of a KPI."""
    found = shown(dataset, kpi, **more)
    assert len(found) == 1
    return found.iloc[0]


def answered(where, column, answers, scale=None, **more):
    """A dataset of answers to one question."""
    rows = [
        {column: answer} | {name: held[place] for name, held in more.items()} for place, answer in enumerate(answers)
    ]
    return made.dataset(where / "d", rows, scales={column: [scale]} if scale else None)


# ---- NPS


def test_nps_of_1_to_10_once_each_is_minus_40(analyzed):
    """Published: rbouch85/DS_Adventures. Four detractors more than promoters among ten, from a file."""
    rows = [{"How likely are you to recommend us?": score, "id": f"k{score}"} for score in range(1, 11)]
    found = one(analyzed(rows, {"How likely are you to recommend us?": "nps"}), "nps")
    assert (found["value"], found["n"], found["unit"]) == (pytest.approx(-40), 10, "points")


def test_nps_of_324_answers(tmp_path):
    found = one(answered(tmp_path, "nps", [10] * 100 + [9] * 62 + [8] * 50 + [7] * 58 + [6] * 30 + [0] * 24), "nps")
    assert found[["value", "low", "high"]].tolist() == pytest.approx([33.33, 24.95, 41.11], abs=0.006)
    assert found["n"] == 324 and found["scale"] == "0–10"


@pytest.mark.parametrize(("answer", "points"), [*[(a, -100) for a in range(7)], (7, 0), (8, 0), (9, 100), (10, 100)])
def test_every_answer_has_its_side(tmp_path, answer, points):
    assert one(answered(tmp_path, "nps", [answer]), "nps")["value"] == points


@pytest.mark.parametrize("wrong", [11, -1, 8.5])
def test_nps_off_its_scale_is_refused(tmp_path, wrong):
    given = answered(tmp_path, "nps", [10, wrong])
    with pytest.raises(ScaleError, match=f"{wrong:g}"):
        kpis.table(given)


@pytest.mark.parametrize(
    ("file", "column", "value", "n"),
    [("carpentries_2018.csv", "LikelyToRecommend", 48.37, 889), ("carpentrycon_2020.csv", "nps", 62.10, 124)],
)
def test_nps_of_the_carpentries(tmp_path, file, column, value, n):
    if not (CARPENTRIES / file).exists():
        pytest.skip(f"{file} is not there: ../shared/data/kpi holds it in development")
    out = tmp_path / "out"
    out.mkdir()
    pipeline.analyze([pipeline.Given(CARPENTRIES / file, file, {column: "nps"})], out, "given", b"key")
    found = one(Dataset(out), "nps")
    assert found["value"] == pytest.approx(value, abs=0.005) and found["n"] == n


# ---- shares


@pytest.mark.parametrize(("hits", "n", "percent"), [(60, 100, 60.0), (960, 1200, 80.0)])
def test_csat_is_the_published_share_with_wilsons_interval(tmp_path, hits, n, percent):
    answers = [4, 5] * (hits // 2) + [1, 2, 3, 3] * ((n - hits) // 4)
    found = one(answered(tmp_path, "csat", answers), "csat")
    low, high = proportion_confint(hits, n, method="wilson")
    assert found[["value", "low", "high"]].tolist() == pytest.approx([percent, 100 * low, 100 * high])
    assert found["unit"] == "percent"


def test_960_of_1200_has_the_computed_interval(tmp_path):
    found = one(answered(tmp_path, "csat", [5] * 960 + [3] * 240), "csat")
    assert found[["low", "high"]].tolist() == pytest.approx([77.64, 82.17], abs=0.005)


@pytest.mark.parametrize(
    ("column", "kpi", "scale", "satisfied"),
    [
        ("csat", "csat", FIVE, {4, 5}),
        ("csat", "csat", SEVEN, {6, 7}),
        ("csat", "csat", TEN, {9, 10}),
        ("csat", "csat", ZERO_TEN, {9, 10}),
        ("csat", "csat", Scale(1, 4), {3, 4}),
        ("csat", "csat", Scale(1, 3), {3}),
        ("csat", "csat", Scale(0, 1), {1}),
        ("csat", "csat", Scale(0, 100), set(range(80, 101))),
        ("csat", "csat", Scale(1, 5, low_is_good=True), {1, 2}),
        ("rating", "rating_share", FIVE, {4, 5}),
        ("ces", "ces_share", SEVEN, {5, 6, 7}),
        ("ces", "ces_share", FIVE, {4, 5}),
        ("ces", "ces_share", Scale(1, 5, low_is_good=True), {1, 2}),
        ("ces", "ces_share", Scale(1, 7, low_is_good=True), {1, 2, 3}),
    ],
)
def test_who_counts_as_satisfied(tmp_path, column, kpi, scale, satisfied):
    everything = list(range(int(scale.min), int(scale.max) + 1))
    given = made.dataset(tmp_path / "d", [{column: a, "answer": str(a)} for a in everything], scales={column: [scale]})
    rows = shown(given, kpi, by=["answer"])
    assert {int(row["answer"]) for _, row in rows.iterrows() if row["value"] == 100} == satisfied
    assert {int(row["answer"]) for _, row in rows.iterrows() if row["value"] == 0} == set(everything) - satisfied


def test_half_stars_count_from_four_on(tmp_path):
    found = one(answered(tmp_path, "rating", [3.5, 4, 4.5, 5], FIVE), "rating_share")
    assert found["value"] == 75


@pytest.mark.parametrize(("column", "scale"), [("csat", FIVE), ("ces", SEVEN), ("rating", TEN), ("ease", FIVE)])
def test_an_answer_off_its_scale_is_refused(tmp_path, column, scale):
    given = answered(tmp_path, column, [1, 2, scale.max + 1], scale)
    with pytest.raises(ScaleError, match=f"{scale.max + 1:g}"):
        kpis.table(given)


# ---- means


def test_effort_is_a_mean_with_students_interval(tmp_path):
    answers = [7] * 8 + [6] * 11 + [5] * 3 + [2] * 4
    found = one(answered(tmp_path, "ces", answers, SEVEN), "ces")
    low, high = stats.t.interval(0.95, len(answers) - 1, np.mean(answers), stats.sem(answers))
    assert found[["value", "low", "high"]].tolist() == pytest.approx([np.mean(answers), low, high])
    assert (found["unit"], found["scale"]) == ("scale", "1–7")


def test_a_mean_stays_on_its_scale(tmp_path):
    found = one(answered(tmp_path, "rating", [5, 5, 4]), "rating")
    assert found["high"] == 5 and 1 <= found["low"] < found["value"]


def test_low_is_good_is_said_by_the_scale_and_turns_the_direction(tmp_path):
    old = Scale(1, 5, low_is_good=True)
    given = answered(tmp_path, "ces", [1, 2, 3], old)
    assert one(given, "ces")["value"] == 2 and one(given, "ces")["scale"] == "1–5 (low is good)"
    assert not kpis.up_is_good(given, "ces", old.name)
    assert kpis.up_is_good(given, "ces_share", old.name)
    assert kpis.up_is_good(answered(tmp_path / "b", "ces", [1, 2, 3], FIVE), "ces", FIVE.name)
    assert not kpis.up_is_good(given, "effort_high")


def test_scales_stand_apart(tmp_path):
    rows = [{"rating": 4, "rating scale": "1–5"}] * 6 + [{"rating": 9, "rating scale": "1–10"}] * 4
    given = made.dataset(tmp_path / "d", rows, scales={"rating": [FIVE, TEN]})
    means = shown(given, "rating").set_index("scale")
    assert means["value"].to_dict() == {"1–5": 4, "1–10": 9} and means["n"].to_dict() == {"1–5": 6, "1–10": 4}
    shares = shown(given, "rating_share").set_index("scale")
    assert shares["value"].to_dict() == {"1–5": 100, "1–10": 100}


# ---- the index


def side(answer):
    return None if answer is None else 1 if answer >= 4 else -1 if answer <= 2 else 0


def performance(where, answers, **more):
    rows = [dict(zip(kpis.PARTS, triple, strict=True)) for triple in answers]
    for name, held in more.items():
        for row, value in zip(rows, held, strict=True):
            row[name] = value
    return made.dataset(where / "d", rows)


def some_answers(n, missing=0.0, seed=3):
    """Three answers that agree with each other, as a customer's do."""
    rng = Random(seed)
    out = []
    for _ in range(n):
        mood = rng.gauss(3.4, 1)
        answers = [min(max(round(mood + rng.gauss(0, 0.7)), 1), 5) for _ in kpis.PARTS]
        out.append([None if rng.random() < missing else answer for answer in answers])
    return out


def test_a_part_is_top_two_minus_bottom_two(tmp_path):
    given = performance(tmp_path, [(5, 4, 3), (4, 3, 2), (3, 2, 1), (1, 1, 5)])
    values = {part: one(given, part)["value"] for part in kpis.PARTS}
    assert values == {"effectiveness": 25, "ease": -25, "enjoyment": -25}
    assert one(given, "cx_index")["value"] == pytest.approx(-25 / 3)


@pytest.mark.parametrize(
    ("scale", "top", "bottom"),
    [
        (FIVE, {4, 5}, {1, 2}),
        (SEVEN, {6, 7}, {1, 2}),
        (ZERO_TEN, {9, 10}, {0, 1}),
        (Scale(1, 4), {3, 4}, {1, 2}),
        (Scale(1, 3), {3}, {1}),
        (Scale(0, 1), {1}, {0}),
        (Scale(0, 100), set(range(80, 101)), set(range(21))),
        (Scale(1, 5, low_is_good=True), {1, 2}, {4, 5}),
    ],
)
def test_top_and_bottom_of_a_part_by_scale(tmp_path, scale, top, bottom):
    everything = range(int(scale.min), int(scale.max) + 1)
    given = made.dataset(tmp_path / "d", [{"ease": a, "answer": str(a)} for a in everything], scales={"ease": [scale]})
    values = {int(row["answer"]): row["value"] for _, row in shown(given, "ease", by=["answer"]).iterrows()}
    assert values == {a: 100 if a in top else -100 if a in bottom else 0 for a in everything}


def test_index_of_complete_answers_is_the_mean_of_each_responses_index(tmp_path):
    """Complete data: each response has an index of its own, and the index is their mean with its standard error."""
    answers = some_answers(2000)
    own = np.array([np.mean([side(answer) for answer in triple]) for triple in answers])
    found = one(performance(tmp_path, answers), "cx_index")
    half = 1.96 * own.std(ddof=1) / len(own) ** 0.5
    assert found["value"] == pytest.approx(100 * own.mean())
    assert found["high"] - found["low"] == pytest.approx(200 * half, rel=0.01)
    assert found["n"] == 2000


def test_index_of_gappy_answers_has_the_interval_of_a_bootstrap(tmp_path):
    answers = some_answers(600, missing=0.3)
    sides = np.array([[np.nan if a is None else side(a) for a in triple] for triple in answers], dtype=float)
    rng = np.random.default_rng(1)
    again = [np.nanmean(sides[rng.integers(0, len(sides), len(sides))], axis=0).mean() for _ in range(2000)]
    found = one(performance(tmp_path, answers), "cx_index")
    assert found["value"] == pytest.approx(100 * np.nanmean(sides, axis=0).mean())
    assert (found["high"] - found["low"]) / 3.92 == pytest.approx(100 * np.std(again), rel=0.06)
    assert found["n"] == (~np.isnan(sides)).sum(axis=0).min()


def test_index_of_one_part_thrice_is_no_surer_than_the_part(tmp_path):
    """Three questions answered alike are one question: the interval must not shrink by √3."""
    given = performance(tmp_path, [(a, a, a) for a in [5, 5, 4, 3, 2, 1, 4, 5, 3, 4] * 20])
    index, part = one(given, "cx_index"), one(given, "ease")
    assert index["value"] == pytest.approx(part["value"])
    assert index["high"] - index["low"] == pytest.approx(part["high"] - part["low"], rel=0.01)


def test_index_groups_are_counted_apart_missing_ones_too(tmp_path):
    answers = some_answers(300)
    regions = [["North", "South", None][place % 3] for place in range(300)]
    found = shown(performance(tmp_path, answers, Region=regions), "cx_index", by=["Region"])
    for region in ("North", "South", None):
        own = [np.mean([side(a) for a in t]) for t, r in zip(answers, regions, strict=True) if r == region]
        row = found[found["Region"].isna() if region is None else found["Region"] == region]
        assert row["value"].tolist() == pytest.approx([100 * np.mean(own)]) and row["n"].tolist() == [100]


def test_index_is_not_counted_on_changing_scales(tmp_path):
    rows = [{"effectiveness": 4, "enjoyment": 4, "ease": 4, "ease scale": "1–5"}] * 3
    given = made.dataset(tmp_path / "d", rows, scales={"ease": [FIVE, TEN]})
    assert "cx_index" not in kpis.available(given) and "ease" in kpis.available(given)


# ---- weights


def test_weights_shift_the_value_and_widen_the_interval(tmp_path):
    """Promoters weigh 3, detractors 1: Σw = 120+20, effective base 140²/(40·9+20) = 51.6 of 60 answers."""
    given = answered(tmp_path, "nps", [10] * 40 + [0] * 20, weight=[3.0] * 40 + [1.0] * 20)
    found = one(given, "nps")
    base, p, d = 140**2 / 380, 120 / 140, 20 / 140
    plus, minus = (p * base + 0.75) / (base + 3), (d * base + 0.75) / (base + 3)
    half = 1.959964 * ((plus + minus - (plus - minus) ** 2) / (base + 3)) ** 0.5
    expected = [100 * (p - d), 100 * (plus - minus - half), 100 * (plus - minus + half)]
    assert found[["value", "low", "high"]].tolist() == pytest.approx(expected)
    assert found["n"] == 60


def test_equal_weights_change_nothing(tmp_path):
    answers = some_answers(150, missing=0.2)
    plain = kpis.table(performance(tmp_path / "a", answers))
    heavy = kpis.table(performance(tmp_path / "b", answers, weight=[2.0] * 150))
    for name in ("value", "low", "high", "n"):
        assert heavy[name].tolist() == pytest.approx(plain[name].tolist())


def test_weights_of_the_index_count_like_a_weighted_bootstrap(tmp_path):
    rng = np.random.default_rng(2)
    answers, weights = some_answers(500), rng.choice([0.5, 1.0, 4.0], 500)
    sides = np.array([[side(a) for a in triple] for triple in answers], dtype=float).mean(axis=1)
    again = []
    for _ in range(2000):
        rows = rng.integers(0, 500, 500)
        again.append(np.average(sides[rows], weights=weights[rows]))
    found = one(performance(tmp_path, answers, weight=weights.tolist()), "cx_index")
    assert found["value"] == pytest.approx(100 * np.average(sides, weights=weights))
    assert (found["high"] - found["low"]) / 3.92 == pytest.approx(100 * np.std(again), rel=0.06)


# ---- mentions


def talkative(n=300, seed=8):
    """Responses whose mentions agree with each other: (response_id, label) pairs, one to five each."""
    rng = Random(seed)
    out = []
    for place in range(n):
        glad = rng.random() < 0.6
        for _ in range(rng.randrange(1, 6)):
            label = rng.choices(["positive", "neutral", "negative"], [7, 2, 1] if glad else [1, 2, 7])[0]
            out.append((f"r{place:04d}", label))
    return out


def test_net_sentiment_has_the_interval_of_a_bootstrap_over_responses(tmp_path):
    pairs = talkative()
    said = [{"response_id": response, "sentiment_label": label} for response, label in pairs]
    found = one(made.dataset(tmp_path / "d", [{}] * 300, said), "net_sentiment")
    frame = pd.DataFrame(pairs, columns=["response", "label"])
    frame["y"] = frame["label"].map({"positive": 1, "neutral": 0, "negative": -1})
    sums = frame.groupby("response")["y"].agg(["sum", "count"]).to_numpy()
    rng = np.random.default_rng(4)
    again = [np.divide(*sums[rng.integers(0, 300, 300)].sum(axis=0)) for _ in range(3000)]
    assert found["value"] == pytest.approx(100 * frame["y"].mean())
    assert found[["low", "high"]].tolist() == pytest.approx((100 * np.percentile(again, [2.5, 97.5])).tolist(), abs=1.5)
    naive = 2 * 196 * frame["y"].std() / len(frame) ** 0.5
    assert found["high"] - found["low"] > 1.2 * naive
    assert (found["n"], found["mentions"], found["unit"]) == (300, len(pairs), "points")


def test_felicific_rate_is_a_share_of_responses(tmp_path):
    said = [{"response_id": f"r{place:04d}", "emotion": "delight"} for place in (0, 0, 0, 1)]
    said += [{"response_id": f"r{place:04d}"} for place in range(20)]
    said += [{"response_id": "r0021", "emotion": "delight", "sentiment_label": "not analysed"}]
    found = one(made.dataset(tmp_path / "d", [{}] * 22, said), "felicific_rate")
    low, high = proportion_confint(2, 20, method="wilson")
    assert found[["value", "low", "high"]].tolist() == pytest.approx([10, 100 * low, 100 * high])
    assert (found["n"], found["unit"]) == (20, "percent")


def test_high_effort_is_a_share_of_mentions_from_0_up(tmp_path):
    said = [{"response_id": f"r{place:04d}", "effort": "high" if place == 0 else "low"} for place in range(40)]
    found = one(made.dataset(tmp_path / "d", [{}] * 40, said), "effort_high")
    assert found["value"] == pytest.approx(2.5) and found["low"] == 0 and found["high"] > 2.5
    assert found["mentions"] == 40


def test_what_comments_say_stands_in_only_where_nobody_was_asked(tmp_path):
    said = [
        {"response_id": f"r{place:04d}", "effort": ("low", "high", "high", "none")[place % 4],
         "emotion": ("delight", "anger", "none", "relief")[place % 4],
         "pillar": "Strategy" if place % 2 else "People", "sentiment_label": "negative" if place % 4 == 1 else "positive"}
        for place in range(80)
    ]  # fmt: skip
    given = made.dataset(tmp_path / "d", [{}] * 80, said)
    # low 20, high 40; good feelings 40, bad 20; Strategy: 20 negative, 20 positive
    expected = {"ease_said": (-100 / 3, 60), "enjoyment_said": (100 / 3, 60), "effectiveness_said": (0, 40)}
    for name, (value, base) in expected.items():
        found = one(given, name)
        assert (found["value"], found["n"]) == (pytest.approx(value), base), name
    asked = made.dataset(tmp_path / "e", [{"ease": 4}] * 80, said)
    assert set(kpis.SAID) & set(kpis.available(asked)) == {"effectiveness_said", "enjoyment_said"}


# ---- the table


def test_rows_and_columns_of_the_table(tmp_path):
    rows = [{"nps": place % 11, "Region": "North" if place % 2 else "South"} for place in range(44)]
    said = [{"response_id": f"r{place // 2:04d}", "touchpoint": "delivery"} for place in range(30)]
    given = made.dataset(tmp_path / "d", rows, said)
    whole = kpis.table(given)
    assert whole.columns.tolist() == COLUMNS
    assert dict(zip(whole["kpi"], whole["unit"], strict=True)) == {
        "nps": "points", "net_sentiment": "points", "felicific_rate": "percent", "effort_high": "percent",
        "effectiveness_said": "points", "ease_said": "points", "enjoyment_said": "points", "responses": "count", "mentions": "count",
    }  # fmt: skip
    split = kpis.table(given, ["Region", "mention.touchpoint"], min_base=1)
    assert split.columns.tolist() == ["kpi", "unit", "Region", "mention.touchpoint", *COLUMNS[2:]]
    # r0000–r0014 speak twice each: eight even ones (South), seven odd ones (North)
    counts = {(row["kpi"], row["Region"]): (row["value"], row["n"]) for _, row in split.iterrows()}
    assert counts["responses", "South"] == (8, 8) and counts["responses", "North"] == (7, 7)
    assert counts["mentions", "South"] == (16, 8) and counts["mentions", "North"] == (14, 7)


def test_below_the_base_the_row_stays_without_its_number(tmp_path):
    rows = [{"nps": 10, "Region": "North"}] * 10 + [{"nps": 10, "Region": "South"}] * 9
    given = made.dataset(tmp_path / "d", rows)
    found = shown(given, "nps", by=["Region"], min_base=10).set_index("Region")
    assert found["n"].to_dict() == {"North": 10, "South": 9}
    assert found.loc["South", ["value", "low", "high"]].isna().all()
    assert found.loc["North", ["value", "low", "high"]].notna().all()
    assert shown(given, "nps", by=["Region"], min_base=9)["value"].notna().all()


def test_nobody_is_a_base_of_0(tmp_path):
    rows = [{"nps": 10, "csat": 5, "ease": 5, "effectiveness": 5, "enjoyment": 4, "Region": "North"}] * 12
    given = made.dataset(tmp_path / "d", rows, [{"response_id": "r0000"}])
    found = kpis.table(given, where=Filter(where=(("Region", ("Nowhere",)),)))
    assert found["kpi"].tolist() == [*kpis.available(given), "responses", "mentions"]
    assert found["n"].eq(0).all() and found[["value", "low", "high"]].isna().all(axis=None)


def test_a_kpi_counts_only_who_was_asked(tmp_path):
    rows = [{"nps": 10, "source": "survey"}] * 12 + [{"rating": 3, "source": "store"}] * 15
    given = made.dataset(tmp_path / "d", rows)
    assert one(given, "nps")["n"] == 12 and one(given, "rating")["n"] == 15
    assert shown(given, "nps", by=["source"])["source"].tolist() == ["survey"]


def test_columns_called_like_the_tables_own(tmp_path):
    rows = [{"nps": 10, "value": "a", "n": "b", "Scale": "c"}] * 3
    found = kpis.table(made.dataset(tmp_path / "d", rows), ["value", "n", "Scale", "value"], min_base=1)
    assert found.columns.tolist() == ["kpi", "unit", "value (file)", "n (file)", "Scale", *COLUMNS[2:]]
    assert found.iloc[0][["value (file)", "n (file)", "Scale", "value", "n"]].tolist() == ["a", "b", "c", 100, 3]


def test_a_score_can_split_another(tmp_path):
    rows = [{"nps": 10, "rating": 5}] * 3 + [{"nps": 0, "rating": 1}] * 2
    found = shown(made.dataset(tmp_path / "d", rows), "nps", by=["rating"])
    assert dict(zip(found["rating"], found["value"], strict=True)) == {5: 100, 1: -100}
    assert shown(made.dataset(tmp_path / "d", rows), "nps", by=["nps"])["value"].tolist() == [-100, 100]


def test_names_of_responses_columns_win(tmp_path, capsys):
    """`touchpoint` is the file's column, `mention.touchpoint` the one found in the words; `topic` is only in the words."""
    rows = [{"nps": 10, "touchpoint": "till"}] * 12
    said = [{"response_id": f"r{place:04d}", "touchpoint": "delivery", "topic": "t1"} for place in range(12)]
    given = made.dataset(tmp_path / "d", rows, said)
    for name, value in (("touchpoint", "till"), ("mention.touchpoint", "delivery"), ("topic", "t1")):
        cli.kpis(given.where, by=[name], filters_=[f"{name}={value}"], min_base=13, as_json=True)
        nps = json.loads(capsys.readouterr().out)[0]
        assert nps == {
            "kpi": "nps", "unit": "points", name: value, "scale": "0–10", "value": None, "low": None, "high": None,
            "n": 12, "mentions": None,
        }  # fmt: skip


def test_series_parts_and_whole_are_sums_of_one_tally(sample):
    """Counted once by day and region, NPS of any grouping is what counting it afresh says."""
    counts = kpis.counted(sample, "nps", [DAY, "Region"])
    whole = kpis.estimated("nps", counts).iloc[0]
    assert estimate.of_row(whole) == estimate.of_row(one(sample, "nps"))
    split = kpis.estimated("nps", counts, ["Region"]).set_index("Region")
    fresh = shown(sample, "nps", by=["Region"]).set_index("Region")
    assert split["n"].to_dict() == fresh["n"].to_dict()
    assert split["low"].to_dict() == pytest.approx(fresh["low"].to_dict())


def test_main_scale_is_the_one_most_answered_on(tmp_path):
    rows = [{"rating": 4, "rating scale": "1–5"}] * 6 + [{"rating": 9, "rating scale": "1–10"}] * 4
    given = made.dataset(tmp_path / "d", rows, scales={"rating": [FIVE, TEN]})
    assert set(trends.main_scale(kpis.counted(given, "rating"))["scale"]) == {"1–5"}


def test_adjusted_wald_at_its_centre_and_at_its_end():
    """Figures worked out by hand in the literature's notation: P+¾, D+¾ of n+3."""
    counts = pd.DataFrame({"answer": [10.0, 8.0, 0.0], "n": [162, 108, 54]}).assign(scale="0–10")
    counts["w"] = counts["w2"] = counts["n"]
    found = kpis.nps(counts).iloc[0]
    assert (round(found["mid"], 2), round(found["se"], 3)) == (33.03, 4.124)
    every = kpis.nps(counts[:1].assign(n=10, w=10, w2=10)).iloc[0]
    assert (every["value"], round(every["low"], 1), every["high"]) == (100, 47.5, 100)


def test_who_wrote_and_what_was_analysed(tmp_path):
    rows = [
        {"nps": 9, "comment": "said" if place < 40 else None, "More": "told" if place < 50 else None}
        for place in range(80)
    ]
    said = [{"response_id": f"r{place:04d}"} for place in range(30)]
    given = made.dataset(tmp_path / "d", rows, said, comments=["comment", "More"])
    found = kpis.table(given).set_index("kpi")
    assert found.loc["comment_share", ["value", "n"]].tolist() == [62.5, 80]  # 50 of 80 wrote in one of the two
    assert found.loc["analysed_share", ["value", "n"]].tolist() == [60, 50]
    share, n, z = 0.625, 80, 1.959963984540054
    low = (share + z * z / 2 / n - z * (share * (1 - share) / n + z * z / 4 / n / n) ** 0.5) / (1 + z * z / n)
    assert found.loc["comment_share", "low"] == pytest.approx(100 * low)
