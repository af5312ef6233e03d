"""A lab that a test has up, without asyncio: its hosts run on an event loop of their own thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from labkit.addresses import IPAddress
from labkit.loop import new_event_loop
from labkit.records import Record
from mta_lab.rehearsal.report import Report
from mta_lab.testing.aio import AsyncLab
from mta_lab.topology.files import Topology
from mta_lab.verdict.result import Flow, Result

ResultT = TypeVar("ResultT")


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

    def play(self) -> None:
        """Carry out the steps of the topology's own play; `result` then judges its `expect`."""
        self._thread.result_of(self._lab.play())

    def send(
        self,
        sender: str,
        receiver: str,
        *,
        count: int = 1,
        subject: str = "Lab mail",
        text: str = "Sent by the lab.",
        settle: bool = True,
    ) -> None:
        """Send messages from a user of one MTA to one of another; wait until nothing moves."""
        sending = self._lab.send(
            sender, receiver, count=count, subject=subject, text=text, settle=settle
        )
        self._thread.result_of(sending)

    def settle(self) -> None:
        """Wait until nothing moves any more; mail may wait for a retry timer, or for a call."""
        self._thread.result_of(self._lab.settle())

    def wait(
        self,
        *,
        at: str | None = None,
        event: int | None = None,
        delivered: int | None = None,
        seconds: float | None = None,
        ended: str | None = None,
    ) -> None:
        """Wait as an `await` of a play does: for an event or deliveries `at` an MTA, and so on."""
        waiting = self._lab.wait(
            at=at, event=event, delivered=delivered, seconds=seconds, ended=ended
        )
        self._thread.result_of(waiting)

    def set(self, settings: Mapping[str, Any]) -> None:
        """Change hosts while they run, by the paths of `mta-lab set`."""
        self._thread.result_of(self._lab.set(settings))

    def restart(self, host: str) -> None:
        """End a host and start it again; what is on its disk is there again."""
        self._thread.result_of(self._lab.restart(host))

    def disturb(self, fault: Mapping[str, Any]) -> None:
        """Bring a fault about, or lift it, as a `fault` of a play."""
        self._thread.result_of(self._lab.disturb(fault))

    @property
    def result(self) -> Result:
        """What was seen, judged by the topology's `expect`."""
        return self._asked(lambda: self._lab.result)

    def flow(self, sender: str, receiver: str) -> Flow:
        """What became of the mail from one MTA to another, with the topology's addresses."""
        return self._asked(lambda: self._lab.flow(sender, receiver))

    def events(self, mta: str) -> list[int]:
        """The IDs of the events that an MTA logged, in order."""
        return self._asked(lambda: self._lab.events(mta))

    def records(self, host: str) -> list[Record]:
        """Every record that a host wrote."""
        return self._asked(lambda: self._lab.records(host))

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
