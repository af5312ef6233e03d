"""Where a topology's hosts live. One file, several backends: the same topology serves them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Protocol

from mta_lab.topology import Topology


@dataclass(frozen=True)
class Placement:
    """A topology put somewhere: the one that is on the wire, and the way back."""

    backend: str  # its name
    topology: Topology  # with the addresses and the port that the sockets use
    port: int  # that stands where the file has 102
    interface: str  # where a capture sees every segment
    addresses: Mapping[IPv4Address, IPv4Address]  # the file's, and the one on the wire

    def in_file(self, address: IPv4Address) -> IPv4Address:
        """The topology file's address for one that was seen on the wire."""
        return next((ours for ours, wire in self.addresses.items() if wire == address), address)


class Backend(Protocol):
    """Puts the hosts of a topology somewhere."""

    name: str

    def place(self, topology: Topology) -> Placement:
        """Choose the addresses and the port of a run.

        Raises ConfigurationError when this backend cannot show what the topology is about.
        """
