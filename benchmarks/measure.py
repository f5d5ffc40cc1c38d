"""How long the numbers of a page take over a million responses: `python -m benchmarks.measure` (three minutes).

Makes a dataset of a million responses with 2.7 million mentions and a million purchases in a temporary folder.
"""

import argparse
import itertools
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from cx.measure import compare, contrast, drivers, importance, kpis, segments
from cx.schema import CANONICAL, DERIVED, MENTION_COLUMNS, Scale
from cx.store import staging
from cx.store.datasets import Dataset, cursor
from cx.view import customers, heatmap, overview, scorecards, search, timeline, topics
from cx.view import drivers as driven
from cx.view.filters import ALL, Filter

PAGE, ONCE = 300, 3000
"""Milliseconds: a warm page's numbers, in the median; what is worked out once, then kept."""

READING = f"""
How to read it: milliseconds of one call, the libraries loaded and the files in the system's cache: the first call, and
the median of all. No cache of the program is in between: a page that was seen before shows in a few milliseconds.
The first block should stay within {PAGE} ms, the second, which pages show behind a spinner, within {ONCE}. Other work on the
machine easily doubles it."""

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

FEELING = "(2 * u(41) + v(30)) / 3"
LABEL = f"CASE WHEN {FEELING} < 0.4 THEN 'negative' WHEN {FEELING} < 0.6 THEN 'neutral' ELSE 'positive' END"
TOLD = {
    "response_id": "'r' || i", "mention": "j", "question": "'comment'", "start": "0", "end": "7",
    "text": "'this is mention ' || j || ' of comment ' || i", "sentiment": f"round(2 * {FEELING} - 1, 4)", "sentiment_label": LABEL,
    "pillar": "['Strategy', 'People', 'Infrastructure', 'Process', 'General'][1 + (5 * v(31))::INT % 5]",
    "touchpoint": "['website', 'delivery', 'mobile app', 'billing', 'phone support', 'none'][1 + (6 * v(32) * v(33))::INT % 6]",
    "stage": "['Awareness', 'Purchase', 'Post-Purchase', 'Loyalty', 'none'][1 + (5 * v(38))::INT % 5]",
    "emotion": "CASE WHEN v(34) < 0.1 THEN 'delight' ELSE 'none' END",
    "effort": "CASE WHEN v(35) < 0.05 THEN 'high' ELSE 'none' END",
    "topic": "'t' || (20 * v(36) * v(37))::INT", "subtopic": "NULL::VARCHAR",
}  # fmt: skip
"""The same for mentions, of response `i` the one numbered `j`; `v(k)` differ by mention."""


def drawn(sql: str, seed: int) -> str:
    """The SQL with its `u(k)` and `v(k)` spelled out: numbers from 0 to 1 that depend on row, k and seed alone."""
    sql = re.sub(r"\bu\((\d+)\)", rf"((hash(i, \1, {seed}) % 1000003) / 1000003.0)", sql)
    return re.sub(r"\bv\((\d+)\)", rf"((hash(i, \1, j, {seed}) % 1000003) / 1000003.0)", sql)


def made(where: Path, many: int, seed: int, bought: bool = False) -> Dataset:
    """Writes a dataset of `many` responses, each fifth silent, the others with 1 to 6 mentions (3.4 in the mean), and as
    many purchases if they were `bought`."""
    where.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys([*CANONICAL, *DERIVED, *FILLED]))
    types = {"complete": "BOOLEAN", "language": "VARCHAR", "sentiment_label": "VARCHAR"}
    empty = {name: f"NULL::{types.get(name, 'DOUBLE')}" for name in names}
    chosen = ", ".join(f'{FILLED.get(name, empty[name])} AS "{name}"' for name in names)
    told = ", ".join(f'{TOLD[name]} AS "{name}"' for name in MENTION_COLUMNS)
    with cursor() as con:
        answered = f"(SELECT i, {many} AS many FROM range({many}) t(i))"
        responses = f"SELECT {chosen} FROM {answered} ORDER BY date, response_id"
        con.execute(drawn(f"COPY ({responses}) TO '{where / 'responses.parquet'}' (FORMAT parquet)", seed))
        spoken = f"(SELECT i, unnest(range(1 + (6 * u(40))::INT % 6)) AS j FROM {answered} WHERE u(2) < 0.8)"
        con.execute(
            drawn(f"COPY (SELECT {told} FROM {spoken} t) TO '{where / 'mentions.parquet'}' (FORMAT parquet)", seed)
        )
        staging.write_facts(where)
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
    topics = [
        {"id": f"t{place}", "name": f"topic {place}", "parent": None, "terms": [], "exemplars": []}
        for place in range(21)
    ]
    (where / "topics.json").write_text(json.dumps({"topics": topics}))
    if bought:
        _purchases(where / "purchases.parquet", many)
    (where / "manifest.json").write_text(json.dumps(manifest))
    return Dataset(where)


