"""The event log: Exchange's events, to the letter (source MSExchangeMTA).

The table is `events.toml`. Diagnostics logging decides which events are kept: warnings and errors
always, information when its category is turned up (Q165111).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.resources import files

from labkit.addresses import ADDRESSES
from labkit.reason import Reason

SOURCE = "MSExchangeMTA"
_IPV6 = (
    "the event shows the 16 octets of an IPv6 address as Exchange, which had IPv4 only, showed "
    "the 4 of an IPv4 one"
)


class Category(StrEnum):
    """A category of diagnostics logging; the last two have text logs instead of events."""

    X400_SERVICE = "X.400 Service"
    SECURITY = "Security"
    RESOURCE = "Resource"
    CONFIGURATION = "Configuration"
    OPERATING_SYSTEM = "Operating System"
    INTEROPERABILITY = "Interoperability"
    APDU = "APDU"


class Level(StrEnum):
    """How much a category of diagnostics logging shows."""

    NONE = "none"
    MINIMUM = "minimum"
    MEDIUM = "medium"
    MAXIMUM = "maximum"

    def reaches(self, other: "Level") -> bool:
        """Whether this level shows what is shown from `other` on."""
        return _ORDER[self] >= _ORDER[other]


_ORDER = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True)
class Definition:
    """An entry of the table.

    `reconstructed` names the fields that no article shows whole; `cause` says in our own words what
    brings it about, and `articles` have described it.
    """

    type: str
    category: Category
    text: str
    level: Level
    reconstructed: str
    cause: str
    articles: str


def _read_table() -> Mapping[int, Definition]:
    text = files(__package__).joinpath("events.toml").read_text("utf-8")
    return {
        int(number): Definition(
            type=fields["type"],
            category=Category(fields["category"]),
            text=fields["text"],
            level=Level(fields.get("level", Level.NONE)),
            reconstructed=fields.get("reconstructed", ""),
            cause=fields["cause"],
            articles=fields.get("articles", ""),
        )
        for number, fields in tomllib.loads(text).items()
    }


#: Every event that this MTA can log, by ID.
DEFINITIONS = _read_table()


@dataclass(frozen=True)
class Event:
    """A line of the event log; `reason` is why it came about, in this emulator's own words.

    With `repeats` it stands for so many events of its kind (repeats.py); it is the last of them.
    """

    id: int
    type: str
    category: str
    text: str
    source: str = SOURCE
    reason: str = ""
    repeats: int = 0

    @property
    def description(self) -> str:
        """The text as people read it."""
        return f"{self.text} (repeated {self.repeats} times)" if self.repeats else self.text


def event(number: int, why: Reason | None = None, **values: object) -> Event:
    """The event `number` with the values that its text asks for; an IP address is shown in hex."""
    definition = DEFINITIONS[number]
    text = definition.text.format_map({name: _shown(each) for name, each in values.items()})
    ipv6 = any(isinstance(each, ADDRESSES) and each.version == 6 for each in values.values())
    reason = "; ".join(filter(None, (str(why or ""), _IPV6 if ipv6 else "")))
    return Event(number, definition.type, definition.category, text, reason=reason)


def _shown(value: object) -> object:
    """A value as event texts have it: an address in hex (Q193380)."""
    return value.packed.hex().upper() if isinstance(value, ADDRESSES) else value


@dataclass(frozen=True)
class LoggedEvent:
    """An event as the log has it: the line's number, lab time, the connector that it is about."""

    number: int
    time: datetime
    event: Event
    connector: str = ""


@dataclass(frozen=True)
class EventFilter:
    """Which events; an empty field wants them all, `until` is not included."""

    ids: frozenset[int] = frozenset()
    type: str = ""
    category: str = ""
    connector: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, logged: LoggedEvent) -> bool:
        event = logged.event
        return (
            (not self.ids or event.id in self.ids)
            and self.type.casefold() in ("", event.type.casefold())
            and self.category.casefold() in ("", event.category.casefold())
            and self.connector.casefold() in ("", logged.connector.casefold())
            and (self.since is None or self.since <= logged.time)
            and (self.until is None or logged.time < self.until)
        )


EVERY_EVENT = EventFilter()
