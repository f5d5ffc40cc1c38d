"""What moves a KPI: the impact of each topic, touchpoint, pillar and rated aspect, and what a change of one would do.

These are associations: customers who name a topic differ in more than the topic. The words say "goes with", never "causes".
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cx.errors import FilterError
from cx.measure import aspects, compare, contrast, estimate, importance, kpis, segments
from cx.measure.aspects import Aspect
from cx.measure.tally import OWN
from cx.store.datasets import MENTION, Dataset
from cx.store.derived import Derived
from cx.view import wording
from cx.view.filters import ALL, Filter, quoted

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"topic": "mention.topic", "touchpoint": "mention.touchpoint", "pillar": "mention.pillar"}
"""What mentions can be about, and the column that says it."""

COMMENTED = "@commented"
RATED_HIGH, RATED_LOWER = "rated high", "rated lower"

ROWS = [
    "kind", "key", "name", *contrast.FOUND[1:], "real", "weight", "weight_low", "weight_high", "performance",
    "performance_low", "performance_high", "quadrant", "sure", "says",
]  # fmt: skip
"""Columns of `Drivers.rows`."""


class Drivers(NamedTuple):
    """The drivers of a KPI, the largest real impact first (columns `ROWS`), and a `note` to read with them, or ''."""

    rows: "pd.DataFrame"
    note: str


class WhatIf(NamedTuple):
    """By how much a KPI would move, in its unit, with its 95 % interval; `n` responses it is learned from."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    says: str

    @property
    def real(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def impacts(dataset: Dataset, name: str, where: Filter = ALL, min_base: int = 10, commented: bool = False) -> Drivers:
    """The impact of every topic, touchpoint, pillar and rated aspect on a KPI, tested together (Benjamini–Hochberg).

    A row per driver: kind, key (topic id, else the name), name, and the columns of `contrast.with_and_without`. A
    response counts once however many of its mentions name the driver. A rated aspect is held high (its top boxes)
    against lower, among those who rated it. For what is talked about also the quadrant: `weight` is its part of all
    impacts of its kind in percent, `performance` the net sentiment of its mentions.

    The rest holds responses without a comment too, as in the published formula; `commented` leaves these out. The note
    says so when those who comment differ from those who do not, because every topic then seems to pull their way.
    """
    import pandas as pd

    held = with_commented(dataset)
    chosen = where.with_values(COMMENTED, ["yes"]) if commented else where
    level = kpis.estimated("net_sentiment", kpis.counted(held, "net_sentiment", (), chosen))["value"].iloc[0]
    frames = [_talked_about(held, name, kind, chosen, min_base, float(level)) for kind in KINDS]
    frames.append(_rated(held, name, chosen, min_base))
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return Drivers(pd.DataFrame(columns=ROWS), wording.of("nothing is told or rated that could be a driver"))
    rows = pd.concat(filled, ignore_index=True)
    rows["real"] = compare.corrected(rows["p"])
    rows = segments.ranked(rows, name).reindex(columns=ROWS)
    note = "" if commented else _silent(held, name, where, min_base)
    return Drivers(rows, note if rows["difference"].notna().any() else _too_few(rows, min_base))


def _too_few(rows: "pd.DataFrame", min_base: int) -> str:
    return wording.of(
        "too few: no driver stands in {least} responses, and is missing in as many, among {n}",
        least=min_base, n=wording.whole(rows["n"].max()),
    )  # fmt: skip


def with_commented(dataset: Dataset) -> Derived:
    """The dataset with a column that says who wrote a comment (`yes`, `no`)."""
    questions = dataset.questions
    wrote = " OR ".join(f"{quoted(name)} IS NOT NULL" for name in questions) or "FALSE"
    return Derived(dataset, {COMMENTED: f"CASE WHEN {wrote} THEN 'yes' ELSE 'no' END"})


LOWER = wording.noted(
    "{kpi} of those who comment is {size} lower than of those who do not, whatever they write about: among those who "
    "comment, topics compare more fairly"
)
HIGHER = wording.noted(
    "{kpi} of those who comment is {size} higher than of those who do not, whatever they write about: among those who "
    "comment, topics compare more fairly"
)


def _silent(held: Dataset, name: str, where: Filter, min_base: int) -> str:
    if name in kpis.MENTION_KPIS:
        return ""
    found = contrast.with_and_without(held, name, COMMENTED, where, min_base, only=["yes"])
    if found.empty or not (found["p"].iloc[0] < compare.FALSE_FINDINGS):
        return ""
    by = found["difference"].iloc[0]
    unit, title = kpis.KPIS[name].unit, kpis.KPIS[name].title
    said = LOWER if by < 0 else HIGHER
    return wording.of(said, kpi=title, size=compare.size(abs(by), unit))


def _talked_about(dataset: Dataset, name: str, kind: str, where: Filter, min_base: int, level: float) -> "pd.DataFrame":
    column = KINDS[kind]
    rows = contrast.with_and_without(dataset, name, column, where, min_base)
    if rows.empty:
        return rows
    names = topic_names(dataset) if kind == "topic" else {}
    rows = rows.rename(columns={"value": "key"})
    rows = rows.assign(kind=kind, name=[names.get(key, key) for key in rows["key"]])
    felt = estimate.suppressed(contrast.felt(dataset, column, where), min_base).set_index("of")
    for end in ("value", "low", "high"):
        rows["performance" + ("" if end == "value" else f"_{end}")] = rows["key"].map(felt[end]).astype(float)
    return _placed(rows, level)


def _placed(rows: "pd.DataFrame", level: float) -> "pd.DataFrame":
    """Quadrants of what is talked about; none where a number is missing."""
    low, high = rows["impact_low"].abs(), rows["impact_high"].abs()
    spans = (rows["impact_low"] <= 0) & (rows["impact_high"] >= 0)
    whole = rows["impact"].abs().sum() or np.nan
    rows = rows.assign(
        weight=100 * rows["impact"].abs() / whole,
        weight_low=100 * low.where(low < high, high).mask(spans, 0) / whole,
        weight_high=100 * low.where(low > high, high) / whole,
    )
    told = rows["weight"].notna() & rows["performance"].notna()
    shares = {f"weight{end}": f"share{end}" for end in ("", "_low", "_high")}
    placed = importance.quadrants(rows[told].drop(columns="share").rename(columns=shares), level)
    return rows.join(placed[["quadrant", "sure"]])


def topic_names(dataset: Dataset) -> dict[str, str]:
    """The names of topics and subtopics by their ids."""
    given = dataset.topics()
    return {topic["id"]: topic["name"] for topic in given.get("topics", [])}


def _rated(dataset: Dataset, name: str, where: Filter, min_base: int) -> "pd.DataFrame":
    """Rated aspects, high against lower, among those who rated them."""
    import pandas as pd

    found = aspects.rated(dataset, name)
    held = Derived(dataset, {_high(aspect): _boxes(dataset, aspect) for aspect in found})
    frames = []
    for aspect in found:
        asked = where.with_values(_high(aspect), [RATED_HIGH, RATED_LOWER])
        rows = contrast.with_and_without(held, name, _high(aspect), asked, min_base, only=[RATED_HIGH])
        frames.append(rows.assign(kind="aspect", key=aspect.column, name=aspect.column))
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _high(aspect: Aspect) -> str:
    return f"@high {aspect.column}"


def _boxes(dataset: Dataset, aspect: Aspect) -> str:
    """Which rating is high: the top answer of three or fewer, the top two of more (4–5 of 1–5)."""
    value = aspects.expression(dataset, aspect)
    begins = aspect.high - (1 if aspect.high - aspect.low >= 3 else 0)
    return (
        f"CASE WHEN {value} IS NULL THEN NULL WHEN {value} >= {begins!r} THEN '{RATED_HIGH}' ELSE '{RATED_LOWER}' END"
    )


# --- What if


def what_if(
    dataset: Dataset, name: str, driver: str, like: str, column: str = "", where: Filter = ALL, min_base: int = 10
) -> WhatIf:
    """What a KPI would be if `driver` were as good as `like`: "if delivery were as good as support, NPS +4 ± 2".

    With a `column` (touchpoint, pillar, topic by id, or a column of responses) both are values of it: responses that
    name the driver get the KPI of those that name `like`, times their share; a response that names both makes the
    interval wider than it need be. Without one both are rated aspects: the regression coefficient of the driver among
    all rated aspects times the gap between the two on their scales, with a bootstrap interval.
    Raises FilterError when they are the same, or unknown.
    """
    if driver == like:
        raise FilterError(
            wording.of("'{driver}' is as good as itself: choose another to hold it against.", driver=driver)
        )
    if column:
        return _if_value(dataset, name, driver, like, column, where, min_base)
    return _if_aspect(dataset, name, driver, like, where)


def _if_value(dataset: Dataset, name: str, driver: str, like: str, column: str, where: Filter, min_base: int) -> WhatIf:
    own = dataset.resolve(KINDS.get(column, column) if column not in dataset.responses else column)
    whole, parts = contrast.tallies(dataset, name, own, where, main=True)
    missing = [value for value in (driver, like) if value not in set(parts["value"])]
    if missing:
        raise FilterError(
            wording.of(
                "The column '{column}' has no value '{value}' among these responses.", column=column, value=missing[0]
            )
        )
    two = parts[parts["value"].isin([driver, like])].rename(columns={"value": OWN})
    rows = estimate.suppressed(kpis.estimated(name, two, [OWN]), min_base)
    own_row, other = (rows[rows[OWN] == value].iloc[0] for value in (driver, like))
    found = estimate.difference(other, own_row)
    n = int(own_row["n"]), int(other["n"])
    if found.value is None or found.low is None or found.high is None:
        few = wording.of(
            "too few to tell ({have} responses with {driver}, {others} with {like})",
            have=wording.whole(n[0]), driver=driver, others=wording.whole(n[1]), like=like,
        )  # fmt: skip
        return WhatIf(None, None, None, sum(n), few)
    weight = "w" if "w" in whole else "m"
    share = float(two.loc[two[OWN] == driver, weight].sum() / whole[weight].sum())
    shown = topic_names(dataset) if own in (MENTION + "topic", MENTION + "subtopic") else {}
    return _told(
        name,
        [found.value * share, found.low * share, found.high * share],
        sum(n),
        shown.get(driver, driver),
        shown.get(like, like),
    )


def _if_aspect(dataset: Dataset, name: str, driver: str, like: str, where: Filter) -> WhatIf:
    asked = aspects.named(dataset, [driver, like])
    columns = [aspect.column for aspect in asked]
    others = [aspect for aspect in aspects.rated(dataset, name) if aspect.column not in columns]
    found = aspects.moments(dataset, name, [*asked, *others], where)
    held = [aspect.column for aspect in found.aspects] if found else []
    needed = importance.FEWEST + importance.PER_ASPECT * len(held)
    if found is None or not set(columns) <= set(held) or found.n < needed or found.base < needed:
        n = found.n if found else 0
        few = wording.of(
            "too few to tell ({n} responses rated all, {needed} are needed)",
            n=wording.whole(n), needed=wording.whole(needed),
        )  # fmt: skip
        return WhatIf(None, None, None, n, few)
    places = [held.index(column) for column in columns]
    drawn = aspects.resampled(found.sums)
    value, spread = (_moved(sums, found.aspects, places) for sums in (found.sums.sum(axis=0), drawn))
    low, high = np.percentile(spread, [2.5, 97.5])
    ends = [float(value), float(min(low, value)), float(max(high, value))]
    return _told(name, ends, found.n, driver, like)


def _moved(sums: np.ndarray, held: Sequence[Aspect], places: Sequence[int]) -> np.ndarray:
    """The coefficient of the first aspect times the way from its place on its scale to that of the second."""
    many = len(held)
    means, sd, r = importance.correlations(sums, many + 2)
    steady = np.maximum(sd[..., :many], importance.FLAT)
    slopes = importance.coefficients(r[..., :many, :many], r[..., :many, -1]) * sd[..., -1:] / steady
    reach = [held[place].high - held[place].low for place in places]
    own, other = (means[..., place] / length for place, length in zip(places, reach, strict=True))
    return slopes[..., places[0]] * (other - own) * reach[0]


def _told(name: str, ends: Sequence[float], n: int, driver: str, like: str) -> WhatIf:
    unit, title = kpis.KPIS[name].unit, kpis.KPIS[name].title
    digits = 1 if unit == "scale" else 0
    value, half = ends[0], (ends[2] - ends[1]) / 2
    size = wording.decimal(abs(value), digits)
    moved = f"{'−' if value < 0 else '+'}{size}" if round(value, digits) else "±0"
    told = wording.of(
        "if {driver} were as good as {like}, {kpi} {moved} ± {half}",
        driver=driver, like=like, kpi=title, moved=moved, half=wording.decimal(max(half, 10**-digits), digits),
    )  # fmt: skip
    inside = ends[1] <= 0 <= ends[2]
    said = wording.of("{moved}, within noise", moved=told) if inside else told
    return WhatIf(value, ends[1], ends[2], n, said)
