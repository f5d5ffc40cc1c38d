"""Personas: groups of customers found in what is known of them, not in what they answered.

k-prototypes-like: numbers and categories side by side (Huang, 1998), fitted with scikit-learn on a sample. A persona is
then a column worked out in SQL, by a few rules, so that everything that counts by a column counts by it.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cx.measure import attributes, estimate, kpis, segments, trends
from cx.measure.attributes import Feature
from cx.measure.estimate import Estimate
from cx.measure.tally import OWN
from cx.store.datasets import Dataset
from cx.store.derived import Derived
from cx.store.notes import Kept
from cx.view import wording
from cx.view.filters import ALL, Filter, quoted

if TYPE_CHECKING:
    import pandas as pd

PERSONA = "persona"
"""What the column of personas is called."""

JUDGED = 1500
"""Responses on which the number of personas is judged."""

TOLD = ("nps", "csat", "ces", "rating", "cx_index", "net_sentiment")
"""KPIs that are told of a persona, where there are answers."""

QUOTES, LOOKED_AT, SHORTEST, LONGEST = 3, 60, 20, 400
"""Comments shown of a persona, responses they are chosen from, and how long they are."""

FEWEST = 60
"""Fewer responses than this have no personas."""

MOST = 7
"""Personas at most: more cannot be kept apart by people."""

CLEAR = 0.03
"""By how much the silhouette must be above that of the same columns shuffled, to call the groups natural."""

NOTABLE, MOST_TRAITS = 0.15, 5
"""From which effect on something is distinctive, and how much of it is told."""

SEED = 20260
"""Of the fits."""

ALIKE = 0.8
"""Cosine of what is distinctive of two personas from which on they are one and the same, though their ids differ."""


class Trait(NamedTuple):
    """What is distinctive: `Plan: Plus` or `revenue: 120`, in the persona and in all, with its effect (sd units)."""

    column: str
    value: str
    here: float
    all: float
    effect: float
    words: str


class Quote(NamedTuple):
    """What somebody near the persona's centre wrote."""

    response_id: str
    text: str


class Persona(NamedTuple):
    """A group: `id` stays as long as what is distinctive does (names that people give hang on it), `name` is suggested.

    `share` is its percent of all that fell into personas; `kpis` its KPIs as (name, scale, Estimate).
    """

    id: str
    name: str
    n: int
    share: float
    traits: tuple[Trait, ...]
    kpis: tuple[tuple[str, str, Estimate], ...]
    quotes: tuple[Quote, ...]


class Personas(NamedTuple):
    """The personas, the largest first. `silhouette` −1…1; `clear` says whether they are natural groups or a cut through
    one cloud; `dataset` has the column `PERSONA` (their ids); `note` says why there are none, or how far to trust them."""

    found: tuple[Persona, ...]
    columns: tuple[str, ...]
    silhouette: float | None
    clear: bool
    note: str
    dataset: Dataset


class Given(NamedTuple):
    """A name that people gave: its record, the persona's id and what it was then, as (column, value, effect)."""

    record: int
    persona: str
    name: str
    traits: tuple[tuple[str, str, float], ...]


