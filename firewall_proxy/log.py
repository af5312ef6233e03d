"""The firewall's log: one line a happening, Raptor-like text for people or JSON for programs."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, TextIO

from labkit.text import visible


class Outcome(StrEnum):
    """How a client's connection ended."""

    CLOSED = "closed"  # both sides had sent all they had
    RESET_BY_CLIENT = "reset-by-client"
    RESET_BY_DESTINATION = "reset-by-destination"
    IDLE = "idle"
    STOPPED = "stopped"  # the firewall was told to stop
    DENIED = "denied"
    LIMIT = "limit"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    ABANDONED = "abandoned"  # the client reset before the destination had answered


@dataclass(frozen=True)
class Listening:
    """All services wait for clients: at the start, and after the configuration was read again.

    `services` and `addresses` ("a.b.c.d:port") go together.
    """

    kind: ClassVar[str] = "listening"
    time: datetime
    services: tuple[str, ...]
    addresses: tuple[str, ...]

    def __str__(self) -> str:
        pairs = zip(self.services, self.addresses, strict=True)
        return "listening " + ", ".join(f"{service}={address}" for service, address in pairs)


@dataclass(frozen=True)
class ReloadRefused:
    """The configuration that was read again cannot be served; the one before it stays."""

    kind: ClassVar[str] = "reload-refused"
    time: datetime
    reason: str

    def __str__(self) -> str:
        return f"reload-refused {self.reason}"


@dataclass(frozen=True)
class Connection:
    """A client's connection has ended. Addresses are "a.b.c.d:port", `seconds` are lab seconds.

    The onward addresses are None when the firewall opened nothing onward. `bytes_out` went from
    the client to the destination, `bytes_in` the other way.
    """

    kind: ClassVar[str] = "connection"
    time: datetime
    service: str
    rule: str | None
    source: str
    destination: str
    onward_source: str | None
    onward_destination: str | None
    bytes_out: int
    bytes_in: int
    seconds: float
    outcome: Outcome
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.service} duration={self.seconds:.2f} sent={self.bytes_out} "
            f"rcvd={self.bytes_in} src={self.source} cldst={self.destination} "
            f"svsrc={self.onward_source or '-'} dst={self.onward_destination or '-'} "
            f"rule={self.rule or '-'} outcome={self.outcome} ({self.reason})"
        )


Happening = Listening | ReloadRefused | Connection


def as_text(happening: Happening) -> str:
    """A line for people; control characters in it are written out."""
    return visible(f"{happening.time.isoformat(timespec='milliseconds')} {happening}")


def as_json(happening: Happening) -> str:
    """A JSON object on one line, as docs/architecture.md lists its fields."""
    fields = {"kind": happening.kind} | asdict(happening) | {"time": happening.time.isoformat()}
    return json.dumps(fields)


class Journal:
    """Writes happenings to a stream, and as text to a second one when there is one."""

    def __init__(self, stream: TextIO, *, json_lines: bool, file: TextIO | None) -> None:
        self._outputs = [(stream, as_json if json_lines else as_text)]
        if file is not None:
            self._outputs.append((file, as_text))

    def write(self, happening: Happening) -> None:
        """Write one line, at once."""
        for stream, form in self._outputs:
            stream.write(form(happening) + "\n")
            stream.flush()


@contextmanager
def journal(stream: TextIO, *, json_lines: bool, file: Path | None) -> Iterator[Journal]:
    """A journal to `stream`, and to the end of `file`. Raises OSError when it cannot be opened."""
    with ExitStack() as stack:
        opened = stack.enter_context(file.open("a", encoding="utf-8")) if file else None
        yield Journal(stream, json_lines=json_lines, file=opened)
