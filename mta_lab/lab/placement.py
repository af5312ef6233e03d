"""A topology put somewhere: the one that is on the wire, and the way back to the file."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

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

    def value_in_file(self, value: Any) -> Any:
        """A field's value as documents have it, with the addresses and networks of the file."""
        return _moved(value, {wire: ours for ours, wire in self.addresses.items()})

    def value_on_wire(self, value: Any) -> Any:
        """The same the other way: what a host of the lab is to be given."""
        return _moved(value, self.addresses)


def _moved(value: Any, addresses: Mapping[IPAddress, IPAddress]) -> Any:
    """A value with every text moved that is an address, or a network in which one lies."""
    if isinstance(value, dict):
        return {name: _moved(each, addresses) for name, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, addresses) for each in value]
    return _moved_text(value, addresses) if isinstance(value, str) else value


def _moved_text(text: str, addresses: Mapping[IPAddress, IPAddress]) -> str:
    try:
        network = ip_network(text)
    except ValueError:
        return text
    for address, to in addresses.items():
        if address in network:
            start = to + (int(network.network_address) - int(address))
            return f"{start}/{network.prefixlen}" if "/" in text else str(start)
    return text
