"""What this run is about: who asks, which dataset version, which filter, which colours. The URL is its home."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from cx.errors import StoreError
from cx.principal import Params, Principal, Scope
from cx.settings import Settings
from cx.share import guarding
from cx.store import datasets, records
from cx.store.datasets import Dataset
from cx.store.scoped import Window
from cx.ui import asking
from cx.ui.turns import remembered
from cx.view import filters, theme, wording
from cx.view.filters import Filter
from cx.view.theme import Theme

KEY, VIEW = "_here", "_view"
Key = tuple[str, str, Settings, str, Window | None]
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
    """The frame of a run. `asker` is who asked when it began; `dataset` is None when there is none yet; `dropped` are
    parameters that meant nothing, `weights` a sentence on what weights do to the base, `language` the one that was chosen
    ('': the browser's), `token` the link in the address of this tab, `guarded` why a guest's filter is not as asked."""

    asker: Principal
    slug: str
    dataset: Dataset | None
    where: Filter
    theme: Theme
    stamp: str = ""
    dropped: tuple[str, ...] = ()
    weights: str = ""
    language: str = ""
    token: str = ""
    guarded: str = ""

    @property
    def principal(self) -> Principal:
        """Who asks now: a callback, which comes before the frame's own look, may come from somebody who may no longer."""
        return asking.principal()

    @property
    def scope(self) -> Scope | None:
        """What the link shows by which a guest came; None for everybody else."""
        return self.asker.scope

    @property
    def key(self) -> Key:
        """What caches are keyed by: sentences are remembered too, so the language is part of it. The stamp changes when a
        version is written again, as by an erasure; guests see a dataset through the window of their link."""
        return (self.slug, self.stamp, self.data.settings, self.theme.language, self.data.window)

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
        spoken |= {"t": self.token} if self.token else {}
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
    scope = principal.scope
    if scope is not None and scope.locked:
        view = _locked(scope, view)
        unknown += [name for name in params if narrows(name) and params[name] != view.get(name)]
    if scope is not None:
        unknown += [name for name in params if name == "ask"]  # what a link shows answers no questions
    wanted = (view.get("d") or [""])[-1]
    slug = wanted if wanted in names else newest(principal, names)
    dropped = [wording.of("dataset '{name}'", name=wanted[:40])] if wanted and wanted != slug else []
    dropped += [name[:60] for name in unknown]
    sight = scope.sight if scope else ()
    dataset, weighed, stamp = _shown(principal, slug, sight) if slug else (None, "", "")
    where = Filter()
    if dataset:
        where, strange = filters.from_url(view, dataset.responses)
        dropped += strange
    guarded = ""
    if dataset and scope is not None and not scope.locked:
        where, guarded = _guarded(slug, stamp, dataset.settings, sight, scope.params, where, dataset)
    asked = (view.get("lang") or [""])[-1]
    language = wording.known(asked)
    dropped += [f"lang={asked[:40]}"] if asked and not language else []
    look = theme.of(st.context.theme.type)
    token = st.session_state.get(asking.TOKEN, "")
    found = Here(principal, slug, dataset, where, look, stamp, tuple(dropped), weighed, language, token, guarded)
    st.session_state[KEY] = found
    _write(found.url(), params, unknown)
    return found


def _shown(principal: Principal, slug: str, sight: tuple[object, ...]) -> tuple[Dataset, str, str]:
    """The dataset as this principal sees it, the sentence on its weights, and its stamp."""
    held = datasets.versions(principal, slug)
    if not held:
        raise StoreError("What this link shows is no longer kept. Ask whoever sent it for another.")
    stamp = datasets.stamp(slug, held[-1])
    return *opened(slug, held[-1], stamp, records.settings_of(slug), sight, principal), stamp


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
def opened(
    slug: str, version: str, stamp: str, settings: Settings, sight: tuple[object, ...], _principal: Principal
) -> tuple[Dataset, str]:
    """A version as this principal may see it, opened once per stamp, settings and sight of a link, with a sentence on its
    weights. Raises StoreError where it may not be read."""
    from cx.measure import weights

    found = datasets.open_dataset(_principal, slug, version).whole().with_settings(settings)
    held, said = weights.weighed(found)  # of all responses: a window onto them weighs them no other way
    out = held.shown_to(_principal)
    if out.window is not None and _principal.scope is not None and not _principal.scope.locked:
        cells = guarding.cells(out, out.settings.min_base, _principal.scope.params)
        out.window = out.window._replace(splits=tuple(name for name, _ in cells.values))
    return out, said


@remembered(500)
def _guarded(
    slug: str,
    stamp: str,
    settings: Settings,
    sight: tuple[object, ...],
    shared: Params,
    where: Filter,
    _dataset: Dataset,
) -> tuple[Filter, str]:
    return guarding.allowed(_dataset, where, settings.min_base, shared)


def _locked(scope: Scope, view: dict[str, list[str]]) -> dict[str, list[str]]:
    """The view of a link that cannot be left, in the language of this one."""
    own = {name: list(values) for name, values in scope.params if narrows(name)}
    return own | ({"lang": view["lang"]} if view.get("lang") else {})


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
    return name in ("d", "lang", "t") or narrows(name)


def narrows(name: str) -> bool:
    """Whether a parameter is the period or a filter, which go along from page to page."""
    return name in ("from", "to") or name.startswith("f.")
