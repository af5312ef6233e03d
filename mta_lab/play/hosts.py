"""The hosts of a lab: how they are started, changed and ended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from firewall_proxy import records as firewall_records
from firewall_proxy.config import Configuration as FirewallConfig
from labkit.config import ConfigurationError, Section, dump, load
from labkit.loop import to_its_end
from labkit.records import Record
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.log import records as mta_records
from mta_lab.backends import Backend
from mta_lab.lab.changes import read_changes, write_changes
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import processes_of
from mta_lab.lab.records import Observer, ProgramEnded, kinds_of
from mta_lab.play.distanthost import DistantHost, cannot_restart
from mta_lab.play.host import Host
from mta_lab.play.process import HostFailedError, NotInTimeError
from mta_lab.play.programs import Programs
from mta_lab.play.taskhost import Program, TaskHost
from mta_lab.topology.faults import Fault, Faults, read_faults, write_faults
from mta_lab.topology.settings import by_host, change

AnyHost = Host | TaskHost | DistantHost
#: The answers to SIGHUP.
_ACCEPTED = (firewall_records.Listening, mta_records.Reloaded)
_REFUSED = (firewall_records.ReloadRefused, mta_records.ReloadRefused)
_QUIET_SECONDS = 0.1  # how long nobody may say anything before we look again


def _nobody(_host: str, _record: Record) -> None:
    """The observer where none is wanted."""


class Hosts:
    """The running hosts of a lab; `observer` gets every record until they are ended."""

    def __init__(
        self,
        lab: Lab,
        backend: Backend,
        timeout: float,
        observer: Observer = _nobody,
        *,
        tasks: bool = False,
    ) -> None:
        """No wait takes longer than `timeout` wall seconds.

        With `tasks`, hosts are tasks of this process where they can be.
        """
        self._lab = lab
        self._backend = backend
        self._observer = observer
        self._timeout = timeout
        self._tasks = tasks
        self._running: dict[str, AnyHost] = {}
        self._happened = asyncio.Event()
        self._ending = False
        self._programs = Programs(lab, backend, timeout, self._program_ended)

    @property
    def records(self) -> dict[str, list[Record]]:
        """What each host has said."""
        return {name: host.records for name, host in self._running.items()}

    async def start(self, *, tapped: bool = False) -> None:
        """Start all and wait until each can be called, the programs last: some call at once.

        Raises HostFailedError when one ends, NotInTimeError, OSError.
        """
        for name in self._lab.topology.serving():
            self._start(name, tapped=tapped)

        def silent() -> str:
            return ", ".join(name for name, host in self._running.items() if not host.records)

        await self.until(lambda: not silent(), lambda: f"not listening yet: {silent()}")
        await self._programs.start()

    def attach(self, *names: str) -> None:
        """Watch these hosts, or all, of a lab that is up already.

        Raises ConfigurationError when one is not running.
        """
        for name in names or self._lab.topology.serving():
            if name in self._lab.topology.programs:
                self._programs.attach(name)
                continue
            files, kinds = self._lab.files(name), kinds_of(self._lab.topology, name)
            if not self._backend.processes_are_here:
                self._running[name] = DistantHost(name, files, kinds, self._hear)
                continue
            process = next(processes_of(self._lab.directory, name), None)
            if process is None:
                raise ConfigurationError(f"lab {self._lab.name}: {name} is not running")
            self._running[name] = Host(name, process, files, kinds, self._hear)

    async def restart(self, name: str, *, tapped: bool = False) -> None:
        """End a host in good order, if it runs, and start it: what is on its disk is there again.

        Raises HostFailedError, NotInTimeError, OSError.
        """
        if name in self._lab.topology.programs:
            await self._programs.restart(name)
            return
        before: list[Record] = []
        if running := self._running.get(name):
            await running.stop()
            before = running.records
        host = self._start(name, tapped=tapped)
        host.records[:0] = before
        said = len(before)
        await self.until(lambda: len(host.records) > said, lambda: f"not listening yet: {name}")

    def _start(self, name: str, *, tapped: bool) -> AnyHost:
        files, kinds = self._lab.files(name), kinds_of(self._lab.topology, name)
        if self._tasks and (program := self._program(name, tapped=tapped)):
            self._running[name] = TaskHost(name, program, files, kinds, self._hear)
        else:
            command = self._backend.serving(self._lab, name, tapped=tapped)
            directory = self._lab.directory
            self._running[name] = Host.start(name, command, directory, files, kinds, self._hear)
        return self._running[name]

    def _program(self, name: str, *, tapped: bool) -> Program | None:
        from mta_lab.play.servers import program  # noqa: PLC0415 - an MTA is slow to load

        return program(self._lab, name, tapped=tapped)

    async def change(self, settings: Mapping[str, Any], *, restart: bool = False) -> None:
        """Let hosts read a changed configuration; what is under way in them goes on.

        A host that cannot take it while it runs is started again with it, with `restart`. Raises
        ConfigurationError when a setting is wrong, and then all is as before, or when a host
        refuses it, and then that host's configuration is; NotInTimeError, HostFailedError.
        """
        ours = self._lab.topology.configurations()  # programs and files of others have no settings
        of_hosts = by_host(settings, [name for name in self._running if name in ours])
        if restart and not self._backend.processes_are_here:
            raise ConfigurationError(cannot_restart(", ".join(of_hosts)))
        before = {name: self._configuration(name) for name in of_hosts}
        now = self._lab.clock.now()
        since = now.isoformat(timespec="seconds")
        after = {name: change(name, before[name], its, since) for name, its in of_hosts.items()}
        for name, its in of_hosts.items():
            await self._give(name, before[name], after[name], restart=restart)
            changes = read_changes(self._lab.directory).after(its, now)
            write_changes(changes, self._lab.directory)

    def _configuration(self, name: str) -> Section:
        model: type[Section] = FirewallConfig if self._is_firewall(name) else MtaConfig
        return load(self._lab.files(name).configuration, model)

    async def _give(self, name: str, before: Section, after: Section, *, restart: bool) -> None:
        """Give a host another configuration, or leave it with the one before."""
        try:
            await self._write(name, before, after)
            refused = await self._reload(self._running[name])
            if refused and restart:
                await self.restart(name)
                refused = ""
        except HostFailedError as error:
            await self._write(name, after, before)
            await self.restart(name)
            raise ConfigurationError(f"{name} does not start with that: {error}") from error
        if refused:
            await self._write(name, after, before)
            again = f"mta-lab set --restart starts {name} again with the change"
            how = f"\n{again}" if self._backend.processes_are_here else ""
            raise ConfigurationError(f"{name}: {refused}{how}")

    async def _write(self, name: str, before: Section, after: Section) -> None:
        """Write a host's configuration, and let its machine fit it."""
        file = self._lab.files(name).configuration
        dump(after, file)
        if (
            isinstance(before, FirewallConfig)
            and isinstance(after, FirewallConfig)
            and before.tunnels != after.tunnels
        ):
            try:
                # in a thread, because the netlink library runs an event loop of its own
                set_up = self._backend.set_up_firewall
                await to_its_end(asyncio.to_thread(set_up, self._lab, name, after))
            except ConfigurationError:
                dump(before, file)
                raise

    async def _reload(self, host: AnyHost) -> str:
        """Let a host read its configuration; why it refuses, or nothing when it does not."""
        said = len(host.records)

        def answers() -> list[Record]:
            return [each for each in host.records[said:] if isinstance(each, _ACCEPTED + _REFUSED)]

        host.reload()
        await self.until(lambda: bool(answers()), lambda: f"no answer from {host.name}")
        answer = answers()[0]
        return answer.reason if isinstance(answer, _REFUSED) else ""

    async def disturb(self, fault: Fault) -> None:
        """Add a fault to those that the network has, or lift those at its place.

        Raises ConfigurationError when the place is not there or the backend cannot do it.
        """
        if fault.on not in self._lab.topology.fault_places():
            known = ", ".join(self._lab.topology.fault_places())
            raise ConfigurationError(f"no network or service {fault.on!r}; there are: {known}")
        await self._have(read_faults(self._lab.directory).after(fault))

    async def relieve(self, fault: Fault) -> None:
        """End a fault that is over, if it is still there."""
        await self._have(read_faults(self._lab.directory).without(fault))

    async def _have(self, faults: Faults) -> None:
        # in a thread, because the netlink library runs an event loop of its own
        await to_its_end(asyncio.to_thread(self._bring_about, faults))

    def _bring_about(self, faults: Faults) -> None:
        self._backend.disturb(self._lab, faults.faults)
        write_faults(faults, self._lab.directory)

    async def stop(self) -> list[HostFailedError]:
        """End the MTAs and programs, then the firewalls, so that these log every connection.

        Returns what went wrong with it.
        """
        failures: list[HostFailedError] = []

        async def end(host: AnyHost | Programs) -> None:
            try:
                await host.stop()
            except HostFailedError as error:
                failures.append(error)

        self._ending = True
        firewalls = [each for each in self._running.values() if self._is_firewall(each.name)]
        others = [each for each in self._running.values() if each not in firewalls]
        await asyncio.gather(end(self._programs), *map(end, others))
        await asyncio.gather(*map(end, firewalls))
        return failures

    def leave(self) -> None:
        """Let them run on without us."""
        for host in self._running.values():
            host.leave()
        self._programs.leave()

    def has_ended(self, program: str) -> bool:
        """Whether a program has ended by itself, since it was started last."""
        return self._programs.has_ended(program)

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

    def _is_firewall(self, host: str) -> bool:
        return host in self._lab.topology.firewalls

    def _program_ended(self, host: str, status: int | None) -> None:
        self._happened.set()
        self._observer(host, ProgramEnded(status).at(self._lab.clock.now()))

    def _hear(self, host: str, record: Record) -> None:
        self._happened.set()
        if not self._ending or self._is_firewall(host):
            self._observer(host, record)
