"""The page on paper: A4, what is only for clicking left away, no tile, chart, table or comment cut in two."""

WHOLE = (
    ".cx-tile", ".cx-quote", ".cx-box", ".cx-empty", ".cx-part", '[class*="st-key-chart_"]', '[class*="st-key-card_"]',
    '[data-testid="stVegaLiteChart"]', '[data-testid="stDataFrame"]', '[data-testid="stImage"]',
)  # fmt: skip
"""What stays in one piece."""

HIDDEN = (
    "header", '[data-testid="stToolbar"]', '[data-testid="stSidebar"]', '[data-testid="stSidebarCollapsedControl"]',
    '[data-testid="stDecoration"]', '[data-testid="stStatusWidget"]', '[data-testid="stPopover"]', ".stDownloadButton",
    ".stFileUploader", ".stForm", '[data-testid="stExpander"]:not(:has(details[open]))',
    '[class*="st-key-picture_"]', '[data-testid="stPagination"]',
)  # fmt: skip
"""What is only for clicking."""

# Streamlit's page scrolls inside fixed boxes; on paper that would be one screen. Buttons whose label says something
# (lines of a card) stay as text, others go.
STYLE = f"""<style>
@media print {{
@page {{ size: A4; margin: 12mm; }}
{", ".join(HIDDEN)} {{ display: none !important; }}
.stButton {{ display: none !important; }}
[class*="st-key-opens_"] .stButton {{ display: block !important; }}
html, body, #root, [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"],
[data-testid="stMainBlockContainer"], #root > div, .stAppViewContainer, .stMain {{ position: static !important;
  overflow: visible !important; height: auto !important; min-height: 0 !important; inset: auto !important; }}
[data-testid="stMainBlockContainer"] {{ padding: 0 !important; max-width: none !important; }}
* {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
{", ".join(WHOLE)} {{ break-inside: avoid !important; page-break-inside: avoid !important; }}
.cx-headline, .cx-conclusion {{ break-after: avoid; }}
.cx-grid {{ grid-template-columns: repeat(auto-fill, minmax(52mm, 1fr)) !important; }}
}}
</style>"""
