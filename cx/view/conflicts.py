"""Comments whose words and rating strongly contradict each other, as a condition of a search."""

from cx import adapting
from cx.schema import Scale
from cx.store.datasets import Dataset
from cx.store.staging import SCALE
from cx.text import calibration, sentiment
from cx.view.filters import quoted


def clause(dataset: Dataset) -> tuple[str, list[object]]:
    """SQL over responses for what `calibration.conflict` says of each, and the values to bind; FALSE without a rating."""
    sides: list[str] = []
    bound: list[object] = []
    for name in adapting.RATINGS:
        if name in dataset.responses and (scales := dataset.scales(name)):
            sql, values = _side(dataset, name, scales)
            sides.append(sql)
            bound += values
    if not sides:
        return "FALSE", []
    low, high = sentiment.thresholds()
    far = f"abs(sentiment - coalesce({', '.join(sides)})) > ?"
    return f"({far} AND (sentiment >= ? OR sentiment <= ?))", [*bound, calibration.FAR, high, low]


def _side(dataset: Dataset, name: str, scales: list[Scale]) -> tuple[str, list[object]]:
    """What a rating says (-1, 0, 1) as `adapting.sides` has it; null where nothing was answered."""
    column = quoted(name)
    scored = name == "nps"
    sql, bound = (column, []) if scored else _share(dataset, name, scales)
    good, bad = (adapting.PROMOTER, adapting.DETRACTOR) if scored else (adapting.GOOD, adapting.BAD)
    case = f"CASE WHEN {column} IS NULL THEN NULL WHEN {sql} >= ? THEN 1 WHEN {sql} <= ? THEN -1 ELSE 0 END"
    return case, [*bound, good, *bound, bad]


def _share(dataset: Dataset, name: str, scales: list[Scale]) -> tuple[str, list[object]]:
    """Where on its scale a rating lies, 0…1."""
    whens: list[str] = []
    bound: list[object] = []
    marked = name + SCALE in dataset.responses
    for scale in scales:
        reach = max(scale.max - scale.min, 1e-9)
        at = f"({quoted(name)} - ?) / ?"
        whens.append(f"WHEN {f'{quoted(name + SCALE)} = ?' if marked else 'TRUE'} THEN "
                     f"{f'1 - {at}' if scale.low_is_good else at}")  # fmt: skip
        bound += [*([scale.name] if marked else []), scale.min, reach]
    return f"(CASE {' '.join(whens)} END)", bound
