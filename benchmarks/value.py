"""How fast and how right retention, CLV and consistency are: `python -m benchmarks.value [CUSTOMERS]` (about two minutes).

Times: an invented dataset with 1,000,000 responses and as many purchases. Coverage: datasets drawn from known rates.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import pandas as pd

from cx.measure import activity, consistency, lifetime, purchases, value
from cx.schema import CANONICAL
from cx.settings import USUAL
from cx.store.datasets import Dataset

RESPONSES = 1_000_000
DRAWS = 400
YEAR = 365.25

READING = """
How to read it: ms are the median of five warm runs, the first run stands beside it. Coverage is the share of drawn
datasets whose 95 % interval holds the truth: 94 to 96.5 is right, less says that the intervals are too narrow."""


def main() -> None:
    """Prints times and coverage."""
    parser = argparse.ArgumentParser(description="Speed and coverage of retention, CLV and consistency.")
    parser.add_argument("customers", nargs="?", type=int, default=300_000, help="customers of the large dataset")
    many = parser.parse_args().customers
    with tempfile.TemporaryDirectory() as folder:
        dataset = invented(Path(folder), many)
        print(f"{RESPONSES:,} responses and as many purchases of {many:,} customers: first run and median, ms")
        for name, run in {
            "retention (overall, cohorts, periods)": lambda: value.retention(dataset),
            "retention by region": lambda: value.rates(dataset, by=["region"]),
            "retention by promoters …": lambda: value.rates(dataset, by=[activity.LOYALTY]),
            "recovery": lambda: consistency.recovery(dataset),
            "consistency over channels": lambda: consistency.consistency(dataset, "nps", "channel"),
            "CLV, models": lambda: lifetime.modelled(dataset),
            "what a point of NPS is worth": lambda: value.worth(dataset),
        }.items():
            first, warm = timed(run)
            print(f"  {name:40}{first:8.0f}{warm:8.0f}")
    print(f"coverage of 95 % intervals, {DRAWS} drawn datasets each")
    for name, share in coverage().items():
        print(f"  {name:40}{100 * share:8.1f} %")
    print(READING)


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the first run and the median of five more."""
    took = []
    for _ in range(6):
        begin = time.perf_counter()
        run()
        took.append(1000 * (time.perf_counter() - begin))
    return took[0], median(took[1:])


def invented(where: Path, customers: int) -> Dataset:
    """A version of a dataset with random responses and purchases over two years."""
    columns = dict.fromkeys(CANONICAL, "NULL::DOUBLE") | {
        "response_id": "i::VARCHAR", "source": "'made'", "date": "TIMESTAMP '2024-01-01' + INTERVAL (i * 730 // {n}) DAY",
        "customer_id": "md5((hash(i * 7) % {c})::VARCHAR)[:16]", "nps": "(hash(i * 3) % 11)::DOUBLE",
        "comment": "NULL::VARCHAR", "language": "NULL::VARCHAR", "complete": "NULL::BOOLEAN",
        "region": "'r' || hash(i * 7) % 4", "channel": "'c' || hash(i * 5) % 6",
    }  # fmt: skip
    chosen = ", ".join(f'{sql.format(n=RESPONSES, c=customers)} AS "{name}"' for name, sql in columns.items())
    bought = (
        f"SELECT md5((hash(i * 11) % {customers})::VARCHAR)[:16] AS customer_id, "
        f"TIMESTAMP '2024-01-01' + INTERVAL (hash(i * 13) % 730) DAY AS date, 5 + (hash(i) % 900) / 10 AS revenue"
    )
    with duckdb.connect() as con:
        con.sql(f"SELECT {chosen} FROM range({RESPONSES}) t(i)").write_parquet(str(where / "responses.parquet"))
        con.sql(f"{bought} FROM range({RESPONSES}) t(i)").write_parquet(str(where / "purchases.parquet"))
    manifest = {
        "sources": [], "comments": [], "mentions": 0, "filled": {"customer_id": RESPONSES, "nps": RESPONSES},
        "scales": {"nps": [{"min": 0, "max": 10}]}, "min_date": "2024-01-01", "max_date": "2025-12-31",
    }  # fmt: skip
    (where / "manifest.json").write_text(json.dumps(manifest))
    return Dataset(where)


def coverage() -> dict[str, float]:
    """Share of drawn datasets whose interval holds the truth."""
    rng = np.random.default_rng(5)
    out = {}
    for n in (100, 1000):
        out[f"CLV by models, {n} customers"] = np.mean([_clv_holds(rng, n) for _ in range(DRAWS)])
    for groups in (2, 6):
        out[f"consistency, {groups} channels, I² 0.5"] = np.mean([_agreement_holds(rng, groups) for _ in range(DRAWS)])
    return {name: float(share) for name, share in out.items()}


def _clv_holds(rng: np.random.Generator, n: int) -> bool:
    """Customers drawn from both models; the truth is the mean of what customers of this kind go on to buy."""
    model, spending = purchases.Buying(0.8, 60.0, 0.8, 2.5), purchases.Spending(6.0, 4.0, 15.0)
    found = lifetime.fitted(drawn(rng, n, model, spending))
    if isinstance(found, str):
        return True
    row = lifetime.means(found, USUAL, pd.DataFrame({"place": np.arange(n)}))[0].iloc[0]
    return bool(row["low"] <= truth(model, spending) <= row["high"])


def truth(model: purchases.Buying, spending: purchases.Spending, _known: dict = {}) -> float:  # noqa: B006
    """Mean value of very many customers of this kind, by the parameters they were drawn with."""
    if not _known:
        many = drawn(np.random.default_rng(1), 200_000, model, spending)
        x, t_x, T, xs, z = (many[name].to_numpy(dtype=float) for name in ("x", "t_x", "T", "xs", "z"))
        times = purchases.discounted(model, x, t_x, T, YEAR, np.log(1.1) / YEAR)
        _known[0] = float((times * purchases.amount(spending, xs, np.nan_to_num(z))).mean())
    return _known[0]


def drawn(rng: np.random.Generator, n: int, model: purchases.Buying, spending: purchases.Spending) -> pd.DataFrame:
    """Customers with x, t_x, T, xs, z as the models say, followed for 100 to 700 days."""
    rate, leave = rng.gamma(model.r, 1 / model.alpha, n), rng.beta(model.a, model.b, n)
    end = rng.integers(100, 700, n).astype(float)
    x, last, clock = np.zeros(n), np.zeros(n), np.zeros(n)
    here = rng.random(n) >= 0  # everybody is a customer after the first purchase
    while here.any():
        clock = clock + rng.exponential(1, n) / np.maximum(rate, 1e-300)
        here &= clock <= end
        x, last = x + here, np.where(here, clock, last)
        here &= rng.random(n) >= leave
    scale = rng.gamma(spending.q, 1 / spending.gamma, n)
    z = rng.gamma(spending.p * np.maximum(x, 1)) / scale / np.maximum(x, 1)
    return pd.DataFrame({"x": x, "t_x": last, "T": end, "xs": x, "z": np.where(x > 0, z, np.nan)})


def _agreement_holds(rng: np.random.Generator, groups: int) -> bool:
    """Groups at fixed distances; the share of what differs that is real is λ/(λ + df), λ being their weighted squares."""
    at = np.linspace(-1, 1, groups)
    at *= np.sqrt((groups - 1) / (at @ at))  # λ = df, with errors of 1
    low, _, high, _ = consistency.heterogeneity(at + rng.normal(size=groups), np.ones(groups))
    return bool(low <= 0.5 <= high)


if __name__ == "__main__":
    main()
