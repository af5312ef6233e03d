"""The hosts of a lab: what each is told, and all of them running."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from labkit.clock import Clock
from labkit.config import dump
from mta_emu.mta.config import MtaConfig
from mta_lab.backends import Backend
from mta_lab.lab import Lab
from mta_lab.processes import Host, HostFailedError, Observer, Record
from mta_lab.topology import FIREWALL

_QUIET_SECONDS = 0.1  # how long nobody may say anything before we look again


class NotInTimeError(Exception):
    """What was waited for did not come about; the text says what was missing."""


def configure(lab: Lab) -> None:
    """Write the configuration of every host into its directory."""
    for name, mta in lab.topology.mtas.items():
        lab.files(name).directory.mkdir(parents=True, exist_ok=True)
        dump(_in_the_lab(lab, mta), lab.files(name).configuration)
    if firewall := lab.topology.firewall:
        lab.files(FIREWALL).directory.mkdir(parents=True, exist_ok=True)
        placed = firewall.model_copy(update={"clock": _clock(lab)})
        dump(placed, lab.files(FIREWALL).configuration)


def _clock(lab: Lab) -> Clock:
    return Clock(scale=lab.scale, origin=lab.origin, start=lab.topology.starts)


def _in_the_lab(lab: Lab, mta: MtaConfig) -> MtaConfig:
    """The MTA's configuration with the lab's clock, host names and PTR records."""
    server = mta.server.model_copy(
        update={
            "clock": _clock(lab),
            "names": {**lab.topology.hosts, **mta.server.names},
            "reverse": {**lab.topology.reverse, **mta.server.reverse},
        }
    )
    return mta.model_copy(update={"server": server})


class Hosts:
    """The running hosts of a lab; `observer` hears every record until they are told to end."""

    def __init__(self, lab: Lab, backend: Backend, observer: Observer, timeout: float) -> None:
        """No wait takes longer than `timeout` wall seconds."""
        self._lab = lab
        self._backend = backend
        self._observer = observer
        self._timeout = timeout
        self._running: dict[str, Host] = {}
        self._happened = asyncio.Event()
        self._ending = False

    @property
    def records(self) -> dict[str, list[Record]]:
        """What each host has said."""
        return {name: host.records for name, host in self._running.items()}

    async def start(self, *, tapped: bool = False) -> None:
        """Start all and wait until each can be called.

        Raises HostFailedError when one ends, NotInTimeError, OSError.
        """
        for name in self._lab.topology.host_addresses():
            command = self._backend.serving(self._lab, name, tapped=tapped)
            self._running[name] = Host.start(
                name, command, self._lab.directory, self._lab.files(name), self._hear
            )

        def silent() -> str:
            return ", ".join(name for name, host in self._running.items() if not host.records)

        await self.until(lambda: not silent(), lambda: f"not listening yet: {silent()}")

    async def stop(self) -> list[HostFailedError]:
        """End the MTAs, then the firewall, so that it logs every connection.

        Returns what went wrong with it.
        """
        failures: list[HostFailedError] = []

        async def end(host: Host) -> None:
            try:
                await host.stop()
            except HostFailedError as error:
                failures.append(error)

        self._ending = True
        firewall = self._running.get(FIREWALL)
        await asyncio.gather(*(end(host) for host in self._running.values() if host != firewall))
        if firewall:
            await end(firewall)
        return failures

    def leave(self) -> None:
        """Let them run on without us."""
        for host in self._running.values():
            host.leave()

    def check(self) -> None:
        """Raise HostFailedError when one has ended."""
        for host in self._running.values():
            host.check()

    async def until(self, ready: Callable[[], bool], complaint: Callable[[], str]) -> None:
        """Wait until `ready` after some record. Raises NotInTimeError, HostFailedError."""
        async with self.patience(complaint):
            while not ready():
                await self.something()

    @asynccontextmanager
    async def patience(self, complaint: Callable[[], str]) -> AsyncIterator[None]:
        """Raise NotInTimeError with the complaint when the block takes too long."""
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError:
            raise NotInTimeError(f"after {self._timeout:g} s: {complaint()}") from None

    async def something(self) -> None:
        """Wait until a host says something, but not for long: not all that changes is said."""
        self._happened.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_QUIET_SECONDS):
                await self._happened.wait()
        self.check()

    def _hear(self, host: str, record: Record) -> None:
        self._happened.set()
        if not self._ending or host == FIREWALL:
            self._observer(host, record)
