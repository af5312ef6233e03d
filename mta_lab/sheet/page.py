"""The sheet as a page to print: every field, and of passwords only of what kind they are."""

from collections.abc import Iterator

from pydantic import BaseModel

from mta_lab.sheet.document import document, text
from mta_lab.sheet.sheet import Sheet
from mta_lab.sheet.shown import LEFT_OUT, password_shown, text_of

_TABLE = "<table>\n<tr><th>Field</th><th>Value</th></tr>\n"
_END = """\
</table>
<p>Passwords are not printed: give them to the other centre by another way.</p>
"""


def page(sheet: Sheet) -> str:
    """The sheet as an HTML document."""
    rows = (_row(path, value) for path, value in _fields(sheet, ""))
    return document(f"Link sheet of {sheet.centre}", (_TABLE, *rows, _END))


def _row(path: str, value: str) -> str:
    return f'<tr><th>{text(path)}</th><td class="value">{text(value)}</td></tr>\n'


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
