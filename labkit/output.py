"""Lines on standard output and standard error: for people safe to read, for programs exact."""

import json
import sys

from labkit.text import visible


def say(line: str = "", *, error: bool = False) -> None:
    """Write one line for people; `error` writes to standard error."""
    _write(visible(line) + "\n", error=error)


def say_lines(text: str, *, error: bool = False) -> None:
    """Write text of several lines for people."""
    _write(visible(text, lines=True) + "\n", error=error)


def say_json(value: object) -> None:
    """Write a value as one line of JSON, exactly as it is."""
    _write(json.dumps(value) + "\n")


def say_document(text: str, *, error: bool = False) -> None:
    """Write a document that was made safe where it was made: a schema, CSV, XML, SVG, a script."""
    _write(text if text.endswith("\n") else text + "\n", error=error)


def _write(text: str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    stream.write(text)
    stream.flush()
