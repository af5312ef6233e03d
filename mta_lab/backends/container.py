"""How the firewall's container starts: it sets its kernel up and becomes `firewall-proxy serve`.

The networks' hosts send what is not for their network to an address that the engine keeps free;
the firewall takes it.
"""

import os
import sys
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

from pyroute2 import IPRoute

from firewall_proxy.config import Configuration
from firewall_proxy.system import set_up
from labkit.config import load


def take(addresses: Iterable[IPv4Address]) -> None:
    """Add each address to the interface that has another of the same network."""
    with IPRoute() as kernel:
        for address in addresses:
            for link, interface in _interfaces(kernel):
                if address in interface.network:
                    kernel.addr("replace", index=link, address=str(address), prefixlen=32)


def _interfaces(kernel: IPRoute) -> list[tuple[int, IPv4Interface]]:
    return [
        (found["index"], IPv4Interface(f"{found.get_attr('IFA_ADDRESS')}/{found['prefixlen']}"))
        for found in kernel.get_addr(family=2)
    ]


def main(configuration: str, *ways_out: str) -> None:
    """Take the addresses `ways_out`, set the kernel up, serve."""
    take(map(IPv4Address, ways_out))
    set_up(load(Path(configuration), Configuration))
    serve = [sys.executable, "-m", "firewall_proxy", "serve", configuration, "--json"]
    os.execv(sys.executable, serve)


if __name__ == "__main__":
    main(*sys.argv[1:])
