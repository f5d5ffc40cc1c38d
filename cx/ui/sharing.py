"""Share links on the pages: made for the view one is looking at, told once, changed and withdrawn."""

import os
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import streamlit as st

from cx.errors import CXError
from cx.principal import COMMENTS
from cx.share import access
from cx.store import links, visits
from cx.store.links import Link, Wish
from cx.ui import here, nav, say, viewing
from cx.ui.here import Here
from cx.view import wording

MADE, SAID = "_link_made", "_link_said"
"""Session keys: the form and the address of the link just made, and why one could not be."""

PUBLIC = "CX_PUBLIC_URL"
"""Names the address guests reach this by, where that is another than its users'."""

DAYS = {
    7: wording.noted("1 week"),
    30: wording.noted("30 days"),
    90: wording.noted("90 days"),
    365: wording.noted("1 year"),
    0: wording.noted("no end"),
}
USUAL_DAYS = 30

SHOWN = {
    "full": wording.noted("in full"), "masked": wording.noted("masked: names and numbers blotted out"),
    "none": wording.noted("not at all"),
}  # fmt: skip
LOCKED, OPEN = wording.noted("stay as they are now"), wording.noted("may be changed")
LIVE, FIXED = wording.noted("as it will be (live)"), wording.noted("as it is now (fixed)")


def control(about: Here) -> None:
    """The control in the frame's line: a link to this view in two clicks, with what it shows below."""
    with st.popover(wording.of("Share"), icon=":material/share:", key="pop_share"):
        given = _usual(about, here_page())
        # Another view is another form: what was chosen for the one before must not be shared with this one.
        view = zlib.crc32(repr((given.dataset, given.page, sorted(given.params.items()))).encode())
        key = f"share_{wording.language()}_{view}"
        told(key)
        fields(key, given, lambda: _create(about, key))


def told(key: str) -> None:
    """The link just made with this form, to be copied, or why there is none."""
    if wrong := st.session_state.pop(SAID, ""):
        say.notice([wrong], kind="error")
    form, made = st.session_state.get(MADE, ("", ""))
    if made and form == key:
        say.told("", wording.of("The link, shown this once. Copy it:"))
        st.code(made, language=None)
        with st.expander(wording.of("For a frame of your own pages, or a host that strips cookies"), key="link_tab"):
            st.code(made.replace("/s/", "/?t="), language=None)
        if access.mode() == "local" and urlsplit(made).hostname in ("localhost", "127.0.0.1", "::1"):
            say.quiet(
                wording.of(
                    "Run like this, the program is reached from this machine alone: others cannot open the link."
                )
            )


def here_page() -> str:
    """The page a link made now opens with."""
    page = st.session_state[viewing.PAGE]
    return page if page in nav.SHARED else "overview"


def _usual(about: Here, page: str) -> Wish:
    """What a link shows unless something else is chosen: this page as it is, no words of comments but on their own page."""
    own = {
        name: st.query_params.get_all(name)
        for name in st.query_params
        if name not in ("d", "t", "lang", "ask", "embed")
    }
    if page != st.session_state[viewing.PAGE]:  # this one cannot be shared: its own choices mean nothing there
        own = {name: held for name, held in own.items() if here.narrows(name)}
    comments = "masked" if page == "comments" else "none"
    label = f"{wording.of(nav.PAGES[page][0])}, {about.where.words()}"[: links.LONGEST_LABEL]
    return Wish(about.slug, page, (page,), own, comments=comments, label=label)


def fields(key: str, given: Wish, act: Callable[[], None], link: Link | None = None) -> None:
    """A form for what a link shows; `act` is what its button does. With a link: to change it."""
    with st.form(f"{key}_form", border=False):
        st.text_input(wording.of("Name"), given.label, key=f"{key}_label", max_chars=links.LONGEST_LABEL)
        label = wording.of("Create link") if link is None else wording.of("Save")
        st.form_submit_button(label, type="primary", on_click=act, key=f"{key}_go")
        if link is None:
            say.quiet(_summary(given))
        with st.expander(
            wording.of("What it shows, and for how long"), key=f"{key}_options", expanded=link is not None
        ):
            _until(key, given, link)
            _shows(key, given)


