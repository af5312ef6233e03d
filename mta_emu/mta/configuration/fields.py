"""What the fields of a configuration file may hold: names, selectors, slots of a week.

Each type reads what people write, and says what is allowed when it cannot be read.
"""

import re
from typing import Annotated, NamedTuple

from pydantic import Field

from labkit.fields import Text, Written
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.selectors import parse_selector, selector_text

_DAY = 24 * 60  # minutes


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
