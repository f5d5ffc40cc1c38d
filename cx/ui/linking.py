"""The links somebody made, on their page: what each shows and who opened it; changed, renewed, withdrawn."""

from datetime import datetime

import streamlit as st

from cx.errors import CXError
from cx.store import datasets, links
from cx.store.links import EXPIRED, OPEN, REVOKED, Link, Wish
from cx.ui import nav, say, sharing
from cx.ui.here import Here
from cx.view import wording

STATES = {OPEN: wording.noted("open"), EXPIRED: wording.noted("ended"), REVOKED: wording.noted("withdrawn")}
MOST_SHOWN = 50
LISTED = "links"
"""What stands for a form where a link gets another address."""


def listing(about: Here) -> list[Link]:
    """All links with what can be done about them."""
    found = links.listed(about.asker)
    sharing.told(LISTED)
    for link in found[:MOST_SHOWN]:
        with st.container(border=True, key=f"link_{link.id}", gap="xsmall"):
            _one(about, link)
    if len(found) > MOST_SHOWN:
        say.quiet(wording.of("{n} older ones are not listed.", n=len(found) - MOST_SHOWN))
    return found


def _one(about: Here, link: Link) -> None:
    scope = link.scope
    say.told(wording.of(STATES[link.state]), scope.label)
    say.quiet(" · ".join([scope.dataset, *_facts(link)]))
    if link.state == REVOKED:
        return
    with st.container(horizontal=True, gap="small"):
        st.button(
            wording.of("New address"), key=f"renew_{link.id}", on_click=_renew, args=(about, link.id), icon=":material/content_copy:",
            help=wording.of("An address is shown once. Here is another for the same link; the old one opens nothing any more."),
        )  # fmt: skip
        with st.popover(wording.of("Change"), key=f"change_{link.id}"):
            held = Wish(
                scope.dataset, scope.page, scope.pages, {name: list(values) for name, values in scope.params}, scope.version,
                scope.locked, scope.comments, scope.downloads, scope.expires, None, scope.label, scope.note,
            )  # fmt: skip
            key = f"edit_{link.id}_{wording.language()}"
            sharing.fields(key, held, lambda: _change(about, key, held, link), link)
        st.button(wording.of("Withdraw"), key=f"revoke_{link.id}", on_click=_revoke, args=(about, link.id))


def _facts(link: Link) -> list[str]:
    scope = link.scope
    titles = ", ".join(wording.of(nav.PAGES[name][0]) for name in scope.pages if name in nav.PAGES)
    out = [scope.owner, titles, wording.of("filters locked") if scope.locked else wording.of("filters open")]
    out.append(wording.of("comments {how}", how=wording.of(sharing.SHOWN[scope.comments])))
    out += [wording.of("with downloads")] if scope.downloads else []
    out += [wording.of("with a password")] if link.proof else []
    out += [wording.of("version {version}", version=scope.version)] if scope.version else []
    out.append(
        wording.of("until {day}", day=wording.day(scope.expires.date())) if scope.expires else wording.of("no end")
    )
    opened = wording.counted("opened {n} time", "opened {n} times", link.opens)
    return [*out, opened + (f", {_moment(link.opened)}" if link.opened else "")]


def _moment(when: datetime) -> str:
    return wording.of("last {day} at {time} UTC", day=wording.day(when.date()), time=f"{when:%H:%M}")


def _renew(about: Here, id_: int) -> None:
    _done(
        lambda: st.session_state.update({sharing.MADE: (LISTED, sharing.address(links.rotate(about.principal, id_)))})
    )


def _revoke(about: Here, id_: int) -> None:
    _done(lambda: links.revoke(about.principal, id_))


def _change(about: Here, key: str, held: Wish, link: Link) -> None:
    def act() -> None:
        asked = sharing.wish(key, held, link)
        fixed = st.session_state[f"{key}_fixed"]
        newest = datasets.versions(about.principal, held.dataset)[-1]
        links.change(about.principal, link.id, asked._replace(version=(held.version or newest) if fixed else ""))

    _done(act)


def _done(act) -> None:
    st.session_state.pop(sharing.MADE, None)
    try:
        act()
    except CXError as error:
        st.session_state[sharing.SAID] = str(error)
