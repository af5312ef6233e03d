"""The MTA: its listener, connectors and dispatcher, and what the control socket asks of them."""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from labkit.reason import Reason
from mta_emu.mta.association.content import ContentWriter, filled
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.association.recovery import Recovery
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.reload import changes
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.connector.controlblocks import ControlBlocks
from mta_emu.mta.connector.listener import Listener
from mta_emu.mta.connector.shared import Surroundings
from mta_emu.mta.control import Commands, UploadCommands, serve_control
from mta_emu.mta.dispatch.choosing import Chooser
from mta_emu.mta.dispatch.deferral import Deferral
from mta_emu.mta.dispatch.dispatcher import Dispatcher
from mta_emu.mta.dispatch.expiry import Expiry
from mta_emu.mta.dispatch.rerouting import Rerouter
from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mta.dispatch.telling import Announcer
from mta_emu.mta.log import records
from mta_emu.mta.log.events import DEFINITIONS, event
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.textlogs import TextLogs
from mta_emu.mta.policy.alarms import Alarm, QueueAlarm
from mta_emu.mta.policy.gwart import gwart
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.policy.routing import answer, leads
from mta_emu.mta.store.database import DiskFullError
from mta_emu.mta.store.housekeeping import keep_house
from mta_emu.mta.store.store import Store
from mta_emu.mts.envelope import Envelope
from mta_emu.tap import Tap, Taps

#: Opens a way to a running MTA, while it runs.
Door = Callable[["Mta"], AbstractAsyncContextManager[None]]

_ALARMS = {Alarm.BACKLOGGED: 666, Alarm.SUBSIDED: 667}
_SPACE_INTERVAL = 1.0  # wall seconds after which a full disk is tried again
_DISK_FULL = 112  # as Windows numbers it


