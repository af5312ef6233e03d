"""The mailbox: what was delivered here.

A message may come for thousands of recipients, so the database has one row for many of them who get
the same with it: it is written in a moment, with the event loop waiting.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from labkit.frozen import replace
from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.store.database import Database, storable

_TOGETHER = 100  # copies in a row


@dataclass(frozen=True)
class Delivery:
    """Copies of a message that have come to their recipients, who get the same envelope with it.

    `meant_for` has for each of them whom the copy was meant for before; it is empty when all copies
    were meant for their recipients.
    """

    recipients: Sequence[str]
    subject: str
    envelope: str = "{}"  # a DeliveryEnvelope as text
    meant_for: Sequence[Sequence[str]] = ()


def grouped(subject: str, copies: Iterable[tuple[str, DeliveryEnvelope]]) -> Iterator[Delivery]:
    """The copies of a message for these recipients, as few deliveries as they can be."""
    for common, alike in groupby(copies, lambda copy: replace(copy[1], meant_for=())):
        envelope = common.to_text()
        while some := list(islice(alike, _TOGETHER)):
            recipients = [recipient for recipient, _ in some]
            meant_for = [own.meant_for for _, own in some]
            yield Delivery(recipients, subject, envelope, meant_for if any(meant_for) else ())


@dataclass(frozen=True)
class Mail:
    """A message in the mailbox."""

    id: int
    message: int
    mts_identifier: str
    recipient: str
    subject: str
    content_length: int
    time: datetime
    envelope: DeliveryEnvelope = DeliveryEnvelope()


class Mailbox:
    """The one mailbox of an MTA, for all of its recipients."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, message: int, time: datetime, deliveries: Sequence[Delivery]) -> None:
        """Deliver copies of a message; each gets the next number."""
        if not deliveries:
            return
        with self._database.transaction():
            (last,) = self._database.execute(
                "SELECT coalesce(max(last), 0) FROM mailbox"
            ).fetchone()
            self._database.execute_many(
                "INSERT INTO mailbox "
                "(id, last, message, recipients, meant_for, subject, time, envelope) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                _rows(last, message, time.isoformat(), deliveries),
            )

    def read(self, after: int = 0) -> Iterator[Mail]:
        """What was delivered, oldest first, from the one behind number `after` on."""
        rows = self._database.execute(
            "SELECT mailbox.id, message, mts_identifier, recipients, meant_for, subject, "
            "content_length, time, envelope "
            "FROM mailbox JOIN message ON message.id = mailbox.message "
            "WHERE last > ? ORDER BY last",
            (after,),
        )
        for first, message, identifier, recipients, meant_for, subject, length, time, text in rows:
            came, common = datetime.fromisoformat(time), DeliveryEnvelope.from_text(text)
            names, meant = json.loads(recipients), json.loads(meant_for)
            for place in range(max(after + 1 - first, 0), len(names)):
                own = replace(common, meant_for=tuple(meant[place])) if meant else common
                yield Mail(
                    first + place, message, identifier, names[place], subject, length, came, own
                )

    def find(self, number: int) -> Mail | None:
        """The message with this number, when there is one."""
        return next((each for each in islice(self.read(number - 1), 1) if each.id == number), None)


def _rows(
    last: int, message: int, time: str, deliveries: Iterable[Delivery]
) -> Iterator[tuple[int | str, ...]]:
    for each in deliveries:
        first, last = last + 1, last + len(each.recipients)
        recipients = json.dumps([storable(name) for name in each.recipients])
        meant_for = json.dumps(each.meant_for)
        yield first, last, message, recipients, meant_for, each.subject, time, each.envelope
