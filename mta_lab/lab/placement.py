"""A topology put somewhere: the one that is on the wire, and the way back to the file."""

from ipaddress import IPv4Address

from labkit.config import Section
from mta_lab.topology.files import Topology


class Placement(Section):
    """A topology put somewhere: the one that is on the wire, and the way back."""

    backend: str  # its name
    topology: Topology  # with the addresses and the port that the sockets use
    port: int  # that stands where the file has 102
    addresses: dict[IPv4Address, IPv4Address]  # the file's, and the one on the wire

    def in_file(self, address: IPv4Address) -> IPv4Address:
        """The topology file's address for one that was seen on the wire."""
        return next((ours for ours, wire in self.addresses.items() if wire == address), address)
