"""Plays a topology: starts its hosts, sends its mail, waits for rest, and keeps what was said."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from firewall_proxy.config import Configuration as FirewallConfig
from labkit.clock import LabClock
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError, dump
from mta_emu.mta.config import Clock, MtaConfig
from mta_emu.mta.control import ControlError, ask
from mta_lab.backends import Placement
from mta_lab.capture import Capture, Recorder
from mta_lab.flows import Submission
from mta_lab.processes import Host, HostFailedError, Observer, Record
from mta_lab.result import Difference
from mta_lab.settled import Rest, moving, queued
from mta_lab.topology import Mail, Step, Topology

FIREWALL = "firewall"

_QUIET_SECONDS = 0.1  # how long nobody may say anything before we look again


@dataclass(frozen=True)
class Setting:
    """Where and how a topology is played."""

    placement: Placement
    directory: Path  # configurations, queues, taps and error texts of the run
    capture: Path  # the file to write
    clock: LabClock
    timeout: float = 60.0  # wall seconds that a step may take

    @property
    def topology(self) -> Topology:
        """The topology with the addresses on the wire."""
        return self.placement.topology


@dataclass(frozen=True)
class Observation:
    """What a run showed."""

    records: dict[str, list[Record]]
    submissions: list[Submission]
    ended: datetime  # lab time of the play's end; what MTAs say later is their shutting down
    differences: list[Difference]
    capture: Capture


class PlayFailedError(Exception):
    """A step did not come about; the text says what was still moving."""


async def play(setting: Setting, observer: Observer) -> Observation:
    """Play the topology from start to end; `observer` hears every record of the play.

    What goes wrong on the way is in the observation's differences. Raises ConfigurationError
    when a host refuses its configuration, OSError when the capture cannot be written.
    """
    placement = setting.placement
    addresses = frozenset(str(address) for address in placement.addresses.values())
    recorder = Recorder(setting.capture, placement.interface, addresses, placement.port)
    player = _Player(setting, observer)
    try:
        await player.play(tapped=recorder.needs_taps)
    finally:
        ended = setting.clock.now()
        await player.stop()
        capture = recorder.finish(sorted(setting.directory.glob("*.tap")))
    records = {name: host.records for name, host in player.hosts.items()}
    return Observation(records, player.submissions, ended, player.differences, capture)


class _Player:
    """The hosts of a run and the steps that are carried out on them."""

    def __init__(self, setting: Setting, observer: Observer) -> None:
        self.hosts: dict[str, Host] = {}
        self.submissions: list[Submission] = []
        self.differences: list[Difference] = []
        self._setting = setting
        self._observer = observer
        self._happened = asyncio.Event()
        self._over = False

    async def play(self, *, tapped: bool) -> None:
        """Start the hosts and carry out the steps, up to the first that fails."""
        where = "start"
        try:
            await self._start(tapped)
            for number, step in enumerate(self._setting.topology.play):
                where = f"play.{number}"
                await self._step(where, step)
        except HostFailedError as error:
            if error.status == EXIT_BAD_CONFIGURATION:
                raise ConfigurationError(str(error)) from error
            self._differs(where, "hosts that run", error)
        except (PlayFailedError, ControlError) as error:
            self._differs(where, "a step that succeeds", error)

    async def stop(self) -> None:
        """End the MTAs, then the firewall, so that it logs every connection."""
        self._over = True
        await asyncio.gather(
            *(self._stop(host) for name, host in self.hosts.items() if name != FIREWALL)
        )
        if FIREWALL in self.hosts:
            await self._stop(self.hosts[FIREWALL])

    async def _stop(self, host: Host) -> None:
        try:
            await host.stop()
        except HostFailedError as error:
            self._differs("end", "hosts that end", error)

    async def _start(self, tapped: bool) -> None:
        commands = {
            name: self._mta_command(name, mta, tapped)
            for name, mta in self._setting.topology.mtas.items()
        }
        if firewall := self._setting.topology.firewall:
            commands[FIREWALL] = self._firewall_command(firewall)
        for name, command in commands.items():
            errors = self._setting.directory / f"{name}.stderr"
            self.hosts[name] = await Host.start(name, command, errors, self._hear)

        def silent() -> str:
            return ", ".join(name for name, host in self.hosts.items() if not host.records)

        await self._until(lambda: not silent(), lambda: f"not listening yet: {silent()}")

    def _mta_command(self, name: str, mta: MtaConfig, tapped: bool) -> list[str]:
        directory = self._setting.directory
        configuration = directory / f"{name}.yaml"
        dump(self._in_the_lab(mta), configuration)
        tap = ["--tap", str(directory / f"{name}.tap")] if tapped else []
        data = str(self._data(name))
        return _program("mta_emu", "serve", str(configuration), "--data", data, "--json", *tap)

    def _firewall_command(self, firewall: FirewallConfig) -> list[str]:
        configuration = self._setting.directory / f"{FIREWALL}.yaml"
        dump(firewall, configuration)
        return _program("firewall_proxy", "serve", str(configuration), "--json")

    def _in_the_lab(self, mta: MtaConfig) -> MtaConfig:
        """The MTA's configuration with the lab's clock, host names and PTR records."""
        topology, clock = self._setting.topology, self._setting.clock
        server = mta.server.model_copy(
            update={
                "clock": Clock(scale=clock.scale, origin=clock.origin),
                "hosts": {**topology.hosts, **mta.server.hosts},
                "reverse": {**topology.reverse, **mta.server.reverse},
            }
        )
        return mta.model_copy(update={"server": server})

    def _data(self, mta: str) -> Path:
        return self._setting.directory / mta

    def _differs(self, where: str, expected: object, observed: object) -> None:
        seen = str(observed) if isinstance(observed, Exception) else observed
        self.differences.append(Difference(where=where, expected=expected, observed=seen))

    def _hear(self, host: str, record: Record) -> None:
        self._happened.set()
        if not self._over or host == FIREWALL:
            self._observer(host, record)

    # Steps

    async def _step(self, where: str, step: Step) -> None:
        if step.send is not None:
            await self._send(step.send)
        if step.awaited is not None:
            if step.awaited.at is None:
                await self._settled()
            else:
                await self._event(step.awaited.at, step.awaited.event)
        for name, expected in (step.queued or {}).items():
            found = queued(await ask(self._data(name), {"command": "status"}))
            if found != expected:
                self._differs(f"{where}.queued.{name}", expected, found)

    async def _send(self, mail: Mail) -> None:
        recipient = self._setting.topology.mailbox(mail.to)
        request = {"command": "submit", "to": [str(mail.to)], "from": str(mail.sender)}
        request |= mail.model_dump(include={"subject", "text", "priority", "count"})
        reply = await ask(self._data(mail.at), request)
        self.submissions.append(
            Submission(mail.at, str(recipient), tuple(reply["mts_identifiers"]))
        )

    async def _event(self, mta: str, event: int | None) -> None:
        records = self.hosts[mta].records
        await self._until(
            lambda: any(record.get("id") == event for record in records),
            lambda: f"{mta} has not logged event {event}",
        )

    async def _settled(self) -> None:
        rest = Rest()
        statuses: dict[str, Any] = {}
        async with self._patience(lambda: f"not settled: {moving(statuses)}"):
            while True:
                for name in self._setting.topology.mtas:
                    statuses[name] = await ask(self._data(name), {"command": "status"})
                if rest.reached(statuses):
                    return
                if not all(status["settled"] for status in statuses.values()):
                    await self._something()

    async def _until(self, ready: Callable[[], bool], complaint: Callable[[], str]) -> None:
        async with self._patience(complaint):
            while not ready():
                await self._something()

    @asynccontextmanager
    async def _patience(self, complaint: Callable[[], str]) -> AsyncIterator[None]:
        """Raise PlayFailedError with the complaint when the block takes too long."""
        try:
            async with asyncio.timeout(self._setting.timeout):
                yield
        except TimeoutError:
            raise PlayFailedError(f"after {self._setting.timeout:g} s: {complaint()}") from None

    async def _something(self) -> None:
        """Wait until a host says something, but not for long: not all that changes is said."""
        self._happened.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_QUIET_SECONDS):
                await self._happened.wait()
        for host in self.hosts.values():
            host.check()


def _program(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]
