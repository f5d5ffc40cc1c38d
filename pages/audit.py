"""Audit: who did what, when and from where; for admins."""

import pandas as pd
import streamlit as st

from cx.store import audit
from cx.ui import auditing, frame, say
from cx.view import wording

about = frame.without_data()
kinds = audit.kinds(about.principal)
what = st.selectbox(
    wording.of("What was done"),
    ["", *kinds],
    key="audit_what",
    format_func=lambda kind: kind or wording.of("everything"),
)
found = audit.listed(about.principal, what or "")
say.headline(
    wording.counted("{n} entry", "{n} entries", len(found))
    if len(found) < audit.MOST_SHOWN
    else wording.of("The latest {n} entries", n=len(found))
)
say.quiet(wording.of("Only added to. Addresses are hashed: the same one looks the same, and tells nobody who it is."))
if found:
    rows = pd.DataFrame(found)
    st.dataframe(rows, hide_index=True, key="audit_table", column_config=auditing.columns())
auditing.controls(about)
