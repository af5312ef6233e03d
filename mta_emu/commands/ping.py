"""`mta-emu ping`: how far an association with an MTA gets, layer by layer."""

from typing import Annotated

import typer

from labkit.console import Table, display
from labkit.loop import run
from labkit.output import say_json
from mta_emu import ping as pinging
from mta_emu.commands import EXIT_FAILED, AsJson, errors_for_people
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors

app = typer.Typer(add_completion=False)


@app.command()
def ping(
    host: Annotated[str, typer.Argument(help="HOST or HOST:PORT of an MTA; the port is 102.")],
    mta_name: Annotated[str, typer.Option(help="Our MTA name in the bind; empty: no name.")] = "",
    password: Annotated[str, typer.Option(help="Our MTA password in the bind.")] = "",
    called: Annotated[str, typer.Option(help="The called selectors, T/S/P, hex after 0x.")] = "",
    calling: Annotated[str, typer.Option(help="Our own selectors, T/S/P.")] = "",
    two_way: Annotated[bool, typer.Option(help="Ask for two-way alternate dialogue.")] = False,
    mode: Annotated[Mode, typer.Option(help="The conformance mode.")] = Mode.NORMAL_1988,
    source: Annotated[str | None, typer.Option(help="The address to call from.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.")] = 10.0,
    as_json_lines: AsJson = False,
) -> None:
    """Open an association with an MTA, tell layer by layer how far it got, and release it.

    Exit status 0: accepted; 1: not; 2: an option is wrong.
    """
    with errors_for_people():
        target = pinging.Target.parse(host)
        request = pinging.request(
            mta_name,
            password,
            called=_selectors(called, "--called"),
            calling=_selectors(calling, "--calling"),
            two_way=two_way,
            mode=mode,
        )
    steps = run(pinging.ping(target, request, source, timeout))
    if as_json_lines:
        for step in steps:
            say_json(vars(step))
    else:
        table = Table("layer", "outcome", "what")
        for step in steps:
            style = {"ok": "green", "failed": "red"}.get(step.outcome, "")
            table.add_row(step.layer, step.outcome, step.text, style=style)
        display(table)
    if any(step.outcome == "failed" for step in steps):
        raise typer.Exit(EXIT_FAILED)


def _selectors(text: str, option: str) -> Selectors:
    try:
        return pinging.parse_selectors(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
