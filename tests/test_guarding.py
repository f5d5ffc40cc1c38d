"""What guests may filter by: worked out by brute force that no two filters they can have differ by a few people."""

import itertools
from datetime import date, timedelta

import numpy as np
import pytest

from cx.principal import Principal, Scope
from cx.share import guarding
from cx.store import datasets
from cx.view.filters import EMPTY, Filter
from tests.made import dataset

BASE = 10


def opened(rows: list[dict], params=(), locked=False):
    """A dataset of these rows as a guest may see it whose filters are open."""
    dataset(datasets.folder("shop") / "0001", rows)
    scope = Scope(1, "ann", "shop", ("overview",), "overview", params, locked=locked)
    return datasets.open_dataset(Principal("guest", "guest", scope=scope), "shop")


def random_rows(seed: int, n: int = 160) -> list[dict]:
    """Columns that go together but for a few, rare values, empty cells, answers that few gave, days over two years."""
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        region = draw.choice(["North", "South", "East", ""], p=[0.45, 0.4, 0.1, 0.05])
        plan = {"North": "Basic", "South": "Plus"}.get(region, "Basic") if draw.random() < 0.94 else "Plus"
        day = date(2025, 1, 1) + timedelta(days=int(draw.integers(0, 700)))
        rows.append({
            "Region": region or None, "Plan": plan, "Tier": draw.choice(["1", "1.0", "2"], p=[0.5, 0.1, 0.4]),
            "date": day.isoformat(), "nps": int(draw.integers(0, 11)) if draw.random() < 0.9 else None,
        })  # fmt: skip
    return rows


def asked() -> list[Filter]:
    """All that may be asked for: any values of any columns, with and without some periods."""
    values = {
        "Region": ["North", "South", "East", EMPTY], "Plan": ["Basic", "Plus"], "Tier": ["1", "1.0", "2"],
    }  # fmt: skip
    choices = [
        [(), *(chosen for size in range(1, len(held) + 1) for chosen in itertools.combinations(held, size))]
        for held in values.values()
    ]
    days = [date(2025, 1, 15), date(2025, 6, 30), date(2025, 12, 31), date(2026, 3, 1)]
    periods = [(None, None), (days[0], None), *itertools.combinations(days, 2)]
    return [
        Filter(begin, end, tuple(sorted((name, held) for name, held in zip(values, chosen, strict=True) if held)))
        for chosen in itertools.product(*choices)
        for begin, end in periods
    ]


def rows_of(held, where: Filter) -> tuple[frozenset, frozenset]:
    """Who a filter finds, and who of them answered."""
    clause, bound = where.sql()
    found = held.query(f"SELECT response_id, nps FROM responses WHERE {clause}", bound)
    return frozenset(found["response_id"]), frozenset(found[found["nps"].notna()]["response_id"])


@pytest.mark.parametrize("seed", range(6))
def test_no_two_filters_of_a_guest_differ_by_fewer_than_the_base(seed):
    shared = ((), (("f.Plan", ("Basic",)),), (("from", ("2025-01-01",)), ("f.Region", ("North",))))[seed % 3]
    held = opened(random_rows(seed), shared)
    filters = {guarding.allowed(held, where, BASE, shared).where for where in asked()}
    assert len(filters) >= 4, "there is something to choose"
    found = [rows_of(held, where) for where in sorted(filters, key=str)]
    for one, other in itertools.combinations(set(found), 2):
        for place, what in enumerate(("responses", "answers")):
            apart = one[place] ^ other[place]
            assert not 0 < len(apart) < BASE, f"{len(apart)} {what} apart"


def test_random_rows_would_be_told_apart_without_the_guard():
    """The data above is worth guarding: two regions and plans that look harmless differ by a few."""
    held = opened(random_rows(0))
    north, basic = (
        rows_of(held, Filter(where=((column, (value,)),)))[0]
        for column, value in (("Region", "North"), ("Plan", "Basic"))
    )
    everybody = rows_of(held, Filter())[0]
    assert min(len(north), len(basic), len(everybody - basic)) >= BASE
    assert 0 < len(north - basic) < BASE


def test_sums_over_several_filters_tell_no_few_either():
    """All − North − South − East leaves those without a region: they are as many as the base, or there are none."""
    for seed in range(6):
        held = opened(random_rows(seed))
        found = guarding.cells(held, BASE)
        keys = [f"coalesce(CAST(\"{name}\" AS VARCHAR), '')" for name, _ in found.values]
        keys += [f"date_trunc('{found.step}', date)"] if found.step else []
        if not keys:
            continue
        rows = held.query(f"SELECT {', '.join(f'{key} AS k{place}' for place, key in enumerate(keys))} FROM responses")
        for place, (_, values) in enumerate(found.values):
            rows[f"k{place}"] = rows[f"k{place}"].where(rows[f"k{place}"].isin(values), "the rest")
        assert rows.value_counts(dropna=False).min() >= BASE


