"""The command `firewall-proxy`: serve a configuration, or check it."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from firewall_proxy import policy
from firewall_proxy.config import Configuration
from firewall_proxy.firewall import CannotStart
from firewall_proxy.log import Journal, journal
from firewall_proxy.serving import Serving
from labkit.addresses import IPAddress, parse_address
from labkit.commands import Group, before_commands
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError, load, schema
from labkit.errors import in_words
from labkit.loop import run
from labkit.output import say, say_document, say_json, say_lines
from labkit.reason import Reason

EXIT_CANNOT_START = 1
#: Stands for any client when none is named (RFC 5737, RFC 3849).
_SOME_CLIENTS = {4: parse_address("192.0.2.1"), 6: parse_address("2001:db8::1")}

app = typer.Typer(
    cls=Group,
    help="A firewall like Raptor: it accepts TCP connections, opens other ones to the destination,"
    " and passes the data on, with or without rewriting the source address.",
    no_args_is_help=True,
    add_completion=False,
)
app.callback()(before_commands)
ConfigurationFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file.")]


@app.command()
def serve(
    config: ConfigurationFile,
    json_lines: Annotated[
        bool, typer.Option("--json", help="Write the log as JSON, one object per line.")
    ] = False,
) -> None:
    """Pass connections on until SIGTERM or SIGINT; log one line per connection, at its end.

    SIGHUP reads CONFIG again: the services change, and open connections stay as they are. When
    CONFIG is wrong, the log says so, and the services stay as they were.

    Exit status: 0 stopped by a signal, 1 cannot start, 2 wrong configuration.
    """
    try:
        serving = Serving(config)
        with journal(json_lines=json_lines, file=serving.log_file) as log:
            run(_serve(serving, log))
    except ConfigurationError as error:
        _fail(str(error), EXIT_BAD_CONFIGURATION)
    except (CannotStart, OSError) as error:
        _fail(in_words(error), EXIT_CANNOT_START)


async def _serve(serving: Serving, log: Journal) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, serving.reload)
    await serving.run(log.write, stop)


@app.command()
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
    configuration = _load(config)
    if as_json:
        for fate in _decisions(configuration, client):
            say_json(fate)
        return
    from labkit.console import Table, display  # noqa: PLC0415 - slow to load

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


@app.command("schema")
def print_schema() -> None:
    """Print the JSON schema of configuration files, for editors; docs/ has it too."""
    say_document(schema(Configuration))


@app.command()
def setup(
    config: ConfigurationFile,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the commands that would do it, and do nothing.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove what an earlier setup of CONFIG added.")
    ] = False,
) -> None:
    """Prepare the kernel of this machine (or network namespace) for CONFIG; run it before serve.

    Client-side transparency needs a route back for packets to addresses that are not this
    machine's. A local tunnel needs forwarding; without tunnels nothing may be forwarded. Setup
    needs CAP_NET_ADMIN and the program nft. Addresses in 127/8 need no setup.

    Exit status: 0 done, 1 the machine cannot be prepared, 2 wrong configuration.
    """
    from firewall_proxy import system  # noqa: PLC0415 - the netlink library is slow to load

    configuration = _load(config)
    if only_print:
        say_document(system.as_commands(configuration))
        return
    try:
        if remove:
            system.take_back()
        else:
            system.set_up(configuration)
    except system.CannotSetUpError as error:
        _fail(str(error), EXIT_CANNOT_START)


def _load(config: Path) -> Configuration:
    try:
        return load(config, Configuration)
    except ConfigurationError as error:
        _fail(str(error), EXIT_BAD_CONFIGURATION)


def _fail(text: str, status: int) -> NoReturn:
    say_lines(text, error=True)
    raise typer.Exit(status)


def main() -> None:
    """The entry point of the command."""
    app()
