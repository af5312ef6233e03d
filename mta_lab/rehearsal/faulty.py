"""What the faults of a topology's networks do to a connection: stop it, lose its large packets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Mode,
    RtOpen,
    RtOpenAccept,
    RtTransfer,
)
from mta_emu.osi.selectors import Selectors
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology

_ALL = 100.0  # percent
_HEADERS = 20 + 32  # of IP, and of TCP with its time stamps
_ANYTHING = b"\x05\x00"
_ROUNDS = 3


@dataclass(frozen=True)
class Crossing:
    """A connection where it crosses a network: to which address and port."""

    network: str
    destination: IPAddress
    port: int


class Faulty:
    """The faults that there are, and where."""

    def __init__(self, topology: Topology, faults: Sequence[Fault]) -> None:
        """Raises ConfigurationError when a fault is on nothing that is there."""
        self._faults = faults
        self._services: dict[str, tuple[IPAddress, int]] = {}
        if faults:
            proxies = topology.proxies()
            for name, (host, service) in topology.services().items():
                self._services[name] = proxies[host].listens_at(service)

    def stops(self, crossing: Crossing) -> Reason | None:
        """Why no packet of a connection gets across; None: most do."""
        for fault in self._on(crossing):
            if fault.black_hole or fault.reset or fault.drop == _ALL:
                return _reason(fault)
        return None

    def largest(self, crossing: Crossing) -> int | None:
        """Octets of the largest packet that gets across, where nobody learns that; None: any."""
        sizes = (each.larger_than for each in self._on(crossing) if not each.icmp)
        return min((size for size in sizes if size), default=None)

    def _on(self, crossing: Crossing) -> Iterator[Fault]:
        called = crossing.destination, crossing.port
        for fault in self._faults:
            if fault.on == crossing.network or self._services.get(fault.on) == called:
                yield fault


def largest_apdu(packet: int, mode: Mode) -> int:
    """Octets of the longest APDU whose transfer needs no packet that is larger.

    Whatever is longer is written at once, and so travels in the largest packets that there are.
    """
    room = packet - _HEADERS
    length = room
    while (excess := _written(length, mode) - room) > 0:
        length -= excess
    return length


@dataclass(frozen=True)
class _Octets:
    """An APDU of any octets."""

    length: int

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` octets."""
        return bytes(min(size, self.length - offset))


def _written(length: int, mode: Mode) -> int:
    """The octets that the protocol machines write for an APDU that needs no checkpoint."""
    sender, receiver = RtseConnection(initiator=True), RtseConnection(initiator=False)
    sender.request(RtOpen(Selectors(), Selectors(), _ANYTHING, mode=mode))
    for _ in range(_ROUNDS):
        for heard in receiver.receive_data(sender.data_to_send()):
            if isinstance(heard, RtOpen):
                receiver.request(RtOpenAccept(_ANYTHING))
        for heard in sender.receive_data(receiver.data_to_send()):
            if isinstance(heard, RtOpenAccept):
                sender.request(RtTransfer(_Octets(length)))
                return len(sender.data_to_send())
    raise AssertionError("two protocol machines come to no association")


def _reason(fault: Fault) -> Reason:
    return Reason("fault", f"there is a fault on {fault}", place=fault.place())
