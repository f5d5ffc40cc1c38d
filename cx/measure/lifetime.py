"""What a customer will be worth (CLV): the margin formula from retention, and BG/NBD with Gamma-Gamma from purchases."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from cx.measure import activity, cohorts, estimate, purchases
from cx.measure.activity import LOYALTY, Activity
from cx.measure.estimate import Difference
from cx.measure.purchases import Buying, Spending
from cx.settings import Terms
from cx.store.datasets import TABLES, Dataset, cursor
from cx.view import wording
from cx.view.filters import ALL, Filter, quoted

LEAST_CUSTOMERS, LEAST_BACK = 30, 10
"""A model of purchases needs so many customers, and so many of them with a second purchase."""

MOST_CUSTOMERS = 30_000
"""Of more customers with purchases so many are drawn (always the same): the mean is then known to about one percent."""

DAYS = 365.25
METHODS = {
    "week": wording.noted("margin formula per week"), "month": wording.noted("margin formula per month"),
    "quarter": wording.noted("margin formula per quarter"), "year": wording.noted("margin formula per year"),
}  # fmt: skip
PER_YEAR = {"week": DAYS / 7, "month": 12.0, "quarter": 4.0, "year": 1.0}


class Value(NamedTuple):
    """CLV per group, in money: *by, value, low, high, n (customers), mid, se, df; `method` in words, `notes` what was left
    out; `why` says why there is none. `levers` (rows × customers), from the models: how far each customer moves a row's value."""

    rows: pd.DataFrame
    method: str = ""
    notes: tuple[str, ...] = ()
    why: str | None = None
    levers: np.ndarray | None = None


def margin_value(
    margin: float, retention: float, discount: float, acquisition: float = 0.0, at_once: bool = False
) -> float | None:
    """CLV = m·r/(1 + i − r) − AC: a margin m at the end of every period a customer stays, forever.

    `retention` r (0…1) and `discount` i are per period. With `at_once` the first margin comes now, for certain:
    m·(1 + i)/(1 + i − r) − AC. None where r ≥ 1 + i: the sum has no end. Source: Gupta and Lehmann 2003.
    """
    if not 0 <= retention <= 1 or retention >= 1 + discount:
        return None
    return margin * ((1 + discount) if at_once else retention) / (1 + discount - retention) - acquisition


def simple(dataset: Dataset, found: Activity, where: Filter = ALL, by: Sequence[str] = ()) -> Value:
    """CLV by the margin formula: revenue per customer and period of activity, times margin, with the retention found.

    The interval puts those of both factors together (MOVER: Zou and Donner 2008), on the logarithm.
    """
    source, terms = _revenue(dataset), dataset.settings.terms
    if source is None:
        return _none(wording.of("There is no value: neither purchases nor a column of revenue with a customer."), by)
    if found.why:
        return _none(wording.of("There is no value: {why}.", why=found.why), by)
    if terms.discount <= 0:
        endless = wording.of(
            "There is no value: without a discount a customer who always stays is worth an endless sum."
        )
        return _none(endless, by)
    kept, paid = _kept(found, where, by), _paid(dataset, found, where, by, source)
    if kept.empty or paid.empty:
        nobody = wording.of("There is no value: nobody was followed from one period to the next, or nobody paid.")
        return _none(nobody, by)
    own = {name: f"{name}_m" for name in ("value", "low", "high", "df")}
    kept, paid = kept.rename(columns={name: f"{name}_r" for name in own}), paid.rename(columns=own)
    rows = kept.merge(paid, on=list(by)) if by else pd.concat([kept, paid], axis=1)
    i = (1 + terms.discount) ** (1 / PER_YEAR[found.unit]) - 1
    made = [_together(row, i, terms) for _, row in rows.iterrows()]
    out = pd.concat([rows[list(by)], pd.DataFrame(made, columns=estimate.COLUMNS, index=rows.index)], axis=1)
    after = wording.noted("{formula}, first margin after one")
    first = wording.noted("{formula}, first margin at once") if terms.at_once else after
    method = wording.of(first, formula=wording.of(METHODS[found.unit]))
    return Value(out, method, (*found.notes, *_left_out(dataset, source)))


def modelled(dataset: Dataset, where: Filter = ALL, by: Sequence[str] = ()) -> Value:
    """CLV of the customers there are: margin of the purchases expected in the next years, discounted, by BG/NBD and Gamma-Gamma.

    The filter's columns choose customers, its end the last purchases seen. Interval: sampling of customers and of the
    seven parameters together (influence functions), Student's t, on the logarithm.
    """
    if not activity.has_purchases(dataset):
        return _none(wording.of("There is no model of purchases: none were imported (--as purchases)."), by)
    found, notes = _model(dataset, where, wording.language())
    if isinstance(found, str):
        return _none(found, by, notes)
    terms = dataset.settings.terms
    rows, levers = means(found, terms, _groups(dataset, found.customers, where, by), by)
    given = f"{terms.years:g}".replace(".", wording.locale().decimal)
    method = wording.of("BG/NBD and Gamma-Gamma, next year")
    if terms.years != 1:
        method = wording.of("BG/NBD and Gamma-Gamma, next {years} years", years=given)
    return Value(rows, method, notes, levers=levers)