def find(
    dataset: Dataset, where: Filter = ALL, columns: Sequence[str] | None = None, min_base: int = 10, most: int = MOST
) -> Personas:
    """The personas of the filtered responses: attributes (`columns`, else all that describe customers) and behaviour
    (revenue, how often the customer answered, whether a comment was written); answers and KPIs describe them, but make
    none. Their number, 2 to `most`, is that of the best silhouette (Rousseeuw, 1987). The same data gives the same
    personas, in any process. Too little data, or nothing to tell people apart by, gives none and a note.
    """
    held = attributes.with_behaviour(dataset)
    features = attributes.features(held, dataset, where, columns)
    if not features:
        nothing = wording.of("no column tells customers apart: personas need attributes")
        return Personas((), (), None, False, nothing, dataset)
    sample = attributes.sample(held, features, where)
    names = tuple(feature.column for feature in features)
    if len(sample) < FEWEST:
        n = wording.whole(len(sample))
        note = wording.of("too few: {n} responses have enough attributes, {least} are needed", n=n, least=FEWEST)
        return Personas((), names, None, False, note, dataset)
    points = attributes.points(sample, features)
    if (points.std(axis=0) < 1e-9).all():
        return Personas((), names, None, False, wording.of("all customers are alike in these columns"), dataset)
    centres, silhouette, clear = _grouped(points, most)
    labels = _belonging(points, centres)
    traits = [_traits(sample, labels == group, features) for group in range(len(centres))]
    ids = _ids(traits)
    rules = attributes.rules(features, points, labels, ids)
    asked = quoted(attributes.OFTEN) in rules
    placed = Derived(attributes.with_behaviour(dataset, asked), {PERSONA: rules})
    near = _nearest(sample, points, centres, labels)
    found = _counted(placed, where, ids, traits, near, min_base)
    shades = wording.of("these groups are a cut through one cloud of customers, not islands: read them as shades")
    note = "" if clear else shades
    return Personas(tuple(found), names, silhouette, clear, note, placed)


