"""An HTML document to print and sign: it opens offline, and what is in it is text.

It has no script. Its Content-Security-Policy allows its one style sheet, by hash, and nothing else.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from labkit.text import visible

_STYLE = """
body { font: 11pt sans-serif; margin: 2em; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #999; padding: 0.3em; text-align: left; vertical-align: top; }
td { white-space: pre-wrap; overflow-wrap: anywhere; }
td.value { font-family: monospace; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
@media print { body { margin: 0; font-size: 9pt; } }
"""
_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {hash}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
"""
_TAIL = """\
<p>Date: ______________ Signed: ______________________________</p>
</body>
</html>
"""


def text(value: object) -> str:
    """A value as text of a document: no markup, and no character that is not seen."""
    return escape(visible(str(value), lines=True))


def document(title: str, parts: Iterable[str]) -> str:
    """The document of a title, which is text, and of parts, which are HTML; with lines to sign."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    head = _HEAD.format(title=text(title), style=_STYLE, hash=f"'sha256-{digest}'")
    return f"{head}{''.join(parts)}{_TAIL}"
