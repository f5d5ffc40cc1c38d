"""What every chart type looks like as a Vega-Lite spec, light and dark, and that none gets more than 5,000 marks.

A spec that is to change is renewed by: CX_SNAPSHOTS=renew .venv/bin/python -m pytest tests/test_snapshots.py
"""

import json
import os
import re
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from cx.measure.estimate import Estimate
from cx.schema import STAGES
from cx.store.notes import Annotation
from cx.text.emotions import EMOTIONS
from cx.view import (
    charts,
    driver_charts,
    emotion_charts,
    heat_chart,
    heatmap,
    journey,
    journey_chart,
    moments,
    notes,
    theme,
)

SNAPSHOTS = Path(__file__).parent / "snapshots"
RENEW = os.environ.get("CX_SNAPSHOTS") == "renew"
LOOKS = {"light": theme.LIGHT, "dark": theme.DARK}
LARGE = 20_000
TITLED = "A name of sixty letters that is much longer than its place"


def named(many: int) -> pd.DataFrame:
    """Rows with everything a chart of rows asks for."""
    at = pd.Series(range(many))
    return pd.DataFrame({
        "name": [f"{TITLED} {n}" for n in at], "id": [f"t{n // 3}" for n in at], "change": at % 41 - 20.0,
        "low": at % 41 - 25.0, "high": at % 41 - 15.0, "real": at % 2 == 0, "good": at % 3 == 0, "value": at % 100 + 0.0,
        "ours": at == 0, "practice": (at * 7) % 100 + 0.0, "importance": at % 30 + 1.0, "performance": at % 90 + 0.0,
        "quadrant": [driver_charts.QUADRANTS[n % 4][0] for n in at], "sure": at % 2 == 0, "said": at % 50,
        "label": [("negative", "neutral", "positive")[n % 3] for n in at], "place": at % 3, "say": "words",
    })  # fmt: skip


def topical(many: int) -> pd.DataFrame:
    rows = named(many)
    return rows.assign(name=[f"topic {identifier}" for identifier in rows["id"]])


def series(many: int) -> pd.DataFrame:
    periods = pd.date_range("1990-01-01", periods=many, freq="D")
    rows = pd.DataFrame({"period": periods, "value": 30.0, "low": 20.0, "high": 40.0, "n": 100})
    return rows.assign(value=rows["value"].where(rows.index % 5 != 4))


def noted(many: int) -> pd.DataFrame:
    days = [(date(1990, 1, 1 + n % 28), date(1990, 1 + n % 12, 28)) for n in range(many)]
    found = [Annotation(n, *sorted(day), f"Release {n}", "ann", datetime(1990, 1, 1)) for n, day in enumerate(days)]
    return notes.placed(found, date(1990, 1, 1), date(1990, 12, 31))


def felt(many: int, at: str) -> pd.DataFrame:
    """Shares of all emotions for so many periods or touchpoints."""
    begins = (
        pd.date_range("1990-01-01", periods=many, freq="D")
        if at == "period"
        else [f"touchpoint {n}" for n in range(many)]
    )
    rows = pd.DataFrame([(begin, part) for begin in begins for part in EMOTIONS], columns=[at, "part"])
    rows = rows.assign(value=100 / len(EMOTIONS), shown=True, say="words")
    return rows.assign(last=rows[at] + pd.Timedelta("1D")) if at == "period" else rows


def mapped(rows: int, columns: int) -> heatmap.Map:
    """A map of so many rows and columns, all cells shown, with totals."""
    across, down = [f"column {n}" for n in range(columns)], [f"{TITLED} {n}" for n in range(rows)]
    cell = {"value": 12.0, "shown": True, "label": "12", "small": "n 40", "say": "words"}
    cells = pd.DataFrame([{"row": row, "column": column, **cell} for row in down for column in across])
    margins = [(row, None) for row in down] + [(None, column) for column in across] + [(None, None)]
    totals = pd.DataFrame([{"row": row, "column": column, **cell} for row, column in margins])
    totals = totals.assign(
        **{side: pd.Series([pair[n] for pair in margins], dtype=object) for n, side in enumerate(("row", "column"))}
    )
    cells = cells.astype({"row": object, "column": object})
    return heatmap.Map(cells, down, across, 0.0, "diverging", totals)


