"""Drivers, comparisons, segments: how often they cry wolf: `python -m benchmarks.drivers` (some minutes).

Makes datasets in which nothing drives anything, and counts those in which something was called real.
"""

import argparse
import statistics
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.measure import ASPECTS, made
from cx.measure import compare, drivers, importance, segments
from cx.store.datasets import Dataset

NOISE = """
How to read it: in these datasets no KPI has to do with topics, touchpoints, aspects, segments or time. "false alarms" is
the share of datasets in which at least one thing was called real, after the correction for all that a call looks at; it
should be 5 % or less, and with so many runs chance alone moves it by the ± shown (95 %)."""


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
    """Prints the shares."""
    parser = argparse.ArgumentParser(description="False alarms of drivers, comparisons and segments.")
    parser.add_argument("--runs", type=int, default=200, help="datasets a size (200)")
    parser.add_argument("--sizes", type=int, nargs="*", default=[150, 1000], help="responses of these datasets")
    given = parser.parse_args()
    noise(given.runs, given.sizes)


if __name__ == "__main__":
    main()
