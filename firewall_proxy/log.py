"""The firewall's log: one line per record, text for people or JSON for programs.

Lines are written on threads, so that a slow reader holds nobody up, and an output that fails (a
full disk, a pipe without a reader) neither stops the firewall nor its other output.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from labkit.lines import BackgroundLines
from labkit.records import Record, as_json, as_text
from labkit.text import visible

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2


class Journal:
    """Writes records to its outputs."""

    def __init__(self) -> None:
        self._outputs: list[tuple[BackgroundLines, Callable[[Record], str]]] = []

    def add(self, descriptor: int, form: Callable[[Record], str], name: str) -> None:
        """Write from now on to a file descriptor, too; `name` is what people call it."""
        lines = BackgroundLines(
            descriptor,
            failed=lambda error: _warn(f"{name}: cannot be written, lines are lost: {error}"),
            works=lambda lost: _warn(f"{name}: is written again; {lost} lines were lost"),
        )
        self._outputs.append((lines, form))

    def write(self, record: Record) -> None:
        """Have one line written to each output soon."""
        for lines, form in self._outputs:
            lines.write(form(record))

    def close(self) -> None:
        """Write what waits."""
        for lines, _ in self._outputs:
            lines.close()


@contextmanager
def journal(
    *,
    json_lines: bool,
    file: Path | None,
    records: Path | None = None,
    descriptor: int = _STANDARD_OUTPUT,
) -> Iterator[Journal]:
    """A journal to standard output, to the end of `file`, and as JSON to that of `records`.

    Raises OSError if that cannot be.
    """
    with ExitStack() as stack:
        log = Journal()
        log.add(descriptor, as_json if json_lines else as_text, "standard output")
        for path, form in ((file, as_text), (records, as_json)):
            if path is not None:
                opened = stack.enter_context(path.open("ab", buffering=0))
                log.add(opened.fileno(), form, str(path))
        stack.callback(log.close)
        yield log


def _warn(text: str) -> None:
    with suppress(OSError):  # nobody reads standard output any more
        os.write(_STANDARD_ERROR, f"{visible(text)}\n".encode("utf-8", "backslashreplace"))
