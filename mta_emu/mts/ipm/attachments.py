"""The files that came with a message, by names under which they can be saved."""

import re
from collections.abc import Iterator

from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.pieces import Octets

_LONGEST = 100  # characters of a name; a file system takes 255 octets
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def files(message: InterpersonalMessage) -> Iterator[tuple[str, Octets]]:
    """The files of a message, and of the messages within it, as names and octets.

    What came without a name gets a number. No name comes twice, leads out of the directory that the
    file is put in, or does anything to a terminal.
    """
    names: set[str] = set()
    found = (part for part in message.parts if isinstance(part, File | BilaterallyDefined))
    for number, part in enumerate(found, 1):
        name = _safe(part.name if isinstance(part, File) else "") or f"file{number}"
        name = f"{number}-{name}" if name.casefold() in names else name
        names.add(name.casefold())
        yield name, part.octets


def _safe(name: str) -> str:
    """A name that a file system takes; "" when nothing is left of it. Its end, the type, stays."""
    name = _UNSAFE.sub("_", name)
    return name[-_LONGEST:] if name.strip(". ") else ""
