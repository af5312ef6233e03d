"""The MTA: takes the responsibility for messages, and hands them to mailboxes and connectors."""

import asyncio
import itertools
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from mta_emu.mta.alarms import Alarm, QueueAlarm
from mta_emu.mta.config import MtaConfig
from mta_emu.mta.connector import Connector, Surroundings
from mta_emu.mta.control import serve_control
from mta_emu.mta.controlblocks import ControlBlocks
from mta_emu.mta.database import DiskFullError
from mta_emu.mta.events import DEFINITIONS, event
from mta_emu.mta.incoming import Arrived
from mta_emu.mta.journal import Journal
from mta_emu.mta.listener import Listener
from mta_emu.mta.routing import Decision, Journey, answer, gwart, routes, select
from mta_emu.mta.store import NO_CONNECTOR, PIECE, Delivery, Departure, Store
from mta_emu.mta.textlogs import TextLogs
from mta_emu.mta.tracking import Step, What
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import ipm
from mta_emu.mts.envelope import (
    EncodedInformationType,
    Envelope,
    MtsIdentifier,
    Priority,
    Recipient,
    encoded_information_types,
)
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError
from mta_emu.tap import Tap, Taps

_MAX_COUNT = 100_000
_ALARMS = {Alarm.BACKLOGGED: 666, Alarm.SUBSIDED: 667}
_SPACE_INTERVAL = 1.0  # wall seconds after which a full disk is tried again
_DISK_FULL = 112  # as Windows numbers it
_MAX_LISTED = 1 << 20  # octets of a content that is decoded for its subject
_PRIORITIES = {priority.name.lower().replace("_", "-"): priority for priority in Priority}


