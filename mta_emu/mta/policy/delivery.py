"""What a recipient here gets with a message: X.411's message delivery (8.3.1.1.1)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mta_emu.mts.envelope import Envelope
from mta_emu.mts.expansion import history as lists
from mta_emu.mts.fields import PerMessageIndicators, content_type_name, read_information_types
from mta_emu.mts.redirection import history as redirections
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import converted_types

_MOST_OTHERS = 100  # recipients who are disclosed: every one has the list of all others


@dataclass(frozen=True)
class DeliveryEnvelope:
    """The envelope of a delivered message, in words; times are ISO 8601, in UTC."""

    originator: str = ""
    submitted: str = ""
    content_type: str = ""
    content_identifier: str = ""
    priority: str = ""
    types: tuple[str, ...] = ()  # original encoded information types
    converted: tuple[str, ...] = ()  # what they became on the way
    meant_for: tuple[str, ...] = ()  # before it was redirected, the first one first
    lists: tuple[str, ...] = ()  # distribution lists that it came through
    others: tuple[str, ...] = ()  # recipients, where the originator discloses them

    @classmethod
    def of(cls, message: Envelope, recipient: Recipient) -> "DeliveryEnvelope":
        """What a recipient of a message gets with it. Raises ProtocolError."""
        submitted: datetime | None = message.trace[0].arrival if message.trace else None
        expanded = [str(each.name) for each in lists(message.extensions)]
        return cls(
            str(message.originator),
            submitted.isoformat() if submitted else "",
            content_type_name(message.content_type),
            message.content_identifier,
            message.priority.name.lower().replace("_", "-"),
            _types(message.encoded_information_types),
            _types(converted_types(message.trace)),
            tuple(str(each.intended) for each in redirections(recipient.extensions)),
            tuple(expanded),
            () if expanded else _others(message, recipient),
        )

    def to_text(self) -> str:
        """The envelope as JSON, without what it does not have."""
        return json.dumps({name: value for name, value in vars(self).items() if value})

    @classmethod
    def from_text(cls, text: str) -> "DeliveryEnvelope":
        """Read what `to_text` wrote."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in json.loads(text).items()
        }
        return cls(**fields)

    def as_object(self) -> dict[str, Any]:
        """The envelope for programs."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """What there is to say of it to people: names and values."""
        if self.submitted:
            yield "Sent", datetime.fromisoformat(self.submitted).isoformat(sep=" ")
        if self.priority not in ("", "normal"):
            yield "Priority", self.priority
        if self.content_type:
            types = f": {', '.join(self.types)}" if self.types else ""
            yield "Content", self.content_type + types
        if self.converted:
            yield "Converted", f"to {', '.join(self.converted)}"
        for name, values in (
            ("Meant for", self.meant_for),
            ("Through", self.lists),
            ("Also to", self.others),
        ):
            yield from ((name, value) for value in values)


def _types(octets: bytes) -> tuple[str, ...]:
    found = read_information_types(octets)
    return (*found.built_in, *found.extended)


def _others(message: Envelope, recipient: Recipient) -> tuple[str, ...]:
    """The other recipients, if the originator lets them know of each other."""
    if not message.indicators & PerMessageIndicators.DISCLOSURE_OF_OTHER_RECIPIENTS:
        return ()
    others = (str(each.address) for each in message.recipients if each.key != recipient.key)
    found = [address for _, address in zip(range(_MOST_OTHERS), others, strict=False)]
    left = len(message.recipients) - 1 - len(found)
    return (*found, f"and {left} more") if left > 0 else tuple(found)
