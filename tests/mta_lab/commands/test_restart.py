"""`mta-lab restart`: a host has another process."""

import os
import select
import signal
from collections.abc import Callable
from typing import Any

import pytest

Objects = Callable[..., list[dict[str, Any]]]
Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("host", "killed"), [("EXTERNAL", False), ("firewall", False), ("INTERNAL", True)]
)
def test_restart_gives_a_host_another_process(
    lab: str, host: str, killed: bool, objects: Objects, cli: Command
) -> None:
    def process() -> int | None:
        number: int | None = next(each["process"] for each in objects("ps") if each["host"] == host)
        return number

    def listening() -> int:
        return sum(each["kind"] == "listening" for each in objects("logs", host))

    before, said = process(), listening()
    assert before
    if killed:
        handle = os.pidfd_open(before)
        os.kill(before, signal.SIGKILL)
        select.select([handle], [], [])
        os.close(handle)
        assert process() is None
    done = cli("restart", "--lab", lab, host)
    assert done.exit_code == 0, done.output
    assert process() not in (None, before)
    assert listening() == said + 1
