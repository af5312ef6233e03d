"""A TCP segment, and the ends that it travels between."""

import struct
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from labkit.addresses import at

_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10


@dataclass(frozen=True)
class Address:
    """One end of a TCP connection."""

    host: str
    port: int

    def __str__(self) -> str:
        return at(self.host, self.port)


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


def read(
    frame: int, time: int, hosts: tuple[bytes, bytes], octets: bytes, at: int, end: int
) -> Segment:
    """The segment whose header lies whole in `octets` at `at`, and which ends at `end`.

    `hosts` are the IP addresses of source and destination; `end` may lie beyond the octets, of
    which the capture then lacks the rest.
    """
    source, destination, sequence, acknowledgement, offset, flags = struct.unpack_from(
        ">HHIIBB", octets, at
    )
    begin = at + (offset >> 4) * 4
    end = max(begin, end)
    data = octets[begin:end]
    return Segment(
        frame,
        time,
        Address(_host(hosts[0]), source),
        Address(_host(hosts[1]), destination),
        sequence,
        acknowledgement if flags & _ACK else None,
        syn=bool(flags & _SYN),
        fin=bool(flags & _FIN),
        rst=bool(flags & _RST),
        data=data,
        cut=end - begin - len(data),
    )


@lru_cache(maxsize=1024)
def _host(octets: bytes) -> str:
    return str(ip_address(octets))
