"""Topologies at random."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import reject
from hypothesis.strategies import DrawFn, composite

from labkit.config import ConfigurationError, parse
from mta_lab.backends import all_reach_all
from mta_lab.rehearsal.randomlabs.mtas import document, mtas
from mta_lab.rehearsal.randomlabs.networks import Ways, network, usually
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import check

_STARTS = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
_MOST_FIREWALLS = 3
NAME = "random"


def starts(topology: Topology) -> datetime:
    """The lab time at which a random topology begins."""
    return topology.starts or _STARTS


@composite
def topologies(draw: DrawFn) -> Topology:
    """A topology that loopback can show: MTAs that relay, and firewalls in a tree of networks."""
    found = parse(_document(draw), Topology, NAME)
    try:
        check(found)
    except ConfigurationError:
        reject()
    if all_reach_all.problems(found):
        reject()
    return found


def _document(draw: DrawFn) -> dict[str, Any]:
    ways = Ways(draw, _MOST_FIREWALLS)
    plans = mtas(draw, ways)
    hosts = [each.host for each in plans]
    names = {each.dns_name: each.address for each in hosts}
    for firewall in ways.firewalls:
        for number in (firewall.parent, firewall.number):
            where = firewall.address_on(number)
            names[f"fw-{where.replace('.', '-')}"] = where
    reverse = {
        where: usually(draw, name, "stranger.example")
        for name, where in names.items()
        if usually(draw, True, False)
    }
    return {
        "name": NAME,
        "title": "Drawn at random",
        "starts": _STARTS.isoformat(),
        "networks": {network(each): f"10.0.{each}.0/24" for each in ways.networks},
        "hosts": names,
        "reverse": reverse,
        "mtas": {each.name: document(draw, each) for each in plans},
        "firewalls": ways.documents(hosts),
    }
