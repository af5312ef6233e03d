"""Edits of our firewall: client-side transparency and rewriting, and a rule for one client."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from mta_lab.rehearsal.suggest.edit import Add, Edit, Put, unused
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