class Mta:
    """One MTA process."""

    def __init__(
        self, config: MtaConfig, directory: Path, journal: Journal, tap: Tap | None = None
    ) -> None:
        """Keep everything in `directory`. Raises sqlite3.Error when its database is unusable."""
        self._config = config
        self._directory = directory
        self._journal = journal
        self._store = Store.open(directory, config.server.name)
        self._clock = config.server.clock.lab_clock()
        self._name = config.server.local_mta_name or config.server.name
        self._domain = config.server.global_domain.for_trace()
        diagnostics = config.server.diagnostics_logging
        self._text_logs = TextLogs(directory, diagnostics, self._clock)
        around = Surroundings(
            config=config,
            clock=self._clock,
            store=self._store,
            journal=journal,
            blocks=ControlBlocks(config.server.registry.tcp_ip_control_blocks),
            tap=Taps(self._text_logs, *([tap] if tap else [])),
            log=self._log,
            changed=self._watch_work_queue,
            arrived=self._take,
            number=itertools.count(1).__next__,
        )
        queued = self._store.queue_lengths()
        self._connectors = {
            connector.name: Connector(connector, around, queued.get(connector.name, 0))
            for connector in config.connectors
        }
        registry = config.server.registry
        self._alarm = QueueAlarm(registry.work_queue_alarm_on, registry.work_queue_alarm_off)
        self._listener = Listener(around, self._connectors)
        self._store.watch_disk(self._disk_full, self._disk_failed)
        self._waiting_for_space: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._failure: Exception | None = None

    async def run(self, stopped: asyncio.Event) -> None:
        """Serve until `stopped` is set, then release what is open.

        Raises OSError when the address to listen on cannot be had, and what the database raised
        when the disk failed.
        """
        self._stopped = stopped
        await self._listener.start()
        commands = {
            "submit": self._submit,
            "status": self._status,
            "routes": self._routes,
            "explain": self._explain,
        }
        async with serve_control(self._directory, commands, self._journal):
            stack = self._config.server.transport_stack
            self._journal.publish("listening", address=f"{stack.address}:{stack.port}")
            for connector in self._connectors.values():
                connector.start()
            await stopped.wait()
            self._listener.stop()
            await asyncio.gather(*(each.close() for each in self._connectors.values()))
        if self._waiting_for_space:
            self._waiting_for_space.cancel()
        self._text_logs.close()
        self._store.close()
        if self._failure:
            raise self._failure

    # A disk that is full, or fails

    def _disk_full(self) -> None:
        """Log it, and go on when there is space again."""
        if self._waiting_for_space is None:
            self._waiting_for_space = asyncio.create_task(self._wait_for_space())
            self._journal.publish("disk", directory=str(self._directory), state="full")
            self._log(9405, error=f"{_DISK_FULL}, no space left on the disk of {self._directory}")

    async def _wait_for_space(self) -> None:
        while not self._store.catch_up():  # noqa: ASYNC110, no disk tells when it has space
            await asyncio.sleep(_SPACE_INTERVAL)
        self._waiting_for_space = None
        self._journal.publish("disk", directory=str(self._directory), state="has space")
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
            "settled": self._listener.settled and all(each.settled for each in connectors),
            "work": self._journal.count,
            "connectors": [each.status() for each in connectors],
        }

    async def _routes(self, _: dict[str, Any]) -> dict[str, Any]:
        """The routing table."""
        return {"lines": list(gwart(self._config))}

    async def _explain(self, request: dict[str, Any]) -> dict[str, Any]:
        """Which way a message would take now."""
        return answer(self._config, request, self._clock.now(), self._waiting)

    async def _submit(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take `count` interpersonal messages from a user of this MTA."""
        recipients = [ORAddress.parse(text) for text in request["to"]]
        originator = ORAddress.parse(request["from"])
        priority = _PRIORITIES.get(request.get("priority", "normal"))
        count = request.get("count", 1)
        if priority is None:
            raise ValueError(f"priority {request['priority']!r}: one of {', '.join(_PRIORITIES)}")
        if not 1 <= count <= _MAX_COUNT:
            raise ValueError(f"count {count}: must be 1 to {_MAX_COUNT}")
        for recipient in recipients:
            if self._destination(Journey(recipient)) == NO_CONNECTOR:
                raise ValueError(f"no mailbox here and no connector for {recipient}")
        identifiers: list[str] = []
        for number in range(1, count + 1):
            subject = request.get("subject", "")
            numbered = f"{subject} ({number} of {count})" if count > 1 else subject
            text = request.get("text", "")
            try:
                identifier = self._submit_one(originator, recipients, priority, numbered, text)
            except DiskFullError as error:
                raise ValueError(f"{error}; {number - 1} of {count} messages were taken") from error
            identifiers.append(identifier)
            await asyncio.sleep(0)  # others may work while many are submitted
        await self._store.secure()
        return {"mts_identifiers": identifiers}

    def _submit_one(
        self,
        originator: ORAddress,
        recipients: Sequence[ORAddress],
        priority: Priority,
        subject: str,
        text: str,
    ) -> str:
        now = self._clock.now()
        local = f"{self._name}-{now:%y%m%d%H%M%SZ}-{self._store.next_number()}"
        content = ipm.encode(
            ipm.InterpersonalMessage(local, originator, tuple(recipients), subject, text)
        )
        envelope = Envelope(
            identifier=MtsIdentifier(self._domain, local[-32:]),
            originator=originator,
            recipients=tuple(Recipient(each, n) for n, each in enumerate(recipients, 1)),
            priority=priority,
            encoded_information_types=encoded_information_types(EncodedInformationType.IA5_TEXT),
        )
        with self._store.transaction():
            message = self._store.begin()
            for number, start in enumerate(range(0, len(content), PIECE)):
                self._store.append(message, number, content[start : start + PIECE])
        try:
            self._take(Arrived(message, envelope, len(content), len(content)))
        except DiskFullError:
            self._store.when_possible(lambda: self._store.forget(message))
            raise
        return str(envelope.identifier)

    # Messages

    def _take(self, arrived: Arrived) -> None:
        """Take the responsibility for a message: mailboxes, queues, and the memory of it.

        A recipient that the same message has come for before is passed over. Raises DiskFullError.
        """
        now = self._clock.now()
        envelope = arrived.envelope
        identifier = str(envelope.identifier)
        came = Step(
            now,
            identifier,
            What.RECEIVED if arrived.connector else What.SUBMITTED,
            arrived.connector,
            arrived.association,
            detail=f"{arrived.octets} octets",
        )
        ours = {str(each.address): each for each in envelope.recipients if each.responsible}
        fresh = [ours[name] for name in self._store.unseen(identifier, ours)]
        if not fresh:
            with self._store.transaction():
                self._store.forget(arrived.message)
                self._store.tracking.add(replace(came, what=What.DUPLICATE))
            self._tell_arrival(arrived)
            return
        passed = envelope.passed(self._domain, self._name, now)
        by_destination: dict[str | None, list[Recipient]] = {}
        for recipient in fresh:
            journey = Journey(
                recipient.address,
                arrived.connector or None,
                envelope.originator,
                arrived.content_length,
                frozenset(element.domain for element in envelope.trace) - {self._domain},
            )
            destination = self._destination(journey)
            by_destination.setdefault(destination, []).append(recipient)
        local = by_destination.pop(None, [])
        subject = self._subject(arrived) if local else ""
        departures = [
            Departure(
                connector,
                envelope.priority,
                envelopes.encode(passed.for_recipients({each.number for each in recipients})),
                [str(each.address) for each in recipients],
            )
            for connector, recipients in by_destination.items()
            if connector is not None
        ]
        self._store.complete(
            arrived.message,
            came,
            content_length=arrived.content_length,
            departures=departures,
            deliveries=[Delivery(str(each.address), subject) for each in local],
            arrivals=[str(each.address) for each in fresh],
        )
        self._tell_arrival(arrived)
        for recipient in local:
            self._journal.publish(
                "delivered",
                mts_identifier=identifier,
                recipient=str(recipient.address),
                subject=subject,
            )
        for departure in departures:
            if departure.connector in self._connectors:
                self._connectors[departure.connector].enqueued(departure.priority)

    def _tell_arrival(self, arrived: Arrived) -> None:
        identifier = str(arrived.envelope.identifier)
        if not arrived.connector:
            self._journal.publish("submitted", mts_identifier=identifier)
            return
        self._journal.publish(
            "transfer",
            direction="in",
            mts_identifier=identifier,
            connector=arrived.connector,
            association=arrived.association,
            octets=arrived.octets,
        )

    def _destination(self, journey: Journey) -> str | None:
        """The connector's queue to go to, NO_CONNECTOR for none; None: to a mailbox here."""
        if self._config.server.delivers_to(journey.recipient):
            return None
        chosen = self._decide(journey).chosen
        return chosen.queue if chosen else NO_CONNECTOR

    def _decide(self, journey: Journey) -> Decision:
        return select(routes(self._config, self._clock.now(), self._waiting), journey)

    @property
    def _waiting(self) -> frozenset[str]:
        """The connectors whose open retry timer runs."""
        return frozenset(name for name, each in self._connectors.items() if each.waiting)

    def _subject(self, arrived: Arrived) -> str:
        """The subject, for the mailbox's list; a long content is not read for it."""
        if arrived.content_length <= _MAX_LISTED:
            content = self._store.read(arrived.message, 0, arrived.content_length)
            with suppress(ProtocolError):
                return ipm.decode(content).subject
        return ""

    def _watch_work_queue(self) -> None:
        """Log 666 and 667: the work queue is what no connector has transferred yet (Q163085)."""
        count = sum(connector.queued for connector in self._connectors.values())
        if alarm := self._alarm.watch(count):
            self._log(_ALARMS[alarm], count=count)

    def _log(self, number: int, **values: object) -> None:
        """Log an event, when diagnostics logging is turned up to it."""
        if not self._config.server.diagnostics_logging.logs(DEFINITIONS[number]):
            return
        logged, now = event(number, **values), self._clock.now()
        connector = str(values.get("dn", "")).rpartition("=")[2]
        with suppress(sqlite3.Error):  # which ends the MTA
            self._store.when_possible(lambda: self._store.events.add(logged, now, connector))
        self._text_logs.event(logged)
        self._journal.publish(
            "event",
            id=logged.id,
            type=logged.type,
            source=logged.source,
            category=logged.category,
            text=logged.text,
            connector=connector or None,
            association=values.get("association"),
        )
