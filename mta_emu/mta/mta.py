"""The MTA: takes the responsibility for messages, and hands them to mailboxes and connectors."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mta_emu.mta.config import MtaConfig
from mta_emu.mta.connector import Connector, Surroundings
from mta_emu.mta.control import serve_control
from mta_emu.mta.controlblocks import ControlBlocks
from mta_emu.mta.events import DEFINITIONS, event
from mta_emu.mta.incoming import Arrived
from mta_emu.mta.journal import Journal
from mta_emu.mta.listener import Listener
from mta_emu.mta.routing import Decision, Journey, routes, select
from mta_emu.mta.store import NO_CONNECTOR, PIECE, Delivery, Departure, Store
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
from mta_emu.tap import Tap

_MAX_COUNT = 100_000
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
        self._store = Store.open(directory)
        self._clock = config.server.clock.lab_clock()
        self._name = config.server.local_mta_name or config.server.name
        self._domain = config.server.global_domain.for_trace()
        around = Surroundings(
            config=config,
            clock=self._clock,
            store=self._store,
            journal=journal,
            blocks=ControlBlocks(config.server.registry.tcp_ip_control_blocks),
            tap=tap,
            log=self._log,
            arrived=self._arrived,
            number=itertools.count(1).__next__,
        )
        queued = self._store.queue_lengths()
        self._connectors = {
            connector.name: Connector(connector, around, queued.get(connector.name, 0))
            for connector in config.connectors
        }
        self._listener = Listener(around, self._connectors)

    async def run(self, stopped: asyncio.Event) -> None:
        """Serve until `stopped` is set, then release what is open.

        Raises OSError when the address to listen on cannot be had.
        """
        await self._listener.start()
        commands = {"submit": self._submit, "status": self._status}
        async with serve_control(self._directory, commands, self._journal):
            stack = self._config.server.transport_stack
            self._journal.publish("listening", address=f"{stack.address}:{stack.port}")
            for connector in self._connectors.values():
                connector.start()
            await stopped.wait()
            self._listener.stop()
            await asyncio.gather(*(each.close() for each in self._connectors.values()))
        self._store.close()

    # The control socket's commands

    async def _status(self, _: dict[str, Any]) -> dict[str, Any]:
        """How the queues stand, and whether anything moves."""
        connectors = self._connectors.values()
        return {
            "settled": self._listener.settled and all(each.settled for each in connectors),
            "work": self._journal.count,
            "connectors": [each.status() for each in connectors],
        }

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
        identifiers = []
        for number in range(1, count + 1):
            subject = request.get("subject", "")
            numbered = f"{subject} ({number} of {count})" if count > 1 else subject
            identifiers.append(
                self._submit_one(
                    originator, recipients, priority, numbered, request.get("text", "")
                )
            )
            await asyncio.sleep(0)  # others may work while many are submitted
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
        message = self._store.begin()
        for number, start in enumerate(range(0, len(content), PIECE)):
            self._store.append(message, number, content[start : start + PIECE])
        self._journal.publish("submitted", mts_identifier=str(envelope.identifier))
        self._take(Arrived(message, envelope, len(content), len(content)), None)
        return str(envelope.identifier)

    # Messages

    def _arrived(self, arrived: Arrived, connector: str) -> None:
        self._take(arrived, connector)

    def _take(self, arrived: Arrived, came_by: str | None) -> None:
        """Take the responsibility for a message: mailboxes, queues, and the memory of it.

        A recipient that the same message has come for before is passed over.
        """
        now = self._clock.now()
        envelope = arrived.envelope
        identifier = str(envelope.identifier)
        ours = {str(each.address): each for each in envelope.recipients if each.responsible}
        fresh = [ours[name] for name in self._store.unseen(identifier, ours)]
        if not fresh:
            self._store.forget(arrived.message)
            return
        passed = envelope.passed(self._domain, self._name, now)
        by_destination: dict[str | None, list[Recipient]] = {}
        for recipient in fresh:
            journey = Journey(
                recipient.address,
                came_by,
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
            )
            for connector, recipients in by_destination.items()
            if connector is not None
        ]
        self._store.complete(
            arrived.message,
            mts_identifier=identifier,
            content_length=arrived.content_length,
            departures=departures,
            deliveries=[Delivery(str(each.address), subject) for each in local],
            arrivals=[str(each.address) for each in fresh],
            time=now,
        )
        for recipient in local:
            self._journal.publish(
                "delivered",
                mts_identifier=identifier,
                recipient=str(recipient.address),
                subject=subject,
            )
        for departure in departures:
            if departure.connector in self._connectors:
                self._connectors[departure.connector].enqueued()

    def _destination(self, journey: Journey) -> str | None:
        """The connector's queue to go to, NO_CONNECTOR for none; None: to a mailbox here."""
        if any(space.matches(journey.recipient) for space in self._config.server.mailboxes):
            return None
        chosen = self._decide(journey).chosen
        return chosen.queue if chosen else NO_CONNECTOR

    def _decide(self, journey: Journey) -> Decision:
        waiting = frozenset(name for name, each in self._connectors.items() if each.waiting)
        return select(routes(self._config, self._clock.now(), waiting), journey)

    def _subject(self, arrived: Arrived) -> str:
        """The subject, for the mailbox's list; a long content is not read for it."""
        if arrived.content_length <= _MAX_LISTED:
            content = self._store.read(arrived.message, 0, arrived.content_length)
            with suppress(ProtocolError):
                return ipm.decode(content).subject
        return ""

    def _log(self, number: int, **values: object) -> None:
        """Log an event, when diagnostics logging is turned up to it."""
        if not self._config.server.diagnostics_logging.logs(DEFINITIONS[number]):
            return
        logged = event(number, **values)
        self._store.log(logged, self._clock.now())
        self._journal.publish(
            "event",
            id=logged.id,
            type=logged.type,
            source=logged.source,
            category=logged.category,
            text=logged.text,
            association=values.get("association"),
        )
