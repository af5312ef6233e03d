"""How the network of namespaces gets its faults.

Lost and reset packets are nftables rules where a packet arrives; a limited rate is a class of
traffic control on the bridge's port to each host; delay.py delays on the way out of each host, and
too_large.py answers what is too large.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from labkit.addresses import parse_address
from labkit.config import ConfigurationError
from mta_lab.backends import delay, too_large
from mta_lab.backends.delay import Line, filter_keys, protocol_of
from mta_lab.backends.too_large import SizeLimit
from mta_lab.backends.wiring import attachments, bridges, hosts, namespace
from mta_lab.lab import processes
from mta_lab.lab.directory import Lab
from mta_lab.lab.namespaces import entered
from mta_lab.topology.faults import Fault

_TABLE = "x400_faults"
_DELAY, _ICMP = "(delay)", "(icmp)"  # among the names of hosts, where no host can have them

_ROOT, _LIMITED, _OTHERS = 0x10000, 0x10010, 0x10020
_UNLIMITED = "10gbit"

#: What nftables does with a packet that a fault is for.
_VERDICTS = {
    "drop": "numgen random mod 100000 < {share} drop",
    "black_hole": "drop",
    "larger_than": "meta length gt {largest} drop",
    "reset": "tcp flags & rst == 0 reject with tcp reset",
}


def disturb(lab: Lab, faults: Sequence[Fault]) -> None:
    """Remove the faults that are there and bring these about.

    Raises NetlinkError, OSError, ConfigurationError.
    """
    _calm(lab)
    for host in hosts(lab):
        if rules := [*_rules(lab, host, faults)]:
            _nft(lab, host, _table(rules))
    with entered(bridges(lab)), IPRoute() as kernel:
        for fault in faults:
            if fault.rate:
                _limit(kernel, lab, fault)
    if lines := [asdict(line) for fault in faults for line in _lines(lab, fault)]:
        _start(lab, _DELAY, delay.__file__, lines)
    if places := [asdict(place) for fault in faults for place in _places(lab, fault)]:
        _start(lab, _ICMP, too_large.__file__, places)


def _calm(lab: Lab) -> None:
    for name in (_DELAY, _ICMP):
        processes.end(processes.processes_of(lab.directory, name))
    with entered(bridges(lab)), IPRoute() as kernel:
        for at in attachments(lab):
            _remove_queue(kernel, "htb", at.port)
    for at in attachments(lab):
        with entered(namespace(lab, at.host)), IPRoute() as kernel:
            _remove_queue(kernel, "clsact", at.interface)
    for host in hosts(lab):
        _nft(lab, host, f"table inet {_TABLE}\ndelete table inet {_TABLE}\n")


def _remove_queue(kernel: IPRoute, kind: str, interface: str) -> None:
    with suppress(NetlinkError):  # there is none
        kernel.tc("del", kind, kernel.link_lookup(ifname=interface)[0])


# Where


def _network(lab: Lab, fault: Fault) -> str:
    """The network on which a fault is: itself, or that on which the service listens."""
    service = _service(lab, fault)
    return fault.on if service is None else str(lab.topology.network_of(parse_address(service[0])))


def _service(lab: Lab, fault: Fault) -> tuple[str, int] | None:
    """The address and port of the service that a fault is on; None: it is on a network."""
    if fault.on in lab.topology.networks:
        return None
    host, service = lab.topology.services()[fault.on]
    address, port = lab.topology.proxies()[host].listens_at(service)
    return str(address), port


# Lost and reset


def _rules(lab: Lab, host: str, faults: Sequence[Fault]) -> Iterator[str]:
    for fault in faults:
        network = _network(lab, fault)
        for at in attachments(lab):
            if at.host != host or at.network != network or fault.effect not in _VERDICTS:
                continue
            verdict = _VERDICTS[fault.effect].format(
                share=round((fault.drop or 0) * 1000), largest=fault.larger_than
            )
            for packets in _packets(_service(lab, fault)):
                yield f'iifname "{at.interface}" {packets}{verdict}'


def _packets(service: tuple[str, int] | None) -> Sequence[str]:
    if service is None:
        return ("",)
    address, port = service
    ip = "ip" if parse_address(address).version == 4 else "ip6"
    return (
        f"{ip} daddr {address} tcp dport {port} ",
        f"{ip} saddr {address} tcp sport {port} ",
    )


def _table(rules: Sequence[str]) -> str:
    lines = "\n".join(f"\t\t{rule}" for rule in rules)
    return f"""\
table inet {_TABLE} {{
\tchain arriving {{
\t\ttype filter hook prerouting priority raw; policy accept;
\t\ticmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept comment "as ARP passes"
{lines}
\t}}
}}
"""


def _nft(lab: Lab, host: str, text: str) -> None:
    with entered(namespace(lab, host)):
        done = subprocess.run(
            ["nft", "-f", "-"], input=text, text=True, capture_output=True, check=False
        )
    if done.returncode:
        raise ConfigurationError(f"{host}: nft refused the table {_TABLE}: {done.stderr.strip()}")


# Slow


def _limit(kernel: IPRoute, lab: Lab, fault: Fault) -> None:
    """Limit what the bridge sends to each host, or what of it is the service's."""
    service = _service(lab, fault)
    for at in attachments(lab):
        if at.network != _network(lab, fault):
            continue
        port = kernel.link_lookup(ifname=at.port)[0]
        _remove_queue(kernel, "htb", at.port)
        kernel.tc("add", "htb", port, _ROOT, default=0x20 if service else 0x10)
        for number, rate in ((_LIMITED, f"{fault.rate}bit"), (_OTHERS, _UNLIMITED)):
            kernel.tc("add-class", "htb", port, number, parent=_ROOT, rate=rate, ceil=rate)
        if service is None:
            continue
        protocol = protocol_of(service)
        for keys in filter_keys(service):
            kernel.tc(
                *("add-filter", "u32", port),
                parent=_ROOT,
                protocol=protocol,
                target=_LIMITED,
                keys=keys,
            )


def _lines(lab: Lab, fault: Fault) -> Iterator[Line]:
    for at in attachments(lab) if fault.delay else ():
        if at.network == _network(lab, fault):
            where = str(namespace(lab, at.host))
            yield Line(where, at.interface, float(fault.delay or 0), _service(lab, fault))


def _places(lab: Lab, fault: Fault) -> Iterator[SizeLimit]:
    for at in attachments(lab) if fault.larger_than and fault.icmp else ():
        if at.network == _network(lab, fault):
            where = str(namespace(lab, at.host))
            yield SizeLimit(where, at.interface, fault.larger_than or 0, _service(lab, fault))


def _start(lab: Lab, name: str, program: str, what: Sequence[dict[str, object]]) -> None:
    """Start a process that works on packets, and wait until it does."""
    process = subprocess.Popen(
        [sys.executable, program, json.dumps(what)],
        env=processes.environment(lab.directory, name),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process.stdout as said, process.stderr as complained:  # type: ignore[union-attr]
        if not said.readline():
            why = complained.read().decode().strip()
            raise ConfigurationError(f"the fault cannot be brought about: {why}")
