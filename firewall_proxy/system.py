"""Sets up the kernel of the firewall's machine: what the firewall's sockets cannot do alone.

Client-side transparency: packets from a destination to a client whose address the firewall took on
are the firewall's, although they carry another's address. nftables marks those that belong to a
transparent socket, a rule sends what is marked to a routing table of its own, and there every
address is local (Documentation/networking/tproxy.rst of Linux). IPv4 and IPv6 have rules, routes
and forwarding each of their own; the table is of the family inet, which is for both.

Forwarding: a local tunnel is routing, so with tunnels the kernel forwards, and a filter lets pass
what goes through one of them. Without tunnels it forwards nothing at all.

The table is given to the program nft rather than to netlink: its text is what people read and
check, and pyroute2 has no compiler for it. Routes and rules need no program (pyroute2).
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import AF_INET, AF_INET6, AddressFamily
from typing import NamedTuple

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from firewall_proxy.config import Configuration, Tunnel

TABLE = "firewall_proxy"
MARK = 0x66
#: The routing table in which every address is local, and the priority of the rule that leads to it.
ROUTES = 102

_SETTINGS = Path("/proc/sys")
_LOOPBACK = 1  # the index of lo in every namespace (LOOPBACK_IFINDEX)


class _Version(NamedTuple):
    """What a version of IP has in the kernel."""

    family: AddressFamily
    forwarding: str  # the setting, as sysctl(8) writes it
    ip: str  # the command
    everything: str  # the destination of a default route
    names: str  # of nft, for its addresses
    errors: str  # that a router may answer with


_VERSIONS = {
    4: _Version(
        AF_INET,
        "net.ipv4.ip_forward",
        "ip",
        "0.0.0.0/0",
        "ip",
        "icmp type { destination-unreachable, time-exceeded }",
    ),
    6: _Version(
        AF_INET6,
        "net.ipv6.conf.all.forwarding",
        "ip -6",
        "::/0",
        "ip6",
        "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded }",
    ),
}


class CannotSetUpError(Exception):
    """The machine or this process cannot be set up; the text says why, for people."""


def forwards(configuration: Configuration) -> bool:
    """Whether the machine must forward packets."""
    return bool(configuration.tunnels)


def _versions(configuration: Configuration) -> list[_Version]:
    """The versions of IP that the firewall has addresses of."""
    ours = {interface.address.version for interface in configuration.interfaces.values()}
    return [each for version, each in _VERSIONS.items() if version in ours]


def filter_table(configuration: Configuration) -> str:
    """The nftables table, in the language of nft(8); it replaces the one that is there."""
    passed = "\n".join(f"\t\t{line}" for each in configuration.tunnels for line in _passed(each))
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
\tchain transparency {{
\t\ttype filter hook prerouting priority mangle; policy accept;
\t\tmeta l4proto tcp socket transparent 1 meta mark set {MARK:#x}
\t}}
\tchain tunnels {{
\t\ttype filter hook forward priority filter; policy drop;
{passed}
\t}}
}}
"""


def _passed(tunnel: Tunnel) -> Iterator[str]:
    """What a tunnel lets pass: connections from either end to its port, and the answers."""
    version = _VERSIONS[tunnel.between[0].version]
    ends = f"{{ {tunnel.between[0]}, {tunnel.between[1]} }}"
    between = f"{version.names} saddr {ends} {version.names} daddr {ends}"
    yield f"{between} tcp dport {tunnel.port} accept"
    yield f"{between} tcp sport {tunnel.port} accept"
    yield f"{between} {version.errors} accept"


def as_commands(configuration: Configuration) -> str:
    """The shell script that does the same as `set_up`."""
    of_versions = "".join(
        f"""\
sysctl -w {each.forwarding}={forwards(configuration):d}
{each.ip} route replace local default dev lo table {ROUTES}
{each.ip} rule add fwmark {MARK:#x} lookup {ROUTES} priority {ROUTES}
"""
        for each in _versions(configuration)
    )
    return f"{of_versions}nft -f - <<'END'\n{filter_table(configuration)}END\n"


def set_up(configuration: Configuration) -> None:
    """Set up the kernel in the network namespace of this thread; doing it again does no harm.

    Needs CAP_NET_ADMIN and the program nft. Raises CannotSetUpError.
    """
    with _errors_for_people():
        _nft(filter_table(configuration))
        with IPRoute() as kernel:
            _forget_routes(kernel)
            for version in _versions(configuration):
                _set_forwarding(version, forwards(configuration))
                kernel.route(
                    "add",
                    family=version.family,
                    dst=version.everything,
                    type="local",
                    scope="host",
                    oif=_LOOPBACK,
                    table=ROUTES,
                )
                kernel.rule(
                    "add", family=version.family, fwmark=MARK, table=ROUTES, priority=ROUTES
                )


def take_back() -> None:
    """Remove rule, route and table; whether the machine forwards stays as it is.

    Raises CannotSetUpError.
    """
    with _errors_for_people():
        with IPRoute() as kernel:
            _forget_routes(kernel)
        _nft(f"table inet {TABLE}\ndelete table inet {TABLE}\n")


def _forget_routes(kernel: IPRoute) -> None:
    for version in _VERSIONS.values():
        with suppress(NetlinkError):  # a kernel without IPv6
            kernel.flush_rules(family=version.family, table=ROUTES)
            kernel.flush_routes(family=version.family, table=ROUTES)


def _set_forwarding(version: _Version, wanted: bool) -> None:
    """Write the setting only when it differs: in a container it may be read-only.

    Without a tunnel it may stay on: then the filter lets nothing through.
    """
    setting = _SETTINGS.joinpath(*version.forwarding.split("."))
    if setting.read_text("ascii").strip() == f"{wanted:d}":
        return
    try:
        setting.write_text(f"{wanted:d}", "ascii")
    except OSError as error:
        if wanted:
            raise CannotSetUpError(
                f"{setting} must be 1, for a local tunnel is routing, and cannot be written: "
                f"{error.strerror}; give a container the sysctl {version.forwarding}=1"
            ) from error


def _nft(text: str) -> None:
    done = subprocess.run(
        ["nft", "-f", "-"], input=text, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise CannotSetUpError(f"nft refused the table {TABLE}: {done.stderr.strip()}")


@contextmanager
def _errors_for_people() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise CannotSetUpError(
            f"the program {error.filename} is missing; install nftables"
        ) from error
    except NetlinkError as error:
        raise CannotSetUpError(
            f"the kernel refused a rule or a route: {os.strerror(error.code)}; "
            "setting up takes the capability CAP_NET_ADMIN"
        ) from error
