"""A lab that a test has up, without asyncio: its hosts run on an event loop of their own thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from labkit.addresses import IPAddress
from labkit.loop import new_event_loop
from mta_lab.rehearsal.report import Report
from mta_lab.testing.aio import AsyncLab
from mta_lab.topology.files import Topology
from mta_lab.verdict.result import Result

ResultT = TypeVar("ResultT")
Parameters = ParamSpec("Parameters")


class LoopThread:
    """A thread with an event loop, until `close`; the hosts run on while a test does other work."""

    def __init__(self) -> None:
        """Start it."""
        self._runner = asyncio.Runner(loop_factory=new_event_loop)
        self._loop = self._runner.get_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="X.400 lab", daemon=True)
        self._thread.start()

    def result_of(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Do a work there, and wait for it. Raises what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End what is left there, and the thread."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        with self._runner as runner:
            runner.run(self._until_over())

    async def _until_over(self) -> None:
        await self._over.wait()


def _waiting(
    method: Callable[Concatenate[AsyncLab, Parameters], Coroutine[Any, Any, ResultT]],
) -> "Callable[Concatenate[Lab, Parameters], ResultT]":
    """The method of a Lab that waits for this one: with its parameters, types and docstring."""

    @wraps(method)
    def waits(lab: "Lab", /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> ResultT:
        return lab._thread.result_of(method(lab._lab, *args, **kwargs))

    return waits


def _asking(
    method: Callable[Concatenate[AsyncLab, Parameters], ResultT],
) -> "Callable[Concatenate[Lab, Parameters], ResultT]":
    """The same of a method that answers from what was seen: between two steps of the hosts."""

    @wraps(method)
    def asks(lab: "Lab", /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> ResultT:
        return lab._asked(lambda: method(lab._lab, *args, **kwargs))

    return asks


class Lab:
    """An `AsyncLab` whose methods wait; each does what the method of that name does there."""

    def __init__(self, lab: AsyncLab) -> None:
        """Put it up, every host listening. Raises what entering it raises."""
        self._lab = lab
        self._thread = LoopThread()
        try:
            self._thread.result_of(lab.__aenter__())
        except BaseException:
            self._thread.close()
            raise
        self._stopped = False

    def stop(self) -> None:
        """End the hosts, and remove all but the capture; what was seen can be asked for on."""
        if self._stopped:
            return
        self._stopped = True
        try:
            self._thread.result_of(self._lab.stop())
        finally:
            self._thread.close()

    play = _waiting(AsyncLab.play)
    send = _waiting(AsyncLab.send)
    settle = _waiting(AsyncLab.settle)
    wait = _waiting(AsyncLab.wait)
    set = _waiting(AsyncLab.set)
    restart = _waiting(AsyncLab.restart)
    disturb = _waiting(AsyncLab.disturb)

    flow = _asking(AsyncLab.flow)
    events = _asking(AsyncLab.events)
    records = _asking(AsyncLab.records)

    @property
    def result(self) -> Result:
        """What was seen, judged by the topology's `expect`."""
        return self._asked(lambda: self._lab.result)

    def predict(self) -> Report:
        """What becomes of first messages with empty queues, as its hosts are configured now."""
        return self._lab.predict()

    def address(self, host: str) -> IPAddress:
        """Where a host is on the wire, by its first address; `port` stands for 102 there."""
        return self._lab.address(host)

    @property
    def port(self) -> int:
        """The port that stands for 102 on the wire."""
        return self._lab.port

    @property
    def capture(self) -> Path:
        """The capture, a pcapng file; it is whole when the lab has stopped."""
        return self._lab.capture

    @property
    def topology(self) -> Topology:
        """The topology as the file has it, with what was `set`."""
        return self._lab.topology

    def _asked(self, question: Callable[[], ResultT]) -> ResultT:
        """An answer that is found between two steps of the hosts, while they run."""
        if self._stopped:
            return question()

        async def answer() -> ResultT:
            return question()

        return self._thread.result_of(answer())
