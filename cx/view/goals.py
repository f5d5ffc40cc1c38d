"""Goals as people look at them: how each target stands, and what others report, with both intervals."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from cx.measure import benchmarks, compare, goals, kpis
from cx.measure.benchmarks import Benchmark
from cx.measure.estimate import Estimate
from cx.measure.goals import Standing
from cx.schema import Scale
from cx.store.datasets import Dataset
from cx.store.notes import Kept
from cx.view import theme, wording
from cx.view.filters import Filter, day

MOST_BARS = 20
"""Benchmarks in a chart, the latest first; the table has all."""

GOOD, BAD = (goals.REACHED,), (goals.MISSED, goals.LATE)


class Goal(NamedTuple):
    """A target's tile: what is wanted (KPI, value, day, segment), where it stands (with the sentence that says it all),
    the gap in words, and places on a bar from the KPI's lowest to its highest value (percent; None without numbers)."""

    wanted: str
    segment: str
    standing: Standing
    gap: str
    bar: tuple[float, float, float, float] | None  # low, value, high, target

    @property
    def tone(self) -> int:
        """1 reached, −1 missed, 0 not told."""
        return (self.standing.verdict in GOOD) - (self.standing.verdict in BAD)


def standing(dataset: Dataset, targets: Sequence[goals.Target], today: date, min_base: int) -> list[Goal]:
    """How targets stand today, in their order."""
    return [_goal(dataset, goals.judged(dataset, target, today, min_base)) for target in targets]


def _goal(dataset: Dataset, found: Standing) -> Goal:
    target, kpi = found.target, goals.MEASURED[found.target.kpi]
    gap = ""
    if found.gap is not None:
        up = goals.up_is_good(dataset, target.kpi, found.scale)
        beyond = found.gap >= 0 if up else found.gap <= 0
        size = compare.size(abs(found.gap), kpi.unit)
        exact = not size.split()[0].strip("0.,")
        gap = wording.of("on the target") if exact else _away(size, beyond)
    value = theme.number(target.value, kpi.unit)
    wanted = wording.of("{kpi} {value} by {day}", kpi=kpi.title, value=value, day=day(target.due))
    segment = " · ".join(f"{name}: {', '.join(held)}" for name, held in target.where.where) or wording.of(
        "all responses"
    )
    ends = _ends(kpi, next((s for s in dataset.scales(kpi.columns[0]) if s.name == found.scale), None)
                 if kpi.unit == "scale" else None)  # fmt: skip
    return Goal(wanted, segment, found, gap, _bar(found, ends))


def _away(size: str, beyond: bool) -> str:
    return wording.of("{size} beyond the target", size=size) if beyond else wording.of("{size} to go", size=size)


def _ends(kpi: kpis.Kpi, scale: Scale | None) -> tuple[float, float] | None:
    if scale is not None:
        return scale.min, scale.max
    return None if kpi.low is None or kpi.high is None else (kpi.low, kpi.high)


def _bar(found: Standing, ends: tuple[float, float] | None) -> tuple[float, float, float, float] | None:
    now = found.value
    if ends is None or now.value is None or now.low is None or now.high is None:
        return None
    least, most = ends
    low, value, high, wanted = (
        100 * min(max((part - least) / ((most - least) or 1), 0), 1)
        for part in (now.low, now.value, now.high, found.target.value)
    )
    return low, value, high, wanted


def finding(found: Sequence[Goal], compared: pd.DataFrame) -> str:
    """What matters most: targets missed and reached; without targets how it stands beside others."""
    if found:
        reached = sum(goal.tone > 0 for goal in found)
        none = wording.counted("None of {n} target reached", "None of {n} targets reached", len(found))
        some = wording.counted(
            "{reached} of {n} target reached", "{reached} of {n} targets reached", len(found), reached=reached
        )
        told = [some if reached else none]
        for verdict in (goals.LATE, goals.MISSED):
            many = sum(goal.standing.verdict == verdict for goal in found)
            told += [f"{many} {wording.of(verdict)}"] if many else []
        return ", ".join(told)
    if not compared.empty and compared["real"].any():
        real = compared[compared["real"]]
        above = int((real["change"] > 0).sum())
        parts = [wording.of("above {n}", n=above)] if above else []
        parts += [wording.of("below {n}", n=len(real) - above)] if len(real) > above else []
        return wording.counted(
            "For real {parts} of {n} benchmark", "For real {parts} of {n} benchmarks", len(compared),
            parts=theme.listed(parts),
        )  # fmt: skip
    like = wording.of("Like the benchmarks, within noise")
    return wording.of("Where do you want to be?") if compared.empty else like


