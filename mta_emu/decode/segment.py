"""A TCP segment, and the ends that it travels between."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """One end of a TCP connection."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Segment:
    """A TCP segment (RFC 9293 3.1).

    `frame` counts the packets of the file from 1, as Wireshark does; `time` is in nanoseconds
    since the epoch. `cut` octets of the data lie beyond what the capture kept of the packet.
    """

    frame: int
    time: int
    source: Address
    destination: Address
    sequence: int
    acknowledgement: int | None
    syn: bool
    fin: bool
    rst: bool
    data: bytes
    cut: int = 0
