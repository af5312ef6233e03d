"""Follows a page word by word: every line of its `sh` blocks, and what its `text` blocks show.

`python -m tests.newcomer.walk README.md` does it in the current directory, as a newcomer who has
just cloned it: 80 columns, no terminal, output in a pipe. A line that says "until Ctrl-C" gets one
as soon as it has said something. One that says "exit status 1" has that. A `text` block begins with
the command that it shows. A block that begins with a line "# as root" is for root, and one that
begins with "# not run: REASON" for nobody here; tests/newcomer/pages.py lists these.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.M | re.S)
_NOT_RUN = "# not run: "
_COMPOSES_OWN = re.compile(r"(\w+=\S+ )?docker compose (up|down)")  # it pads its progress
#: What no two runs have alike: times, and in the last column of a proof the numbers of frames.
_OF_ONE_RUN = re.compile(r"\d\d:\d\d:\d\d|(?<= yes )[ ]+\d+$")
_PATIENCE = 800.0  # seconds, for a line that plays a hundred labs on a busy machine


class Stumbled(Exception):  # noqa: N818 - what a newcomer does
    """A line of the page does not do what it says."""


class Block(NamedTuple):
    """A block of a page between its fences: of which kind, and its lines."""

    kind: str
    lines: tuple[str, ...]

    @property
    def not_run(self) -> str:
        """Why nobody runs it here; empty for one that is run."""
        first = self.lines[0] if self.kind == "sh" else ""
        return first.removeprefix(_NOT_RUN) if first.startswith(_NOT_RUN) else ""

    @property
    def followed(self) -> bool:
        """Whether a newcomer types what it has, or compares it."""
        return self.kind in ("sh", "text") and not self.not_run


def blocks(page: str) -> list[Block]:
    """The blocks of a page."""
    return [Block(kind, tuple(text.splitlines())) for kind, text in _BLOCK.findall(page)]


def walk(page: Path) -> Iterator[tuple[str, str]]:
    """Follow a page; each line that was followed, and what it said. Raises Stumbled."""
    for block in blocks(page.read_text("utf-8")):
        if not block.followed:
            continue
        if block.kind == "text":
            yield _compared(block.lines), ""
        elif "# as root" not in block.lines[0] or os.geteuid() == 0:
            for line in filter(None, block.lines):
                yield line, _follow(line)


def _follow(line: str) -> str:
    if "until Ctrl-C" in line:
        status, said = _interrupted(line)
    else:
        done = _run(line)
        status, said = done.returncode, done.stdout
    if status != ("exit status 1" in line) or "Traceback" in said:
        raise Stumbled(f"{line}\nstatus {status}\n{said}")
    lines = (each for each in said.splitlines() if each != " ")  # an empty line of a diff
    padded = [each for each in lines if each != each.rstrip()]
    if padded and not _COMPOSES_OWN.match(line):
        raise Stumbled(f"{line}\npadded: {padded}")
    return said


def _compared(lines: tuple[str, ...]) -> str:
    """Run the command of a `text` block; every line that it shows must come."""
    if not lines[0].startswith("$ "):
        raise Stumbled(f"a `text` block begins with the command that it shows, not {lines[0]!r}")
    command = lines[0].removeprefix("$ ")
    said = {_comparable(each) for each in _run(command).stdout.splitlines()}
    if missing := [each for each in lines[1:] if each and _comparable(each) not in said]:
        raise Stumbled(f"{command}\ndoes not say {missing}, but\n" + "\n".join(sorted(said)))
    return command


def _comparable(line: str) -> str:
    return _OF_ONE_RUN.sub("...", line)


def _run(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_PATIENCE,
        env=os.environ | {"COLUMNS": "80"},
    )


def _interrupted(line: str) -> tuple[int, str]:
    """What a command says that is interrupted when it has said something."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {line}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = first + process.stdout.read()
        return process.wait(_PATIENCE), said


if __name__ == "__main__":
    try:
        for followed, answer in walk(Path(sys.argv[1])):
            print(followed, *answer.splitlines(), sep="\n  | ", flush=True)
    except Stumbled as stumbled:
        sys.exit(str(stumbled))
