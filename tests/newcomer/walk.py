"""Follows a README word by word: every line of its `sh` blocks, and what its `text` blocks show.

`python -m tests.newcomer.walk README.md` does it in the current directory, as a newcomer who has
just cloned it: 80 columns, no terminal, output in a pipe. A line that says "until Ctrl-C" gets one
as soon as it has said something. One that says "exit status 1" has that. A block that begins with
a line "as root" is for root.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.M | re.S)
_COMPOSES_OWN = re.compile(r"(\w+=\S+ )?docker compose (up|down)")  # it pads its progress
_TIME = re.compile(r"\d\d:\d\d:\d\d")
_PATIENCE = 800.0  # seconds, for a line that plays a hundred labs on a busy machine


class Stumbled(Exception):  # noqa: N818 - what a newcomer does
    """A line of the README does not do what it says."""


def walk(readme: Path) -> Iterator[tuple[str, str]]:
    """Follow a README; each line that was followed, and what it said. Raises Stumbled."""
    for kind, block in _BLOCK.findall(readme.read_text("utf-8")):
        lines = block.splitlines()
        if kind == "text" and lines[0].startswith("$ "):
            yield _compared(lines), ""
        elif kind == "sh" and ("# as root" not in lines[0] or os.geteuid() == 0):
            for line in filter(None, lines):
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


def _compared(lines: list[str]) -> str:
    """Run the command of a `text` block; every line that it shows must come."""
    command = lines[0].removeprefix("$ ")
    said = {_without_time(each) for each in _run(command).stdout.splitlines()}
    if missing := [each for each in lines[1:] if each and _without_time(each) not in said]:
        raise Stumbled(f"{command}\ndoes not say {missing}, but\n" + "\n".join(sorted(said)))
    return command


def _without_time(line: str) -> str:
    return _TIME.sub("HH:MM:SS", line)


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