def table(found: Sequence[Goal], kept: Sequence[Kept]) -> pd.DataFrame:
    """Targets as a table: what is wanted, by whom, and how it stands."""
    rows = [
        {
            "id": record.id, "kpi": goals.MEASURED[goal.standing.target.kpi].title, "segment": goal.segment,
            "target": goal.standing.target.value, "by": goal.standing.target.due, "now": goal.standing.value.value,
            "low": goal.standing.value.low, "high": goal.standing.value.high, "n": goal.standing.value.n,
            "gap": goal.standing.gap, "verdict": wording.of(goal.standing.verdict), "set by": record.author,
        }
        for goal, record in zip(found, kept, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def benchmark(given: Mapping[str, Any]) -> Benchmark:
    """A benchmark from its record."""
    return Benchmark(**{name: given[name] for name in Benchmark._fields})


def compared(dataset: Dataset, given: Sequence[Benchmark], where: Filter, min_base: int) -> pd.DataFrame:
    """Ours beside each benchmark (`benchmarks.compared`)."""
    return benchmarks.compared(dataset, given, where, min_base)


def comparable(found: pd.DataFrame) -> dict[str, str]:
    """KPIs with a benchmark on our scale: name → title, in the order of the benchmarks."""
    inside = found[found["scale"] != "other"]
    return dict(zip(inside["kpi"], inside["title"], strict=True))


def beside(found: pd.DataFrame, kpi: str) -> pd.DataFrame:
    """The rows of a KPI's chart: ours first, then theirs, the latest first: name, value, low, high, ours, say."""
    inside = found[(found["kpi"] == kpi) & (found["scale"] != "other")]
    inside = inside.sort_values(["year", "industry"], ascending=[False, True], kind="stable").head(MOST_BARS)
    first = inside.iloc[0]
    title, unit = str(first["title"]), str(first["unit"])
    value, low, high = (None if pd.isna(first[c]) else float(first[c]) for c in ("ours", "ours_low", "ours_high"))
    own = Estimate(value, low, high, int(first["n"]))
    yours = wording.of("Yours")
    rows = [{"name": yours, "value": own.value, "low": own.low, "high": own.high, "ours": True,
             "say": f"{yours}: {theme.sentence(title, own, unit)}"}]  # fmt: skip
    for row in inside.to_dict("records"):
        name = f"{row['industry']} {row['year']}"
        low_, high_ = (theme.number(row[end], unit) for end in ("theirs_low", "theirs_high"))
        between = "" if pd.isna(row["theirs_low"]) else wording.of(", between {low} and {high}", low=low_, high=high_)
        value_ = f"{theme.number(row['theirs'], unit)}{between}"
        say = wording.of("{name}: {kpi} {value} ({source}); yours: {said}", name=name, kpi=title, value=value_,
                         source=row["source"], said=row["says"])  # fmt: skip
        rows.append({"name": name, "value": row["theirs"], "low": row["theirs_low"], "high": row["theirs_high"],
                     "ours": False, "say": say})  # fmt: skip
    out = pd.DataFrame(rows)
    again = out.groupby("name").cumcount()
    return out.assign(name=out["name"].where(again == 0, out["name"] + " (" + (again + 1).astype(str) + ")"))


BENCHMARK_COLUMNS = ["industry", "year", "title", "ours", "ours_low", "ours_high", "n", "theirs", "theirs_low",
                     "theirs_high", "n_theirs", "change", "low", "high", "real", "says", "source"]  # fmt: skip
"""Columns of the table of benchmarks."""
