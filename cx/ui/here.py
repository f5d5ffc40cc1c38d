"""What this run is about: who asks, which dataset version, which filter, which colours. The URL is its home."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from cx.errors import StoreError
from cx.principal import Principal
from cx.settings import Settings
from cx.store import datasets, records
from cx.store.datasets import Dataset
from cx.view import filters, theme, wording
from cx.view.filters import Filter
from cx.view.theme import Theme

KEY, VIEW = "_here", "_view"
Key = tuple[str, str, Settings, str]
OWN: dict[str, tuple[str, ...]] = {
    "overview": ("ask", "kpi"), "trends": ("trend_of", "trend_by"), "touchpoints": ("measure", "rows", "columns"),
    "journey": ("measure", "of", "b", "a"), "emotions": ("delight",),
    "drivers": ("outcome", "placed", "if_kind", "if_driver", "if_like"),
    "compare": ("column", "a", "b", "before", "after", "kpi"), "customers": ("personas",), "goals": ("benchmark_of",),
    "comments": (
        "pillar", "touchpoint", "stage", "topic", "sentiment_label", "emotion", "effort", "words", "sort", "by", "like",
        "conflict",
    ),
}  # fmt: skip
"""Page → the parameters of its own; whatever else an address brings means nothing there."""


class Here(NamedTuple):
    """The frame of a run. `dataset` is None when there is none yet; `dropped` are parameters that meant nothing,
    `weights` a sentence on what weights do to the base, `language` the one that was chosen ('': the browser's)."""

    principal: Principal
    slug: str
    dataset: Dataset | None
    where: Filter
    theme: Theme
    stamp: str = ""
    dropped: tuple[str, ...] = ()
    weights: str = ""
    language: str = ""

    @property
    def key(self) -> Key:
        """What caches are keyed by: sentences are remembered too, so the language is part of it. The stamp changes when a
        version is written again, as by an erasure."""
        return (self.slug, self.stamp, self.data.settings, self.theme.language)

    @property
    def min_base(self) -> int:
        """Below so many responses no number is shown."""
        return self.data.settings.min_base

    @property
    def data(self) -> Dataset:
        """The dataset, where there must be one: `frame.begin` has stopped every page without."""
        if self.dataset is None:
            raise StoreError("There is no dataset yet. Bring in an export on the Feedback page.")
        return self.dataset

    def url(self) -> dict[str, str | list[str]]:
        """The query parameters of dataset, period, filters and language."""
        spoken: dict[str, str | list[str]] = {"lang": self.language} if self.language else {}
        return spoken | ({"d": self.slug, **self.where.url()} if self.slug else {})


def speak() -> None:
    """Sets the language of this run: that of the address, else the one chosen before, else the browser's."""
    asked = st.query_params.get_all("lang") or st.session_state.get(VIEW, {}).get("lang") or [""]
    wording.begin(wording.known(asked[-1]) or wording.known(st.context.locale or ""))


def begin(principal: Principal, page: str) -> Here:
    """Reads the URL into this run's frame and writes it back complete, without what means nothing on this page.

    A page change drops the parameters of the page left; dataset, period and filters are put back from the session.
    """
    params = {name: st.query_params.get_all(name) for name in st.query_params}
    unknown = [name for name in params if not _global(name) and name not in OWN.get(page, ())]
    view = params if any(map(_global, params)) else st.session_state.get(VIEW, {})
    names = datasets.names(principal)
    wanted = (view.get("d") or [""])[-1]
    slug = wanted if wanted in names else newest(principal, names)
    dropped = [wording.of("dataset '{name}'", name=wanted[:40])] if wanted and wanted != slug else []
    dropped += [name[:60] for name in unknown]
    version = datasets.versions(principal, slug)[-1] if slug else ""
    stamp = datasets.stamp(slug, version) if slug else ""
    dataset, weighed = opened(slug, version, stamp, records.settings_of(slug)) if slug else (None, "")
    where = Filter()
    if dataset:
        where, strange = filters.from_url(view, dataset.responses)
        dropped += strange
    asked = (view.get("lang") or [""])[-1]
    language = wording.known(asked)
    dropped += [f"lang={asked[:40]}"] if asked and not language else []
    look = theme.of(st.context.theme.type)
    found = Here(principal, slug, dataset, where, look, stamp, tuple(dropped), weighed, language)
    st.session_state[KEY] = found
    _write(found.url(), params, unknown)
    return found


def current() -> Here:
    """The frame of this run."""
    return st.session_state[KEY]


def change(where: Filter | None = None, slug: str | None = None, language: str | None = None) -> None:
    """Sets another filter, dataset or language, from a widget's callback; the next run begins with it."""
    old = current() if language is None else current()._replace(language=language)
    target = (
        old._replace(slug=slug, where=Filter()) if slug else old._replace(where=old.where if where is None else where)
    )
    _write(target.url(), {name: st.query_params.get_all(name) for name in st.query_params})


def newest(principal: Principal, names: list[str]) -> str:
    """The dataset imported last; '' when there is none."""
    stamps = {}
    for name in names:
        try:
            found = datasets.open_dataset(principal, name)
            stamps[name] = found.manifest["imported"]
        except StoreError:  # deleted this moment
            continue
    return max(stamps, key=lambda name: stamps[name], default="")


@st.cache_resource(max_entries=32, show_spinner=False)
def opened(slug: str, version: str, stamp: str, settings: Settings) -> tuple[Dataset, str]:
    """A version, opened once per stamp and settings, with a sentence on its weights. Whoever calls has checked that it
    may be read."""
    from cx.measure import weights

    return weights.weighed(Dataset(datasets.folder(slug) / version).with_settings(settings))


def _write(target: dict[str, str | list[str]], params: dict[str, list[str]], unknown: Sequence[str] = ()) -> None:
    """The URL with these global parameters and the page's own ones as they are, without the unknown; nothing is sent
    when nothing changes."""
    wanted = {name: [value] if isinstance(value, str) else list(value) for name, value in target.items()}
    st.session_state[VIEW] = wanted
    for name in [name for name in params if name in unknown or (_global(name) and name not in wanted)]:
        del st.query_params[name]
    changed = {name: held for name, held in wanted.items() if params.get(name) != held}
    if changed:  # these alone: parameters that are bound to a widget may not be written
        st.query_params.update(changed)


def _global(name: str) -> bool:
    return name in ("d", "from", "to", "lang") or name.startswith("f.")
