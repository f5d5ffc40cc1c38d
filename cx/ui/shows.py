"""Elements pages share: KPI tiles, charts with their table twin, comments."""

import functools
from collections.abc import Callable

import pandas as pd
import streamlit as st

from cx.errors import NotAllowedError
from cx.store import audit, links
from cx.ui import here, say
from cx.ui.here import Here
from cx.view import called, cards, charts, quotes, taking, wording
from cx.view.overview import Tile
from cx.view.search import Comment


def tiles(found: list[Tile], about: Here) -> None:
    """KPI tiles on one grid: value, interval and base, change with its significance, sparkline."""
    st.html(cards.tiles(found, about.theme))
    against = next((tile.against for tile in found if tile.against), "")
    change = wording.of(" Changes: {against}.", against=against) if against else ""
    say.quiet(wording.of("Ranges hold the true value in 95 of 100 such samples.") + change)


def chart(given: charts.Chart, alt: str, key: str, select: str | None = None) -> list[dict]:
    """A chart with its alt text; with `select` it returns the fields of the mark that was clicked."""
    spec, data = given
    about = here.current()
    spec = taking.grounded(spec, about.theme)
    with st.container(key=f"chart_{key}"):
        if select is None:
            st.vega_lite_chart(data, spec, theme=None, key=key, alt=alt)
            _picture(given, alt, key)
            return []
        event = st.vega_lite_chart(data, spec, theme=None, key=key, alt=alt, on_select="rerun", selection_mode=select)
        _picture(given, alt, key)
    picked = event.selection.get(select, []) if event and "selection" in event else []
    return [dict(entry) for entry in picked] if isinstance(picked, list) else []


def _picture(given: charts.Chart, alt: str, key: str) -> None:
    """The chart as files, drawn when they are asked for; without what draws them the chart's own menu has a PNG."""
    about = here.current()
    if not taking.pictured() or given[1].empty or not about.asker.may_take():
        return
    words, name = f"{about.slug} · {about.where.words()}", taking.file_name(about.slug, key)
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key=f"picture_{key}"):
        for kind, drawn, mime in (("SVG", taking.svg, "image/svg+xml"), ("PNG", taking.png, "image/png")):
            st.download_button(
                kind, taken(about, key, functools.partial(drawn, *given, alt, words, about.theme)), f"{name}.{kind.lower()}", mime,
                key=f"{kind.lower()}_{key}", type="tertiary", on_click="ignore",
                help=wording.of("Take the chart along as {kind}", kind=kind),
            )  # fmt: skip


def taken(about: Here, what: str, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """What makes a file when somebody asks for it: it is written down, and a link that was withdrawn since gives none."""
    who, slug = about.asker, about.slug

    def made() -> bytes:
        link = links.of_id(who.scope.link) if who.scope is not None else None
        if who.scope is not None and (link is None or link.state != links.OPEN or not link.scope.downloads):
            raise NotAllowedError("This link gives no files.")
        out = make()
        audit.write(who, "exported", slug, what=what)
        return out

    return made


def twin(rows: pd.DataFrame, key: str, chosen: Callable[[int], None] | None = None, own: int = 0) -> None:
    """The table behind a chart, folded; the keyboard's way to what a click on the chart does, and to take it along.

    The first `own` columns bear names from files.
    """
    rows = called.headed(rows, own)
    folded = st.expander(wording.of("As a table"), on_change="rerun", key=f"twin_{key}")
    if not folded.open:
        return
    with folded:
        if chosen is None:
            st.dataframe(rows, hide_index=True, key=f"table_{key}")
            _take(rows, key)
            return
        event = st.dataframe(rows, hide_index=True, key=f"table_{key}", on_select="rerun", selection_mode="single-row")
        _take(rows, key)
        if event.selection.rows:
            chosen(event.selection.rows[0])


def _take(rows: pd.DataFrame, key: str) -> None:
    """The table as files; they are made when they are asked for."""
    about = here.current()
    if not about.asker.may_take():
        return
    name = taking.file_name(about.slug, key)
    notes = [f"{about.slug}: {key}", about.where.words(), wording.of("low and high: the 95 % interval; n: responses")]
    with st.container(horizontal=True):
        st.download_button("CSV", taken(about, key, functools.partial(taking.csv, rows)), f"{name}.csv", "text/csv", key=f"csv_{key}",
                           icon=":material/download:", on_click="ignore")  # fmt: skip
        st.download_button("Excel", taken(about, key, functools.partial(taking.workbook, rows, notes)), f"{name}.xlsx", taking.XLSX,
                           key=f"xlsx_{key}", icon=":material/download:", on_click="ignore")  # fmt: skip


def table(rows: pd.DataFrame, key: str) -> None:
    """A small table; shares in percent."""
    share = called.heading("share")
    shares = {share: st.column_config.ProgressColumn(share, format="%.0f %%", min_value=0, max_value=100)}
    shown = called.headed(rows, by=called.AUTHOR)
    st.dataframe(shown, hide_index=True, key=key, column_config=shares)


def comments(found: list[Comment], about: Here) -> None:
    """Comments, literally, with their mentions and evidence."""
    st.html(quotes.html(found, about.theme))
