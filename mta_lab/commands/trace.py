"""`mta-lab trace`: the way of one SYN, device by device and rule by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import typer

from firewall_proxy.request import Request
from labkit.addresses import End, IPAddress, IPInterface, IPNetwork, parse_interface, split
from labkit.config import ConfigurationError, exact_text_of
from labkit.fields import address_of, parse_host
from labkit.output import say, say_json
from labkit.problems import instead
from mta_emu.osi.selectors import parse_selector
from mta_lab.commands import (
    EXIT_FAILED,
    AsJson,
    Attach,
    LabsDirectory,
    Timeout,
    address_of_option,
    attached,
    errors_for_people,
)
from mta_lab.commands.given import Given as Meant
from mta_lab.commands.given import WhichIfAny, given, no_lab
from mta_lab.engines import registry
from mta_lab.engines.box import Box
from mta_lab.engines.decision import Forwarded, Route, Syn
from mta_lab.engines.registry import Given
from mta_lab.rehearsal.trace import trace as trace_topology
from mta_lab.rehearsal.tracelines import (
    device_json,
    device_lines,
    if_it_listens,
    trace_json,
    trace_lines,
)
from mta_lab.rehearsal.way import Device
from mta_lab.topology.files import Topology

_X400 = 102


def trace(
    which: WhichIfAny = None,
    source: Annotated[
        str, typer.Option("--from", metavar="HOST", help="Who calls; an address with --engine.")
    ] = "",
    to: Annotated[
        str, typer.Option(metavar="ADDRESS[:PORT]", help="Whom; the port of X.400 without.")
    ] = "",
    source_port: Annotated[int, typer.Option(min=1, max=65535, help="The caller's port.")] = 40000,
    says: Annotated[
        bool,
        typer.Option("--request", help="The caller sends a connection request (CR) first."),
    ] = False,
    selector: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT|0xHEX",
            help="The called T-selector of its request, '' for a blank one; without, it has none.",
        ),
    ] = None,
    prove: Annotated[
        bool,
        typer.Option("--prove", help="Also make the call, in network namespaces, and compare."),
    ] = False,
    attach: Attach = None,
    timeout: Timeout = 5.0,
    engine: Annotated[
        str | None,
        typer.Option(help=f"What a single firewall is: {', '.join(registry.ENGINES)}."),
    ] = None,
    interface: Annotated[
        list[str],
        typer.Option(metavar="NAME=ADDRESS/LENGTH", help="An interface of it; repeat for more."),
    ] = [],  # noqa: B006 - typer copies it
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
            metavar="INTERFACE", help="Where the call comes in.  [default: by the route back]"
        ),
    ] = None,
    rp_filter: Annotated[
        int, typer.Option(min=0, max=2, help="The firewall's net.ipv4.conf.all.rp_filter.")
    ] = 0,
    ip_forward: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1,
            help="Its net.ipv4.ip_forward.  [default: 0 of haproxy and nginx, or 1]",
        ),
    ] = None,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Trace one SYN: interfaces, rules with file and line, rewriting, routes, and who answers.

    Either through a topology, from one of its hosts; or through a single firewall, of which
    --engine, --interface and --config say what it is. Of a lab that is up it is what its hosts have
    now, with its addresses; --to takes those of the file, too. Nothing is sent without --prove,
    which takes a FILE and root; then --timeout is how long nothing may come before that is silence.

    Exit status 0; 1: packets show something else than was predicted; 2: a file or an option is
    wrong.
    """
    with errors_for_people():
        if not source or not to:
            raise ConfigurationError("--from and --to say who calls whom")
        if (which is None) == (engine is None):
            raise ConfigurationError("give a topology, or --engine with --interface")
        if which is not None:
            options = [*interface, *route, *filter(None, (config, arrives))]
            if options or rp_filter or ip_forward is not None:
                raise ConfigurationError("a topology says all about its firewalls itself")
            meant = given(which, labs)
            if prove and meant.lab:
                raise no_lab(which, "--prove plays a file")
            request = _request(selector) if says or selector is not None else None
            call = _Call(source, _called(meant, source, to), source_port, request)
            _topology(attached(meant.topology, attach), call, timeout, prove=prove, as_json=as_json)
            return
        if says or selector is not None:
            raise ConfigurationError("--request and --selector take a topology")
        if prove:
            raise ConfigurationError("--prove takes a topology FILE")
        box = _Bare(str(engine), interface, config, route, arrives, rp_filter, ip_forward)
        device = box.device(source, to, source_port)
        if as_json:
            say_json(device_json(device))
            return
        last = if_it_listens(device)
        for line in (*device_lines(device), *([last] if last else [])):
            say(line)


@dataclass(frozen=True)
class _Call:
    """Who calls whom, as options say, and what the caller says first."""

    host: str
    called: End
    source_port: int
    request: Request | None