def _summary(given: Wish) -> str:
    """What a link made with one more click shows."""
    page = wording.of(nav.PAGES[given.page][0])
    hidden = wording.of("without comments") if given.comments == "none" else wording.of("with masked comments")
    return wording.of(
        "Shows {page} as it is chosen now, {comments}, without downloads, for 30 days.", page=page, comments=hidden
    )


def _until(key: str, given: Wish, link: Link | None) -> None:
    told = {days: wording.of(words) for days, words in DAYS.items()} | (
        {} if link is None else {-1: wording.of("as before")}
    )
    offered = sorted(told, key=lambda days: (days >= 0, not days, days))
    left, right = st.columns(2)
    left.selectbox(
        wording.of("Open for"), offered, offered.index(USUAL_DAYS) if link is None else 0, key=f"{key}_days",
        format_func=lambda days: told[days],
    )  # fmt: skip
    right.text_input(
        wording.of("Password, if you like"), key=f"{key}_password", type="password", max_chars=visits.LONGEST,
        help=wording.of("At least {n} characters. Left empty, a changed link keeps its own.", n=visits.SHORTEST),
    )  # fmt: skip
    if link is not None and link.proof:
        st.checkbox(wording.of("Take the password away"), key=f"{key}_bare")


def _shows(key: str, given: Wish) -> None:
    left, right = st.columns(2)
    left.radio(
        wording.of("Period and filters"), [True, False], 0 if given.locked else 1, key=f"{key}_locked",
        format_func=[wording.of(OPEN), wording.of(LOCKED)].__getitem__,
    )  # fmt: skip
    right.radio(
        wording.of("Data"), [False, True], 1 if given.version else 0, key=f"{key}_fixed",
        format_func=[wording.of(LIVE), wording.of(FIXED)].__getitem__,
    )  # fmt: skip
    st.selectbox(
        wording.of("Comments are shown"), COMMENTS, COMMENTS.index(given.comments), key=f"{key}_comments",
        format_func={way: wording.of(words) for way, words in SHOWN.items()}.__getitem__,
    )  # fmt: skip
    st.multiselect(
        wording.of("Pages"), nav.SHARED, list(given.pages), key=f"{key}_pages",
        format_func={name: wording.of(nav.PAGES[name][0]) for name in nav.SHARED}.__getitem__,
    )  # fmt: skip
    st.checkbox(wording.of("Numbers and pictures may be downloaded"), given.downloads, key=f"{key}_downloads")
    st.text_input(wording.of("A word to who gets it"), given.note, key=f"{key}_note", max_chars=links.LONGEST_NOTE)


def wish(key: str, given: Wish, before: Link | None = None) -> Wish:
    """What the form says."""
    state = st.session_state
    days, password = state[f"{key}_days"], state[f"{key}_password"]
    if days < 0:
        expires = before.scope.expires if before else None
    else:
        expires = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=days) if days else None
    if before is not None and not password:
        password = "" if state.get(f"{key}_bare") else None
    chosen = tuple(name for name in nav.SHARED if name in {given.page, *state[f"{key}_pages"]})
    return given._replace(
        label=state[f"{key}_label"], pages=chosen, locked=state[f"{key}_locked"], comments=state[f"{key}_comments"],
        downloads=state[f"{key}_downloads"], note=state[f"{key}_note"], expires=expires, password=password,
    )  # fmt: skip


def _create(about: Here, key: str) -> None:
    st.session_state.pop(MADE, None)
    page = here_page()
    asked = wish(key, _usual(about, page))
    if st.session_state[f"{key}_fixed"]:
        asked = asked._replace(version=about.data.version)
    try:
        _, token = links.create(about.principal, asked)
    except CXError as error:
        st.session_state[SAID] = str(error)
        return
    st.session_state[MADE] = (key, address(token))


def address(token: str) -> str:
    """The address of a link, as guests open it."""
    given = os.environ.get(PUBLIC, "").strip().rstrip("/")
    seen = urlsplit(st.context.url or "http://localhost:8501")
    return f"{given or f'{seen.scheme}://{seen.netloc}'}/s/{token}"
