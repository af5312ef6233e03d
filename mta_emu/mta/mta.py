"""The MTA: its listener, connectors and dispatcher, and what the control socket asks of them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from contextvars import Context, copy_context
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from labkit.addresses import at
from labkit.owner import owner
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.reload import changes
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.connector.controlblocks import ControlBlocks
from mta_emu.mta.connector.listener import Listener
from mta_emu.mta.connector.resuming import go_on
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.connector.workqueue import WorkQueue
from mta_emu.mta.control import serve_control
from mta_emu.mta.dispatch.announcements import Announcer
from mta_emu.mta.dispatch.choosing import Chooser
from mta_emu.mta.dispatch.deferral import Deferral
from mta_emu.mta.dispatch.dispatcher import Dispatcher
from mta_emu.mta.dispatch.expiry import Expiry
from mta_emu.mta.dispatch.rerouting import Rerouter
from mta_emu.mta.eventlogger import EventLogger
from mta_emu.mta.log import records
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.status import ConnectorStatus, MtaStatus
from mta_emu.mta.log.textlogs import TextLogs
from mta_emu.mta.policy.alarms import QueueAlarm
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.requests import Command, Requests, UploadCommand
from mta_emu.mta.store.checkpoints import make_checkpoints
from mta_emu.mta.store.database import DiskFullError, UnavailableError
from mta_emu.mta.store.datadirectory import held
from mta_emu.mta.store.housekeeping import keep_house
from mta_emu.mta.store.leftovers import clear_leftovers
from mta_emu.mta.store.store import Store
from mta_emu.mta.supervisor import Supervisor
from mta_emu.tap import Tap, Taps


class Door(NamedTuple):
    """A way to a running MTA that is open while it runs; mail does not depend on it."""

    name: str
    open: Callable[["Mta"], AbstractAsyncContextManager[None]]


_DISK_FULL, _LOCK_VIOLATION = 112, 33  # as Windows numbers them
#: Wall seconds after which a full disk, and a locked database, is tried again.
_FULL_AGAIN, _LOCKED_AGAIN = 1.0, 0.1


class Mta:
    """One MTA; several may run on one event loop."""

    def __init__(
        self, config: MtaConfig, directory: Path, journal: Journal, tap: Tap | None = None
    ) -> None:
        """Keep everything in `directory`, which this MTA has for itself while it runs.

        Raises DirectoryInUseError, and what Store.open raises when its database is unusable.
        """
        self._config = config
        self._directory = directory
        self._journal = journal
        with ExitStack() as opened:
            opened.enter_context(held(directory))
            event_log_size = config.server.retention.event_log_size << 10
            self._store = Store.open(directory, config.server.name, event_log_size)
            self._held = opened.pop_all()
        self._clock = config.server.clock.lab_clock()
        diagnostics = config.server.diagnostics_logging
        self._text_logs = TextLogs(directory, diagnostics, self._clock)
        self._connectors: dict[str, Connector] = {}
        self._expiry = Expiry(self._clock, self._store, self._connectors)
        self._this_mta = ThisMta(config.server.global_domain.for_trace(), config.server.mta_name)
        logger = EventLogger(
            lambda: self._config.server.diagnostics_logging,
            self._clock,
            self._store,
            self._text_logs,
            journal,
        )
        self._log = logger.log
        self._announcer = Announcer(
            journal, self._log, self._connectors, self._expiry.wake, self._deferring
        )
        self._dispatcher = Dispatcher(self._store, self._choose, self._announcer, self._this_mta)
        self._deferral = Deferral(self._clock, self._store, self._dispatcher.release)
        rerouter = Rerouter(
            self._clock, self._store, self._announcer, self._choose, self._connectors
        )
        registry = config.server.registry
        self._work_queue = WorkQueue(
            QueueAlarm(registry.work_queue_alarm_on, registry.work_queue_alarm_off), self._log
        )
        taps: dict[str, Tap] = {"text logs": logs} if (logs := self._text_logs.wire) else {}
        if tap:
            taps["tap"] = tap
        self._shared = shared = Shared(
            config=config,
            clock=self._clock,
            store=self._store,
            journal=journal,
            log=self._log,
            tap=Taps(journal.guarded, taps) if taps else None,
            blocks=ControlBlocks(registry.tcp_ip_control_blocks),
            work_queue=self._work_queue,
            dispatcher=self._dispatcher,
            rerouter=rerouter,
        )
        queued = self._store.queues.lengths()
        for connector in config.connectors:
            name = connector.name
            self._connectors[name] = Connector(connector, shared, queued.get(name, 0))
        self._listener = Listener(shared, self._connectors)
        self._requests = Requests(
            lambda: self._config,
            self._clock,
            self._store,
            self._dispatcher,
            self.status,
            self._connectors,
        )
        self._store.disk.watch(self._obstacle_met, self._disk_failed)
        self._recovering: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._context: Context | None = None  # in which all that it starts is its own
        self._failure: Exception | None = None

    @property
    def config(self) -> MtaConfig:
        """The configuration that holds."""
        return self._config

    @property
    def directory(self) -> Path:
        """Where the MTA keeps everything."""
        return self._directory

    @property
    def store(self) -> Store:
        """What the MTA keeps."""
        return self._store

    @property
    def journal(self) -> Journal:
        """What the MTA says."""
        return self._journal

    @property
    def commands(self) -> Mapping[str, Command]:
        """What the MTA's doors ask of it, by name."""
        return self._requests.commands

    @property
    def uploads(self) -> Mapping[str, UploadCommand]:
        """Those of them that come with files."""
        return self._requests.uploads

    @property
    def health(self) -> str:
        """ "ok", or why no mail is taken."""
        if self._failure:
            return f"the database failed: {self._failure}"
        obstacle = self._store.disk.obstacle
        return str(obstacle) if obstacle else "ok"

    def queues(self) -> tuple[ConnectorStatus, ...]:
        """How each connector stands: its queue, its state, its associations."""
        return tuple(each.status() for each in self._connectors.values())

    def status(self) -> MtaStatus:
        """How the queues stand, and whether anything moves."""
        connectors = self._connectors.values()
        settled = self._listener.settled and self._dispatcher.settled and self._store.group.idle
        return MtaStatus(
            settled and all(each.settled for each in connectors),
            self._journal.count,
            self.queues(),
            self._store.deferred.status(),
        )

    async def run(self, stopped: asyncio.Event, doors: Sequence[Door] = ()) -> None:
        """Serve until `stopped` is set, then release what is open; `doors` are open meanwhile.

        Raises OSError when the address to listen on cannot be had, and what the database raised
        when the disk failed. A door that cannot be opened is tried again.
        """
        self._stopped = stopped
        try:
            async with owner(self._unhandled):
                self._context = copy_context()
                go_on(self._shared, self._connectors)
                self._listener.start()
                control = serve_control(self._directory, self.commands, self.uploads, self._journal)
                async with control:
                    await self._serve(stopped, doors)
        finally:
            self.close()
        if self._failure:
            raise self._failure

    def close(self) -> None:
        """Close what it keeps and give the directory back; `run` does so at its end."""
        self._dispatcher.close()
        with self._journal.guarded("text logs"):
            self._text_logs.close()
        self._store.close()
        self._held.close()

    async def _serve(self, stopped: asyncio.Event, doors: Sequence[Door]) -> None:
        stack = self._config.server.transport_stack
        self._journal.publish(records.Listening(at(stack.address, stack.port)))
        for connector in self._connectors.values():
            connector.start()
        chores, opened = Supervisor(self._journal), Supervisor(self._journal)
        chores.run("expiry", self._expiry.run)
        chores.run("deferral", self._deferral.run)
        chores.run("leftovers", partial(clear_leftovers, self._store))
        chores.run("checkpoints", partial(make_checkpoints, self._store))
        chores.run("housekeeping", partial(keep_house, self._clock, self._store, self._current))
        try:
            for door in doors:
                await opened.keep_open(f"{door.name} door", partial(door.open, self))
            await stopped.wait()
        finally:
            await chores.close()
            self._listener.stop()
            await asyncio.gather(*(each.close() for each in self._connectors.values()))
            await opened.close()

    def _current(self) -> MtaConfig:
        return self._config

    def _unhandled(self, error: BaseException | str) -> None:
        """Report what a task or a callback raised that nobody waits for."""
        self._journal.failed("a task", error)
        self._journal.works("a task")  # the next one is reported too

    async def reload(self, config: MtaConfig) -> None:
        """Let another configuration hold; connectors that it does not change go on as they are.

        A connector that changes, or is no longer there, releases its associations first, and until
        then the configuration before holds; who binds meanwhile waits. What is
        queued for one that is gone waits for its return. Raises NotReloadableError, and then
        nothing has changed.
        """
        await asyncio.create_task(self._reload(config), context=self._context)

    async def _reload(self, config: MtaConfig) -> None:
        async with self._shared.reloading:
            difference = changes(self._config, config)
            by_name = {connector.name: connector for connector in config.connectors}
            gone = difference.changed + difference.removed
            await asyncio.gather(*(self._connectors[name].close() for name in gone))
            self._store.group.finish()  # what they sent is gone from their queues
            for name in gone:
                del self._connectors[name]
                self._work_queue.gone(name)
            self._config = self._shared.config = config
            queued = self._store.queues.lengths()
            for name in difference.added + difference.changed:
                connector = Connector(by_name[name], self._shared, queued.get(name, 0))
                self._connectors[name] = connector
                connector.start()
        self._journal.publish(records.Reloaded(**vars(difference)))

    def refuse_reload(self, reason: str) -> None:
        """Log why a configuration is not used, and that the one before still is."""
        self._journal.publish(records.ReloadRefused(reason))

    def _deferring(self) -> None:
        self._deferral.wake()

    @property
    def _waiting(self) -> frozenset[str]:
        """The connectors whose open retry timer runs."""
        return frozenset(name for name, each in self._connectors.items() if each.waiting)

    def _choose(self) -> Chooser:
        """What chooses as things are now."""
        now, contents = self._clock.now(), self._store.contents
        return Chooser(self._config, now, self._waiting, contents, self._this_mta)

    # A database that takes nothing, for a while or for good

    def _obstacle_met(self, obstacle: UnavailableError) -> None:
        """Log it, and go on when it has passed."""
        if self._recovering is None:
            full = isinstance(obstacle, DiskFullError)
            self._recovering = asyncio.create_task(self._recover(full=full))
            state: Literal["full", "locked"] = "full" if full else "locked"
            self._journal.publish(records.Disk(str(self._directory), state))
            self._log(9405, error=f"{_DISK_FULL if full else _LOCK_VIOLATION}, {obstacle}")

    async def _recover(self, *, full: bool) -> None:
        pause = _FULL_AGAIN if full else _LOCKED_AGAIN
        while not self._store.disk.recover():  # noqa: ASYNC110, no disk reports when it has space
            await asyncio.sleep(pause)
        self._recovering = None
        state: Literal["has space", "released"] = "has space" if full else "released"
        self._journal.publish(records.Disk(str(self._directory), state))
        for connector in self._connectors.values():
            connector.wake()

    def _disk_failed(self, error: Exception) -> None:
        """End the MTA: what is on the disk is right, what is in memory may not be."""
        if self._failure is None:
            self._failure = error
            self._stopped.set()
            self._log(9405, error=error)
