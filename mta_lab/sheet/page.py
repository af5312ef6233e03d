"""The sheet as a page to print and sign: every field, and of passwords only of what kind they are.

The page has no script, and its Content-Security-Policy lets none in: what a sheet holds is text.
"""

from collections.abc import Iterator
from html import escape

from pydantic import BaseModel

from mta_lab.sheet.sheet import Sheet
from mta_lab.sheet.shown import LEFT_OUT, password_shown, text_of

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
td.value {{ font-family: monospace; white-space: pre-wrap; overflow-wrap: anywhere; }}
tr {{ break-inside: avoid; }}
</style>
</head>
<body>
<h1>{title}</h1>
"""
_TAIL = """\
</table>
<p>Passwords are not printed: give them to the other centre by another way.</p>
<p>Date: ______________ Signed: ______________________________</p>
</body>
</html>
"""


def page(sheet: Sheet) -> str:
    """The sheet as an HTML document."""
    head = _HEAD.format(title=escape(f"Link sheet of {sheet.centre}"))
    heading = "<table>\n<tr><th>Field</th><th>Value</th></tr>\n"
    rows = (_row(path, value) for path, value in _fields(sheet, ""))
    return f"{head}{heading}{''.join(rows)}{_TAIL}"


def _row(path: str, value: str) -> str:
    return f'<tr><th>{escape(path)}</th><td class="value">{escape(value)}</td></tr>\n'


def _fields(section: BaseModel, path: str) -> Iterator[tuple[str, str]]:
    """Every field of a section and of those below it: its path, and what is shown of it."""
    for name in type(section).model_fields:
        value, where = getattr(section, name), f"{path}.{name}" if path else name
        if isinstance(value, BaseModel):
            yield from _fields(value, where)
        elif isinstance(value, tuple):
            yield from _entries(value, where)
        else:
            yield where, _shown(name, value)


def _entries(values: tuple[BaseModel, ...], path: str) -> Iterator[tuple[str, str]]:
    if not values:
        yield path, "none"
    for number, each in enumerate(values, 1):
        yield from _fields(each, f"{path}.{number}")


def _shown(name: str, value: object) -> str:
    if name == "password":
        return password_shown(value)
    return LEFT_OUT if value is None else text_of(value) or "empty"