class Fitted(NamedTuple):
    """Both models with the customers they were fitted on; `spending` None: everybody always pays `amount`."""

    customers: pd.DataFrame
    buying: Buying
    spending: Spending | None
    amount: float


def _none(why: str, by: Sequence[str], notes: tuple[str, ...] = ()) -> Value:
    return Value(pd.DataFrame(columns=[*by, *estimate.COLUMNS]), "", notes, why)


# ---- the margin formula


def _revenue(dataset: Dataset) -> str | None:
    """Where revenue stands: the table of purchases, else the responses."""
    if activity.has_purchases(dataset):
        return "purchases"
    known = dataset.filled.get("revenue") and dataset.filled.get("customer_id")
    return "responses" if known else None


def _bought(dataset: Dataset, source: str) -> tuple[str, list[object]]:
    """A query of what was paid (customer_id, date, revenue), and what to bind."""
    columns = (
        "SELECT customer_id, date, TRY_CAST(revenue AS DECIMAL(18, 4)) AS revenue FROM"  # sums in any order are equal
    )
    known = "WHERE customer_id <> '' AND date IS NOT NULL AND date < ?"
    until = activity.known_until(dataset)
    if source == "responses":
        return f"{columns} responses {known}", [until]
    table, bound = dataset.stored("purchases")
    return f"{columns} {table} {known}", [*bound, until]


def _left_out(dataset: Dataset, source: str) -> tuple[str, ...]:
    """A sentence where amounts of zero and below were left out."""
    sql, bound = _bought(dataset, source)
    many = int(_query(dataset, f"SELECT count(*) AS n FROM ({sql}) WHERE revenue <= 0", bound)["n"].iloc[0])
    told = wording.of("{n} amounts of zero or below (refunds) are left out.", n=wording.whole(many))
    return (told,) if many else ()


def _kept(found: Activity, where: Filter, by: Sequence[str]) -> pd.DataFrame:
    if LOYALTY not in by:
        return cohorts.overall(found, where, by)
    rest = [name for name in by if name != LOYALTY]
    return cohorts.by_loyalty(found, where, rest)


