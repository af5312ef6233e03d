"""`mta-lab trace`: the way of one SYN through a firewall's configuration, rule by rule."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from ipaddress import (
    ip_interface,
    ip_network,
)
from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.addresses import IPAddress, IPInterface, IPNetwork, split
from labkit.config import ConfigurationError
from labkit.output import say, say_json
from labkit.reason import Reason
from mta_lab.commands import AsJson, address_of_option, errors_for_people
from mta_lab.engines import registry
from mta_lab.engines.box import Box
from mta_lab.engines.decision import (
    Decision,
    Forwarded,
    How,
    NotModelled,
    Proxied,
    Route,
    Stopped,
    Syn,
    endpoint,
)
from mta_lab.engines.registry import Given

_X400 = 102


def trace(
    engine: Annotated[
        str, typer.Option(help=f"What the firewall is: {', '.join(registry.ENGINES)}.")
    ],
    interface: Annotated[
        list[str],
        typer.Option(metavar="NAME=ADDRESS/LENGTH", help="An interface of it; repeat for more."),
    ],
    source: Annotated[str, typer.Option("--from", metavar="ADDRESS", help="Who calls.")],
    to: Annotated[str, typer.Option(metavar="ADDRESS[:PORT]", help="Whom; port 102 without.")],
    config: Annotated[Path | None, typer.Option(help="The firewall's own file.")] = None,
    route: Annotated[
        list[str],
        typer.Option(
            metavar="NETWORK=INTERFACE", help="A route of the firewall, as 0.0.0.0/0=outside."
        ),
    ] = [],  # noqa: B006 - typer copies it
    arrives: Annotated[
        str | None,
        typer.Option(
            metavar="INTERFACE", help="Where the call comes in.  \\[default: by the route back]"
        ),
    ] = None,
    source_port: Annotated[int, typer.Option(min=1, max=65535, help="The caller's port.")] = 40000,
    rp_filter: Annotated[
        int, typer.Option(min=0, max=2, help="The firewall's net.ipv4.conf.all.rp_filter.")
    ] = 0,
    ip_forward: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1,
            help="Its net.ipv4.ip_forward.  \\[default: 0 of haproxy and nginx, or 1]",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Trace one SYN through a firewall: interface, rules with file and line, rewriting, route.

    It is predicted, and nothing is sent. Exit status 0, or 2 when a file or an option is wrong.
    """
    with errors_for_people():
        interfaces = _interfaces(interface)
        routing = _routing(interfaces, route)
        caller = address_of_option("--from", source)
        called, port = _endpoint(to)
        if called.version != caller.version:
            raise ConfigurationError(f"--to: {called}: --from is IPv{caller.version}")
        comes_in = arrives or routing(caller)
        if comes_in not in interfaces:
            known = ", ".join(interfaces)
            raise ConfigurationError(
                f"--arrives: {comes_in}: no interface has this name; there are: {known}"
                if comes_in
                else f"--from: no route leads back to {caller}: name the interface with --arrives, "
                "or give a --route"
            )
        kind = registry.kind(engine)
        if kind.configured and config is None:
            raise ConfigurationError(f"--config: engine {engine} needs its file")
        text = _text(config) if config else ""
        directory = config.parent if config else Path()
        forwards = kind.forwards if ip_forward is None else bool(ip_forward)
        box = Box(interfaces, forwards, rp_filter)
        firewall = kind.read(Given(box, text, str(config or ""), directory))
        syn = Syn(comes_in, caller, source_port, called, port)
        decision = firewall.decide(syn, routing)
        answer = firewall.answer(syn, routing) if isinstance(decision, Forwarded) else None
        if as_json:
            said = {"arrives": _syn(syn)} | _json(decision)
            say_json(said | ({"answer": _json(answer)} if answer else {}))
        else:
            for line in _lines(syn, decision, answer):
                say(line)


