"""*What if* on the Drivers page: one driver as good as another; chosen here, kept in the URL."""

import streamlit as st

from cx.ui import addresses, cached, say
from cx.ui.here import Here
from cx.view import drivers, wording
from cx.view.drivers import KINDS, View


def form(about: Here, name: str, found: View) -> None:
    """Asks for a kind, a driver and the one whose level it reaches, and says what the KPI would be."""
    say.quiet(wording.of("What if one were as good as another?"))
    offered = cached.what_if_names(about, name, found)
    if not offered:
        say.quiet(wording.of("Too few drivers to hold one against another."))
        return
    kind = addresses.asked("if_kind", list(offered), next(iter(offered)))
    names = offered[kind]
    worst, best = drivers.worst_and_best(found, kind, names)
    driver, like = addresses.asked("if_driver", list(names), worst), addresses.asked("if_like", list(names), best)
    with st.container(horizontal=True, vertical_alignment="bottom", key="what_if"):
        _box(wording.of("Of"), "if_kind", list(offered), kind, {kind: wording.of(text) for kind, text in KINDS.items()})
        _box(wording.of("If"), "if_driver", list(names), driver, names)
        _box(wording.of("were as good as"), "if_like", list(names), like, names)
    told = cached.what_if(about, name, kind, driver, like)
    say.conclusion(told.says[:1].upper() + told.says[1:])
    if told.value is not None:
        say.quiet(
            wording.of(
                "From {n} responses, all else staying as it is. What goes together need not be the cause.",
                n=wording.whole(told.n),
            )
        )


def _box(label: str, key: str, options: list[str], now: str, names: dict[str, str]) -> None:
    st.session_state[key] = now
    st.selectbox(
        label,
        options,
        key=key,
        on_change=_changed,
        args=(key,),
        width=240,
        format_func=lambda each: names.get(each, each),
    )


def _changed(key: str) -> None:
    st.query_params[key] = st.session_state[key]
    if key == "if_kind":
        for other in ("if_driver", "if_like"):
            if other in st.query_params:
                del st.query_params[other]
