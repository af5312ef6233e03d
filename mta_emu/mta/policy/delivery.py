"""What a recipient here gets with a message: X.411's message delivery (8.3.1.1.1)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labkit.frozen import replace
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.expansion import history as lists
from mta_emu.mts.fields import PerMessageIndicators, content_type_name, read_information_types
from mta_emu.mts.redirection import history as redirections
from mta_emu.mts.subject import Recipient, RecipientKey
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
    def of_each(
        cls, message: Envelope, recipients: Iterable[Recipient]
    ) -> Iterator["DeliveryEnvelope"]:
        """What each of these recipients of a message gets with it. Raises ProtocolError."""
        submitted: datetime | None = message.trace[0].arrival if message.trace else None
        common = cls(
            str(message.originator),
            submitted.isoformat() if submitted else "",
            content_type_name(message.content_type),
            message.content_identifier,
            message.priority.name.lower().replace("_", "-"),
            _types(message.encoded_information_types),
            _types(converted_types(message.trace)),
            lists=tuple(str(each.name) for each in lists(message.extensions)),
        )
        others = _Others(message if not common.lists else replace(message, recipients=()))
        for each in recipients:
            meant_for = tuple(str(made.intended) for made in redirections(each.extensions))
            yield replace(common, meant_for=meant_for, others=others.of(each))

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


class _Others:
    """The other recipients of a message, if the originator lets them know of each other."""

    def __init__(self, message: Envelope) -> None:
        disclosed = message.indicators & PerMessageIndicators.DISCLOSURE_OF_OTHER_RECIPIENTS
        recipients = message.recipients if disclosed else ()
        self._first = [(each.key, str(each.address)) for each in recipients[: _MOST_OTHERS + 1]]
        self._keys = {key for key, _ in self._first}
        self._count = len(recipients)
        self._usual = self._without(None)

    def of(self, recipient: Recipient) -> tuple[str, ...]:
        """Those of a recipient."""
        return self._without(recipient.key) if recipient.key in self._keys else self._usual

    def _without(self, key: RecipientKey | None) -> tuple[str, ...]:
        found = [name for each, name in self._first if each != key][:_MOST_OTHERS]
        left = self._count - 1 - len(found)
        return (*found, f"and {left} more") if left > 0 else tuple(found)
