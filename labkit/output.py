"""Lines on standard output and standard error: for people safe to read, for programs exact."""

import json
import os
import signal
import sys

from labkit.text import visible

#: The exit status of a command whose reader has gone, as a shell has it for SIGPIPE.
EXIT_NO_READER = 128 + signal.SIGPIPE


def say(line: str = "", *, error: bool = False) -> None:
    """Write one line for people; `error` writes to standard error."""
    say_document(visible(line) + "\n", error=error)


def say_lines(text: str, *, error: bool = False) -> None:
    """Write text of several lines for people."""
    say_document(visible(text, lines=True) + "\n", error=error)


def say_json(value: object) -> None:
    """Write a value as one line of JSON, exactly as it is."""
    say_document(json.dumps(value))


def say_document(text: str, *, error: bool = False) -> None:
    """Write a document that was made safe where it was made: a schema, CSV, XML, SVG, a script.

    Characters that the stream's encoding lacks are written out. A reader that has gone (`| head`)
    has seen enough: the command ends without a word, or goes on if it was only about errors.
    """
    stream = sys.stderr if error else sys.stdout
    if not text.endswith("\n"):
        text += "\n"
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # What is buffered would be tried again at the exit, and complained about.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not error:
            raise SystemExit(EXIT_NO_READER) from None
