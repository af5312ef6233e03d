"""Interfaces of this machine that a lab borrows: a real box is behind them.

An interface is moved to the namespace of the lab's bridges, and becomes a port of a network's. What
it was is written down before it is moved, so that it is given back also when the lab was killed: it
is moved to the namespace of whoever takes the lab down, which is the one that it was put up in, and
has its name there, and is up or down as before. One that this machine uses itself is not taken.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import Field
from pyroute2 import IPRoute

from labkit.addresses import parse_address
from labkit.config import ConfigurationError, Section, dump, load
from mta_lab.backends.wiring import bridges
from mta_lab.lab.directory import Lab
from mta_lab.lab.namespaces import entered
from mta_lab.topology.files import Topology

_FILE = "borrowed.yaml"
_UP, _LOOPBACK = 0x1, 0x8  # IFF_UP and IFF_LOOPBACK of linux/if.h


class Interface(Section):
    """An interface as it was, and what it is called beside the bridges."""

    name: str
    up: bool
    port: str


class Borrowed(Section):
    """All that a lab has borrowed, by network."""

    interfaces: dict[str, Interface] = Field(default_factory=dict)


def check(topology: Topology) -> None:
    """Raise ConfigurationError when a network with a real box lacks an interface, or for others."""
    if problems := [*_problems(topology)]:
        raise ConfigurationError("\n".join(f"{topology.name}: {each}" for each in problems))


def _problems(topology: Topology) -> Iterator[str]:
    needed = {
        str(topology.network_of(interface.address)): name
        for name, firewall in topology.external().items()
        for interface in firewall.interfaces.values()
    }
    for network, firewall in needed.items():
        if network not in topology.attached:
            yield (
                f"{firewall} is a real box: --attach {network}=INTERFACE says which interface of "
                "this machine leads to it"
            )
    for network, name in topology.attached.items():
        if network not in needed:
            yield f"--attach {network}={name}: no firewall of the engine external is on {network}"
        elif why := _in_use(name):
            yield f"--attach {network}={name}: {why}"
    names = [*topology.attached.values()]
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f"--attach: {name} can be attached to one network"


def _in_use(name: str) -> str | None:
    """Why an interface cannot be taken from this machine."""
    with IPRoute() as kernel:
        found = kernel.link_lookup(ifname=name)
        if not found:
            there = ", ".join(link.get_attr("IFLA_IFNAME") for link in kernel.get_links())
            return f"no interface has this name; there are: {there}"
        (link,) = kernel.get_links(found[0])
        if link["flags"] & _LOOPBACK:
            return "the loopback interface is this machine's own"
        if link.get_attr("IFLA_MASTER"):
            return "it belongs to another interface (a bridge or bond)"
        addresses = [address.get_attr("IFA_ADDRESS") for address in kernel.get_addr(index=found[0])]
    if own := [each for each in addresses if not parse_address(each).is_link_local]:
        return f"this machine uses it: it has the address {own[0]}"
    return None


def borrow(lab: Lab) -> None:
    """Make each attached interface a port of its network's bridge. Raises NetlinkError, OSError."""
    with IPRoute() as kernel:
        taken = {}
        for number, (network, name) in enumerate(lab.topology.attached.items()):
            found = kernel.link_lookup(ifname=name)
            if not found:
                raise ConfigurationError(f"--attach {network}={name}: it is here no more")
            (link,) = kernel.get_links(found[0])
            taken[network] = Interface(
                name=name, up=bool(link["flags"] & _UP), port=f"attached{number}"
            )
        dump(Borrowed(interfaces=taken), lab.directory / _FILE)
        beside = os.open(bridges(lab), os.O_RDONLY)
        try:
            for each in taken.values():
                _move(kernel, each.name, each.port, beside)
        finally:
            os.close(beside)
    with entered(bridges(lab)), IPRoute() as kernel:
        for network, each in taken.items():
            bridge = kernel.link_lookup(ifname=network)[0]
            index = kernel.link_lookup(ifname=each.port)[0]
            kernel.link("set", index=index, master=bridge, state="up")


def give_back(lab: Lab) -> None:
    """Move each interface back here that is still beside the bridges."""
    file = lab.directory / _FILE
    if not file.exists():
        return
    borrowed = load(file, Borrowed).interfaces.values()
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        with suppress(FileNotFoundError), entered(bridges(lab)), IPRoute() as kernel:
            for each in borrowed:
                if found := kernel.link_lookup(ifname=each.port):
                    kernel.link("set", index=found[0], master=0)
                    _move(kernel, each.port, each.name, here)
    finally:
        os.close(here)
    with IPRoute() as kernel:
        for each in borrowed:
            if each.up and (found := kernel.link_lookup(ifname=each.name)):
                kernel.link("set", index=found[0], state="up")
    Path(file).unlink()


def _move(kernel: IPRoute, name: str, new_name: str, namespace: int) -> None:
    """Move an interface to a namespace; it is down then, and has the new name."""
    (index,) = kernel.link_lookup(ifname=name)
    kernel.link("set", index=index, state="down")
    kernel.link("set", index=index, ifname=new_name, net_ns_fd=namespace)
