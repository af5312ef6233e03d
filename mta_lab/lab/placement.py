"""A topology put somewhere: the one that is on the wire, and the way back to the file."""

import re

from labkit.addresses import IPAddress
from labkit.config import Section
from mta_lab.topology.files import Topology

_ADDRESS = re.compile(r"(?<![\d.])\d+\.\d+\.\d+\.\d+(?!\.?\d)")


class Placement(Section):
    """A topology put somewhere: the one that is on the wire, and the way back."""

    backend: str  # its name
    topology: Topology  # with the addresses and the port that the sockets use
    port: int  # that stands where the file has 102
    addresses: dict[IPAddress, IPAddress]  # the file's, and the one on the wire

    def in_file(self, address: IPAddress) -> IPAddress:
        """The topology file's address for one that was seen on the wire."""
        return next((ours for ours, wire in self.addresses.items() if wire == address), address)

    def in_file_text(self, text: str) -> str:
        """A text with the topology file's addresses, where it has those on the wire."""
        ours = {str(wire): str(address) for address, wire in self.addresses.items()}
        return _ADDRESS.sub(lambda found: ours.get(found[0], found[0]), text)