class Mta:
    """One MTA process."""

    def __init__(
        self, config: MtaConfig, directory: Path, journal: Journal, tap: Tap | None = None
    ) -> None:
        """Keep everything in `directory`. Raises sqlite3.Error when its database is unusable."""
        self._config = config
        self._directory = directory
        self._journal = journal
        retention = config.server.retention
        self._store = Store.open(directory, config.server.name, retention.event_log_size << 10)
        self._clock = config.server.clock.lab_clock()
        diagnostics = config.server.diagnostics_logging
        self._text_logs = TextLogs(directory, diagnostics, self._clock)
        self._connectors: dict[str, Connector] = {}
        self._expiry = Expiry(self._clock, self._store, self._connectors)
        self._this_mta = ThisMta(config.server.global_domain.for_trace(), config.server.mta_name)
        self._announcer = Announcer(
            journal, self._log, self._connectors, self._expiry.wake, self._deferring
        )
        self._dispatcher = Dispatcher(self._store, self._choose, self._announcer, self._this_mta)
        self._deferral = Deferral(self._clock, self._store, self._dispatcher.release)
        rerouter = Rerouter(
            self._clock, self._store, self._announcer, self._choose, self._connectors
        )
        self._around = around = Surroundings(
            config=config,
            clock=self._clock,
            store=self._store,
            journal=journal,
            blocks=ControlBlocks(config.server.registry.tcp_ip_control_blocks),
            tap=Taps(self._text_logs, *([tap] if tap else [])),
            log=self._log,
            changed=self._watch_work_queue,
            arrived=self._dispatcher.take,
            give_up=self._dispatcher.give_up,
            reroute=rerouter.reroute,
            exhausted=rerouter.give_up,
            number=itertools.count(1).__next__,
            recovery=Recovery(),
            reloading=asyncio.Lock(),
        )
        queued = self._store.queues.lengths()
        for connector in config.connectors:
            name = connector.name
            self._connectors[name] = Connector(connector, around, queued.get(name, 0))
        registry = config.server.registry
        self._alarm = QueueAlarm(registry.work_queue_alarm_on, registry.work_queue_alarm_off)
        self._listener = Listener(around, self._connectors)
        self._store.disk.watch(self._disk_full, self._disk_failed)
        self._waiting_for_space: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
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
    def commands(self) -> Commands:
        """What the MTA's doors ask of it, by name."""
        return {
            "submit": self._submit,
            "status": self._status,
            "routes": self._routes,
            "explain": self._explain,
        }

    @property
    def uploads(self) -> UploadCommands:
        """Those of them that come with files."""
        return {"submit_files": self._submit_files}

    def queues(self) -> list[dict[str, Any]]:
        """A line for each connector: its queue, its state, its associations."""
        return [each.status() for each in self._connectors.values()]

    async def run(self, stopped: asyncio.Event, doors: Sequence[Door] = ()) -> None:
        """Serve until `stopped` is set, then release what is open; `doors` are open meanwhile.

        Raises OSError when the address to listen on cannot be had, and what the database raised
        when the disk failed.
        """
        self._stopped = stopped
        await self._listener.start()
        async with AsyncExitStack() as open_doors:
            control = serve_control(self._directory, self.commands, self.uploads, self._journal)
            await open_doors.enter_async_context(control)
            stack = self._config.server.transport_stack
            self._journal.publish(records.Listening(f"{stack.address}:{stack.port}"))
            for connector in self._connectors.values():
                connector.start()
            keeping = keep_house(self._clock, self._store, lambda: self._config)
            chores = [
                asyncio.create_task(each)
                for each in (self._expiry.run(), self._deferral.run(), keeping)
            ]
            for door in doors:
                await open_doors.enter_async_context(door(self))
            await stopped.wait()
            for chore in chores:
                chore.cancel()
            self._listener.stop()
            await asyncio.gather(*(each.close() for each in self._connectors.values()))
        if self._waiting_for_space:
            self._waiting_for_space.cancel()
        self._dispatcher.close()
        self._text_logs.close()
        self._store.close()
        if self._failure:
            raise self._failure

    async def reload(self, config: MtaConfig) -> None:
        """Let another configuration hold; connectors that it does not change go on as they are.

        A connector that changes, or is no longer there, releases its associations first, and until
        then the configuration before holds; who binds meanwhile waits. What is
        queued for one that is gone waits for its return. Raises NotReloadableError, and then
        nothing has changed.
        """
        async with self._around.reloading:
            difference = changes(self._config, config)
            by_name = {connector.name: connector for connector in config.connectors}
            gone = difference.changed + difference.removed
            await asyncio.gather(*(self._connectors[name].close() for name in gone))
            for name in gone:
                del self._connectors[name]
            self._config = self._around.config = config
            queued = self._store.queues.lengths()
            for name in difference.added + difference.changed:
                connector = Connector(by_name[name], self._around, queued.get(name, 0))
                self._connectors[name] = connector
                connector.start()
        self._journal.publish(records.Reloaded(**vars(difference)))

    def refuse_reload(self, reason: str) -> None:
        """Tell why a configuration does not hold, and the one before still does."""
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

    # A disk that is full, or fails

    def _disk_full(self) -> None:
        """Log it, and go on when there is space again."""
        if self._waiting_for_space is None:
            self._waiting_for_space = asyncio.create_task(self._wait_for_space())
            self._journal.publish(records.Disk(str(self._directory), "full"))
            self._log(9405, error=f"{_DISK_FULL}, no space left on the disk of {self._directory}")

    async def _wait_for_space(self) -> None:
        while not self._store.disk.recover():  # noqa: ASYNC110, no disk tells when it has space
            await asyncio.sleep(_SPACE_INTERVAL)
        self._waiting_for_space = None
        self._journal.publish(records.Disk(str(self._directory), "has space"))
        for connector in self._connectors.values():
            connector.wake()

    def _disk_failed(self, error: Exception) -> None:
        """End the MTA: what is on the disk is right, what is in memory may not be."""
        if self._failure is None:
            self._failure = error
            self._stopped.set()
            self._log(9405, error=error)

    # The control socket's commands

    async def _status(self, _: dict[str, Any]) -> dict[str, Any]:
        """How the queues stand, and whether anything moves."""
        connectors = self._connectors.values()
        return {
            "settled": self._listener.settled
            and self._dispatcher.settled
            and all(each.settled for each in connectors),
            "work": self._journal.count,
            "connectors": self.queues(),
            "deferred": self._store.deferred.status(),
        }

    async def _routes(self, _: dict[str, Any]) -> dict[str, Any]:
        """The routing table."""
        return {"lines": list(gwart(self._config))}

    async def _explain(self, request: dict[str, Any]) -> dict[str, Any]:
        """Which way a message would take now."""
        return answer(self._config, request, self._clock.now(), self._waiting)

    async def _submit(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take interpersonal messages or probes from a user of this MTA."""
        submission = self._submission(request)
        if submission.files:
            raise ValueError("files come with submit_files")
        identifiers: list[str] = []
        for number in range(1, submission.count + 1):
            try:
                identifiers.append(await self._submit_one(submission, number))
            except DiskFullError as error:
                taken = f"{number - 1} of {submission.count} messages were taken"
                raise ValueError(f"{error}; {taken}") from error
            await asyncio.sleep(0)  # others may work while many are submitted
        await self._store.secure()
        return {"mts_identifiers": identifiers}

    async def _submit_files(
        self, request: dict[str, Any], octets: AsyncIterator[bytes]
    ) -> dict[str, Any]:
        """Take an interpersonal message with files, which are kept while they come."""
        submission = self._submission(request)
        if sum(length for _, length in submission.files) != request["file_length"]:
            raise ValueError("file_length: must be that of all files together")
        identifier = self._dispatcher.new_identifier()
        head, pieces = submission.compose(1, identifier)
        content = ContentWriter(self._store)
        try:
            async for part in filled(pieces, octets):
                content.write(part)
            message = content.close()
            await self._dispatcher.take(Arrived(head, content.length, message, content.length))
        except (DiskFullError, ConnectionError) as error:
            content.discard()
            raise ValueError(str(error)) from error
        await self._store.secure()
        return {"mts_identifiers": [str(identifier)]}

    def _submission(self, request: dict[str, Any]) -> Submission:
        """Read what is to be submitted. Raises ValueError, also when it could not leave."""
        registry = self._config.server.registry
        submission = Submission.parse(
            request, self._clock.now(), return_content=registry.request_return_of_content
        )
        assigned = submission.alternate_allowed and self._config.server.alternate_recipient
        if submission.alternate or assigned:
            return submission
        for recipient in submission.recipients:
            if not leads(self._config, recipient):
                raise ValueError(f"no mailbox here and no connector for {recipient}")
        return submission

    async def _submit_one(self, submission: Submission, number: int) -> str:
        identifier = self._dispatcher.new_identifier()
        head, pieces = submission.compose(number, identifier)
        if not isinstance(head, Envelope):
            await self._dispatcher.take(Arrived(head, 0))
            return str(identifier)
        content = b"".join(map(bytes, pieces))
        length, message = len(content), self._store.contents.keep(content)
        try:
            await self._dispatcher.take(Arrived(head, length, message, length))
        except DiskFullError:
            self._store.when_possible(lambda: self._store.contents.forget(message))
            raise
        return str(identifier)

    def _watch_work_queue(self) -> None:
        """Log 666 and 667: the work queue is what no connector has transferred yet (Q163085)."""
        count = sum(connector.queued for connector in self._connectors.values())
        if alarm := self._alarm.watch(count):
            self._log(_ALARMS[alarm], count=count)

    def _log(self, number: int, why: Reason | None = None, **values: object) -> None:
        """Log an event, when diagnostics logging is turned up to it, and why it came about."""
        if not self._config.server.diagnostics_logging.logs(DEFINITIONS[number]):
            return
        logged, now = event(number, why, **values), self._clock.now()
        connector = str(values.get("dn", "")).rpartition("=")[2]
        with suppress(sqlite3.Error):  # which ends the MTA
            self._store.when_possible(lambda: self._store.events.add(logged, now, connector))
        self._text_logs.event(logged)
        association = values.get("association")
        self._journal.publish(
            records.EventLogged(
                **vars(logged),
                connector=connector or None,
                association=association if isinstance(association, int) else None,
            )
        )
