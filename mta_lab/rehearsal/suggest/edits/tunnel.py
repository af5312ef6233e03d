"""A tunnel: our firewalls route the packets of two MTAs untouched, and Stack pages name the MTAs.

It comes in the place of the services between the two (Q196381, Q199326). Its ends and its port are
those of the mail, so nothing else gets through it.
"""

from collections.abc import Iterator

from mta_lab.rehearsal.suggest.edit import Add, Edit, Keys, Operation, Put, Remove, unused
from mta_lab.rehearsal.suggest.stop import Connector, Stop


def pass_through(stop: Stop) -> Iterator[Edit]:
    """Route what the two MTAs send each other."""
    called = stop.called
    if called is None:
        return
    firewalls = [*_proxies_between(stop, called)]
    connectors = [*_connectors(stop)]
    if not firewalls or not connectors:
        return
    between = [str(stop.address(stop.caller)), str(stop.address(called))]
    operations: list[Operation] = []
    for name in firewalls:
        proxy = stop.topology.proxies()[name]
        entry = {
            "name": unused("x400", [each.name for each in proxy.tunnels]),
            "between": between,
            "port": stop.port(called),
        }
        operations.append(Add(("firewalls", name, "tunnels"), entry))
    used = {passer.keys for each in connectors for passer in stop.services(each)}
    # the last first, so that those before keep their places
    operations += [
        Remove(keys)
        for keys in sorted(used, reverse=True)
        if not _others_use(stop, keys, connectors)
    ]
    for connector in connectors:
        if str(connector.config.stack.address) != (far := _far(stop, connector)):
            operations.append(Put((*connector.keys, "stack", "address"), far))
    text = f"a tunnel between {between[0]} and {between[1]} on port {stop.port(called)}"
    yield Edit(f"{text}, and Stack pages that name the MTAs", tuple(operations))


def _proxies_between(stop: Stop, called: str) -> Iterator[str]:
    """The firewalls of ours on the way that packets to the called MTA take."""
    path = stop.topology.routing().path(stop.caller, stop.address(called))
    proxies = stop.topology.proxies()
    for name in path.boxes:
        if name in proxies and not _tunnelled(stop, name, called):
            yield name


def _tunnelled(stop: Stop, firewall: str, called: str) -> bool:
    proxy = stop.topology.proxies()[firewall]
    hosts = stop.address(stop.caller), stop.address(called)
    return proxy.forwards(*hosts, stop.port(called)).allowed


def _connectors(stop: Stop) -> Iterator[Connector]:
    """The connectors of the two that lead to each other, or were called with."""
    yield from [stop.calling] if stop.calling else []
    yield from stop.answering()


def _far(stop: Stop, connector: Connector) -> str:
    """The address of the MTA at the other end."""
    there = stop.called if connector.mta == stop.caller else stop.caller
    return str(stop.address(str(there)))


def _others_use(stop: Stop, service: Keys, connectors: list[Connector]) -> bool:
    """Whether connectors besides these call a service."""
    return any(
        service == used.keys
        for mta in stop.topology.mtas
        for connector in stop.connectors(mta)
        if connector not in connectors
        for used in stop.services(connector)
    )
