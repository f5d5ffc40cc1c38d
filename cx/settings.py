"""What a team settles once about a dataset: how it is counted. Kept as records; part of the key of every cached number."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cx.errors import FilterError

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
GRAINS = {"day": "D", "week": "W", "month": "M", "quarter": "Q"}
MOST_BASE = 1000


class MinimumBase(int):
    """A minimum base for people who must not work out either what it keeps from them: where so few responses are left out that
    the whole less what is shown would tell them, the next smallest group is left out, too (complementary suppression)."""


class Calendar(NamedTuple):
    """When the fiscal year begins (month 1–12, its first day) and when the week does (0 Monday … 6 Sunday)."""

    first_month: int = 1
    first_weekday: int = 0

    def frequency(self, grain: str) -> str:
        """The name of these periods in pandas, which calls weeks and quarters by their last day and month."""
        if grain == "week":
            return f"W-{WEEKDAYS[(self.first_weekday - 1) % 7][:3].upper()}"
        return f"Q-{MONTHS[(self.first_month - 2) % 12][:3].upper()}" if grain == "quarter" else GRAINS[grain]


CIVIL = Calendar()
"""Years from January, weeks from Monday."""


class Terms(NamedTuple):
    """What a customer's money is worth: margin as a share of revenue (0…1), discount per year, years to look ahead, cost
    of winning a customer, and whether the first margin comes at once (else after one period)."""

    margin: float = 1.0
    discount: float = 0.10
    years: float = 1.0
    acquisition: float = 0.0
    at_once: bool = False


USUAL = Terms()
"""Revenue counts as margin, a tenth is discounted per year, one year ahead."""

Margins = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
"""Per column the share wanted of each of its values ('' for no value): numbers or percent, in any unit."""


class Settings(NamedTuple):
    """How a dataset is counted.

    `min_base`: no number is shown from fewer responses. `bands`: from which value on the CX performance index is called
    excellent, good, fair, poor (below: very poor). `margins`: shares that responses are weighted (raked) to.
    """

    min_base: int = 10
    calendar: Calendar = CIVIL
    bands: tuple[float, ...] = (85.0, 75.0, 65.0, 55.0)
    terms: Terms = USUAL
    margins: Margins = ()

    def band(self, index: float) -> str:
        """What a value of the CX performance index is called."""
        return next((name for name, least in zip(BANDS, self.bands, strict=False) if index >= least), BANDS[-1])

    def as_json(self) -> dict[str, Any]:
        """For records; the inverse of `settled`."""
        return {
            "min_base": self.min_base, "first_month": self.calendar.first_month,
            "first_weekday": self.calendar.first_weekday, "bands": list(self.bands), "margin": self.terms.margin,
            "discount": self.terms.discount, "years": self.terms.years, "acquisition": self.terms.acquisition,
            "margins": {column: dict(shares) for column, shares in self.margins},
        }  # fmt: skip


NAMES = tuple(Settings().as_json())
"""The names under which settings are stored."""

_BOUNDS = {
    "min_base": (1, MOST_BASE), "first_month": (1, 12), "first_weekday": (0, 6),
    "margin": (0, 1), "discount": (0, 1), "years": (0.25, 20), "acquisition": (0, 1e9),
}  # fmt: skip
WHOLE = ("min_base", "first_month", "first_weekday")
BANDS = ("excellent", "good", "fair", "poor", "very poor")
"""What a value of the index is called: our names and our bounds, no standard (docs/kpis.md)."""


def read(words: Sequence[str]) -> dict[str, Any]:
    """Settings as people write them, NAME=VALUE; the bands of the index with commas between. Raises FilterError for a name
    there is none of, or what is no number."""
    out: dict[str, Any] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in NAMES or name == "margins":
            raise FilterError(
                f"There is no setting '{name}'. There are: {', '.join(NAMES[:-1])}; weights: --weights FILE."
            )
        try:
            numbers = [float(part) for part in value.split(",")]
        except ValueError:
            raise FilterError(f"The setting {name} is a number, not '{value}'.") from None
        out[name] = numbers if name == "bands" else numbers[0]
    return out


def settled(given: Mapping[str, Any]) -> Settings:
    """Settings from their records; what is not among them is as usual. Raises FilterError for one out of its bounds."""
    held = Settings().as_json() | {name: given[name] for name in NAMES if name in given}
    for name, (low, high) in _BOUNDS.items():
        value = held[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise FilterError(f"The setting {name} is a number between {low:g} and {high:g}, not '{value}'.")
        if name in WHOLE and value != int(value):
            raise FilterError(f"The setting {name} is a whole number, not {value:g}.")
    bands = tuple(float(bound) for bound in held["bands"])
    if len(bands) != len(BANDS) - 1 or not 100 >= bands[0] > bands[1] > bands[2] > bands[3] >= -100:
        raise FilterError("The bands of the index are four numbers from 100 down to −100, each below the one before.")
    margins = tuple(
        sorted((str(column), tuple(sorted((str(value), float(share)) for value, share in shares.items())))
        for column, shares in held["margins"].items())
    )  # fmt: skip
    terms = Terms(float(held["margin"]), float(held["discount"]), float(held["years"]), float(held["acquisition"]))
    calendar = Calendar(int(held["first_month"]), int(held["first_weekday"]))
    return Settings(int(held["min_base"]), calendar, bands, terms, margins)
