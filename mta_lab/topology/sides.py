"""What takes both sides to see: two ends that disagree, and what of a firewall nobody meets."""

from collections.abc import Iterator
from dataclasses import replace

from firewall_proxy.config import Rule
from labkit.addresses import IPAddress, at, within
from labkit.reason import Reason
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.comparison import reason_of
from mta_emu.mta.policy.identity import bind_of, compare_name, compare_password, compare_selectors
from mta_emu.mts.identifiers import GlobalDomain
from mta_lab.topology.files import Topology, calls


def neither_calls(topology: Topology) -> Iterator[Reason]:
    """Two connectors that lead to each other, none of which ever calls (Q190022)."""
    for one, other, ours, theirs in _ends(topology):
        if not calls(ours) and not calls(theirs):
            activations = f"{ours.schedule.activation} and {theirs.schedule.activation}"
            text = f"neither {one} nor {other} ever calls: {activations}"
            place = ours.schedule.place("activation")
            yield Reason("schedule", text, seen=activations, place=place)


def two_way_alternate(topology: Topology) -> Iterator[Reason]:
    """Two connectors that lead to each other, and only one allows two-way alternate (Q171113)."""
    for one, other, ours, theirs in _ends(topology):
        mine, its = ours.advanced.two_way_alternate, theirs.advanced.two_way_alternate
        if mine is not its:
            allows, not_ = (one, other) if mine else (other, one)
            text = f"{allows} allows two-way alternate and {not_} does not, so {not_} refuses"
            place = ours.advanced.place("two_way_alternate")
            yield Reason("dialogue mode", f"{text} {allows}'s calls", place=place)


def identities(topology: Topology) -> Iterator[Reason]:
    """Two connectors that lead to each other, and one brings what the other one does not expect.

    That is its MTA name, its password or its selectors (Q166308), by the MTA's own comparisons.
    """
    for one, other, ours, theirs in _ends(topology):
        for caller, called, by, there in ((one, other, ours, theirs), (other, one, theirs, ours)):
            brings = bind_of(topology.mtas[caller], by)
            for compared in (
                compare_name(there, brings.credentials),
                compare_password(there, brings.credentials),
                compare_selectors(there, brings.calling, brings.mode),
            ):
                if not compared.fits:
                    why = reason_of([compared])
                    yield replace(why, text=f"{caller} calls {called}, and its {why.text}")


def shared_names(topology: Topology) -> Iterator[Reason]:
    """Two MTAs of one name in one domain: an MTS identifier and a trace name the MTA (X.411)."""
    known: dict[tuple[GlobalDomain, str], str] = {}
    for name, mta in topology.mtas.items():
        server = mta.server
        key = server.global_domain.for_trace(), server.mta_name
        if (other := known.setdefault(key, name)) != name:
            field = "local_mta_name" if server.local_mta_name else "name"
            text = (
                f"{other} and {name} have one MTA name, {server.mta_name}, in one domain: their "
                "MTS identifiers may be alike, and mail between them looks like a loop"
            )
            yield Reason("MTA name", text, seen=server.mta_name, place=server.place(field))


def uncalled_services(topology: Topology) -> Iterator[Reason]:
    """Services that no connector calls and no other service passes on to.

    A command may call any of them.
    """
    if topology.commanded():
        return
    called = {*_called(topology)}
    for name, (firewall, service) in topology.services().items():
        listens = topology.proxies()[firewall].listens_at(service)
        if listens not in called:
            text = f"nobody calls service {name}, which listens at {at(*listens)}"
            yield Reason("service", text, place=service.place("listen"))


def unreached_rules(topology: Topology) -> Iterator[Reason]:
    """Rules that an earlier one leaves no client to."""
    for proxy in topology.proxies().values():
        for number, rule in enumerate(proxy.rules):
            earlier = next((each for each in proxy.rules[:number] if _covers(each, rule)), None)
            if earlier:
                text = f"rule {rule.name} is never reached: rule {earlier.name} is for all of it"
                yield Reason("rules", text, _clients(rule), _clients(earlier), rule.place())


def _clients(rule: Rule) -> str:
    return str(rule.clients or "everybody")


def _covers(earlier: Rule, rule: Rule) -> bool:
    if earlier.service not in (None, rule.service):
        return False
    if earlier.clients is None or rule.clients is None:
        return earlier.clients is None
    return within(rule.clients, earlier.clients)


def _ends(topology: Topology) -> Iterator[tuple[str, str, ConnectorConfig, ConnectorConfig]]:
    """Every two MTAs that have one connector to each other, once, and the two connectors."""
    names = [*topology.mtas]
    to: dict[tuple[str, str | None], list[ConnectorConfig]] = {}
    for name, mta in topology.mtas.items():
        for connector in mta.connectors:
            to.setdefault((name, topology.called_by(name, connector)), []).append(connector)
    for (one, other), found in to.items():
        back = to.get((str(other), one), [])
        if other and names.index(one) < names.index(other) and len(found) == len(back) == 1:
            yield one, other, found[0], back[0]


def _called(topology: Topology) -> Iterator[tuple[IPAddress, int]]:
    """What connectors call, and services pass on to."""
    for name, mta in topology.mtas.items():
        for connector in mta.connectors:
            if address := topology.resolve(name, str(connector.stack.address)):
                yield address, mta.called_port(connector)
    for proxy in topology.proxies().values():
        for service in proxy.services:
            if to := proxy.passes_on_to(service):
                yield to
