"""`mta-emu ping`: how far an association with an MTA gets, layer by layer."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.config import load
from labkit.console import Table, display
from labkit.loop import run
from labkit.output import say_json
from mta_emu import ping as pinging
from mta_emu.commands import EXIT_FAILED, AsJson, errors_for_people
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors

app = typer.Typer(add_completion=False)

_STYLES = {"ok": "green", "failed": "red"}


def _seconds(value: float) -> float:
    """A time that can be waited for."""
    if not 0 < value <= 86_400:
        raise typer.BadParameter(f"{value:g}: must be more than 0 seconds, and at most a day")
    return value


@app.command()
def ping(
    host: Annotated[
        str | None,
        typer.Argument(
            help="HOST or HOST:PORT of an MTA, an IPv6 address in brackets; the port is 102. "
            "Not needed with --connector."
        ),
    ] = None,
    connector: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Call as this connector of the MTA's configuration does: with its address and "
            "port, selectors, name and password, dialogue mode, conformance and source address. "
            "Other options replace single ones of these.",
        ),
    ] = None,
    config: Annotated[
        Path, typer.Option(metavar="FILE", help="The configuration that has the connector.")
    ] = Path("config.yaml"),
    mta_name: Annotated[
        str | None, typer.Option(help="Our MTA name in the bind; without it, no name.")
    ] = None,
    password: Annotated[str | None, typer.Option(help="Our MTA password in the bind.")] = None,
    called: Annotated[
        str | None,
        typer.Option(metavar="T/S/P", help="The called selectors, each text, or hex after 0x."),
    ] = None,
    calling: Annotated[
        str | None, typer.Option(metavar="T/S/P", help="Our own selectors, in the same form.")
    ] = None,
    two_way: Annotated[
        bool | None,
        typer.Option(
            "--two-way/--monologue", help="Ask for two-way alternate dialogue, or for a monologue."
        ),
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option(help="The conformance mode; 1988-normal when not given.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The address to call from.")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(callback=_seconds, help="Seconds for the whole call, and the release."),
    ] = 10.0,
    as_json_lines: AsJson = False,
) -> None:
    """Open an association with an MTA, show layer by layer how far it got, and release it.

    A layer is ok when it answered. The one that failed is the one that spoke
    last, or that should have spoken next; those above it are "-".

    On the wire a wrong network address, MTA name and password look alike:
    authentication error. With --connector name and password are the configured
    ones, and what is left is the address, or a difference between the two sides'
    configurations.

    Exit status 0: accepted; 1: not; 2: an option or the configuration is wrong.

    Examples:

    mta-emu ping 198.51.100.10

    mta-emu ping '[2001:db8::10]:102' --mta-name EXTERNAL --password secret

    mta-emu ping --connector FIREWALL
    """
    with errors_for_people():
        if host is None and connector is None:
            raise ValueError("which MTA? give HOST, or --connector NAME")
        given: dict[str, Any] = {
            "target": None if host is None else pinging.Target.parse(host),
            "source": source,
            "mta_name": mta_name,
            "password": password,
            "called": _selectors(called, "--called"),
            "calling": _selectors(calling, "--calling"),
            "two_way": two_way,
            "mode": mode,
        }
        call = pinging.Call(pinging.Target(""))
        if connector is not None:
            call = pinging.Call.of_connector(load(config, MtaConfig), connector)
        changed = {name: value for name, value in given.items() if value is not None}
        if changed.keys() & {"mta_name", "password"}:
            changed["as_configured"] = False
        call = replace(call, **changed)
        answers = run(pinging.ping(call, timeout))
    if as_json_lines:
        for answer in answers:
            say_json(vars(answer))
    else:
        table = Table("layer", "outcome", "what")
        for answer in answers:
            style = _STYLES.get(answer.outcome, "")
            table.add_row(answer.layer, answer.outcome, answer.text, style=style)
        display(table)
    if any(answer.outcome == "failed" for answer in answers):
        raise typer.Exit(EXIT_FAILED)


def _selectors(text: str | None, option: str) -> Selectors | None:
    if text is None:
        return None
    try:
        return pinging.parse_selectors(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
