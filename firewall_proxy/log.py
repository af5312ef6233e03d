"""The firewall's log: one line per record, text for people or JSON for programs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from labkit.records import Record, as_json, as_text


class Journal:
    """Writes records to a stream, and as text to a second one when there is one."""

    def __init__(self, stream: TextIO, *, json_lines: bool, file: TextIO | None) -> None:
        self._outputs = [(stream, as_json if json_lines else as_text)]
        if file is not None:
            self._outputs.append((file, as_text))

    def write(self, record: Record) -> None:
        """Write one line, at once."""
        for stream, form in self._outputs:
            stream.write(form(record) + "\n")
            stream.flush()


@contextmanager
def journal(stream: TextIO, *, json_lines: bool, file: Path | None) -> Iterator[Journal]:
    """A journal to `stream`, and to the end of `file`. Raises OSError when it cannot be opened."""
    with ExitStack() as stack:
        opened = stack.enter_context(file.open("a", encoding="utf-8")) if file else None
        yield Journal(stream, json_lines=json_lines, file=opened)
