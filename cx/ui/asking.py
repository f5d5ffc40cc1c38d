"""Who asks, in the frame: the same rules as in the middleware, on the headers of this session's websocket."""

import streamlit as st

from cx.errors import AccessError
from cx.principal import Principal
from cx.share import access


def headers() -> dict[str, str]:
    """The headers of the handshake, names in small letters."""
    return {name.lower(): value for name, value in st.context.headers.items()}


def principal() -> Principal:
    """Who asks; anyone who may not is shown why, and the run ends here."""
    try:
        return access.resolve(headers())
    except AccessError as error:
        st.header("Not open here")
        st.text(str(error))
        st.stop()
