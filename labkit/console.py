"""Tables, trees and coloured lines for people.

Apart from output.py, because rich is slow to load and what only serves prints none of this. No
other module imports rich: here nothing is read as markup, no control character gets through, and
nothing is cut off. Where the output is not a terminal a row is one line, as long as it has to be,
without spaces at its end.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.filesize import decimal as octets_text
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.segment import Segment
from rich.style import Style
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text
from rich.tree import Tree

from labkit.output import say_document
from labkit.text import visible

__all__ = [
    "Column",
    "Table",
    "Text",
    "Tree",
    "as_text",
    "columns",
    "counted",
    "display",
    "indented",
    "line",
    "octets_text",
    "progress",
]

T = TypeVar("T")

_LONG = 1000  # columns where the output is not a terminal: nothing is wrapped
#: A cell: a line of text, several, or what rich can render.
Cell = RenderableType | Sequence[str] | None


class _Page(Console):
    """A console that reads no markup and writes out control characters, whatever it prints."""

    def __init__(self, *, error: bool, plain: bool = False) -> None:
        color: Literal["auto"] | None = None if plain else "auto"
        super().__init__(
            stderr=error, markup=False, emoji=False, highlight=False, color_system=color
        )
        if not self.is_terminal:
            asked = os.environ.get("COLUMNS", "")
            self.width = int(asked) if asked.isdecimal() else _LONG

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text, lines=True), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text, lines=True), segment.style)


class Table(RichTable):
    """A table without lines between its columns; what is too long for a column is folded."""

    def __init__(self, *headings: Column | str, title: str = "") -> None:
        """`headings` are those of the columns, from left to right."""
        super().__init__(
            *headings,
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            show_edge=False,
            padding=(0, 1, 0, 0),
        )
        self._title = title
        for column in self.columns:  # no_wrap only makes others give way first
            column.overflow = "fold"
            column.header = Text(visible(str(column.header), lines=True), no_wrap=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Print the title above, in one line where it can be, however narrow the table is."""
        if self._title:
            yield line((self._title, "bold"))
        yield from super().__rich_console__(console, options)

    def add_row(
        self, *cells: Cell, style: str | Style | None = None, end_section: bool = False
    ) -> None:
        """Add a row; a cell is a line of text, a sequence of lines, or made by `line`."""
        super().add_row(*map(_in_cell, cells), style=style, end_section=end_section)


def _in_cell(cell: Cell) -> RenderableType:
    if isinstance(cell, Text):
        text = cell.copy()
    elif isinstance(cell, str):
        text = Text(visible(cell))
    elif isinstance(cell, Sequence):
        text = Text("\n".join(map(visible, cell)))
    else:
        return cell or ""
    text.no_wrap = False
    return text


def line(*parts: str | tuple[str, str]) -> Text:
    """A line of text; a part is text, or text and its style, as ("refused", "red")."""
    pairs = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((visible(text), style) for text, style in pairs))


def indented(text: str, columns: int) -> Padding:
    """One line of text which, where it must be wrapped, keeps its indent."""
    return Padding(line(text), (0, 0, 0, columns))


def columns(*, error: bool = False) -> int:
    """How many columns a line has; where the output is not a terminal, many."""
    return _Page(error=error).width


def display(*things: RenderableType, error: bool = False, wrap: bool = True) -> None:
    """Print tables, trees and lines; `error` prints to standard error.

    Without `wrap` the terminal, not we, breaks lines that are too long for it.
    """
    page = _Page(error=error)
    text = _printed(page, things, wrap=wrap)
    say_document(text if page.is_terminal else _without_ends(text), error=error)


def as_text(*things: RenderableType, width: int) -> str:
    """Tables, trees and lines as plain text of so many columns."""
    page = _Page(error=False, plain=True)
    page.width = width
    return _without_ends(_printed(page, things, wrap=True))


def _printed(page: Console, things: Sequence[RenderableType], *, wrap: bool) -> str:
    with page.capture() as captured:
        page.print(*things, sep="\n", soft_wrap=not wrap)
    return captured.get()


def _without_ends(text: str) -> str:
    """A text without the spaces at the ends of its lines."""
    return "\n".join(each.rstrip() for each in text.split("\n"))


@contextmanager
def progress(what: str, octets: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while octets are sent; call it with how many more have gone."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_Page(error=True)) as bar:
        task = bar.add_task(visible(what), total=octets)
        yield lambda count: bar.advance(task, count)


def counted(what: str, things: Iterable[T], total: int) -> Iterator[T]:
    """The things, with a bar on standard error that counts them; only a terminal shows it."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    page = _Page(error=True)
    with Progress(*columns, console=page, transient=True, disable=not page.is_terminal) as bar:
        yield from bar.track(things, total, description=visible(what))
