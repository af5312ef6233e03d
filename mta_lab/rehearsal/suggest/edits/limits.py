"""Edits of limits, and of how strictly a packet is taken."""

from collections.abc import Iterator

from mta_lab.engines.box import LOOSE, STRICT
from mta_lab.rehearsal.machines import REVERSE_PATH
from mta_lab.rehearsal.suggest.edit import Edit, Put
from mta_lab.rehearsal.suggest.stop import Stop


def control_blocks(stop: Stop) -> Iterator[Edit]:
    """Give the MTA one more control block (Q166602, Q200259)."""
    registry = stop.topology.mtas[stop.where].server.registry
    more = registry.tcp_ip_control_blocks + 1
    keys = ("mtas", stop.where, "server", "registry", "tcp_ip_control_blocks")
    yield Edit(f"{more} TCP/IP control blocks of {stop.where}", (Put(keys, more),))


def reserved_octet(stop: Stop) -> Iterator[Edit]:
    """Send the reserved octet of TPKT headers as 0, or ignore it (Q157015)."""
    for mta in filter(None, (stop.caller, stop.called)):
        stack = stop.topology.mtas[mta].server.transport_stack
        keys = ("mtas", mta, "server", "transport_stack")
        if stack.tpkt_reserved_octet:
            put = Put((*keys, "tpkt_reserved_octet"), 0)
            yield Edit(f"{mta} sends the reserved octet of TPKT headers as 0", (put,))
        if stack.strict_tpkt:
            put = Put((*keys, "strict_tpkt"), False)
            yield Edit(f"{mta} ignores the reserved octet of TPKT headers", (put,))


def reverse_path(stop: Stop) -> Iterator[Edit]:
    """Let a firewall take packets by another interface than answers leave by (RFC 3704, 2.4)."""
    if int(stop.topology.firewalls[stop.where].sysctls.get(REVERSE_PATH, 0)) == STRICT:
        put = Put(("firewalls", stop.where, "sysctls", REVERSE_PATH), LOOSE)
        yield Edit(f"{stop.where} filters by the reverse path loosely", (put,))
