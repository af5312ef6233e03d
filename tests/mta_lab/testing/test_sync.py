"""A lab without asyncio: its hosts run on while a test does other work."""

import inspect
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from mta_lab.testing.aio import AsyncLab
from mta_lab.testing.labs import Labs
from mta_lab.testing.sync import Lab, LoopThread


def test_all_that_a_lab_can_do(labs: Labs, with_programs: Callable[[], Path]) -> None:
    lab = labs(with_programs())
    lab.wait(ended="PROBE")
    lab.send("EXTERNAL", "INTERNAL", settle=False)
    lab.wait(at="INTERNAL", event=1293)
    lab.settle()
    assert lab.flow("EXTERNAL", "INTERNAL").queued_at_end == 1
    lab.set({"firewall.transparency": False})
    assert lab.predict().flow("EXTERNAL", "INTERNAL").disposition == "delivered"
    with pytest.raises(ConfigurationError, match="netns"):
        lab.disturb({"on": "inside", "reset": True})
    lab.restart("INTERNAL")
    assert {each.kind for each in lab.records("EXTERNAL")} >= {"listening", "event"}
    lab.stop()
    lab.stop()
    assert lab.events("INTERNAL")[0] == 1293
    assert lab.capture.stat().st_size > 1000


def test_a_play_is_judged(labs: Labs) -> None:
    lab = labs("q196381")
    lab.play()
    assert lab.result.verdict == "pass"
    assert lab.topology.name == "q196381"


def test_hosts_serve_while_the_test_blocks(labs: Labs) -> None:
    lab = labs("q196381")
    with socket.create_connection((str(lab.address("INTERNAL")), lab.port)) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while client.recv(4096):
            pass  # until it is closed
    lab.settle()
    assert "protocol-error" in {each.kind for each in lab.records("INTERNAL")}


def test_a_lab_that_cannot_start_leaves_no_thread(labs: Labs) -> None:
    with pytest.raises(ConfigurationError, match="loopback"):
        Lab(labs.aio("q196381-nftables"))
    assert "X.400 lab" not in {each.name for each in threading.enumerate()}


def test_a_thread_gives_what_a_work_gives() -> None:
    async def works() -> int:
        return 7

    async def fails() -> None:
        raise ValueError("no")

    thread = LoopThread()
    assert thread.result_of(works()) == 7
    with pytest.raises(ValueError, match="no"):
        thread.result_of(fails())
    thread.close()


def test_it_can_do_what_a_lab_on_the_tests_own_loop_can() -> None:
    for name, method in vars(AsyncLab).items():
        if not name.startswith("_") and name != "stopped":
            assert hasattr(Lab, name), name
            if inspect.isfunction(method):
                parameters = inspect.signature(getattr(Lab, name)).parameters
                assert parameters == inspect.signature(method).parameters