def _paid(dataset: Dataset, found: Activity, where: Filter, by: Sequence[str], source: str) -> pd.DataFrame:
    """Revenue per customer and period of activity: *by, value, low, high, df: a ratio of sums over customers, Student's t on
    its logarithm."""
    bought, paths = _bought(dataset, source)
    rows, more = activity.rows(dataset)
    until = activity.known_until(dataset)
    number = activity.Periods(found.unit, dataset.settings.calendar).sql("date")
    sql = (
        f"WITH times AS (SELECT customer_id, count(DISTINCT {number}) AS m FROM ({rows}) WHERE date < ? GROUP BY 1), "
        f"paid AS (SELECT customer_id, sum(revenue) AS y FROM ({bought}) WHERE revenue > 0 GROUP BY 1), "
        "each AS (SELECT customer_id, m, coalesce(y, 0)::DOUBLE AS y FROM times LEFT JOIN paid USING (customer_id)) "
        f"SELECT {_names(by)}count(*) AS n, sum(m) AS m, sum(y) AS y, sum(m * m) AS mm, sum(m * y) AS my, sum(y * y) AS yy "
        "FROM each"
    )
    bound = [*more, until, *paths]
    if meant := activity.members(dataset, by, where):
        sql, bound = f"{sql} JOIN ({meant[0]}) USING (customer_id)", [*bound, *meant[1]]
    sums = _query(dataset, f"{sql} {'GROUP BY ALL ORDER BY ALL' if by else ''}", bound)
    n, m, y, mm, my, yy = (
        sums[name].to_numpy(dtype=float, na_value=np.nan) for name in ("n", "m", "y", "mm", "my", "yy")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, df = y / m, np.where(n > 1, n - 1, np.nan)
        se = np.sqrt(np.maximum(yy - 2 * mean * my + mean**2 * mm, 0) * n / df) / m
        reach = np.exp(stdtrit(df, 0.975) * se / mean)
    return sums[list(by)].assign(value=mean, low=mean / reach, high=mean * reach, df=df)[y > 0]


def _together(row: pd.Series, i: float, terms: Terms) -> list[float]:
    """Value, low, high, n, mid, se, df of margin × worth of staying."""
    value, low, high = (_stays(row[f"{name}_r"] / 100, i, terms.at_once) for name in ("value", "low", "high"))
    m, m_low, m_high = (row[f"{name}_m"] * terms.margin for name in ("value", "low", "high"))
    with np.errstate(divide="ignore", invalid="ignore"):
        down = np.hypot(np.log(m / m_low), np.log(value / low) if low > 0 else np.inf)
        up = np.hypot(np.log(m_high / m), np.log(high / value)) if value > 0 else 0.0
    worth = m * value
    ends = worth * np.exp(-down), worth * np.exp(up) if value > 0 else m_high * high
    df = min(row["df_r"], row["df_m"])
    se = (ends[1] - ends[0]) / 2 / stdtrit(df, 0.975)
    cost = terms.acquisition
    return [worth - cost, ends[0] - cost, ends[1] - cost, row["n"], worth - cost, se, df]


def _stays(retention: float, discount: float, at_once: bool) -> float:
    worth = margin_value(1.0, retention, discount, at_once=at_once)
    return np.nan if worth is None or np.isnan(retention) else worth


# ---- the models of purchases


@lru_cache(maxsize=4)
def _model(dataset: Dataset, where: Filter, language: str) -> tuple["Fitted | str", tuple[str, ...]]:
    """The models of a version's purchases (or why there are none), and notes in the language spoken; kept, as value and
    worth both ask for them."""
    customers = _customers(dataset, where)
    notes = _left_out(dataset, "purchases")
    if why := _too_few(customers):
        return why, notes
    total = int(customers["total"].iloc[0])
    if total > len(customers):
        notes += (
            wording.of(
                "From {n} of {all} customers with purchases, drawn at random.",
                n=wording.whole(len(customers)), all=wording.whole(total),
            ),
        )  # fmt: skip
    return fitted(customers), notes


def _customers(dataset: Dataset, where: Filter) -> pd.DataFrame:
    """A row per customer (at most `MOST_CUSTOMERS`, drawn by a hash of the id): x, t_x, T in days, xs and z (repeat purchases
    with an amount and their mean), and the `total` of customers. Purchases of one day are one."""
    sql, bound = _bought(dataset, "purchases")
    end, ends = ("", []) if not where.end else (" AND CAST(date AS DATE) <= ?", [where.end])
    meant = activity.members(dataset, (), where)
    join, more = (f" SEMI JOIN ({meant[0]}) USING (customer_id)", meant[1]) if meant else ("", [])
    return _query(
        dataset,
        "WITH bought AS (SELECT customer_id, CAST(date AS DATE) AS day, sum(revenue) AS paid "
        f"FROM ({sql}) WHERE (revenue IS NULL OR revenue > 0){end} GROUP BY 1, 2), "
        "until AS (SELECT max(day) AS last FROM bought), "
        "each AS (SELECT customer_id, count(*) - 1 AS x, min(day) AS first, max(day) - min(day) AS t_x, "
        "sum(paid) AS paid, count(paid) AS many, arg_min(coalesce(paid, -1), day) AS at_first FROM bought GROUP BY 1) "
        "SELECT customer_id, x, t_x, last - first AS T, many - (at_first >= 0)::INT AS xs, "
        "(coalesce(paid, 0) - greatest(at_first, 0))::DOUBLE AS later, count(*) OVER () AS total "
        f"FROM each CROSS JOIN until{join} ORDER BY md5(customer_id) LIMIT {MOST_CUSTOMERS}",
        [*bound, *ends, *more],
    ).assign(z=lambda frame: frame["later"] / frame["xs"].where(frame["xs"] > 0))


def _too_few(customers: pd.DataFrame) -> str | None:
    many, back = len(customers), int((customers["x"] > 0).sum())
    if not many:
        return wording.of("There is no value from purchases: no customer has bought anything.")
    if not back:
        return wording.of(
            "There is no value from purchases: each of the {n} customers bought only once.", n=wording.whole(many)
        )
    if many < LEAST_CUSTOMERS or back < LEAST_BACK:
        return wording.of(
            "There is no value from purchases: {n} customers, {back} of them with a second purchase, are too few "
            "({least} and {least_back} are needed).",
            n=wording.whole(many), back=wording.whole(back), least=LEAST_CUSTOMERS, least_back=LEAST_BACK,
        )  # fmt: skip
    if int((customers["xs"] > 0).sum()) < LEAST_BACK:
        return wording.of("There is no value from purchases: too few of them say how much was paid.")
    return None


def fitted(customers: pd.DataFrame) -> Fitted | str:
    """Both models, or a sentence why not."""
    x, t_x, T = (customers[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    buying, _ = purchases.fit_buying(*purchases.kinds(x, t_x, T))
    xs, z = (customers.loc[customers["xs"] > 0, name].to_numpy(dtype=float) for name in ("xs", "z"))
    if np.ptp(z) <= 1e-9 * np.mean(z):
        return Fitted(customers, buying, None, float(np.mean(z)))
    spending, _ = purchases.fit_spending(xs, z)
    if spending.q <= 1:
        return wording.of("There is no value from purchases: amounts differ so much that their mean is not determined.")
    return Fitted(customers, buying, spending, float(np.mean(z)))


def _groups(dataset: Dataset, customers: pd.DataFrame, where: Filter, by: Sequence[str]) -> pd.DataFrame:
    """The columns of `by` and `place`, the row of the customer; a customer in two groups stands in both."""
    place = pd.DataFrame({"customer_id": customers["customer_id"], "place": np.arange(len(customers))})
    meant = activity.members(dataset, by, where, customers["customer_id"].tolist()) if by else None
    if not meant:
        return place
    return dataset.query(*meant).merge(place, on="customer_id")


def means(found: Fitted, terms: Terms, groups: pd.DataFrame, by: Sequence[str] = ()) -> tuple[pd.DataFrame, np.ndarray]:
    """Mean value per group with its interval, and how far each customer moves it (groups × customers)."""
    value, change, pull = _worth(found, terms)
    parts = groups.groupby(list(by), dropna=False, sort=True) if by else [((), groups)]
    out, levers = [], []
    for names, part in parts:
        mine = part["place"].to_numpy()
        mean, n = float(value[mine].mean()), len(mine)
        lever = pull @ change[mine].mean(axis=0)
        lever[mine] += (value[mine] - mean) / n
        levers.append(lever)
        se, df = float(np.sqrt(np.sum(lever**2))), n - 1 if n > 1 else np.nan
        reach = np.exp(stdtrit(df, 0.975) * se / mean)
        named = dict(zip(by, names if isinstance(names, tuple) else (names,), strict=True))
        out.append(
            named | {"value": mean, "low": mean / reach, "high": mean * reach, "n": n, "mid": mean, "se": se, "df": df}
        )
    return pd.DataFrame(out, columns=[*by, *estimate.COLUMNS]), np.array(levers)


def difference(found: Value, after: int, before: int) -> Difference:
    """Row `after` minus row `before`: rows from one model share its parameters, which the difference must not count twice."""
    rows = found.rows
    if found.levers is None:
        return estimate.difference(rows.iloc[after], rows.iloc[before])
    value = float(rows["value"].iloc[after] - rows["value"].iloc[before])
    se = float(np.sqrt(np.sum((found.levers[after] - found.levers[before]) ** 2)))
    df = float(min(rows["df"].iloc[after], rows["df"].iloc[before]))
    if not se > 0 or np.isnan(df):
        return estimate.UNKNOWN
    half = float(stdtrit(df, 0.975)) * se
    return Difference(value, value - half, value + half, 2 * float(stdtr(df, -abs(value) / se)))


def _worth(found: Fitted, terms: Terms) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per customer: the value, its derivative by each parameter, and how far the customer pulled each parameter
    (its score times the inverse of the information, by the outer product of scores)."""
    x, t_x, T, xs, z = (found.customers[name].to_numpy(dtype=float) for name in ("x", "t_x", "T", "xs", "z"))
    z = np.nan_to_num(z)
    horizon, rate = terms.years * DAYS, np.log1p(terms.discount) / DAYS
    at = np.log(found.buying)

    def times(at: np.ndarray) -> np.ndarray:
        return purchases.discounted(Buying(*np.exp(at)), x, t_x, T, horizon, rate)

    bought = times(at)
    _, scores = purchases.buying_likelihood(found.buying, x, t_x, T)
    change, pull = purchases.derivative(times, at), scores @ np.linalg.pinv(scores.T @ scores)
    if found.spending is None:
        return terms.margin * found.amount * bought, terms.margin * found.amount * change, pull
    own = np.log(found.spending)
    paid = purchases.amount(found.spending, xs, z)
    told = xs > 0
    scores = np.zeros((len(x), len(own)))
    _, scores[told] = purchases.spending_likelihood(found.spending, xs[told], z[told])
    more = purchases.derivative(lambda at: purchases.amount(Spending(*np.exp(at)), xs, z), own)
    change = np.hstack([change * paid[:, None], more * bought[:, None]]) * terms.margin
    return terms.margin * paid * bought, change, np.hstack([pull, scores @ np.linalg.pinv(scores.T @ scores)])


def _names(by: Sequence[str]) -> str:
    return "".join(f"{quoted(name)}, " for name in by)


def _query(dataset: Dataset, sql: str, bound: Sequence[object]) -> pd.DataFrame:
    """Runs a query that may look at purchases alone, which is no table of the dataset's own queries."""
    if any(table in sql for table in TABLES):
        return dataset.query(sql, bound)
    with cursor() as con:
        return con.execute(sql, list(bound)).df()
