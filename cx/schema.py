"""Canonical columns, roles and scales: the vocabulary that intake writes and everything after it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ROLES = (
    "response_id", "date", "comment", "nps", "csat", "ces", "rating", "effectiveness", "ease", "enjoyment",
    "revenue", "customer_id", "touchpoint", "stage", "channel", "language", "weight", "churned", "title",
    "personal", "ignore", "segment",
)  # fmt: skip
"""What a column can be for. `segment` splits customers; `personal` and `ignore` are left out of what is stored."""

SINGLE_ROLES = frozenset({"response_id", "date", "customer_id", "weight"})
"""Roles that at most one column of a file may have."""

SCORE_ROLES = ("nps", "csat", "ces", "rating", "effectiveness", "ease", "enjoyment")
"""Answers to a survey question, on a scale."""

CANONICAL = (
    "response_id", "source", "date", "comment", "language", "customer_id", *SCORE_ROLES, "revenue", "weight", "complete",
)  # fmt: skip
"""Columns every responses.parquet starts with, in this order, filled or not."""

OPTIONAL = ("touchpoint", "stage", "channel")
"""Canonical columns that are there only when a file has them."""

DERIVED = ("sentiment", "sentiment_label")
"""Columns of responses that the text side adds."""

LABELS = ("negative", "neutral", "positive")
NOT_ANALYSED = "not analysed"
PILLARS = ("Strategy", "People", "Infrastructure", "Process", "Metrics")
GENERAL = "General"
STAGES = ("Awareness", "Consideration", "Purchase", "Post-Purchase", "Loyalty")
NONE = "none"

MENTION_COLUMNS = (
    "response_id", "mention", "question", "start", "end", "text", "sentiment", "sentiment_label", "pillar",
    "touchpoint", "stage", "emotion", "effort", "topic", "subtopic",
)  # fmt: skip
"""Columns of mentions.parquet, in this order. Grain: one clause of one comment."""


class Scale(NamedTuple):
    """The lowest and the highest answer a question allows; `low_is_good` for effort asked the old way (CES 1.0).

    `begin`, `end` (first and last date, ISO) and `rows` are filled when a file changes scale on its way: then a
    column has several scales, never averaged together.
    """

    min: float
    max: float
    low_is_good: bool = False
    begin: str | None = None
    end: str | None = None
    rows: int | None = None

    @property
    def name(self) -> str:
        """How people say it: `1–5`."""
        return f"{self.min:g}–{self.max:g}" + (" (low is good)" if self.low_is_good else "")

    def as_json(self) -> dict[str, Any]:
        """For the manifest and `inspect`; the keys of a changing scale only where they are filled."""
        out: dict[str, Any] = {"min": self.min, "max": self.max}
        if self.low_is_good:
            out["low_is_good"] = True
        if self.rows is not None:
            out |= {"from": self.begin, "to": self.end, "rows": self.rows}
        return out

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Scale":
        """The inverse of `as_json`."""
        return cls(
            given["min"], given["max"], given.get("low_is_good", False),
            given.get("from"), given.get("to"), given.get("rows"),
        )  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a file: what it is called, what it is for and how its cells are read.

    `name` is unique in the file, `label` the question text, `stored` the column of responses.parquet it becomes
    (None: not stored). `scales` is empty for columns without a scale and has several entries when the scale changes
    within the file. `words` maps worded answers (case-folded) to their place on the scale. `confidence` is 0…1.
    """

    index: int
    name: str
    label: str
    role: str
    confidence: float
    scales: tuple[Scale, ...] = ()
    words: Mapping[str, float] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    stored: str | None = None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The entry of `inspect` and of the manifest. One scale is an object, several are a list."""
        scales = [scale.as_json() for scale in self.scales]
        return {
            "name": self.name, "label": self.label, "role": self.role, "confidence": round(self.confidence, 2),
            "scale": scales[0] if len(scales) == 1 else scales or None, "examples": list(self.examples),
            "stored": self.stored, "notes": list(self.notes),
        }  # fmt: skip
