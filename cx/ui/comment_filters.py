"""What the Comments page looks for: words or their meaning, and facets, kept in the URL, so that a link opens the same."""

import functools

import streamlit as st

from cx.principal import Scope
from cx.schema import LABELS, NOT_ANALYSED
from cx.ui import addresses, cached, cached_comments
from cx.ui.here import Here
from cx.view import called, search, wording
from cx.view.search import FACETS, MEANING, SORTS, Find

TITLES = {
    "pillar": wording.noted("Pillar"), "touchpoint": wording.noted("Touchpoint"), "stage": wording.noted("Stage"),
    "topic": wording.noted("Topic"), "sentiment_label": wording.noted("Sentiment"), "emotion": wording.noted("Emotion"),
    "effort": wording.noted("Effort"),
}  # fmt: skip
OWN = (*FACETS, "words", "sort", "by", "like", "conflict")
"""Parameters of the address that belong to this page."""

LOOKED_FOR = tuple(name for name in OWN if name != "sort")
"""Those that say which comments are meant."""

WAYS = {"": wording.noted("Words"), MEANING: wording.noted("Meaning")}
ORDERS = {
    "newest": wording.noted("newest"), "oldest": wording.noted("oldest"),
    "most negative": wording.noted("most negative"), "most positive": wording.noted("most positive"),
    "closest": wording.noted("closest"),
}  # fmt: skip
LONGEST = 200


def find(about: Here) -> Find:
    """What the URL asks for; values the dataset does not have are left out with a notice."""
    known = {name: addresses.asked(name, _options(about, name)) for name in FACETS if name in st.query_params}
    sort = addresses.asked("sort", SORTS, "newest")
    by, conflict = addresses.asked("by", (MEANING,)), addresses.asked("conflict", ("yes",))
    words, like = (st.query_params.get(name, "")[:LONGEST] for name in ("words", "like"))
    found = Find(words=words, sort=sort, by=by, like=like, conflict=conflict, **known)
    return found if about.scope is None else _shown(about.scope, found)


def _shown(scope: Scope, found: Find) -> Find:
    """What a guest may look for: a search that is locked stays whole; where comments are masked nobody looks for what is."""
    if chosen := locked(scope):
        return Find(sort=found.sort, **chosen)
    return found._replace(words="", like="") if scope.comments == "masked" else found


def locked(scope: Scope | None) -> dict[str, str]:
    """What was looked for in the view of a link that cannot be left."""
    if scope is None or not scope.locked or scope.page != "comments":
        return {}
    return {name: values[-1] for name, values in scope.params if name in LOOKED_FOR and values and values[-1]}


def searches(scope: Scope | None) -> bool:
    """Whether words may be looked for, and comments like another."""
    return scope is None or not (locked(scope) or scope.comments == "masked")


def controls(about: Here, now: Find) -> None:
    """The search box, the sorting and one select box per facet; a change goes into the URL and to the first page."""
    for name in OWN:
        st.session_state[f"find_{name}"] = getattr(now, name)
    st.session_state["find_conflict"] = bool(now.conflict)
    with st.container(horizontal=True, vertical_alignment="bottom", key="find"):
        if searches(about.scope):
            _words(now)
        first = {"newest": "closest"} if now.meant else {}
        st.selectbox(
            wording.of("Sort"), list(SORTS), key="find_sort", on_change=_changed, args=("sort",), width=170,
            format_func=lambda key: wording.of(ORDERS[str(first.get(key, key))]),
        )  # fmt: skip
        if locked(about.scope):
            return
        with st.popover(wording.of("About"), icon=":material/filter_list:", key="pop_facets"):
            _facets(about, now)
        if now.facets or now.words or now.like or now.conflict:
            st.button(wording.of("Show all"), key="find_clear", on_click=cleared)


def _words(now: Find) -> None:
    st.text_input(
        wording.of("Search"), key="find_words", on_change=_changed, args=("words",), max_chars=LONGEST,
        placeholder=wording.of("What they mean, in your words") if now.by else wording.of("Words in comments"),
    )  # fmt: skip
    st.segmented_control(
        wording.of("By"), list(WAYS), key="find_by", on_change=_changed, args=("by",),
        format_func=lambda key: wording.of(WAYS[key]),
        help=wording.of("Words: comments with all these words. Meaning: comments that say about the same in other words, too."),
    )  # fmt: skip


def _facets(about: Here, now: Find) -> None:
    """A select box per facet, each value with the mentions it would leave."""
    names, offers = cached.topic_names(about), cached_comments.offers(about, now)
    for name in FACETS:
        many = offers[name]
        held = getattr(now, name)
        known = [value for value in many if value in _options(about, name)]
        options = ["", *known, *([held] if held and held not in known else [])]
        st.selectbox(
            wording.of(TITLES[name]), options, key=f"find_{name}", on_change=_changed, args=(name,),
            format_func=functools.partial(_counted, name, names, many),
        )  # fmt: skip
    st.toggle(wording.of("Words and rating disagree"), key="find_conflict", on_change=_changed, args=("conflict",))


def _counted(facet: str, names: dict[str, str], many: dict[str, int], value: str) -> str:
    told = called.value(facet, names.get(value, value))
    return f"{told} ({wording.whole(many.get(value, 0))})" if value else wording.of("any")


def told(about: Here, now: Find) -> str:
    """What is searched, in words, behind the headline."""
    said = [now.words_for_people(cached.topic_names(about))]
    if "words" in locked(about.scope):  # no search box says it
        said += [wording.of("“{words}”", words=now.words)]
    said += [wording.of("like one comment")] if now.like else []
    said += [wording.of("words and rating disagree")] if now.conflict else []
    return " · ".join(filter(None, said))


def alike(identifier: str) -> None:
    """Looks for what says about the same as a comment, from a button's callback."""
    cleared()
    st.query_params["like"] = identifier


def _changed(name: str) -> None:
    value = st.session_state[f"find_{name}"]
    value = ("yes" if value else "") if name == "conflict" else value
    if name == "words" and "like" in st.query_params:
        del st.query_params["like"]
    if value and value != Find._field_defaults.get(name):
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
    st.session_state["page"] = 1


def cleared() -> None:
    """Takes everything that is looked for out of the URL; how it is looked for stays."""
    for name in (*FACETS, "words", "like", "conflict"):
        if name in st.query_params:
            del st.query_params[name]
    st.session_state["page"] = 1


def _options(about: Here, name: str) -> list[str]:
    if name == "sentiment_label":
        return [*LABELS, NOT_ANALYSED]
    if name == "topic":
        return list(cached.topic_names(about))
    return cached_comments.facet(about, name)


def note(about: Here, now: Find) -> str:
    """What a search by meaning left out, in a sentence; '' for other searches."""
    found = search.alike(about.data, now)
    return "" if found is None else search.likeness.note(found)
