"""Drivers, comparisons, segments and personas: how long they take, how often they cry wolf.

`python -m benchmarks.drivers speed` makes a dataset of a million responses with 2.7 million mentions in a temporary
folder (a minute in all); `python -m benchmarks.drivers noise` makes datasets in which nothing drives anything (some
minutes).
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from cx.measure import compare, contrast, drivers, importance, personas, segments
from cx.schema import CANONICAL, DERIVED, MENTION_COLUMNS, Scale
from cx.store.datasets import MENTION, Dataset, cursor

BUDGET = 3.0
"""Seconds that drivers with bootstrap, and personas, may take once."""

SPEED = f"""
How to read it: seconds for one call, libraries loaded and the files in the system's cache: the first run, and the
median of all. The budget is {BUDGET:g} s for each of the first two and for personas, once; a page keeps the result. Other
work on the machine easily doubles it."""

NOISE = """
How to read it: in these datasets no KPI has to do with topics, touchpoints, aspects, segments or time. "false alarms" is
the share of datasets in which at least one thing was called real, after the correction for all that a call looks at; it
should be 5 % or less, and with so many runs chance alone moves it by the ± shown (95 %)."""

SCORES = {
    "nps": Scale(0, 10),
    "csat": Scale(1, 5),
    "effectiveness": Scale(1, 5),
    "ease": Scale(1, 5),
    "enjoyment": Scale(1, 5),
}
ASPECTS = ("Delivery rating", "Price rating", "Staff rating", "Website rating")
FILLED = {
    "response_id": "'r' || i", "source": "'made'", "customer_id": "'c' || (i % (many * 2 // 3 + 1))",
    "date": "TIMESTAMP '2025-01-01' + to_days((u(1) * 365)::INT)",
    "comment": "CASE WHEN u(2) < 0.8 THEN 'comment number ' || i || ' tells what happened' END",
    "nps": "(10 - floor(11 * u(3) * u(4)))", "csat": "(5 - floor(5 * u(5) * u(3)))",
    "effectiveness": "(1 + floor(5 * u(6)))", "ease": "(1 + floor(5 * (u(6) + u(7)) / 2))",
    "enjoyment": "(1 + floor(5 * (u(6) + u(8)) / 2))", "revenue": "round(exp(3 + 2 * u(9) + u(10)), 2)",
    "channel": "['web', 'shop', 'app', 'phone'][1 + (4 * u(11))::INT % 4]",
    "Region": "['North', 'East', 'South', 'West'][1 + (4 * u(12))::INT % 4]",
    "Plan": "CASE WHEN u(13) < 0.6 THEN 'Basic' ELSE 'Plus' END",
    "Age group": "['18-34', '35-54', '55+'][1 + (3 * u(14))::INT % 3]",
    "Shop": "'shop ' || (10000 * u(15) * u(15))::INT",
    **{name: f"(1 + floor(5 * (u(16) + u({17 + place})) / 2))::INT::VARCHAR" for place, name in enumerate(ASPECTS)},
}  # fmt: skip
"""Columns of responses as SQL over `i`; `u(k)` are independent numbers from 0 to 1. Answers know nothing of the rest."""

LABEL = "CASE WHEN (2 * u(41) + v(30)) / 3 < 0.4 THEN 'negative' WHEN (2 * u(41) + v(30)) / 3 < 0.6 THEN 'neutral' ELSE 'positive' END"
TOLD = {
    "response_id": "'r' || i", "mention": "j", "question": "'comment'", "start": "0", "end": "7", "text": "'comment'",
    "sentiment": "0.0", "sentiment_label": LABEL,
    "pillar": "['Strategy', 'People', 'Infrastructure', 'Process', 'General'][1 + (5 * v(31))::INT % 5]",
    "touchpoint": "['website', 'delivery', 'mobile app', 'billing', 'phone support', 'none'][1 + (6 * v(32) * v(33))::INT % 6]",
    "stage": "'none'", "emotion": "CASE WHEN v(34) < 0.1 THEN 'delight' ELSE 'none' END",
    "effort": "CASE WHEN v(35) < 0.05 THEN 'high' ELSE 'none' END",
    "topic": "'t' || (20 * v(36) * v(37))::INT", "subtopic": "NULL::VARCHAR",
}  # fmt: skip
"""The same for mentions, of response `i` the one numbered `j`; `v(k)` differ by mention."""


def drawn(sql: str, seed: int) -> str:
    """The SQL with its `u(k)` and `v(k)` spelled out: numbers from 0 to 1 that depend on row, k and seed alone."""
    sql = re.sub(r"\bu\((\d+)\)", rf"((hash(i, \1, {seed}) % 1000003) / 1000003.0)", sql)
    return re.sub(r"\bv\((\d+)\)", rf"((hash(i, \1, j, {seed}) % 1000003) / 1000003.0)", sql)


def made(where: Path, many: int, seed: int) -> Dataset:
    """Writes a dataset of `many` responses, each fifth silent, the others with 1 to 6 mentions (3.4 in the mean)."""
    where.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys([*CANONICAL, *DERIVED, *FILLED]))
    types = {"complete": "BOOLEAN", "language": "VARCHAR", "sentiment_label": "VARCHAR"}
    empty = {name: f"NULL::{types.get(name, 'DOUBLE')}" for name in names}
    chosen = ", ".join(f'{FILLED.get(name, empty[name])} AS "{name}"' for name in names)
    told = ", ".join(f'{TOLD[name]} AS "{name}"' for name in MENTION_COLUMNS)
    prefixed = ", ".join(f'm."{name}" AS "{MENTION}{name}"' for name in MENTION_COLUMNS if name != "response_id")
    with cursor() as con:
        answered = f"(SELECT i, {many} AS many FROM range({many}) t(i))"
        responses = f"SELECT {chosen} FROM {answered} ORDER BY date, response_id"
        con.execute(drawn(f"COPY ({responses}) TO '{where / 'responses.parquet'}' (FORMAT parquet)", seed))
        spoken = f"(SELECT i, unnest(range(1 + (6 * u(40))::INT % 6)) AS j FROM {answered} WHERE u(2) < 0.8)"
        con.execute(
            drawn(f"COPY (SELECT {told} FROM {spoken} t) TO '{where / 'mentions.parquet'}' (FORMAT parquet)", seed)
        )
        paths = f"read_parquet('{where / 'mentions.parquet'}') m JOIN read_parquet('{where / 'responses.parquet'}') r"
        facts = f"SELECT r.*, {prefixed} FROM {paths} USING (response_id) ORDER BY date, response_id"
        con.execute(f"COPY ({facts}) TO '{where / 'facts.parquet'}' (FORMAT parquet)")
        counts = ", ".join(f'count("{name}"), approx_count_distinct("{name}")' for name in names)
        row = con.execute(f"SELECT {counts} FROM read_parquet('{where / 'responses.parquet'}')").fetchall()[0]
        mentions = con.execute(f"SELECT count(*) FROM read_parquet('{where / 'mentions.parquet'}')").fetchall()[0][0]
    filled = dict(zip(names, row[::2], strict=True)) | {"sentiment": many}
    manifest = {
        "name": "made", "sources": [], "comments": ["comment"], "mentions": mentions, "rows_kept": many,
        "min_date": "2025-01-01", "max_date": "2025-12-31", "filled": filled,
        "distinct": dict(zip(names, row[1::2], strict=True)),
        "scales": {name: [scale.as_json()] for name, scale in SCORES.items()},
    }  # fmt: skip
    (where / "topics.json").write_text(json.dumps({"topics": []}))
    (where / "manifest.json").write_text(json.dumps(manifest))
    return Dataset(where)


CALLS: dict[str, Callable[[Dataset], object]] = {
    "relative weights, bootstrap": lambda data: importance.weigh(data, "nps"),
    "impacts of all drivers": lambda data: drivers.impacts(data, "nps"),
    "impacts, net sentiment": lambda data: drivers.impacts(data, "net_sentiment"),
    "what if (aspects)": lambda data: drivers.what_if(data, "nps", ASPECTS[0], ASPECTS[1]),
    "what if (touchpoints)": lambda data: drivers.what_if(data, "nps", "delivery", "website", "touchpoint"),
    "personas": personas.find,
    "segments that differ": lambda data: segments.differing(data, "nps"),
    "10,000 shops": lambda data: contrast.with_and_without(data, "nps", "Shop"),
    "A against B, all KPIs": lambda data: compare.values(data, "Region", "North", "South"),
}
"""What is timed."""


def speed(rows: int, runs: int) -> None:
    """Prints seconds per call."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"Making {rows:,} responses …", file=sys.stderr)
        data = made(Path(folder) / "0001", rows, 1)
        print(f"{rows:,} responses, {data.manifest['mentions']:,} mentions\n\n{'seconds':32}  first  median")
        for name, call in CALLS.items():
            spent = [timed(call, data) for _ in range(runs)]
            print(f"{name:32}{spent[0]:7.2f}{statistics.median(spent):8.2f}")
    print(SPEED)


