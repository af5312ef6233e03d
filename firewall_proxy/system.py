"""Sets up the kernel of the firewall's machine: what the firewall's sockets cannot do alone.

Client-side transparency: packets from a destination to a client whose address the firewall took on
are the firewall's, although they carry another's address. nftables marks those that belong to a
transparent socket, a rule sends what is marked to a routing table of its own, and there every
address is local (Documentation/networking/tproxy.rst of Linux).

Forwarding: a local tunnel is routing, so with tunnels the kernel forwards, and a filter lets pass
what goes through one of them. Without tunnels it forwards nothing at all.

The table is given to the program nft rather than to netlink: its text is what people read and
check, and pyroute2 has no compiler for it. Routes and rules need no program (pyroute2).
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from firewall_proxy.config import Configuration, Tunnel

TABLE = "firewall_proxy"
MARK = 0x66
#: The routing table in which every address is local, and the priority of the rule that leads to it.
ROUTES = 102

_LOOPBACK = 1  # the index of lo in every namespace (LOOPBACK_IFINDEX)
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")


class CannotSetUpError(Exception):
    """The machine or this process cannot be set up; the text says why, for people."""


def forwards(configuration: Configuration) -> bool:
    """Whether the machine must forward packets."""
    return bool(configuration.tunnels)


def filter_table(configuration: Configuration) -> str:
    """The nftables table, in the language of nft(8); it replaces the one that is there."""
    passed = "\n".join(f"\t\t{line}" for each in configuration.tunnels for line in _passed(each))
    return f"""\
table ip {TABLE}
delete table ip {TABLE}
table ip {TABLE} {{
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
    ends = f"{{ {tunnel.between[0]}, {tunnel.between[1]} }}"
    between = f"ip saddr {ends} ip daddr {ends}"
    yield f"{between} tcp dport {tunnel.port} accept"
    yield f"{between} tcp sport {tunnel.port} accept"
    yield f"{between} icmp type {{ destination-unreachable, time-exceeded }} accept"


def as_commands(configuration: Configuration) -> str:
    """The shell script that does the same as `set_up`."""
    return f"""\
sysctl -w net.ipv4.ip_forward={forwards(configuration):d}
ip route replace local default dev lo table {ROUTES}
ip rule add fwmark {MARK:#x} lookup {ROUTES} priority {ROUTES}
nft -f - <<'END'
{filter_table(configuration)}END
"""


def set_up(configuration: Configuration) -> None:
    """Set up the kernel in the network namespace of this thread; doing it again does no harm.

    Needs CAP_NET_ADMIN and the program nft. Raises CannotSetUpError.
    """
    with _errors_for_people():
        _nft(filter_table(configuration))
        _set_forwarding(forwards(configuration))
        with IPRoute() as kernel:
            _forget_routes(kernel)
            kernel.route(
                "add",
                dst="0.0.0.0/0",
                type="local",
                scope="host",
                oif=_LOOPBACK,
                table=ROUTES,
            )
            kernel.rule("add", fwmark=MARK, table=ROUTES, priority=ROUTES)


def take_back() -> None:
    """Remove rule, route and table; whether the machine forwards stays as it is.

    Raises CannotSetUpError.
    """
    with _errors_for_people():
        with IPRoute() as kernel:
            _forget_routes(kernel)
        _nft(f"table ip {TABLE}\ndelete table ip {TABLE}\n")


def _forget_routes(kernel: IPRoute) -> None:
    kernel.flush_rules(table=ROUTES)
    kernel.flush_routes(table=ROUTES)


def _set_forwarding(wanted: bool) -> None:
    """Write the setting only when it differs: in a container it may be read-only.

    Without a tunnel it may stay on: then the filter lets nothing through.
    """
    if _FORWARDING.read_text("ascii").strip() == f"{wanted:d}":
        return
    try:
        _FORWARDING.write_text(f"{wanted:d}", "ascii")
    except OSError as error:
        if wanted:
            raise CannotSetUpError(
                f"{_FORWARDING} must be 1, for a local tunnel is routing, and cannot be written: "
                f"{error.strerror}; give a container the sysctl net.ipv4.ip_forward=1"
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