def test_the_view_that_was_shared_opens_as_it_was():
    rows = [
        {"Region": "North" if place % 2 else "South", "Plan": "AB"[place % 2] if place > 4 else "B", "nps": 5}
        for place in range(100)
    ]
    for column, value in (("Region", "North"), ("Plan", "A")):
        shared = ((f"f.{column}", (value,)),)
        held = opened(rows, shared)
        where = Filter(where=((column, (value,)),))
        assert guarding.allowed(held, where, BASE, shared) == (where, "")
        other = "Plan" if column == "Region" else "Region"
        left = guarding.allowed(held, Filter(where=((other, ("North", "A")),)), BASE, shared)
        assert left == (Filter(), "few"), "the other column would tell five people apart"


def test_a_filter_on_one_customer_is_no_filter():
    rows = [{"customer_id": f"c{place}", "nps": place % 11, "Region": "NS"[place % 2]} for place in range(60)]
    held = opened(rows)
    for column, value in (("customer_id", "c3"), ("response_id", "r0003"), ("nps", "3"), ("comment", "")):
        found = guarding.allowed(held, Filter(where=((column, (value,)),)), BASE)
        assert found.where == Filter() and found.why == "few", column
        assert guarding.offered(held, column, BASE) == []


def test_rare_values_go_together_or_not_at_all():
    rows = [{"Region": name, "nps": 5} for name, n in (("North", 40), ("South", 30), ("East", 6)) for _ in range(n)]
    held = opened(rows)
    assert guarding.offered(held, "Region", BASE) == ["North"], "the six of the East need the South beside them"
    asked_for = Filter(where=(("Region", ("North", "East")),))
    assert guarding.allowed(held, asked_for, BASE) == (Filter(where=(("Region", ("North",)),)), "rare")
    rows += [{"Region": "West", "nps": 5}] * 5
    held = opened([*rows])
    assert guarding.offered(held, "Region", BASE) == ["North", "South"], "eleven of East and West hide each other"


def test_a_value_that_finds_another_too_is_not_offered():
    """`4` finds `4.0`: the eight that are left would be told by a filter on it."""
    rows = [{"Kind": kind, "nps": 5} for kind, n in (("4", 50), ("4.0", 3), ("x", 8)) for _ in range(n)]
    assert "4" not in guarding.offered(opened(rows), "Kind", BASE)


def days(n: int, first: date, per_day: int = 1) -> list[dict]:
    return [
        {"date": (first + timedelta(days=day)).isoformat(), "nps": 5} for day in range(n) for _ in range(per_day)
    ]  # fmt: skip


def test_a_period_is_widened_to_whole_stretches():
    held = opened(days(365, date(2025, 1, 1)))
    assert guarding.cells(held, BASE).step == "month"
    found = guarding.allowed(held, Filter(date(2025, 3, 10), date(2025, 4, 2)), BASE)
    assert found == (Filter(date(2025, 3, 1), date(2025, 4, 30)), "period")
    assert guarding.allowed(held, Filter(date(2025, 3, 1), None), BASE) == (Filter(date(2025, 3, 1), None), "")
    assert guarding.stretches(held, (date(2025, 3, 10), date(2025, 3, 11)), BASE) == (
        date(2025, 3, 1),
        date(2025, 3, 31),
    )
    thin = opened([*days(365, date(2025, 1, 1)), *days(4, date(2024, 12, 28))])
    assert guarding.cells(thin, BASE).step == "", "four of a year of their own would be told by any period"
    assert guarding.allowed(thin, Filter(date(2025, 1, 1), None), BASE) == (Filter(), "few")
    assert guarding.stretches(thin, (date(2025, 3, 10), date(2025, 3, 11)), BASE) is None
    quarters = opened([*days(4, date(2025, 1, 1)), *days(300, date(2025, 2, 1))])
    assert guarding.cells(quarters, BASE).step == "quarter"


def test_what_few_answered_counts_as_few():
    """Everybody is there, but three of the South answered: the NPS of all less that of the North would be theirs."""
    rows = [{"Region": "North", "nps": 5}] * 50 + [{"Region": "South", "nps": 3}] * 3 + [{"Region": "South"}] * 40
    assert guarding.offered(opened([dict(row) for row in rows]), "Region", BASE) == []
