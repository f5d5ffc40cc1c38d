"""Colours and number formats: the one place. Colour carries meaning only; numbers read the same everywhere."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from cx.measure.estimate import Difference, Estimate
from cx.view import wording


class Theme(NamedTuple):
    """The colours of one mode. Sentiment runs negative ↔ middle ↔ positive, safe for red-green blindness.

    `language` is that of the words in charts: specs are remembered by theme, and must not mix.
    """

    name: str
    ink: str
    quiet: str
    rule: str
    ground: str
    card: str
    negative: str
    middle: str
    positive: str
    low_volume: str
    high_volume: str
    categories: tuple[str, ...]
    language: str = "en"


# Okabe–Ito (2008), reordered so that neighbours differ in lightness; the dark mode takes the lighter of each pair.
_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#595959", "#8A6FC4")
_DARK = ("#56B4E9", "#E69F00", "#2DB590", "#DE9CC2", "#7FA8FF", "#F0E442", "#BDBDBD", "#B9A5E8")
LIGHT = Theme(
    "light", "#1C1917", "#6B645E", "#E7E5E4", "#FCFCFB", "#FFFFFF", "#B4460F", "#E7E5E4", "#0F766E", "#E2E8F0",
    "#475569", _LIGHT,
)  # fmt: skip
DARK = Theme(
    "dark", "#F5F5F4", "#A8A29E", "#3A3734", "#161514", "#1D1B1A", "#E8834A", "#3F3B38", "#2DB5A5", "#2A2F36",
    "#94A3B8", _DARK,
)  # fmt: skip


def of(name: str | None) -> Theme:
    """The theme of a mode's name, in the language spoken here; light unless it is `dark`."""
    return (DARK if name == "dark" else LIGHT)._replace(language=wording.language())


@cache
def diverging(theme: Theme, steps: int = 9) -> list[str]:
    """Colours from negative over middle to positive, evenly spaced in OKLab (Ottosson 2020), so that equal steps of
    the measure look equal."""
    half = steps // 2
    left = [mix(theme.negative, theme.middle, step / half) for step in range(half)]
    return [*left, theme.middle, *(mix(theme.middle, theme.positive, (step + 1) / half) for step in range(half))]


@cache
def sequential(theme: Theme, steps: int = 6) -> list[str]:
    """Colours from little to much volume, evenly spaced in OKLab."""
    return [mix(theme.low_volume, theme.high_volume, step / (steps - 1)) for step in range(steps)]


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` (0…1) of the way from one to another, in OKLab."""
    lab = [a + (b - a) * share for a, b in zip(_to_oklab(first), _to_oklab(second), strict=True)]
    return _from_oklab(lab)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2.1), 1…21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(ground: str) -> str:
    """The text colour that reads better on a ground: near black or white."""
    return max(("#1C1917", "#FFFFFF"), key=lambda ink: contrast(ink, ground))


def number(value: float | None, unit: str) -> str:
    """A value as people read it: points without decimals, whole percent, scales with one decimal, counts with commas."""
    if value is None or value != value:
        return "–"
    if unit == "scale":
        return wording.decimal(value, 1)
    rounded = round(value)
    return f"{'−' if rounded < 0 else ''}{wording.whole(abs(rounded))}" + (" %" if unit == "percent" else "")


def interval(given: Estimate, unit: str) -> str:
    """`24 to 40`; percent signs only at the value."""
    if given.low is None or given.high is None:
        return wording.of("too few answers")
    return between(*ends(given, unit))


def ends(given: Estimate, unit: str) -> tuple[str, str]:
    """The ends of an interval that is shown, without percent signs."""
    low, high = given.low or 0.0, given.high or 0.0
    if unit == "scale" and round(low, 1) == round(high, 1):  # a narrow interval is still an interval
        return wording.decimal(low, 2), wording.decimal(high, 2)
    bare = "points" if unit == "percent" else unit
    return number(low, bare), number(high, bare)


def between(low: str, high: str) -> str:
    """`24 to 40`, of numbers as they are shown."""
    return wording.of("{low} to {high}", low=low, high=high)


def base(n: int) -> str:
    """`n 310`."""
    return f"n {wording.whole(n)}"


def change(given: Difference, unit: str) -> str:
    """`+6 (within noise)` or `−14 ▼ real`; empty when there is nothing to compare."""
    if given.value is None:
        return ""
    step = signed(given.value, unit)
    if given.real:
        return wording.of("{step} {arrow} real", step=step, arrow="▲" if given.value > 0 else "▼")
    return wording.of("{step} (within noise)", step=step)


def signed(value: float, unit: str) -> str:
    """A difference with its sign; a change of shares is in points."""
    text = number(abs(value), "points" if unit == "percent" else unit)
    if not text.strip("0.,"):
        return "0"
    return f"{'+' if value > 0 else '−'}{text}"


def sentence(title: str, given: Estimate, unit: str) -> str:
    """What a tooltip says: `NPS 32, between 24 and 40, from 310 answers`."""
    if not given.shown:
        return wording.of("{title}: too few answers to show ({n})", title=title, n=wording.whole(given.n))
    bare = "points" if unit == "percent" else unit
    low, high = number(given.low, bare), number(given.high, bare)
    return wording.of(
        "{title} {value}, between {low} and {high}, from {n} answers",
        title=title, value=number(given.value, unit), low=low, high=high, n=wording.whole(given.n),
    )  # fmt: skip


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return wording.of("{first} and {last}", first=", ".join(words[:-1]), last=words[-1])


def _channels(colour: str) -> list[float]:
    values = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def _luminance(colour: str) -> float:
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), _channels(colour), strict=True))


def _to_oklab(colour: str) -> list[float]:
    r, g, b = _channels(colour)
    cone = [
        0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
        0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
        0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
    ]
    l, m, s = (value ** (1 / 3) for value in cone)  # noqa: E741
    return [
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    ]


def _from_oklab(lab: Sequence[float]) -> str:
    light, a, b = lab
    l, m, s = (  # noqa: E741
        (light + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (light - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (light - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    linear = [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ]
    shown = [12.92 * v if v <= 0.0031308 else 1.055 * max(v, 0) ** (1 / 2.4) - 0.055 for v in linear]
    return "#" + "".join(f"{round(min(max(v, 0), 1) * 255):02X}" for v in shown)
