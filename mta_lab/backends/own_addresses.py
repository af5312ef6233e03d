"""Keeps this machine silent on the networks of a lab where it has an address of a lab's host.

Linux answers ARP for each of its addresses on every interface (arp_ignore 0). Where a host of the
lab has the same address, the bridge of its network would answer first, with its own MAC address,
and calls to that host would get no answer.
"""

from collections.abc import Iterable
from pathlib import Path
from socket import AF_INET

from pyroute2 import IPRoute

from labkit.addresses import IPAddress, parse_address
from labkit.config import ConfigurationError

_ARP_IGNORE = "/proc/sys/net/ipv4/conf/{}/arp_ignore"
_OF_THIS_INTERFACE = "1"  # answer for addresses of the interface on which the question came


def shared_with(addresses: Iterable[IPAddress]) -> list[IPAddress]:
    """Return those of the addresses that this machine has itself."""
    with IPRoute() as kernel:
        ours = {parse_address(found.get_attr("IFA_ADDRESS")) for found in kernel.get_addr(AF_INET)}
    return [each for each in addresses if each in ours]


def keep_silent(bridges: Iterable[str], addresses: Iterable[IPAddress]) -> None:
    """Let no bridge answer for an address that a host of the lab has, too.

    Raises ConfigurationError when that needs root.
    """
    shared = shared_with(addresses)
    for bridge in bridges if shared else ():
        try:
            Path(_ARP_IGNORE.format(bridge)).write_text(_OF_THIS_INTERFACE, "ascii")
        except PermissionError as error:
            raise ConfigurationError(
                f"this machine has {', '.join(map(str, shared))} itself, and would answer for the "
                "lab's host: run this as root, which can forbid it, or give the host another "
                "address"
            ) from error
