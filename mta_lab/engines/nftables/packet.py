"""A packet as rules see it: what it carries, and what the kernel remembers of its connection."""

from dataclasses import dataclass, replace

from labkit.addresses import IPAddress
from mta_lab.engines.decision import Syn


@dataclass(frozen=True)
class Ends:
    """From where to where: the tuple of connection tracking."""

    source: IPAddress
    source_port: int
    destination: IPAddress
    destination_port: int

    def with_end(self, end: str, address: IPAddress, port: int) -> "Ends":
        """The same with another "source" or "destination"."""
        if end == "source":
            return replace(self, source=address, source_port=port)
        return replace(self, destination=address, destination_port=port)

    def turned(self) -> "Ends":
        """The way back."""
        return Ends(self.destination, self.destination_port, self.source, self.source_port)


@dataclass(frozen=True)
class Connection:
    """What connection tracking knows: the first packet's ends, what became of them, mark, status.

    `state` is the packet's own: new for the first one, established for an answer. `translated` has
    the ends after translation; `status` the bits snat and dnat, set only where an end changed;
    `looked_up` the ends, source and destination, for which translation has been looked up.
    """

    original: Ends
    translated: Ends
    state: str = "new"
    direction: str = "original"
    mark: int = 0
    status: frozenset[str] = frozenset()
    looked_up: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Packet:
    """A TCP segment without data, or an ICMP error of the box itself.

    `iif` and `oif` are empty where the hook has none. `connection` is None before connection
    tracking (priority -200), and for good where `untracked`; tracking finds `remembered`.
    `transparent` says of an answer whether the box's socket that it is for has another's address.
    """

    ends: Ends
    iif: str = ""
    oif: str = ""
    flags: frozenset[str] = frozenset({"syn"})
    protocol: str = "tcp"
    mark: int = 0
    connection: Connection | None = None
    remembered: Connection | None = None
    untracked: bool = False
    transparent: bool | None = None

    @property
    def version(self) -> int:
        """Of IP: 4 or 6."""
        return self.ends.source.version

    def tracked(self, *, mark: int) -> "Packet":
        """The packet with a changed mark of its connection, if it has one."""
        if self.connection is None:
            return self
        return replace(self, connection=replace(self.connection, mark=mark))

    def looked_up(self, end: str) -> "Packet":
        """The packet after translation of one end was looked up."""
        if self.connection is None:
            return self
        ends = self.connection.looked_up | {end}
        return replace(self, connection=replace(self.connection, looked_up=ends))

    def as_syn(self, interface: str) -> Syn:
        """The packet as an engine's decision has it."""
        ends = self.ends
        return Syn(
            interface, ends.source, ends.source_port, ends.destination, ends.destination_port
        )


def of_syn(syn: Syn) -> Packet:
    """The packet that arrives as a SYN."""
    ends = Ends(syn.source, syn.source_port, syn.destination, syn.destination_port)
    return Packet(ends, syn.interface)
