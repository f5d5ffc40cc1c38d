"""What a question asks: its kind, whom and what it is about, and when. Words are matched, nothing is guessed."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from cx.measure import kpis
from cx.store.datasets import Dataset
from cx.text import paraphrase
from cx.text.phrases import WORD, stem, stems
from cx.view import subjects, when
from cx.view.subjects import SPOKEN, Named

LONGEST = 300
"""Characters of a question that are read."""

FELL = ("fall", "fell", "fallen", "drop", "dropped", "decline", "declined", "decrease", "decreased", "sink", "sank", "worse",
        "worsen", "worsened", "down", "lower", "plunge", "plunged", "slump", "dip", "dipped", "deteriorate", "lost")  # fmt: skip
ROSE = ("rise", "rose", "risen", "increase", "increased", "grow", "grew", "improve", "improved", "better", "up", "higher",
        "climb", "climbed", "jump", "jumped", "gain", "gained", "recover", "recovered")  # fmt: skip
_FELL, _ROSE = frozenset(map(stem, FELL)), frozenset(map(stem, ROSE))

KINDS = (
    (
        "compare",
        r"\b(?:compar\w*|versus|vs\.?|against|difference between|differ\w*|better or worse)\b"
        r"|\b(?:better|worse|higher|lower) than\b",
    ),
    ("why", r"\b(?:why|how come|reasons?|cause[sd]?|what (?:happened|changed|went wrong)|explain\w*|what made)\b"),
    (
        "drives",
        r"\b(?:driv(?:e|es|er|ers|ing)|influenc\w*|impacts?|affects?|moves?|matters? (?:most|to|for)|determin\w*)\b",
    ),
    (
        "said",
        r"\b(?:sa(?:y|ys|id|ying)|talk\w*|tell\w*|told|think\w*|complain\w*|comments?|quotes?|opinions?|feedback|praise\w*"
        r"|mention\w*|feel about)\b",
    ),
    (
        "extreme",
        r"\b(?:best|worst|highest|lowest|most|least|top|bottom|biggest|main|pain points?|problems?|hurts?|delights?|love|hate"
        r"|strength\w*|weak\w*|fix|improve first|do first|priorit\w*)\b",
    ),
    ("changed", r"\b(?:did|has|have|was there|develop\w*|trend\w*|over time|chang\w*)\b"),
    (
        "how",
        r"\b(?:how (?:is|are|was|were|do|does|good|bad|high|low|many|much|well)|what (?:is|are|was|were)|what's|show|give"
        r"|number|score|level)\b",
    ),
)
"""Kinds of questions and the words they begin with; the first that fits."""

ASKING = frozenset(
    map(
        stem,
        [*FELL, *ROSE, *when.MONTHS,
         *"why how what which who when compare versus vs against difference between differ reason cause explain "
         "happened changed drive driver influence impact affect move matter say said talk tell think complain comment quote "
         "opinion feedback praise mention feel best worst highest lowest most least top bottom biggest main pain point problem "
         "hurt delight love hate strength weakness fix first improve priority trend develop time change show give number "
         "score level good bad many much people customer customers client guest user year month quarter week day last past "
         "previous this since until before after during please company business us".split()],
    )
)  # fmt: skip
"""Words that belong to the asking, not to what is asked about."""


class Question(NamedTuple):
    """A question as understood: `direction` −1 fell, 1 rose, 0 neither said; `about` what it names (KPIs, subjects of
    mentions), `who` groups of customers, `columns` columns; `periods` two or more where periods are compared."""

    kind: str
    direction: int
    about: tuple[Named, ...]
    who: tuple[Named, ...]
    columns: tuple[Named, ...]
    period: when.Period | None
    periods: tuple[when.Period, ...]
    guessed: Named | None
    text: str = ""
    unknown: tuple[str, ...] = ()
    """Words of the question that are neither part of the asking nor anything in the data."""

    @property
    def kpi(self) -> str:
        """The KPI it names, or ''."""
        return next((each.key for each in self.about if each.kind == "kpi"), "")

    @property
    def spoken(self) -> list[Named]:
        """What of mentions it names."""
        return [each for each in self.about if each.kind in SPOKEN]


def read(dataset: Dataset, text: str, days: tuple[date, date] | None) -> Question:
    """What a text asks; kind '' when it asks nothing that is known here."""
    plain = tidied(text)
    period = when.found(plain, *days) if days else None
    periods = when.both(plain, *days) if days else []
    rest = plain if period is None else plain[: period.at[0]] + " " + plain[period.at[1] :]
    for each in reversed(periods):  # a month's name is no topic
        plain_ = plain[: each.at[0]] + " " * (each.at[1] - each.at[0]) + plain[each.at[1] :]
        rest = rest if period and each.at[0] >= period.at[0] and each.at[1] <= period.at[1] else plain_
    words = stems(rest)
    named = [each for each in subjects.found(dataset, rest) if not _only_asks(each, words, plain)]
    if any(each.kind == "kpi" and each.key not in kpis.MENTION_KPIS for each in named):
        named = [subjects.as_group(dataset, each) for each in named]
    who = tuple(each for each in named if each.kind == "segment")
    columns = tuple(each for each in named if each.kind == "column")
    about = _once([each for each in named if each.kind not in ("segment", "column")])
    guessed = None if about or who else subjects.meant(dataset, rest, ASKING)
    kind = _kind(plain, about, who, columns, periods)
    unknown = _unknown(rest, named, guessed)
    about = (guessed,) if guessed else about
    return Question(kind, _direction(plain), about, who, columns, period, tuple(periods), guessed, plain, unknown)


def _once(named: Sequence[Named]) -> tuple[Named, ...]:
    return tuple({(each.kind, each.key): each for each in reversed(named)}.values())[::-1]


def _unknown(text: str, named: Sequence[Named], guessed: Named | None) -> tuple[str, ...]:
    """The words that mean nothing here, at most five."""
    met = {word for each in named for word in stems(f"{each.name} {each.by} {each.key}")}
    met |= set(stems(guessed.by)) if guessed else set()
    words = WORD.findall(text)
    left = [word for word in words if stem(word) not in met | ASKING | paraphrase.LITTLE and len(word) > 1]
    return tuple(word[:40] for word in dict.fromkeys(left))[:5]


def _only_asks(named: Named, words: Sequence[str], text: str) -> bool:
    """Whether a name is but a word of the asking: "good" of an answer, "complain" of a topic."""
    if len(stems(named.by or named.key)) > 1 or words[named.at] not in ASKING:
        return False
    return named.kind != "kpi" or bool(re.search(KINDS[3][1] + "|" + KINDS[4][1], text.lower()))


def tidied(text: str) -> str:
    """The part of a text that is read: one line, in usual characters, `LONGEST` of them."""
    seen = unicodedata.normalize("NFKC", text[: 4 * LONGEST])
    return " ".join("".join(mark if mark.isprintable() else " " for mark in seen).split())[:LONGEST]


def _direction(text: str) -> int:
    words = stems(text)
    fell, rose = (any(word in side for word in words) for side in (_FELL, _ROSE))
    return 0 if fell == rose else -1 if fell else 1


def _kind(
    text: str, about: Sequence[Named], who: Sequence[Named], columns: Sequence[Named], periods: Sequence[when.Period]
) -> str:
    low = text.lower()
    asked = next((kind for kind, pattern in KINDS if re.search(pattern, low)), "")
    if asked == "compare" and len(who) < 2 and len(periods) < 2 and len([a for a in about if a.kind in SPOKEN]) < 2:
        asked = "extreme" if columns else "why" if "why" in low else "changed" if about or who else ""
    if asked == "changed" and not _direction(text) and not re.search(r"chang|trend|over time|develop", low):
        asked = "how"
    if asked == "extreme" and about and not columns and about[0].kind != "kpi":
        asked = "said"
    if asked:
        return asked
    by_name = [each for each in about if not each.by]
    return "how" if by_name or who else ""
