"""What the fields of a configuration file may hold: names, selectors, addresses, slots of a week.

Each type reads what people write, and says what is allowed when it cannot be read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Annotated, Any, NamedTuple

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from mta_emu.mts.oraddress import ORAddress

_MAX_SELECTOR = 32  # octets
_HEX = "0x"
_DAY = 24 * 60  # minutes


@dataclass(frozen=True)
class Text:
    """Marks text that `pattern` matches; an error says what is `allowed`."""

    pattern: str
    allowed: str
    longest: int

    def check(self, value: str) -> str:
        """The text itself. Raises ValueError."""
        if len(value) > self.longest:
            raise ValueError(f"has {len(value)} characters; at most {self.longest}")
        if not re.fullmatch(self.pattern, value):
            raise ValueError(f"must be {self.allowed}")
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check what is known to be text."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe what is allowed, for the JSON schema."""
        return {**handler(schema), "pattern": f"^{self.pattern}$", "maxLength": self.longest}


@dataclass(frozen=True)
class Written:
    """Marks a value that is text in the file: what it is, how it is read, and written again."""

    kind: type | tuple[type, ...]
    read: Callable[[str], Any]
    write: Callable[[Any], str]

    def __get_pydantic_core_schema__(self, source: Any, _: GetCoreSchemaHandler) -> CoreSchema:
        """Read text, take a value as it is, and nothing else."""

        def validate(value: object) -> Any:
            if isinstance(value, self.kind):
                return value
            if isinstance(value, str):
                return self.read(value)
            raise ValueError("must be text; put it into quotation marks")

        return core_schema.no_info_plain_validator_function(
            validate, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe it as text, for the JSON schema."""
        return {"type": "string"}


def parse_selector(value: str) -> bytes:
    """Read a selector: text, or hex digits after 0x. Raises ValueError."""
    try:
        octets = bytes.fromhex(value[2:]) if value.startswith(_HEX) else value.encode("ascii")
    except ValueError:
        raise ValueError("must be ASCII text, or pairs of hex digits after 0x") from None
    if len(octets) > _MAX_SELECTOR:
        raise ValueError(f"{len(octets)} octets; at most {_MAX_SELECTOR} characters or 64 digits")
    return octets


def selector_text(octets: bytes) -> str:
    """Write a selector so that `parse_selector` reads it."""
    plain = all(0x20 <= octet <= 0x7E for octet in octets) and not octets.startswith(b"0x")
    return octets.decode("ascii") if plain else _HEX + octets.hex()


def parse_host(value: str) -> IPv4Address | str:
    """Read an IP address, which is digits and dots, or else a host name. Raises ValueError."""
    if not re.fullmatch(r"[0-9.]+", value):
        return _HOST_NAME.check(value)
    try:
        return IPv4Address(value)
    except ValueError:
        raise ValueError("must be an IPv4 address, as 192.0.2.1, or a host name") from None


class Slots(NamedTuple):
    """Slots of one day that follow each other: minutes after midnight, `end` excluded."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "Slots":
        """Read `08:00-12:15`; a day ends at 24:00. Raises ValueError."""
        found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
        if found is None:
            raise ValueError("must be HH:MM-HH:MM")
        hour, minute, end_hour, end_minute = map(int, found.groups())
        slots = cls(hour * 60 + minute, end_hour * 60 + end_minute)
        if minute > 59 or end_minute > 59 or not 0 <= slots.start < slots.end <= _DAY:
            raise ValueError("must lie between 00:00 and 24:00 and end after it begins")
        return slots

    def __str__(self) -> str:
        return "{:02}:{:02}-{:02}:{:02}".format(*divmod(self.start, 60), *divmod(self.end, 60))


_HOST_NAME = Text(
    r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", "a host name: letters, digits, dots, hyphens", 253
)

HostName = Annotated[str, _HOST_NAME]
HostAddress = Annotated[IPv4Address | str, Written(IPv4Address, parse_host, str)]
MtaName = Annotated[str, Text(r"[ -~]+", "printable ASCII", 32)]
Password = Annotated[str, Text(r"[ -~]*", "printable ASCII", 64)]
DirectoryName = Annotated[str, Text(r"[^/=]+", "a name without / and =", 64)]
Cost = Annotated[int, Field(ge=1, le=100)]
Selector = Annotated[bytes, Written(bytes, parse_selector, selector_text)]
AddressText = Annotated[ORAddress, Written(ORAddress, ORAddress.parse, str)]
SlotsText = Annotated[Slots, Written(Slots, Slots.parse, str)]
