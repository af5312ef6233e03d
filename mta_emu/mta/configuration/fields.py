"""What the fields of a configuration file may hold: names, selectors, slots of a week.

Each type reads what people write, and says what is allowed when it cannot be read.
"""

import re
from typing import Annotated, NamedTuple

from pydantic import Field

from labkit.fields import Text, Written
from mta_emu.mts.oraddress import ORAddress

_MAX_SELECTOR = 32  # octets
_HEX = "0x"
_DAY = 24 * 60  # minutes


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


MtaName = Annotated[str, Text(r"[ -~]+", "printable ASCII", 32)]
Password = Annotated[str, Text(r"[ -~]*", "printable ASCII", 64)]
DirectoryName = Annotated[str, Text(r"[^/=]+", "a name without / and =", 64)]
Cost = Annotated[int, Field(ge=1, le=100)]
Selector = Annotated[bytes, Written(bytes, parse_selector, selector_text)]
AddressText = Annotated[ORAddress, Written(ORAddress, ORAddress.parse, str)]
SlotsText = Annotated[Slots, Written(Slots, Slots.parse, str)]
