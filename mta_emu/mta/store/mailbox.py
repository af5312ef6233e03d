"""The mailbox: what was delivered here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.store.database import Database


@dataclass(frozen=True)
class Delivery:
    """A copy of a message that has come to its recipient."""

    recipient: str
    subject: str
    envelope: str = "{}"  # a DeliveryEnvelope as text


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

    def add(self, message: int, time: datetime, deliveries: Iterable[Delivery]) -> None:
        """Deliver copies of a message."""
        came = time.isoformat()
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO mailbox (message, recipient, subject, time, envelope) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    (message, each.recipient, each.subject, came, each.envelope)
                    for each in deliveries
                ),
            )

    def read(self, after: int = 0) -> Iterator[Mail]:
        """What was delivered, oldest first, from the one behind number `after` on."""
        return self._read("WHERE mailbox.id > ? ORDER BY mailbox.id", after)

    def find(self, number: int) -> Mail | None:
        """The message with this number, when there is one."""
        return next(self._read("WHERE mailbox.id = ?", number), None)

    def _read(self, which: str, *values: object) -> Iterator[Mail]:
        rows = self._database.execute(
            "SELECT mailbox.id, message, mts_identifier, recipient, subject, content_length, time, "
            f"envelope FROM mailbox JOIN message ON message.id = mailbox.message {which}",
            values,
        )
        for number, message, identifier, recipient, subject, length, time, envelope in rows:
            came, delivered = datetime.fromisoformat(time), DeliveryEnvelope.from_text(envelope)
            yield Mail(number, message, identifier, recipient, subject, length, came, delivered)
