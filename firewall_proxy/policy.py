"""What the firewall decides, as pure functions over its configuration.

The running firewall and whoever predicts what it would do call the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from firewall_proxy.config import Configuration, Limits, Rule, Service


@dataclass(frozen=True)
class Verdict:
    """Whether a client may use a service. `rule` is None when no rule decided."""

    allowed: bool
    rule: str | None
    reason: str


@dataclass(frozen=True)
class OnwardSource:
    """The source address a destination sees; None when the route to it chooses.

    `foreign` says that the address is not this machine's, so that using it takes IP_TRANSPARENT.
    """

    address: IPv4Address | None
    foreign: bool
    reason: str


def decide(rules: Sequence[Rule], service: Service, client: IPv4Address) -> Verdict:
    """The first rule that names `service` and `client` decides.

    Without any rule everybody is allowed; with rules, whom none names is denied.
    """
    if not rules:
        return Verdict(True, None, "no rules are configured")
    for rule in rules:
        if rule.service in (None, service.name) and client in rule.clients:
            return Verdict(rule.action == "allow", rule.name, f"rule {rule.name}: {rule.action}")
    return Verdict(False, None, f"no rule is for {client} at {service.name}")


def onward_source(
    configuration: Configuration, service: Service, client: IPv4Address
) -> OnwardSource:
    """The source address of the connection that `service` opens for `client`.

    Transparency is asked first: a source that is kept cannot be rewritten as well. A client in
    127/8 is on this machine, so its address is the machine's own.
    """
    if service.client_side_transparency:
        foreign = not client.is_loopback
        return OnwardSource(client, foreign, "client-side transparency keeps the client's address")
    if service.source_rewrite:
        address = configuration.interfaces[service.onward_interface].address
        return OnwardSource(
            address, False, f"rewritten to the address of {service.onward_interface}"
        )
    return OnwardSource(None, False, f"chosen by the route to {service.destination.address}")


def over_limit(limits: Limits, open_in_all: int, open_by_client: int) -> str | None:
    """Which limit one more connection would break, or None."""
    if open_in_all >= limits.connections:
        return f"limits.connections: {open_in_all} of {limits.connections} are open"
    if open_by_client >= limits.connections_per_client:
        return (
            f"limits.connections_per_client: {open_by_client} of "
            f"{limits.connections_per_client} are open"
        )
    return None