def _purchases(path: Path, many: int) -> None:
    sql = (
        f"SELECT 'c' || (hash(i, 50) % {many * 2 // 3 + 1}) AS customer_id, "
        "TIMESTAMP '2025-01-01' + INTERVAL (hash(i, 51) % 365) DAY AS date, 5 + (hash(i, 52) % 900) / 10 AS revenue"
    )
    with cursor() as con:
        con.execute(f"COPY ({sql} FROM range({many}) t(i)) TO '{path}' (FORMAT parquet)")


BASE = 10
TODAY = date(2026, 1, 1)
_days = itertools.count(1)


def narrowed() -> Filter:
    """A filter that nobody has asked for yet."""
    return Filter(where=(("Region", ("North", "South")),)).in_period(date(2025, 1, 1) + timedelta(next(_days)), None)


Call = Callable[[Dataset], object]


def _kpi(name: str) -> Call:
    return lambda data: kpis.estimated(name, kpis.counted(data, name, ["@day"]))


PAGES: dict[str, Call] = {
    "tiles (each one; NPS)": lambda data: overview.tile(data, "nps", ALL, BASE),
    "tiles (each one; net sentiment)": lambda data: overview.tile(data, "net_sentiment", ALL, BASE),
    "tiles (each one; felicific rate)": lambda data: overview.tile(data, "felicific_rate", ALL, BASE),
    "all tiles": lambda data: overview.tiles(data, ALL, BASE),
    "movers": lambda data: overview.movers(data, ALL, BASE),
    "trend of NPS by day": _kpi("nps"),
    "trend of net sentiment by day": _kpi("net_sentiment"),
    "heatmap": lambda data: heatmap.build(data, "net_sentiment", ALL, BASE),
    "scorecards": lambda data: scorecards.cards(data, ALL, BASE, TODAY),
    "topic list": lambda data: topics.rows(data, ALL, BASE),
    "filter change: volume": lambda data: overview.tally.volume(data, (), narrowed()),
    "filter change: all tiles": lambda data: overview.tiles(data, narrowed(), BASE),
    "filter change: heatmap": lambda data: heatmap.build(data, "net_sentiment", narrowed(), BASE),
    "filter change: scorecards": lambda data: scorecards.cards(data, narrowed(), BASE, TODAY),
    "A against B, all KPIs": lambda data: compare.values(data, "Region", "North", "South"),
    "comments, first page": lambda data: search.page(data, search.Find(), ALL, 0, {}),
}
WORKED: dict[str, Call] = {
    "Drivers (NPS)": lambda data: driven.view(data, "nps", ALL, BASE),
    "Drivers (net sentiment)": lambda data: driven.view(data, "net_sentiment", ALL, BASE),
    "relative weights, bootstrap": lambda data: importance.weigh(data, "nps"),
    "what if (touchpoints)": lambda data: drivers.what_if(data, "nps", "delivery", "website", "touchpoint"),
    "10,000 shops": lambda data: contrast.with_and_without(data, "nps", "Shop"),
    "segments that differ": lambda data: segments.differing(data, "nps"),
    "Trends (NPS)": lambda data: timeline.view(data, "nps", ALL, BASE),
    "Trends (net sentiment)": lambda data: timeline.view(data, "net_sentiment", ALL, BASE),
    "Customers": lambda data: customers.view(data, ALL, BASE),
    "personas": lambda data: customers.people(data, ALL, BASE),
    "search over all comments": lambda data: search.count(data, search.Find(words="9999"), ALL),
}


def main() -> None:
    """Prints milliseconds per call."""
    parser = argparse.ArgumentParser(description="Speed of the numbers of every page.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="responses (default 1,000,000)")
    parser.add_argument("--runs", type=int, default=5, help="calls a line (5; the slow ones 2)")
    parser.add_argument("--folder", type=Path, help="keep the dataset here, and use it when it is there already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        where = (given.folder or Path(temporary)) / "0001"
        if not (where / "manifest.json").exists():
            print(f"Making {given.rows:,} responses …", file=sys.stderr)
            made(where, given.rows, 1, bought=True)
        data = Dataset(where)
        print(f"{data.manifest['rows_kept']:,} responses, {data.manifest['mentions']:,} mentions\n")
        for title, calls, runs, budget in (("a page", PAGES, given.runs, PAGE), ("once", WORKED, 2, ONCE)):
            print(f"{title + ', ms':36}   first  median")
            for name, call in calls.items():
                spent = [timed(call, data) for _ in range(runs)]
                over = "" if statistics.median(spent) <= budget else f"   over {budget}"
                print(f"{name:36}{spent[0]:8.0f}{statistics.median(spent):8.0f}{over}", flush=True)
            print()
    print(READING)


def timed(call: Call, data: Dataset) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    call(data)
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
