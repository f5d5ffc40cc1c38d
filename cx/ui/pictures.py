"""Pictures that need more room than a phone has: they scroll sideways there, and shrink to the paper when printed."""

import streamlit as st


def wide(key: str, pixels: int) -> None:
    """Lets the chart of this key be at least so wide; call it before the chart is drawn."""
    box = f".st-key-chart_{key}"
    st.html(
        f"""<style>
{box} {{ overflow-x: auto; }}
{box} > div, {box} [data-testid="stVegaLiteChart"] {{ min-width: {pixels}px; }}
@media print {{
  {box} {{ overflow: visible; }} {box} > div, {box} [data-testid="stVegaLiteChart"] {{ min-width: 0; }}
  {box} svg {{ width: 100% !important; height: auto !important; break-inside: avoid; }}
}}
</style>"""
    )
