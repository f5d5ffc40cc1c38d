"""Who left, where a column says so: the share of customers whose latest word is that they have not."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cx.measure import cohorts, estimate, tally
from cx.measure.activity import LOYALTY, SIDE, SIDES, Periods, known_until
from cx.store.datasets import Dataset
from cx.view.filters import ALL, Filter, quoted

LEFT = (
    "1", "1.0", "yes", "y", "true", "t", "churned", "churn", "left", "lost", "lapsed", "attrited", "attrited customer",
    "cancelled", "canceled", "closed", "exited", "inactive", "ja", "oui", "si", "sí", "gekündigt",
)  # fmt: skip
STAYED = (
    "0", "0.0", "no", "n", "false", "f", "active", "stayed", "retained", "current", "existing", "existing customer",
    "loyal", "open", "not churned", "nein", "non", "aktiv",
)  # fmt: skip
"""What cells of the column say, in small letters; other words are counted and not used."""


def column(dataset: Dataset) -> str | None:
    """The column of responses that says who left (role `churned`), if there is one."""
    for source in dataset.manifest["sources"]:
        for given in source.get("columns", []):
            stored = given.get("stored")
            if given["role"] == "churned" and stored in dataset.responses and dataset.filled.get(stored):
                return stored
    return None


def rates(dataset: Dataset, name: str, where: Filter = ALL, by: Sequence[str] = ()) -> pd.DataFrame:
    """Share of customers who stayed, in percent: *by, base, kept, value, low, high, n … (Wilson).

    A customer's latest word counts. Without customer ids each response is a customer. `by` may hold LOYALTY.
    """
    plain = [column for column in by if column != LOYALTY]
    counts = _status(dataset, name, where, plain, LOYALTY in by)
    return cohorts.shares(estimate.add(counts, list(by), ["base", "kept"])) if len(counts) else _empty(by)


def table(dataset: Dataset, name: str, where: Filter = ALL, unit: str = "") -> pd.DataFrame:
    """The same by cohort (quarter of the first response, unless `unit` says otherwise): columns of cohorts.COHORTS.

    age: periods from the cohort to the last response. Undated customers are no cohort.
    """
    used = Periods(unit or "quarter", dataset.settings.calendar)
    counts = _status(dataset, name, where, [], False, used)
    if counts.empty:
        return pd.DataFrame(columns=cohorts.COHORTS)
    rows = cohorts.shares(estimate.add(counts, ["born"], ["base", "kept"]))
    born = rows["born"].astype(int)
    last = int(counts["last"].max())
    return rows.assign(
        cohort=[used.start(number) for number in born], age=last - born, size=rows["base"], active=rows["kept"],
        share=rows["value"], share_low=rows["low"], share_high=rows["high"],
    )[cohorts.COHORTS]  # fmt: skip


def unread(dataset: Dataset, name: str) -> int:
    """How many responses say neither that the customer left nor that they stayed."""
    known = (*LEFT, *STAYED)
    found = dataset.query(
        f"SELECT count(*) AS n FROM responses WHERE {quoted(name)} IS NOT NULL AND {_plain(name)} NOT IN ({_marks(known)})",
        known,
    )
    return int(found["n"].iloc[0])


def _status(
    dataset: Dataset, name: str, where: Filter, by: Sequence[str], loyalty: bool, periods: Periods | None = None
) -> pd.DataFrame:
    """Customers (base) and those of them who stayed (kept) per group; with periods per period of the first response (born)."""
    clause, bound = where.sql()
    bare = [column.removeprefix(tally.OWN) for column in by]
    source = "responses" if {*bare, *where.columns} <= set(dataset.responses) else "facts"
    who = "customer_id" if dataset.filled.get("customer_id") else "response_id"
    when = "coalesce(date, TIMESTAMP '1900-01-01')"
    number = periods.sql("date") if periods else ""
    chosen = [f"{quoted(column)} AS {quoted(held)}" for column, held in zip(bare, by, strict=True)]
    chosen += [f"arg_max(CASE WHEN {_plain(name)} IN ({_marks(LEFT)}) THEN 0 ELSE 1 END, {when}) AS kept"]
    chosen += [f"arg_max({SIDE}, {when}) FILTER (nps IS NOT NULL) AS side"] if loyalty else []
    chosen += [f"min({number}) AS born, max({number}) AS latest"] if periods else []
    groups = ", ".join([*map(quoted, by), who])
    inner = (
        f"SELECT {', '.join([*chosen, who])} FROM {source} WHERE {_plain(name)} IN ({_marks((*LEFT, *STAYED))}) "
        f"AND {who} <> '' AND (date IS NULL OR date < ?) AND {clause} GROUP BY {groups}"
    )
    keys = [*map(quoted, by), *(["side"] if loyalty else []), *(["born"] if periods else [])]
    more = ", max(latest) AS last" if periods else ""
    known = " AND ".join(
        ["TRUE", *(["side IS NOT NULL"] if loyalty else []), *(["born IS NOT NULL"] if periods else [])]
    )
    found = dataset.query(
        f"SELECT {''.join(f'{key}, ' for key in keys)}count(*) AS base, sum(kept) AS kept{more} FROM ({inner}) "
        f"WHERE {known} {'GROUP BY ALL ORDER BY ALL' if keys else ''}",
        [*LEFT, *LEFT, *STAYED, known_until(dataset), *bound],
    )
    if loyalty:
        found[LOYALTY] = found["side"].map(SIDES)
    return found[found["base"] > 0]


def _plain(name: str) -> str:
    return f"lower(trim(CAST({quoted(name)} AS VARCHAR)))"


def _marks(words: Sequence[str]) -> str:
    return ", ".join("?" * len(words))


def _empty(by: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({column: [] for column in by} | {name: np.array([]) for name in estimate.COLUMNS})
