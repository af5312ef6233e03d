"""The page as one file that opens offline: style, script and data inside, and nothing else runs.

The policy in its head allows the one script and the one style sheet that are in it, by hash, and
no connection to anywhere. The data is no script; in it no `<` is left that could end it.
"""

import base64
import hashlib
from pathlib import Path

from mta_lab.web.bundle import script, text_of
from mta_lab.web.model.page import Page

_STYLE_SHEET = '<link rel="stylesheet" href="style.css">'
_SCRIPT = '<script type="module" src="app.js"></script>'
_CHARSET = '<meta charset="utf-8">'


def write(page: Page, file: Path) -> None:
    """Write the page to a file. Raises OSError."""
    file.write_text(html(page), "utf-8")


def html(page: Page) -> str:
    """The page as an HTML document."""
    style, code = text_of("style.css"), script()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(code)}",
            f"style-src {_hash(style)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        _CHARSET: f'{_CHARSET}\n<meta http-equiv="Content-Security-Policy" content="{policy}">',
        _STYLE_SHEET: f"<style>{style}</style>",
        _SCRIPT: (
            f'<script type="application/json" id="model">{_data(page)}</script>\n'
            f"<script>{code}</script>"
        ),
    }
    document = text_of("index.html")
    for mark, part in parts.items():
        before, _, after = document.partition(mark)
        document = before + part + after
    return document


def _data(page: Page) -> str:
    """The page's JSON, as it may stand in HTML."""
    return page.model_dump_json().replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
