"""What the firewall decides, as pure functions over its configuration, each with its reason.

The running firewall calls them, and so does everything that predicts what it would do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from firewall_proxy.config import Configuration, Limits, Service, called_text
from firewall_proxy.request import NoRequest, Request
from labkit.addresses import IPAddress
from labkit.reason import Reason

#: The limit that is one client's.
PER_CLIENT = "connections_per_client"
#: The check that chooses a service.
CALLED = "called T-selector"


@dataclass(frozen=True)
class Verdict:
    """Whether a client may use a service. `rule` is None when no rule decided."""

    allowed: bool
    rule: str | None
    reason: Reason


@dataclass(frozen=True)
class OnwardSource:
    """The source address that the destination sees; None when the route to it chooses.

    `foreign` says that the address is not this machine's, so that using it takes IP_TRANSPARENT.
    """

    address: IPAddress | None
    foreign: bool
    reason: Reason


def decide(configuration: Configuration, service: Service, client: IPAddress) -> Verdict:
    """Decide by the first rule that is for `service` and `client`.

    Without rules every client is let in; with rules, only one that a rule allows.
    """
    rules, seen = configuration.place("rules"), str(client)
    if not configuration.rules:
        reason = Reason("rules", "there are no rules, so everybody is let in", place=rules)
        return Verdict(True, None, reason)
    for rule in configuration.rules:
        if rule.is_for(client, service.name):
            does = "lets in" if rule.action == "allow" else "denies"
            whom = str(rule.clients or "everybody")
            text = f"rule {rule.name} {does} {whom}"
            reason = Reason("rules", text, whom, seen, rule.place())
            return Verdict(rule.action == "allow", rule.name, reason)
    text = f"no rule is for {client} at {service.name}"
    return Verdict(False, None, Reason("rules", text, "a rule for it", seen, rules))


@dataclass(frozen=True)
class Chosen:
    """The service that a client's first octets are for."""

    service: Service
    reason: Reason


def known_by_what_is_called(services: Sequence[Service]) -> bool:
    """Whether what a client calls must be read to know its service."""
    return any(each.called is not None for each in services)


def choose(services: Sequence[Service], first: Request | NoRequest) -> Chosen | Reason:
    """Choose among the services of one place by the called T-selector of the connection request.

    A service without `called` takes what no other one does, a request or not. Where none does, the
    reason is all there is.
    """
    rest = next((each for each in services if each.called is None), None)
    seen = first.text if isinstance(first, NoRequest) else called_text(first.called)
    if isinstance(first, Request):
        for each in services:
            if each.called is not None and each.called.selector == first.called:
                text = f"service {each.name} takes {each.called}"
                reason = Reason(CALLED, text, str(each.called), seen, each.place("called"))
                return Chosen(each, reason)
    if rest is not None:
        text = f"service {rest.name} takes what no other one does"
        return Chosen(rest, Reason(CALLED, text, "", seen, rest.place()))
    expected = ", ".join(str(each.called) for each in services)
    if isinstance(first, NoRequest):
        text = f"the client sent no connection request: {first.text}"
    else:
        text = f"no service takes {seen}"
    return Reason(CALLED, text, expected, seen, services[0].place("called"))


def tunnelled(
    configuration: Configuration,
    source: IPAddress,
    destination: IPAddress,
    port: int,
) -> Verdict:
    """Decide about a connection that is routed through this machine: only a tunnel lets it pass."""
    for tunnel in configuration.tunnels:
        if {source, destination} == set(tunnel.between) and tunnel.port == port:
            text = f"tunnel {tunnel.name} lets {source} call {destination} on port {port}"
            return Verdict(True, tunnel.name, Reason("tunnels", text, place=tunnel.place()))
    text = f"no tunnel lets {source} call {destination} on port {port}"
    return Verdict(False, None, Reason("tunnels", text, place=configuration.place("tunnels")))


def onward_source(
    configuration: Configuration, service: Service, client: IPAddress
) -> OnwardSource:
    """Choose the source address of the connection that `service` opens for `client`.

    Transparency is asked first: a source that is kept cannot be rewritten as well. A client in
    127/8 is on this machine, so its address is the machine's own.
    """
    if service.client_side_transparency:
        text = "client-side transparency keeps the client's address"
        place = service.place("client_side_transparency")
        reason = Reason("source address", text, seen=str(client), place=place)
        return OnwardSource(client, not client.is_loopback, reason)
    place = service.place("source_rewrite")
    if service.source_rewrite:
        name = service.onward_interface
        address = configuration.interfaces[name].address
        text = f"the client's address is rewritten to {address}, the address of {name}"
        reason = Reason("source address", text, str(address), str(client), place)
        return OnwardSource(address, False, reason)
    text = f"the route to {service.destination.address} chooses among this machine's addresses"
    return OnwardSource(None, False, Reason("source address", text, "", str(client), place))


def unknown_name(service: Service) -> Reason:
    """Say that the destination's name has no address."""
    name = str(service.destination.address)
    text = f"no address is known for {name}, the destination of service {service.name}"
    return Reason(
        "destination", text, "an entry in hosts", name, service.destination.place("address")
    )


def over_limit(
    limits: Limits, client: IPAddress, open_in_all: int, open_by_client: int
) -> Reason | None:
    """Say which limit one more connection of `client` would break, or None."""
    for field, most, are_open, whose in (
        ("connections", limits.connections, open_in_all, ""),
        (PER_CLIENT, limits.share, open_by_client, f" from {client}"),
    ):
        if are_open >= most:
            text = f"{are_open} connections{whose} are open, and {most} may be"
            return Reason(field, text, f"fewer than {most}", str(are_open), limits.place(field))
    return None