def _lines(syn: Syn, decision: Decision, answer: Decision | None) -> Iterator[str]:
    yield f"{syn} arrives at {syn.interface}"
    yield from _reasons(decision.reasons)
    yield _outcome(decision)
    if answer is not None:
        yield "The answer comes back:"
        yield from _reasons(answer.reasons)
        yield _outcome(answer)
    if isinstance(decision, Proxied) or isinstance(answer, Forwarded):
        leaves = decision.syn if isinstance(decision, Forwarded | Proxied) else syn
        to = endpoint(leaves.destination, leaves.destination_port)
        yield f"{to} answers if it listens, and sees {leaves.source} as the source"


def _reasons(reasons: Sequence[Reason]) -> Iterator[str]:
    for each in reasons:
        yield f"  {each}"


def _outcome(decision: Decision) -> str:
    match decision:
        case Forwarded(syn=syn):
            return f"-> forwarded by {syn.interface}: {syn}"
        case Proxied(syn=syn):
            header = f", with a PROXY protocol {decision.header} header" if decision.header else ""
            return f"-> accepted; a connection of its own by {syn.interface}: {syn}{header}"
        case Stopped(how=How.ICMP):
            return f"-> stopped: icmp {decision.icmp}"
        case Stopped(how=how):
            return f"-> stopped: {how}"
        case NotModelled():
            return f"-> {decision}"


def _json(decision: Decision) -> dict[str, Any]:
    words = {Forwarded: "forwarded", Proxied: "proxied", Stopped: "stopped"}
    said: dict[str, Any] = {"decision": words.get(type(decision), "not modelled")}
    match decision:
        case Forwarded(syn=syn):
            said |= {"leaves": _syn(syn)}
        case Proxied(syn=syn):
            said |= {"leaves": _syn(syn), "transparent": decision.transparent}
            said |= {"header": decision.header}
        case Stopped():
            said |= {"how": decision.how.value}
            said |= {"icmp": asdict(decision.icmp)} if decision.icmp else {}
        case NotModelled():
            said |= {"directive": decision.directive, "place": asdict(decision.place)}
    return said | {"reasons": [asdict(each) for each in decision.reasons]}


def _syn(syn: Syn) -> dict[str, str | int]:
    return asdict(syn) | {"source": str(syn.source), "destination": str(syn.destination)}


def _interfaces(given: Sequence[str]) -> dict[str, tuple[IPInterface, ...]]:
    found: dict[str, tuple[IPInterface, ...]] = {}
    for each in given:
        name, _, address = each.partition("=")
        try:
            found[name] = (*found.get(name, ()), ip_interface(address))
        except ValueError as error:
            wanted = "write NAME=ADDRESS/LENGTH, as outside=203.0.113.1/24"
            raise ConfigurationError(f"--interface: {each}: {wanted}") from error
    return found


def _routing(interfaces: dict[str, tuple[IPInterface, ...]], given: Sequence[str]) -> Route:
    table: dict[IPNetwork, str] = {}
    for each in given:
        network, _, name = each.partition("=")
        try:
            table[ip_network(network)] = name
        except ValueError as error:
            wanted = "write NETWORK=INTERFACE, as 198.51.100.0/24=outside"
            raise ConfigurationError(f"--route: {each}: {wanted}") from error
        if name not in interfaces:
            known = ", ".join(interfaces)
            raise ConfigurationError(f"--route: {each}: no such interface; there are: {known}")
    for name, own in interfaces.items():
        table |= {each.network: name for each in own}

    def route(address: IPAddress) -> str | None:
        found = [each for each in table if address in each]
        return table[max(found, key=lambda each: each.prefixlen)] if found else None

    return route


def _text(config: Path) -> str:
    try:
        return config.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{config}: is not UTF-8: {error.reason}") from error


def _endpoint(text: str) -> tuple[IPAddress, int]:
    """An address with or without a port; one of IPv6 with a port stands in brackets."""
    try:
        host, port = split(text, _X400)
    except ValueError as error:
        raise ConfigurationError(f"--to: {error}") from error
    return address_of_option("--to", host), port
