"""A lab that `mta-lab web` has put up, for tests that look at its page in a browser."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from tests.mta_lab.conftest import ROOT, elsewhere, own_name
from tests.patience import PATIENCE

JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"

_NUMBERS = count(1)  # so that no lab takes the place of another


@dataclass(frozen=True)
class Served:
    """A lab that `mta-lab web` has put up, and the page of it."""

    lab: str
    url: str
    process: subprocess.Popen[str]

    def on_host(self, host: str, *command: str) -> None:
        done = elsewhere("exec", "--lab", self.lab, host, *command)
        assert done.returncode == 0, done.stderr

    def send(self, messages: int) -> None:
        for number in range(messages):
            subject = ("--subject", f"Number {number}")
            self.on_host("EXTERNAL", "mta-emu", "send", SMITH, "--from", JONES, *subject)

    def change(self, setting: str) -> None:
        done = elsewhere("set", "--lab", self.lab, setting)
        assert done.returncode == 0, done.stderr


@contextmanager
def served(topology: str = "labs/q196381.yaml", *options: str) -> Iterator[Served]:
    """A topology, up, with its page; it is taken down after the block."""
    command = ["web", topology, "--name", own_name(f"web{next(_NUMBERS)}"), "--json", *options]
    process = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", *command], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout
        yield Served(**json.loads(process.stdout.readline()), process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