def travelled(many: int, sides: int) -> journey.Journey:
    """A journey of so many stages with one or two curves, a delight and a pain at every stage, and hand-overs between all."""
    stages = tuple(STAGES)[:many] if many <= len(STAGES) else tuple(f"stage {n}" for n in range(many))
    points = pd.DataFrame([
        {"side": side, "name": f"side {side}", "stage": stage, "place": place, "value": 10.0 * place - side, "low": -30.0,
         "high": 60.0, "n": 40, "shown": True, "say": "words"}
        for side in range(sides) for place, stage in enumerate(stages)
    ])  # fmt: skip
    volume = pd.DataFrame({"stage": stages, "place": range(many), "m": 40, "n": 30, "share": 20.0, "effort": 5.0,
                           "effort_low": 2.0, "effort_high": 9.0})  # fmt: skip
    told = [moments.Moment(stage, kind, "delivery", Estimate(30.0, 20.0, 40.0, 50), "It came on time, as promised.", "r1")
            for stage in stages for kind in (moments.DELIGHT, moments.PAIN)]  # fmt: skip
    changes = pd.DataFrame({"stage": stages, "change": 5.0, "real": True, "says": "words"})
    turns = pd.DataFrame([(a, b, 12) for a in stages for b in stages if a != b], columns=["begin", "end", "customers"])
    names = tuple(f"side {side}" for side in range(sides))
    return journey.Journey(
        stages, points, volume, told, changes, turns, 99, "", names, "mentions", 3.0, "net_sentiment"
    )


DRAWN = {
    "trend": lambda look, many: charts.trend(series(many), "NPS", "points", look),
    "trend_with_notes": lambda look, many: charts.with_notes(
        charts.trend(series(many), "NPS", "points", look), noted(min(many, 3_000)), look
    ),
    "movers": lambda look, many: charts.movers(named(many), look, click=True),
    "differences": lambda look, many: charts.differences(named(many), look),
    "beside": lambda look, many: charts.beside(named(many), "NPS", "points", look),
    "quadrant": lambda look, many: driver_charts.quadrant(named(many), 10.0, 40.0, "net sentiment", "all impacts", look),
    "weights": lambda look, many: driver_charts.weights(named(many), look),
    "topic_bars": lambda look, many: charts.topic_bars(topical(many), look),
    "gaps": lambda look, many: driver_charts.gaps(named(many), look),
    "heatmap": lambda look, many: heat_chart.chart(
        mapped(min(many, heatmap.MOST_ROWS), min(many, heatmap.MOST_COLUMNS)), look
    ),
    "journey": lambda look, many: journey_chart.chart(travelled(min(many, journey.MOST), 2), look),
    "journey_of_all": lambda look, many: journey_chart.chart(travelled(min(many, journey.MOST), 1), look),
    "emotions_over_time": lambda look, many: emotion_charts.over_time(felt(many // 4 + 1, "period"), look),
    "emotions_by_touchpoint": lambda look, many: emotion_charts.by_touchpoint(felt(many // 4 + 1, "touchpoint"), look),
}  # fmt: skip
"""Chart type → its chart in a look, of about so many rows; maps and journeys have the most their pages make."""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", DRAWN)
def test_a_chart_looks_as_it_did(kind, look):
    spec, data = DRAWN[kind](LOOKS[look], 6)
    assert "say" in data and len(data), "every mark has a sentence"
    path = SNAPSHOTS / f"{kind}_{look}.json"
    drawn = json.dumps(spec, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if RENEW:
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    assert drawn == path.read_text(encoding="utf-8"), (
        f"{path.name} differs; the first lines of this file say how to renew it"
    )


def test_every_snapshot_is_of_a_chart_there_is():
    assert {path.stem for path in SNAPSHOTS.iterdir()} == {f"{kind}_{look}" for kind in DRAWN for look in LOOKS}


def test_every_chart_function_has_its_snapshot():
    drawing = {name for name, held in vars(charts).items() if callable(held) and not name.startswith("_")
               and getattr(held, "__annotations__", {}).get("return") == charts.Chart}  # fmt: skip
    assert drawing == (set(DRAWN) & set(vars(charts))) | {"with_notes"}


@pytest.mark.parametrize("kind", DRAWN)
def test_no_chart_gets_more_than_its_marks(kind):
    """Every layer draws every row that its filter lets through; only annotations and what is annotated exclude each other."""
    spec, data = DRAWN[kind](theme.LIGHT, LARGE)
    layers = spec.get("layer", [spec])
    if "number" in data:
        own = sum("!isValid(datum.number)" in json.dumps(layer) for layer in layers)
        said = int(data["number"].notna().sum())
        marks = own * (len(data) - said) + (len(layers) - own) * said
    else:
        marks = len(layers) * len(data)
    assert 0 < marks <= charts.MOST_MARKS


def test_every_chart_type_has_a_snapshot():
    """Every public function of cx/view that makes a chart is among `CHARTS`."""
    view, own = Path(charts.__file__).parent, Path(__file__).read_text(encoding="utf-8")
    made = [
        f"{path.stem}.{name}("
        for path in sorted(view.glob("*.py"))
        for name in re.findall(
            r"^def ([a-z]\w*)\([^)]*\)\s*->\s*(?:charts\.)?Chart:", path.read_text(encoding="utf-8"), re.M
        )
    ]
    assert len(made) >= 12
    assert [each for each in made if each not in own] == []