def timed(call: Callable[[Dataset], object], data: Dataset) -> float:
    """Seconds of one call."""
    begun = time.perf_counter()
    call(data)
    return time.perf_counter() - begun


def alarms(data: Dataset) -> dict[str, bool]:
    """Per kind of question whether anything was called real."""
    before, after = (date(2025, 1, 1), date(2025, 6, 30)), (date(2025, 7, 1), date(2025, 12, 31))
    return {
        "impacts on NPS": bool(drivers.impacts(data, "nps").rows["real"].any()),
        "impacts on net sentiment": bool(drivers.impacts(data, "net_sentiment").rows["real"].any()),
        "relative weights": bool(importance.weigh(data, "nps", ASPECTS).rows["real"].any()),
        "segments, NPS": bool(segments.differing(data, "nps")["real"].any()),
        "segments, CSAT": bool(segments.differing(data, "csat")["real"].any()),
        "two regions, all KPIs": bool(compare.values(data, "Region", "North", "South")["real"].any()),
        "two halves of a year": bool(compare.periods(data, before, after)["real"].any()),
    }


def noise(runs: int, sizes: list[int]) -> None:
    """Prints the share of datasets with a false alarm, per kind of question and size."""
    for many in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found = [alarms(made(Path(folder) / f"{seed:04d}", many, seed)) for seed in range(1, runs + 1)]
        print(f"\n{many} responses, {runs} datasets{'':10}  false alarms")
        for name in found[0]:
            share = statistics.mean(each[name] for each in found)
            print(f"{name:36}{100 * share:8.1f} % ± {196 * (0.05 * 0.95 / runs) ** 0.5:.1f}")
    print(NOISE)


def main() -> None:
    """Runs one of the two."""
    parser = argparse.ArgumentParser(description="Speed and false alarms of drivers, comparisons, segments, personas.")
    parser.add_argument("what", choices=["speed", "noise"])
    parser.add_argument("--rows", type=int, default=1_000_000, help="responses for speed (default 1,000,000)")
    parser.add_argument("--runs", type=int, help="calls a line (3), or datasets without any driver a size (200)")
    parser.add_argument("--sizes", type=int, nargs="*", default=[150, 1000], help="responses of these datasets")
    given = parser.parse_args()
    if given.what == "speed":
        speed(given.rows, given.runs or 3)
    else:
        noise(given.runs or 200, given.sizes)


if __name__ == "__main__":
    main()
