"""Edits of our firewall: what a service rewrites, where it leads, and whom a rule lets in."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from mta_lab.rehearsal.suggest.edit import Add, Edit, Put, unused
from mta_lab.rehearsal.suggest.edits.stackpage import ways_to
from mta_lab.rehearsal.suggest.stop import Passer, Stop


def transparency(stop: Stop) -> Iterator[Edit]:
    """Let a service on the way rewrite the client's address, or keep it (Q196381)."""
    for passer in stop.services(stop.calling) if stop.calling else ():
        if passer.service.client_side_transparency:
            yield _off(passer)
        else:
            on = Put((*passer.keys, "client_side_transparency"), True)
            yield Edit(f"{passer}: client-side transparency on", (on,))
            if not passer.service.source_rewrite:
                rewrite = Put((*passer.keys, "source_rewrite"), True)
                yield Edit(f"{passer}: rewrite the source address", (rewrite,))


def _off(passer: Passer) -> Edit:
    off = [Put((*passer.keys, "client_side_transparency"), False)]
    if not passer.service.source_rewrite:
        off.append(Put((*passer.keys, "source_rewrite"), True))
    return Edit(f"{passer}: client-side transparency off", tuple(off))


def rule(stop: Stop) -> Iterator[Edit]:
    """Let one client use one service, in front of the rules that deny it."""
    passers = stop.services(stop.calling) if stop.calling else ()
    passer = next((each for each in passers if each.firewall == stop.where), None)
    if passer is None:
        return
    client = ip_address(stop.reason.seen)
    rules = stop.topology.proxies()[passer.firewall].rules
    entry = {
        "name": unused(f"mail-from-{client}", [each.name for each in rules]),
        "service": passer.service.name,
        "from": str(ip_network(client)),
        "action": "allow",
    }
    text = f"{passer}: let in {client}, and nobody else"
    yield Edit(text, (Add(("firewalls", passer.firewall, "rules"), entry, first=True),))


def destination(stop: Stop) -> Iterator[Edit]:
    """Let the last service on the way pass on to where the called MTA can be called."""
    passers = [*stop.services(stop.calling)] if stop.calling else []
    for passer in passers[-1:]:
        now = passer.service.destination
        for way in ways_to(stop):
            puts = []
            if str(now.address) != str(way.address):
                puts.append(Put((*passer.keys, "destination", "address"), str(way.address)))
            if now.port != way.port:
                puts.append(Put((*passer.keys, "destination", "port"), way.port))
            if puts:
                yield Edit(f"{passer}: pass on to {way}", tuple(puts))


def listening(stop: Stop) -> Iterator[Edit]:
    """Let a service that leads to the called MTA listen at the port that is called."""
    if (end := stop.arrives_at()) is None:
        return
    ways = ways_to(stop)
    for passer in stop.every_service():
        if passer.listens.address == end.address and passer.listens in ways:
            put = Put((*passer.keys, "listen", "port"), end.port)
            yield Edit(f"{passer}: listen at {end}", (put,))
