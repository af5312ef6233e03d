"""`firewall-proxy check`: validate a configuration, and show what clients meet."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from firewall_proxy import policy
from firewall_proxy.commands import ConfigurationFile, read
from firewall_proxy.config import Configuration
from labkit.addresses import IPAddress, parse_address
from labkit.console import Table, display
from labkit.output import say, say_json
from labkit.reason import Reason

#: Stands for any client when none is named (RFC 5737, RFC 3849).
_SOME_CLIENTS = {4: parse_address("192.0.2.1"), 6: parse_address("2001:db8::1")}


def check(
    config: ConfigurationFile,
    client: Annotated[
        IPAddress | None,
        typer.Option(
            parser=parse_address, metavar="ADDRESS", help="The client whose connections are shown."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per service and tunnel.")
    ] = False,
) -> None:
    """Validate CONFIG and print what each service would do for a client.

    Exit status: 0 right, 2 wrong configuration.
    """
    configuration = read(config)
    if as_json:
        for decision in _decisions(configuration, client):
            say_json(decision)
        return
    services = Table(
        *("Service", "From, to", "Source seen at the destination", "Let in"),
        title=f"What a client{f' at {client}' if client else ''} is to each service",
    )
    for service in configuration.services:
        there = configuration.listens_at(service)
        who = client or _SOME_CLIENTS[there.address.version]
        source = policy.onward_source(configuration, service, who)
        verdict = policy.decide(configuration, service, who)
        services.add_row(
            service.name,
            [str(there), str(service.destination)],
            [*([str(source.address)] if source.address else []), *_reason(source.reason)],
            ["yes" if verdict.allowed else "no", *_reason(verdict.reason)],
            end_section=True,
        )
    display(services)
    for tunnel in configuration.tunnels:
        ends = " and ".join(str(end) for end in tunnel.between)
        say(f"Tunnel {tunnel.name}: TCP {tunnel.port} between {ends} is routed as it is")


def _decisions(
    configuration: Configuration, client: IPAddress | None
) -> Iterator[dict[str, object]]:
    """What the table of `check` shows, as JSON has it."""
    for service in configuration.services:
        there = configuration.listens_at(service)
        who = client or _SOME_CLIENTS[there.address.version]
        source = policy.onward_source(configuration, service, who)
        verdict = policy.decide(configuration, service, who)
        yield {
            "service": service.name,
            "address": str(there),
            "destination": str(service.destination),
            "source_seen": str(source.address) if source.address else None,
            "rewriting": asdict(source.reason),
            "let_in": verdict.allowed,
            "rule": verdict.rule,
            "reason": asdict(verdict.reason),
        }
    for tunnel in configuration.tunnels:
        between = [str(end) for end in tunnel.between]
        yield {"tunnel": tunnel.name, "between": between, "port": tunnel.port}


def _reason(reason: Reason) -> list[str]:
    """A reason and its place, each on its own line."""
    return [reason.text, *([str(reason.place)] if reason.place else [])]
