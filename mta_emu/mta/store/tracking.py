"""The message tracking log: what happened to each message in this MTA, step by step.

A step is kept in the transaction that does what it records. An association that fails is kept once,
not for every message that waited for it, and shown with each of them when somebody tracks it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mta_emu.mta.store.database import Database
from mta_emu.mta.store.queues import QueuedCopy


class Action(StrEnum):
    """What happened."""

    SUBMITTED = "submitted"  # by a user of this MTA
    RECEIVED = "received"  # from the connector's remote MTA
    DEFERRED = "deferred"  # until its deferred delivery time
    RELEASED = "released"  # because that has come
    CANCELLED = "cancelled"  # by who submitted it
    REDIRECTED = "redirected"  # from the recipient to an alternate recipient
    GIVEN_UP = "given up"  # by the connector
    DUPLICATE = "duplicate"  # received, and had come before
    QUEUED = "queued"  # for the connector
    DOWNGRADED = "downgraded"  # to what the connector can carry
    TRIED = "tried"  # a transfer began
    TRANSFERRED = "transferred"  # and the receiver has secured it
    NOT_TRANSFERRED = "not transferred"  # and it waits again
    REFUSED = "refused"  # the association, by the remote MTA
    UNREACHABLE = "unreachable"  # the remote MTA
    ABORTED = "aborted"  # the association, before it was open
    DELIVERED = "delivered"  # to the recipient's mailbox
    REPORTED = "reported"  # to the originator


_ALONE = 50  # recipients that have an entry each; the rest have one together


@dataclass(frozen=True)
class TrackingEntry:
    """A line of the tracking log; lab time."""

    time: datetime
    mts_identifier: str
    what: Action
    connector: str = ""
    association: int | None = None
    recipient: str = ""
    detail: str = ""


def queued(came: TrackingEntry, copy: QueuedCopy) -> TrackingEntry:
    """The entry of a message that came: it waits for a connector."""
    names = copy.recipients
    alone = names[0] if len(names) == 1 else ""
    many = f"for {len(names)} recipients" if len(names) > 1 else ""
    nowhere = "" if copy.connector else "no connector leads there"
    detail = many or nowhere
    return TrackingEntry(
        came.time, came.mts_identifier, Action.QUEUED, copy.connector, None, alone, detail
    )


def downgraded(came: TrackingEntry, copy: QueuedCopy) -> TrackingEntry:
    """The entry of a message that came: it loses something on its way over a connector."""
    identifier, what = came.mts_identifier, Action.DOWNGRADED
    return TrackingEntry(came.time, identifier, what, copy.connector, detail=copy.dropped)


def delivered(came: TrackingEntry, recipients: Sequence[str]) -> Iterator[TrackingEntry]:
    """The entries of a message that came: it is in the mailboxes of recipients."""
    identifier, rest = came.mts_identifier, len(recipients) - _ALONE
    for recipient in recipients[:_ALONE]:
        yield TrackingEntry(came.time, identifier, Action.DELIVERED, recipient=recipient)
    if rest > 0:
        detail = f"for {rest} more recipients"
        yield TrackingEntry(came.time, identifier, Action.DELIVERED, detail=detail)


def in_short(entries: Sequence[TrackingEntry]) -> Iterator[TrackingEntry]:
    """The entries, with few for the rest of many that differ in recipient and detail alone.

    The rest have one for each detail, or one for all when there are many details.
    """
    kinds: dict[tuple[str, Action], list[TrackingEntry]] = {}
    for each in entries:
        kinds.setdefault((each.mts_identifier, each.what), []).append(each)
    for found in kinds.values():
        yield from found[:_ALONE]
        details = Counter(each.detail for each in found[_ALONE:])
        if len(details) > _ALONE:
            details = Counter({"": details.total()})
        for detail, count in details.items():
            text = f"{detail}; for {count} more recipients".removeprefix("; ")
            yield replace(found[-1], recipient="", detail=text)


@dataclass(frozen=True)
class Failure:
    """An association that this MTA tried to open in vain, or that ended before it was open."""

    time: datetime
    connector: str
    association: int
    state: str
    reason: str


_LEAVES_QUEUE = (Action.TRANSFERRED, Action.REPORTED, Action.GIVEN_UP)


class TrackingLog:
    """The tracking log in the MTA's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *steps: TrackingEntry) -> None:
        """Keep entries, in the transaction of what they are about, when there is one."""
        if not steps:
            return
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO tracking (time, mts_identifier, what, connector, association, "
                "recipient, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        step.time.isoformat(timespec="microseconds"),
                        step.mts_identifier,
                        step.what,
                        step.connector,
                        step.association,
                        step.recipient,
                        step.detail,
                    )
                    for step in steps
                ),
            )

    def add_failure(self, failure: Failure) -> None:
        """Keep that an association did not come about."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO failure (time, connector, association, state, reason) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    failure.time.isoformat(timespec="microseconds"),
                    failure.connector,
                    failure.association,
                    failure.state,
                    failure.reason,
                ),
            )

    def follow(self, mts_identifier: str) -> list[TrackingEntry]:
        """The way of a message through this MTA, with the failures that it waited through."""
        steps = list(self._steps(mts_identifier))
        for connector, since, until in _waits(steps):
            steps += self._failures(mts_identifier, connector, since, until)
        return sorted(steps, key=lambda step: step.time)

    def find(self, part: str) -> list[str]:
        """The MTS identifiers that contain `part`, or the one that it is."""
        rows = self._database.execute(
            "SELECT DISTINCT mts_identifier FROM tracking WHERE mts_identifier = :part "
            "UNION SELECT DISTINCT mts_identifier FROM tracking "
            "WHERE instr(mts_identifier, :part) "
            "AND NOT EXISTS (SELECT 1 FROM tracking WHERE mts_identifier = :part)",
            {"part": part},
        )
        return [identifier for (identifier,) in rows]

    def _steps(self, mts_identifier: str) -> Iterator[TrackingEntry]:
        rows = self._database.execute(
            "SELECT time, what, connector, association, recipient, detail FROM tracking "
            "WHERE mts_identifier = ? ORDER BY number",
            (mts_identifier,),
        )
        for time, what, *fields in rows:
            yield TrackingEntry(datetime.fromisoformat(time), mts_identifier, Action(what), *fields)

    def _failures(
        self, mts_identifier: str, connector: str, since: datetime, until: datetime | None
    ) -> Iterator[TrackingEntry]:
        rows = self._database.execute(
            "SELECT time, state, association, reason FROM failure "
            "WHERE connector = ? AND time BETWEEN ? AND ?",
            (
                connector,
                since.isoformat(timespec="microseconds"),
                until.isoformat(timespec="microseconds") if until else "9999",
            ),
        )
        for time, state, association, reason in rows:
            yield TrackingEntry(
                datetime.fromisoformat(time),
                mts_identifier,
                Action(state),
                connector,
                association,
                detail=reason,
            )


def _waits(steps: Iterable[TrackingEntry]) -> Iterator[tuple[str, datetime, datetime | None]]:
    """Which connectors' queues a message was in, from when, and until when (None: it still is)."""
    waiting: dict[str, datetime] = {}
    for step in steps:
        if step.what is Action.QUEUED:
            waiting.setdefault(step.connector, step.time)
        elif step.what in _LEAVES_QUEUE and step.connector in waiting:
            yield step.connector, waiting.pop(step.connector), step.time
    for connector, since in waiting.items():
        yield connector, since, None
