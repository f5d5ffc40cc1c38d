"""The few pages that are not Streamlit's: an explanation, and a form for a password. No scripts, nothing from elsewhere."""

from html import escape

STYLE = (
    "body{font:16px/1.5 ui-sans-serif,system-ui,sans-serif;max-width:32rem;margin:12vh auto;padding:0 1.2rem;"
    "color:#1c1917;background:#fcfcfb}h1{font-size:1.35rem}input{font:inherit;width:100%;box-sizing:border-box;"
    "padding:.5rem .6rem;border:1px solid #78716c;border-radius:.5rem;background:inherit;color:inherit}"
    "button{font:inherit;margin-top:.8rem;padding:.5rem 1.2rem;border:0;border-radius:.5rem;background:#0f766e;color:#fff}"
    ".no{color:#9a3b0c}@media(prefers-color-scheme:dark){body{color:#f5f5f4;background:#161514}.no{color:#f0a178}}"
)


def explanation(title: str, reason: str) -> bytes:
    """A page that says why there is nothing else."""
    return _page(title, f"<p>{escape(reason)}</p>")


def question(title: str, about: str, wrong: str = "") -> bytes:
    """A page that asks for a password, and says what was wrong with the one before. It is sent to its own address."""
    said = f'<p class="no" role="alert">{escape(wrong)}</p>' if wrong else ""
    return _page(
        title,
        f'<p>{escape(about)}</p>{said}<form method="post"><label for="p">Password</label>'
        '<input id="p" name="password" type="password" required maxlength="200" autocomplete="current-password" autofocus>'
        '<button type="submit">Open</button></form>',
    )


def _page(title: str, body: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Felicific</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    ).encode()