def _request(selector: str | None) -> Request:
    try:
        return Request(None if selector is None else parse_selector(selector))
    except ValueError as error:
        raise ConfigurationError(f"--selector: {selector}: {error}") from error


def _topology(
    topology: Topology, call: _Call, timeout: float, *, prove: bool, as_json: bool
) -> None:
    called = call.called
    caller = End(_source(topology, call.host, called.address), call.source_port)
    found = trace_topology(topology, call.host, caller, called, call.request)
    said = trace_json(found)
    if not as_json:
        for line in trace_lines(found):
            say(line)
    agrees: bool | None = True
    if prove:
        from mta_lab.rehearsal.proof.syn import show  # noqa: PLC0415 - netlink is slow to load

        shown = show(topology, call.host, caller, called, timeout, call.request)
        agrees = shown.agrees(found)
        words = {True: "as predicted", False: "not as predicted", None: "not modelled"}[agrees]
        said |= {"shown": shown.as_json(), "agrees": agrees}
        if not as_json:
            say(f"on packets: {shown}; {words}")
    if as_json:
        say_json(said)
    if agrees is False:
        raise typer.Exit(EXIT_FAILED)


def _called(meant: Meant, host: str, text: str) -> End:
    """Whom `--to` means: an address, or a name that the calling host knows.

    Of a lab it is on the wire, also where it is that of the file.
    """
    topology, placement = meant.topology, meant.lab and meant.lab.placement
    if host not in topology.host_addresses():
        known = [*topology.host_addresses()]
        raise ConfigurationError(f"--from: no host {host!r}; {instead(host, known)}")
    try:
        name, port = split(text, placement.port if placement else _X400)
        on_wire = placement.value_on_wire(name) if placement else name
        address = address_of(parse_host(on_wire), topology.names_on(host))
    except ValueError as error:
        raise ConfigurationError(f"--to: {text}: {error}") from error
    if address is None:
        raise ConfigurationError(f"--to: {name}: no such name is known on {host}")
    return End(address, port)


def _source(topology: Topology, host: str, called: IPAddress) -> IPAddress:
    """The address that a host calls from: one at the interface that leads there."""
    route = topology.routing().route(host, called)
    own = route.interface.addresses if route else topology.host_addresses()[host]
    for address in own:
        if address.version == called.version:
            return address
    raise ConfigurationError(f"--to: {called}: {host} has no address of IPv{called.version}")


@dataclass(frozen=True)
class _Bare:
    """A single firewall, as options say."""

    engine: str
    interface: list[str]
    config: Path | None
    route: list[str]
    arrives: str | None
    rp_filter: int
    ip_forward: int | None

    def device(self, source: str, to: str, source_port: int) -> Device:
        """What it does with a SYN. Raises ConfigurationError."""
        interfaces = _interfaces(self.interface)
        routing = _routing(interfaces, self.route)
        caller = address_of_option("--from", source)
        called, port = _endpoint(to)
        if called.version != caller.version:
            raise ConfigurationError(f"--to: {called}: --from is IPv{caller.version}")
        comes_in = self.arrives or routing(caller)
        if comes_in not in interfaces:
            known = ", ".join(interfaces)
            raise ConfigurationError(
                f"--arrives: {comes_in}: no interface has this name; there are: {known}"
                if comes_in
                else f"--from: no route leads back to {caller}: name the interface with --arrives, "
                "or give a --route"
            )
        kind = registry.kind(self.engine)
        if kind.configured and self.config is None:
            raise ConfigurationError(f"--config: engine {self.engine} needs its file")
        text = exact_text_of(self.config) if self.config else ""
        directory = self.config.parent if self.config else Path()
        forwards = kind.forwards if self.ip_forward is None else bool(self.ip_forward)
        box = Box(interfaces, forwards, self.rp_filter)
        firewall = kind.read(Given(box, text, str(self.config or ""), directory))
        syn = Syn(comes_in, caller, source_port, called, port)
        decision = firewall.decide(syn, routing)
        answer = firewall.answer(syn, routing) if isinstance(decision, Forwarded) else None
        return Device("", syn, decision, answer=answer)


def _interfaces(given: Sequence[str]) -> dict[str, tuple[IPInterface, ...]]:
    found: dict[str, tuple[IPInterface, ...]] = {}
    for each in given:
        name, _, address = each.partition("=")
        try:
            found[name] = (*found.get(name, ()), parse_interface(address))
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


def _endpoint(text: str) -> tuple[IPAddress, int]:
    """An address with or without a port; one of IPv6 with a port stands in brackets."""
    try:
        host, port = split(text, _X400)
    except ValueError as error:
        raise ConfigurationError(f"--to: {error}") from error
    return address_of_option("--to", host), port
