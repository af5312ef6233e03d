"""A lab that a test has up, for asyncio: its hosts are tasks of the test's own event loop."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, Self

from labkit.addresses import IPAddress
from labkit.config import ConfigurationError, parse
from labkit.loop import to_its_end
from labkit.problems import instead
from labkit.records import Record
from mta_emu.mta.controlclient import status
from mta_emu.mta.log.records import Listening
from mta_lab.backends.registry import BackendName, backend
from mta_lab.lab.directory import Lab, lab_directory
from mta_lab.play import lifecycle
from mta_lab.play.audience import Audience
from mta_lab.play.stage import Stage
from mta_lab.rehearsal.predict import mail
from mta_lab.rehearsal.report import Report, of_lab
from mta_lab.topology.changed import with_settings
from mta_lab.topology.faults import Faults, read_faults
from mta_lab.topology.files import Topology
from mta_lab.topology.play import PlayStep
from mta_lab.verdict.judge import Observation, judge
from mta_lab.verdict.result import Flow, Result

_SETTLED = PlayStep.model_validate({"await": "settled"})


class AsyncLab:
    """A lab that is up while the block runs: `async with AsyncLab(...) as lab`.

    Where the backend does not let hosts be tasks, they are processes.
    """

    def __init__(
        self,
        topology: Topology,
        name: str,
        capture: Path,
        *,
        where: BackendName = BackendName.LOOPBACK,
        port: int | None = None,
        time_scale: float | None = None,
        timeout: float = 60.0,
    ) -> None:
        """`capture` is the file to write; no step may take longer than `timeout` wall seconds."""
        self.topology = topology
        """The topology as the file has it, with what was `set`."""
        self.capture = capture
        """The capture, a pcapng file; it is whole when the lab has stopped."""
        self.played = False
        """Whether the topology's own play was carried out."""
        self._name = name
        self._where = where
        self._port = port
        self._time_scale = time_scale
        self._timeout = timeout
        self._opened = ExitStack()
        self._running: tuple[Lab, Stage] | None = None
        self._observation: Observation | None = None

    async def __aenter__(self) -> Self:
        """Put it up, every host listening.

        Raises ConfigurationError when the backend cannot show it or a host refuses its
        configuration, HostFailedError, NotInTimeError, OSError.
        """
        directory = lab_directory(self._name)
        try:
            placing = lifecycle.placed(self.topology, directory, self._where, self._port)
            # on threads, because a part of the network may have to be waited for
            placement = await to_its_end(asyncio.to_thread(self._opened.enter_context, placing))
            building = lifecycle.built(placement, directory, time_scale=self._time_scale)
            lab = await to_its_end(asyncio.to_thread(self._opened.enter_context, building))
            tasks = backend(self._where).hosts_are_here
            stage = Stage(lab, self.capture, Audience(), self._timeout, tasks=tasks)
            self._running = lab, stage
            await stage.hosts.start(tapped=stage.tapped)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    async def stop(self) -> None:
        """End the hosts, and remove all but the capture; what was seen can be asked for on."""
        try:
            if self._running and not self._observation:
                self._observation = await self._running[1].end()
        finally:
            await to_its_end(asyncio.to_thread(self._opened.close))

    @property
    def stopped(self) -> bool:
        """Whether it was up, and is no more."""
        return self._observation is not None

    # What is done to it. All raise NotInTimeError, HostFailedError and ControlError.

    async def play(self) -> None:
        """Carry out the steps of the topology's own play; `result` then judges its `expect`."""
        self.played = True
        for number, step in enumerate(self._lab.topology.play):
            await self._stage.player.step(f"play.{number}", step)

    async def send(
        self,
        sender: str,
        receiver: str,
        *,
        count: int = 1,
        subject: str = "Lab mail",
        text: str = "Sent by the lab.",
        settle: bool = True,
    ) -> None:
        """Send messages from a user of one MTA to one of another; wait until nothing moves.

        Raises ConfigurationError when no connector leads there.
        """
        known = {
            (first, str(last)): message for (first, last), message in mail(self.topology).items()
        }
        if (sender, receiver) not in known:
            pairs = ", ".join(f"{first} -> {last}" for first, last in known) or "none"
            raise ConfigurationError(f"no mail {sender} -> {receiver} here; there is: {pairs}")
        message = known[sender, receiver]
        sent = {
            "at": sender,
            "from": str(message.originator),
            "to": str(message.recipient),
            "count": count,
            "subject": subject,
            "text": text,
        }
        await self._step({"send": sent})
        if settle:
            await self.settle()

    async def settle(self) -> None:
        """Wait until nothing moves any more; mail may wait for a retry timer, or for a call."""
        await self._stage.player.step("settle", _SETTLED)
        for name in self._lab.topology.mtas:
            work = (await status(self._lab.files(name).data)).work
            come = partial(self._has_come, name, work)
            await self._stage.hosts.until(come, partial("{} is not heard".format, name))

    def _has_come(self, mta: str, count: int) -> bool:
        """Whether so many records of an MTA have come since its start; the first is Listening."""
        latest = reversed(self._stage.hosts.records[mta])
        behind = takewhile(lambda record: not isinstance(record, Listening), latest)
        return 1 + sum(1 for _ in behind) >= count

    async def wait(
        self,
        *,
        at: str | None = None,
        event: int | None = None,
        delivered: int | None = None,
        seconds: float | None = None,
        ended: str | None = None,
    ) -> None:
        """Wait as an `await` of a play does: for an event or deliveries `at` an MTA, and so on.

        `seconds` are the lab's; `ended` names a program. Raises ConfigurationError when that is
        not one thing.
        """
        given = {
            "at": at,
            "event": event,
            "delivered": delivered,
            "seconds": seconds,
            "ended": ended,
        }
        await self._step({"await": {key: each for key, each in given.items() if each is not None}})

    async def set(self, settings: Mapping[str, Any]) -> None:
        """Change hosts while they run, by the paths of `mta-lab set`; addresses are the file's.

        Raises ConfigurationError when one is wrong, and then nothing has changed.
        """
        changed = with_settings(self.topology, settings)
        await self._step({"set": self._lab.placement.value_on_wire(settings)})
        self.topology = changed

    async def restart(self, host: str) -> None:
        """End a host and start it again; what is on its disk is there again."""
        await self._step({"restart": host})

    async def disturb(self, fault: Mapping[str, Any]) -> None:
        """Bring a fault about, or lift it, as a `fault` of a play.

        Raises ConfigurationError, also where the backend has no faults.
        """
        await self._step({"fault": dict(fault)})

    async def _step(self, step: Mapping[str, Any]) -> None:
        await self._stage.player.step(next(iter(step)), parse(step, PlayStep, "step"))

    # What was seen of it until now, or until it stopped. Once it is settled, all is known that MTAs
    # say; what a firewall says of a connection comes when that has ended, at last with the lab.

    @property
    def result(self) -> Result:
        """What was seen, judged by the topology's `expect`."""
        observation = self._observation or self._stage.so_far()
        return judge(self._lab.placement, observation)

    def flow(self, sender: str, receiver: str) -> Flow:
        """What became of the mail from one MTA to another, with the topology's addresses.

        Raises ConfigurationError when there is no such mail.
        """
        flows = {(each.sender, each.receiver): each for each in self.result.flows}
        if (sender, receiver) not in flows:
            known = ", ".join(f"{first} -> {last}" for first, last in flows) or "none"
            raise ConfigurationError(f"no mail {sender} -> {receiver} here; there is: {known}")
        found = flows[sender, receiver]
        seen = found.source_seen and self._lab.placement.in_file(found.source_seen)
        return found.model_copy(update={"source_seen": seen})

    def events(self, mta: str) -> list[int]:
        """The IDs of the events that an MTA logged, in order."""
        mtas = self.result.mtas
        if mta not in mtas:
            raise ConfigurationError(f"no MTA {mta!r} here; {instead(mta, [*mtas])}")
        return [event.id for event in mtas[mta].events]

    def records(self, host: str) -> list[Record]:
        """Every record that a host wrote."""
        records = self._stage.hosts.records
        if host not in records:
            raise ConfigurationError(f"no records of {host!r}; {instead(host, [*records])}")
        return [*records[host]]

    def predict(self) -> Report:
        """What becomes of first messages with empty queues, as its hosts are configured now."""
        now, faults = datetime.now(UTC), Faults()
        if self._running:
            now = self._lab.clock.now()
            if not self._observation:
                faults = read_faults(self._lab.directory)
        return of_lab(self.topology, now, faults, ())

    def address(self, host: str) -> IPAddress:
        """Where a host is on the wire, by its first address; `port` stands for 102 there."""
        hosts = self._lab.topology.host_addresses()
        if host not in hosts:
            raise ConfigurationError(f"no host {host!r} here; {instead(host, [*hosts])}")
        return hosts[host][0]

    @property
    def port(self) -> int:
        """The port that stands for 102 on the wire."""
        return self._lab.placement.port

    @property
    def _lab(self) -> Lab:
        return self._parts()[0]

    @property
    def _stage(self) -> Stage:
        return self._parts()[1]

    def _parts(self) -> tuple[Lab, Stage]:
        if self._running is None:
            raise RuntimeError("the lab is not up: async with x400_lab.aio(...) as lab")
        return self._running
