"""A selector as a sheet has it: text, hex, blank or left out, which are four different things.

Text and hex of the same octets are the same selector, written otherwise. Blank is agreed on: there
is none. What is left out is not agreed on at all (None in its place).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from labkit.fields import Written
from mta_emu.osi.selectors import parse_selector


class Notation(StrEnum):
    """How a selector is written."""

    TEXT = "text"
    HEX = "hex"
    BLANK = "blank"


@dataclass(frozen=True)
class SheetSelector:
    """A selector that a sheet gives: its octets, and how they are written."""

    notation: Notation
    octets: bytes = b""

    @classmethod
    def parse(cls, value: str) -> "SheetSelector":
        """Read `text:ABC`, `hex:414243` or `blank`. Raises ValueError."""
        if value == Notation.BLANK:
            return BLANK
        for notation in (Notation.TEXT, Notation.HEX):
            prefix = f"{notation}:"
            if value.startswith(prefix):
                octets = _octets(notation, value.removeprefix(prefix))
                if not octets:
                    raise ValueError("has no octets: write blank where no selector is agreed on")
                return cls(notation, octets)
        raise ValueError("must be text:ABC, hex:414243 or blank; or leave the field out")

    def __str__(self) -> str:
        """The selector as `parse` reads it."""
        if self.notation is Notation.BLANK:
            return Notation.BLANK
        written = self.octets.decode() if self.notation is Notation.TEXT else self.octets.hex()
        return f"{self.notation}:{written}"


_PAIRS = re.compile("(?:[0-9A-Fa-f]{2})*")
BLANK = SheetSelector(Notation.BLANK)
SelectorText = Annotated[SheetSelector, Written(SheetSelector, SheetSelector.parse, str)]


def _octets(notation: Notation, written: str) -> bytes:
    if notation is Notation.HEX:
        if not _PAIRS.fullmatch(written):
            raise ValueError("must be pairs of hex digits, as hex:414243")
        return parse_selector(f"0x{written}")
    if not (written.isascii() and written.isprintable()):
        raise ValueError("text must be printable ASCII; write other octets as hex:")
    return parse_selector(f"0x{written.encode().hex()}")
