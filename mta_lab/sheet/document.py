"""An HTML document to print and sign: it opens offline, and what is in it is text.

It has no script, and its Content-Security-Policy lets none in.
"""

from collections.abc import Iterable
from html import escape

from labkit.text import visible

_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 11pt sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #999; padding: 0.3em; text-align: left; vertical-align: top; }}
td {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
td.value {{ font-family: monospace; }}
thead {{ display: table-header-group; }}
tr {{ break-inside: avoid; }}
@media print {{ body {{ margin: 0; font-size: 9pt; }} }}
</style>
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
    return f"{_HEAD.format(title=text(title))}{''.join(parts)}{_TAIL}"