def _belonging(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((points[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)


def _nearest(sample: "pd.DataFrame", points: np.ndarray, centres: np.ndarray, labels: np.ndarray) -> list[list[str]]:
    """For each group the responses of the sample nearest to its centre."""
    far = ((points - centres[labels]) ** 2).sum(axis=1).round(9)
    order = np.lexsort((sample["response_id"].to_numpy(dtype=str), far))
    named = sample["response_id"].to_numpy(dtype=str)
    return [[str(each) for each in named[order][labels[order] == group][:LOOKED_AT]] for group in range(len(centres))]


# --- Names that people give


def given(kept: Sequence[Kept]) -> list[Given]:
    """The given names from their records (`store.notes.persona_names`)."""
    return [
        Given(
            row.id, row.content["persona"], row.content["name"],
            tuple((str(column), str(value), float(effect)) for column, value, effect in row.content["traits"]),
        )
        for row in kept
    ]  # fmt: skip


def known(found: Personas, names: Sequence[Given]) -> dict[str, Given]:
    """Which given name belongs to which persona, by its id.

    A name holds on to the id. Where new answers changed that, it goes to the persona that is most like the one that was
    named: the cosine of what is distinctive of both is at least `ALIKE`. Each name and each persona counts once.
    """
    ids = {persona.id for persona in found.found}
    out = {name.persona: name for name in names if name.persona in ids}
    pairs = [
        (-_likeness(persona.traits, name.traits), persona.id, name)
        for persona in found.found if persona.id not in out
        for name in names if name.persona not in ids
    ]  # fmt: skip
    taken: set[int] = set()
    for far, persona, name in sorted(pairs, key=lambda pair: (round(pair[0], 9), pair[1], pair[2].record)):
        if -far >= ALIKE and persona not in out and name.record not in taken:
            out[persona] = name
            taken.add(name.record)
    return out


def named(found: Personas, names: Sequence[Given]) -> Personas:
    """The personas by the names people gave them, the others by the automatic ones."""
    told = known(found, names)
    return found._replace(
        found=tuple(each._replace(name=told[each.id].name) if each.id in told else each for each in found.found)
    )


def _likeness(traits: Sequence[Trait], before: Sequence[tuple[str, str, float]]) -> float:
    """0…1: how much two lists of what is distinctive have in common, each weighing as much as its effect."""
    now = {(trait.column, trait.value): abs(trait.effect) for trait in traits}
    then = {(column, value): abs(effect) for column, value, effect in before}
    lengths = (sum(v * v for v in now.values()) * sum(v * v for v in then.values())) ** 0.5
    return sum(effect * then.get(key, 0.0) for key, effect in now.items()) / lengths if lengths else 0.0


# --- Groups


def _grouped(points: np.ndarray, most: int) -> tuple[np.ndarray, float, bool]:
    """Centres of the number of groups with the best silhouette, largest group first; the silhouette; natural or not."""
    from threadpoolctl import threadpool_limits

    distinct = len(np.unique(points.round(9), axis=0))
    shuffled = np.random.default_rng(SEED).permuted(points, axis=0)
    with threadpool_limits(1):  # the same sums in the same order, whatever the machine
        tried = {many: _fitted(points, many) for many in range(2, min(most, distinct - 1, len(points) // 20) + 1)}
        if not tried:
            return _fitted(points, 2)[1], 0.0, False
        best = max(tried, key=lambda many: (round(tried[many][0], 6), -many))
        chance = _fitted(shuffled, best)[0]
    silhouette, centres = tried[best]
    return centres, silhouette, silhouette > chance + CLEAR


def _fitted(points: np.ndarray, many: int) -> tuple[float, np.ndarray]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    fit = KMeans(many, n_init=3, random_state=SEED, max_iter=100).fit(points)
    order = np.argsort(-np.bincount(fit.labels_, minlength=many), kind="stable")
    step = max(1, len(points) // JUDGED)
    judged, labels = points[::step], fit.labels_[::step]
    score = silhouette_score(judged, labels) if 1 < len(set(labels.tolist())) < len(labels) else -1.0
    return float(score), fit.cluster_centers_[order]


# --- What they are


def _traits(sample: "pd.DataFrame", inside: np.ndarray, features: Sequence[Feature]) -> tuple[Trait, ...]:
    """What sets a group apart, the largest effect first: (share here − share in all)/√(q(1−q)) of values, more common
    here than elsewhere, and (mean here − mean of all)/sd of numbers."""
    found = []
    for place, feature in enumerate(features):
        cells = sample[f"f{place}"]
        if feature.levels:
            for level in feature.levels:
                has = (cells == level).to_numpy()
                here, all_ = float(has[inside].mean()) if inside.any() else 0.0, float(has.mean())
                spread = max(all_ * (1 - all_), 1e-9) ** 0.5
                shares = wording.whole(100 * here), wording.whole(100 * all_)
                words = wording.of("{column}: {value} ({here} %, {all} % of all)", column=feature.column, value=level,
                                   here=shares[0], all=shares[1])  # fmt: skip
                if here > all_:
                    found.append(Trait(feature.column, level, here, all_, (here - all_) / spread, words))
        elif inside.any():
            held = cells.astype(float)
            here, all_ = float(held[inside].median()), float(held.median())
            mean = held.clip(feature.least, feature.most)
            effect = float((mean[inside].mean() - mean.mean()) / feature.spread)
            side = "high" if effect > 0 else "low"
            words = wording.of("{column}: {here} in the middle, {all} in all", column=feature.column,
                               here=_number(here), all=_number(all_))  # fmt: skip
            found.append(Trait(feature.column, side, here, all_, effect, words))
    found = [trait for trait in found if not np.isnan(trait.effect)]
    return tuple(sorted(found, key=lambda trait: (-abs(round(trait.effect, 9)), trait.column, trait.value)))


def _number(value: float) -> str:
    return segments.plain(value).translate({ord(","): wording.locale().thousands, ord("."): wording.locale().decimal})


def _ids(traits: Sequence[tuple[Trait, ...]]) -> list[str]:
    """An id from the two most distinctive traits; from more where two personas have these in common."""
    out: list[str] = []
    for own in traits:
        for many in range(2, len(own) + 3):
            said = "|".join(sorted(f"{trait.column}={trait.value}" for trait in own[:many])) + "#" * max(
                0, many - len(own)
            )
            id_ = "p-" + hashlib.sha256(said.encode()).hexdigest()[:8]
            if id_ not in out:
                break
        out.append(id_)
    return out


def suggested(traits: Sequence[Trait]) -> str:
    """A name from what is most distinctive: `Plus, high revenue`; people may give a better one."""
    words: list[str] = []
    seen: set[str] = set()
    for trait in traits:
        if trait.column in seen or len(words) == 2 or (words and abs(trait.effect) < 0.3):
            continue
        seen.add(trait.column)
        number = trait.value in ("high", "low")
        plain = trait.value.casefold() in ("yes", "no", "true", "false", "0", "1")
        side = wording.of(SIDES[trait.value], column=trait.column) if number else ""
        words.append(side or (f"{trait.column}: {trait.value}" if plain else trait.value))
    return ", ".join(words) or wording.of("like everybody")


SIDES = {"high": wording.noted("high {column}"), "low": wording.noted("low {column}")}


def _counted(
    placed: Dataset,
    where: Filter,
    ids: Sequence[str],
    traits: Sequence[tuple[Trait, ...]],
    near: Sequence[Sequence[str]],
    min_base: int,
) -> list[Persona]:
    """Size, KPIs and quotes of each persona, over all responses that are meant."""
    source, bound = attributes.source(placed, where)
    sizes = placed.query(f"SELECT {PERSONA}, count(*) AS n FROM {source} WHERE {PERSONA} IS NOT NULL GROUP BY 1", bound)
    sized = dict(zip(sizes[PERSONA], sizes["n"].astype(int), strict=True))
    told = _kpis(placed, where, min_base)
    said = _quotes(placed, ids, near)
    out = [
        Persona(
            id_,
            suggested(own),
            sized.get(id_, 0),
            100 * sized.get(id_, 0) / max(sum(sized.values()), 1),
            tuple(trait for trait in own if abs(trait.effect) >= NOTABLE)[:MOST_TRAITS],
            told.get(id_, ()),
            said.get(id_, ()),
        )
        for id_, own in zip(ids, traits, strict=True)
    ]
    return sorted(out, key=lambda persona: (-persona.n, persona.id))


def _kpis(placed: Dataset, where: Filter, min_base: int) -> dict[str, tuple[tuple[str, str, Estimate], ...]]:
    have = kpis.available(placed)
    found: dict[str, list[tuple[str, str, Estimate]]] = {}
    for name in (name for name in TOLD if name in have):
        counts = trends.main_scale(kpis.counted(placed, name, [OWN + PERSONA], where))
        counts = counts[counts[OWN + PERSONA].notna()]
        if counts.empty:
            continue
        rows = estimate.suppressed(kpis.estimated(name, counts, [OWN + PERSONA]), min_base)
        for _, row in rows.iterrows():
            entry = (name, str(row.get("scale", "")), estimate.of_row(row))
            found.setdefault(row[OWN + PERSONA], []).append(entry)
    return {id_: tuple(entries) for id_, entries in found.items()}


def _quotes(placed: Dataset, ids: Sequence[str], near: Sequence[Sequence[str]]) -> dict[str, tuple[Quote, ...]]:
    """Comments of the responses nearest to each centre, each text once."""
    questions = placed.questions
    asked = [response for group in near for response in group]
    if not questions or not asked:
        return {}
    cell = quoted(questions[0])
    rows = placed.query(
        f"SELECT response_id, {cell} AS told, {PERSONA} AS id FROM responses WHERE response_id IN "
        f"({', '.join('?' * len(asked))}) AND length({cell}) BETWEEN {SHORTEST} AND {LONGEST}",
        asked,
    )
    texts = {row["response_id"]: (row["told"], row["id"]) for row in rows.to_dict("records")}
    out = {}
    for id_, group in zip(ids, near, strict=True):
        once = {texts[response][0]: response for response in reversed(group) if texts.get(response, ("", ""))[1] == id_}
        first = sorted(once.items(), key=lambda each: group.index(each[1]))[:QUOTES]
        out[id_] = tuple(Quote(response, told) for told, response in first)
    return out
