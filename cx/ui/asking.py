"""Who asks, in the frame: the same rules as in the middleware, on what this session's websocket brought; on every run, and
again in every callback, which runs before the frame does."""

import functools
from collections.abc import Callable
from html import escape

import streamlit as st

from cx.errors import AccessError
from cx.principal import Principal, Scope
from cx.share import access
from cx.share.access import Asking, SignInError
from cx.store import audit, visits
from cx.store.links import Link
from cx.view import wording

TOKEN, PROOFS = "_t", "_proofs"
"""Session keys: the link this tab was opened with; proofs of the links whose password was given here."""

WRONG = "_wrong"


def asked() -> Asking:
    """What this session says of who asks."""
    if given := st.query_params.get("t"):
        st.session_state[TOKEN] = given
    return Asking(
        headers(),
        cookies(),
        address(),
        st.session_state.get(TOKEN, ""),
        claims(),
        frozenset(st.session_state.get(PROOFS, ())),
    )


def headers() -> dict[str, str]:
    """The headers of the handshake, names in small letters."""
    return {name.lower(): value for name, value in st.context.headers.items()}


def cookies() -> dict[str, str]:
    """The cookies of the handshake."""
    return dict(st.context.cookies)


def address() -> str | None:
    """The address the session came from; None on this machine."""
    found = st.context.ip_address
    return found if isinstance(found, str) else None


def claims() -> dict | None:
    """What the identity provider says of who is signed in; None when nobody is, and where nobody signs in that way: Streamlit
    reads the secrets' files for every look."""
    if access.mode() != "team":
        return None
    return dict(st.user.to_dict()) if st.user.get("is_logged_in") else None


def principal() -> Principal:
    """Who asks at this moment; raises AccessError when nobody may any more."""
    found = access.resolve(asked()).principal
    if found is None:
        raise AccessError("This link waits for its password.")
    return found


def again(act: Callable[..., None]) -> Callable[..., None]:
    """The same act for a callback, a dialog or a fragment, which run without the frame: its first argument is who asks now,
    whoever it was when the page was drawn; nothing is done for those who may no longer ask."""

    @functools.wraps(act)
    def done(_then: Principal, *rest: object) -> None:
        try:
            now = principal()
        except AccessError:
            return  # the frame, which comes next, says why
        act(now, *rest)

    return done


def begin() -> tuple[Principal, Scope | None]:
    """Who asks, and the link somebody opened who is more than its guest; whoever may not ask is shown why and what would
    help, and the run ends here."""
    try:
        answer = access.resolve(asked())
    except SignInError as error:
        _sign_in(str(error))
        st.stop()
    except AccessError as error:
        st.header(wording.of("Not open here"))
        st.text(str(error))
        if claims() is not None:
            st.button(wording.of("Sign out"), key="sign_out", on_click=st.logout)
        st.stop()
    if answer.principal is None:
        if answer.door is not None:
            _password(answer.door)
        st.stop()
    return answer.principal, answer.preview


def _sign_in(reason: str) -> None:
    st.header("Felicific")
    st.text(reason)
    if access.mode() == "password":
        st.html(f'<p><a href="/login" target="_self">{escape(wording.of("Sign in"))}</a></p>')
        return
    providers = _providers()
    if not providers:
        st.text(wording.of("Whoever runs this names an identity provider first: [auth] in .streamlit/secrets.toml."))
    for name in providers:
        label = wording.of("Sign in") if not name else wording.of("Sign in with {provider}", provider=name)
        st.button(label, key=f"sign_in_{name}", type="primary", on_click=st.login, args=(name,) if name else ())


def _providers() -> list[str]:
    """The identity providers that are set up; '' for the one without a name; none where nothing is."""
    try:
        auth = st.secrets.get("auth", {})
    except FileNotFoundError:
        return []
    if not auth:
        return []
    return [name for name, held in auth.items() if hasattr(held, "items") and "client_id" in held] or [""]


def _password(link: Link) -> None:
    st.header(wording.of("A dashboard for you"))
    st.text(wording.of("It is opened with a password. Whoever sent you the link has it."))
    if wrong := st.session_state.pop(WRONG, ""):
        st.error(wrong)
    with st.form("link_password", border=False):
        st.text_input(wording.of("Password"), type="password", key="link_password_given", max_chars=visits.LONGEST)
        st.form_submit_button(wording.of("Open"), on_click=_try, args=(link,))


def _try(link: Link) -> None:
    given = st.session_state.get("link_password_given", "")
    try:
        fits = visits.try_password(f"link {link.id}", audit.origin(address()), link.proof, given)
    except AccessError as error:
        st.session_state[WRONG] = str(error)
        return
    if fits:
        st.session_state[PROOFS] = {*st.session_state.get(PROOFS, ()), link.proof}
    else:
        st.session_state[WRONG] = wording.of("This is not the password.")
