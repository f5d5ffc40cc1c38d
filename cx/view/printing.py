"""The page on paper: A4, what is only for clicking left away, no tile, card, chart or comment cut in two."""

WHOLE = (
    ".cx-tile", ".cx-quote", ".cx-box", ".cx-empty", ".cx-part", '[class*="st-key-chart_"]', '[data-testid="stGridCell"]',
    '[data-testid="stVegaLiteChart"]', '[data-testid="stDataFrame"]', '[data-testid="stSelectbox"]',
)  # fmt: skip
"""What stays in one piece."""

HIDDEN = (
    "header", '[data-testid="stToolbar"]', '[data-testid="stSidebar"]', '[data-testid="stElementToolbar"]',
    '[data-testid="stStatusWidget"]', '[data-testid="stPopover"]', ".stDownloadButton", '[data-testid="stFileUploader"]',
    '[data-testid="stForm"]', '[data-testid="stExpander"]:not(:has(details[open]))', '[class*="st-key-picture_"]',
    '[data-testid="stPagination"]', ".stButton",
)  # fmt: skip
"""What is only for clicking."""

# Streamlit's page scrolls inside boxes as high as the screen, which on paper would be one page, and lays itself out in
# columns of flexible boxes, which browsers cut in two: on paper they are plain blocks. Charts keep the width of the
# screen and shrink: the wide side of the paper leaves their words readable.
STYLE = f"""<style>
@media print {{
@page {{ size: A4 landscape; margin: 11mm; }}
{", ".join(HIDDEN)} {{ display: none !important; }}
[class*="st-key-opens_"] .stButton {{ display: block !important; }}
html, body, #root, #root > div, [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"],
[data-testid="stMainBlockContainer"] {{ display: block !important; position: static !important; overflow: visible !important;
  height: auto !important; min-height: 0 !important; inset: auto !important; }}
[data-testid="stMainBlockContainer"] {{ padding: 0 !important; max-width: none !important; }}
[data-testid="stLayoutWrapper"] {{ display: block !important; }}
[data-testid="stVerticalBlock"][direction="column"] {{ display: block !important; }}
[data-testid="stVerticalBlock"][direction="column"] > * {{ margin-bottom: .55rem; height: auto !important; }}
[data-testid="stVegaLiteChart"], [data-testid="stFullScreenFrame"], [data-testid="stFullScreenFrame"] > div {{
  height: auto !important; width: 100% !important; }}
[data-testid="stVegaLiteChart"] svg.marks {{ width: auto !important; max-width: 100% !important; height: auto !important; }}
* {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
{", ".join(WHOLE)} {{ break-inside: avoid !important; }}
.cx-headline, .cx-conclusion {{ break-after: avoid; }}
.cx-grid {{ grid-template-columns: repeat(auto-fill, minmax(55mm, 1fr)) !important; }}
[data-testid="stGrid"] {{ grid-template-columns: repeat(3, 1fr) !important; }}
.cx-aim {{ min-height: 0; }}
[class*="st-key-opens_"][direction="column"] > *, [data-testid="stGridCell"] [data-testid="stVerticalBlock"] > * {{
  margin-bottom: 0 !important; }}
[class*="st-key-opens_"] button {{ min-height: 0 !important; height: auto !important; }}
[data-testid="stGridCell"] [class*="st-key-card_"] {{ padding: 8px 12px !important; }}
}}
</style>"""
