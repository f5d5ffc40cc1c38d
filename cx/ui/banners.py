"""Who is looking at what, above the page: a guest at somebody's dashboard, somebody with a role at a link, who is signed in."""

from datetime import datetime

import streamlit as st

from cx.errors import AccessError
from cx.principal import Principal, Scope
from cx.share import access
from cx.ui import asking, here, nav, say
from cx.view import theme, wording

LOOK_AGAIN = "30s"
"""How often it is looked whether a link is still open, while nobody does anything."""

ROLES = {"admin": wording.noted("admin"), "analyst": wording.noted("analyst"), "viewer": wording.noted("viewer")}


def show(principal: Principal, preview: Scope | None) -> None:
    """What there is to say to who asks; `preview` is a link somebody opened who is more than its guest."""
    if principal.scope is not None:
        _guest(principal.scope)
        _watch()
    elif preview is not None:
        _preview(preview)
    elif access.mode() in ("password", "team"):
        _signed_in(principal.name, principal.role)


def _guest(scope: Scope) -> None:
    about = here.current()
    latest = about.data.manifest.get("max_date") if about.dataset else None
    parts = [wording.of("Dashboard of {owner}: {label}", owner=scope.owner, label=scope.label)]
    if latest:
        parts.append(wording.of("data until {day}", day=wording.day(datetime.fromisoformat(str(latest)).date())))
    if scope.version:
        parts.append(wording.of("as it was then, version {version}", version=scope.version))
    if scope.expires:
        parts.append(wording.of("link open until {day}", day=wording.day(scope.expires.date())))
    if scope.note:
        parts.append(scope.note)
    why = {
        "rare": wording.of("Values that fewer than {base} people have cannot be chosen.", base=about.min_base),
        "period": wording.of("The period was widened, so that no few people are told apart."),
        "few": wording.of(
            "These filters together would tell fewer than {base} people apart, so they were taken out.",
            base=about.min_base,
        ),
    }.get(about.guarded)
    with st.container(horizontal=True, vertical_alignment="center", key="guest"):
        with st.container(width="stretch"):
            say.quiet(" · ".join(parts))
        if access.mode() in ("password", "team"):  # people of the house who came by a link could not sign in otherwise
            _leaving(wording.of("Sign in"))
    if why:
        say.notice([why])


def _leaving(label: str) -> None:
    """The way out for a browser that came by a link; a tab's own link ends with the tab."""
    if not st.session_state.get(asking.TOKEN):
        say.way_out(label, "/s/leave")


def _preview(scope: Scope) -> None:
    pages = theme.listed([wording.of(nav.PAGES[name][0]) for name in scope.pages])
    say.notice([
        wording.of("You opened the link “{label}” and are signed in, so you see everything you may see. ", label=scope.label)
        + wording.of("Guests see {dataset}, on the pages {pages}.", dataset=scope.dataset, pages=pages)
    ])  # fmt: skip
    _leaving(wording.of("Leave the link"))


def _signed_in(name: str, role: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="signed_in"):
        say.quiet(wording.of("{name} · {role}", name=name, role=wording.of(ROLES.get(role, role))))
        if access.mode() == "team":
            st.button(wording.of("Sign out"), key="sign_out", type="tertiary", on_click=st.logout)
        else:
            say.way_out(wording.of("Sign out"), "/logout")


@st.fragment(run_every=LOOK_AGAIN)
def _watch() -> None:
    """Ends the page of a guest whose link was withdrawn, changed or has come to its end."""
    begun = here.current().asker
    try:
        now = asking.principal()
    except AccessError:
        st.rerun()
    if now.scope != begun.scope:
        st.rerun()
