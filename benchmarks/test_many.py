"""A thousand MTAs in one process: how long until all listen, and until each has sent and got mail.

In a process of its own, because what an earlier benchmark left would count. The times depend on
the disk: each MTA makes a database of its own first, and secures in it what it sends and gets.
"""

import json
import os
import resource
import subprocess
import sys

import pytest

from benchmarks import many
from benchmarks.table import Table

MTAS = 1000
FILES = 12 * MTAS  # that it may have open at once
MEGABYTES = 1000  # that it may take


def test_many_mtas(capsys: pytest.CaptureFixture[str], table: Table) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most == resource.RLIM_INFINITY or most >= FILES, f"ulimit -Hn {FILES} is needed"
    command = [sys.executable, "-m", "benchmarks.many", str(MTAS)]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, most)),
    )
    figures = many.Figures(**json.loads(done.stdout))
    with capsys.disabled():
        print(f"\n{_lines(figures)}")
    table.add("many", f"{figures.seconds_to_listen:.0f} s, {figures.megabytes_listening} MB")
    more = f"{figures.seconds_for_the_mail:.0f} s more, {figures.megabytes_at_the_end} MB"
    table.add("many, mail", more)
    assert figures.megabytes_at_the_end < MEGABYTES


def _lines(figures: many.Figures) -> str:
    """The figures, for people."""
    return "\n".join(
        (
            f"{figures.mtas} MTAs in one process; load of the machine {os.getloadavg()[0]:.1f}",
            f"all listen after {figures.seconds_to_listen:.1f} s, in {figures.megabytes_listening}"
            " MB",
            f"each has sent and got a message {figures.seconds_for_the_mail:.1f} s later, in"
            f" {figures.megabytes_at_the_end} MB, with {figures.open_files} open files and"
            f" {figures.threads} threads",
        )
    )
