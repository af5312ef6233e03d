"""`mta-emu send`: submits to a running MTA."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.loop import run
from labkit.output import say, say_json
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.controlclient import ask, send_files

_YEARS = 5 * 365 * 86_400  # lab seconds
_HEADING = "What the readers see"  # above options in the help

app = typer.Typer(add_completion=False)


@app.command()
def send(
    to: Annotated[
        list[str],
        typer.Argument(
            metavar="ADDRESS...",
            help='O/R addresses, as "C=US;A= ;P=Contoso;S=Smith" or "Jo Smith <C=US;...>".',
        ),
    ],
    sender: Annotated[str, typer.Option("--from", help="The originator's O/R address.")],
    data: Data = Path("data"),
    cc: Annotated[list[str] | None, typer.Option(help="A copy recipient.")] = None,
    bcc: Annotated[
        list[str] | None,
        typer.Option(help="A blind copy recipient: no other recipient sees the name."),
    ] = None,
    subject: Annotated[str, typer.Option(help="The subject.")] = "",
    text: Annotated[
        str, typer.Option(help="The text: IA5, or general text of the sets that have it.")
    ] = "",
    attach: Annotated[
        list[Path] | None,
        typer.Option(
            "--attach",
            "--file",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A file of any size that goes along; may be given more than once.",
        ),
    ] = None,
    rich_text: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="The same text as RTF: makes the message one of Exchange's own contents, and "
            "winmail.dat (TNEF) where those do not go.",
        ),
    ] = None,
    priority: Annotated[str, typer.Option(help="urgent, normal or non-urgent.")] = "normal",
    importance: Annotated[
        str, typer.Option(help="low, normal or high, for its readers.", rich_help_panel=_HEADING)
    ] = "normal",
    sensitivity: Annotated[
        str | None,
        typer.Option(help="personal, private or company-confidential.", rich_help_panel=_HEADING),
    ] = None,
    in_reply_to: Annotated[
        str | None,
        typer.Option(
            metavar="IPM",
            help='The message that it answers, as `mta-emu mail show` has it: "ID of ADDRESS".',
            rich_help_panel=_HEADING,
        ),
    ] = None,
    obsoletes: Annotated[
        list[str] | None,
        typer.Option(metavar="IPM", help="A message that it replaces.", rich_help_panel=_HEADING),
    ] = None,
    related_to: Annotated[
        list[str] | None,
        typer.Option(metavar="IPM", help="A message that it refers to.", rich_help_panel=_HEADING),
    ] = None,
    reply_by: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When an answer is wanted: 2026-01-05T09:00:00Z.",
            rich_help_panel=_HEADING,
        ),
    ] = None,
    reply_to: Annotated[
        list[str] | None,
        typer.Option(help="Who an answer should go to.", rich_help_panel=_HEADING),
    ] = None,
    reply_requested: Annotated[
        bool,
        typer.Option("--reply-requested", help="Ask for an answer.", rich_help_panel=_HEADING),
    ] = False,
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When it is of no use any more.", rich_help_panel=_HEADING
        ),
    ] = None,
    authorized_by: Annotated[
        list[str] | None, typer.Option(help="Who let it be sent.", rich_help_panel=_HEADING)
    ] = None,
    auto_forwarded: Annotated[
        bool,
        typer.Option(
            "--auto-forwarded", help="Say that nobody forwarded it.", rich_help_panel=_HEADING
        ),
    ] = False,
    language: Annotated[
        list[str] | None,
        typer.Option(help="A language of the text, as en.", rich_help_panel=_HEADING),
    ] = None,
    receipt: Annotated[
        bool,
        typer.Option(
            "--receipt",
            help="Ask the readers' programs to notify of receipt, and of non-receipt.",
            rich_help_panel=_HEADING,
        ),
    ] = False,
    non_receipt: Annotated[
        bool,
        typer.Option(
            "--non-receipt", help="Ask to be notified of non-receipt.", rich_help_panel=_HEADING
        ),
    ] = False,
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many messages.")] = 1,
    report: Annotated[
        str | None,
        typer.Option(
            help="Which reports to ask for: delivery (and non-delivery), non-delivery, or none. "
            "[default: non-delivery; of a probe delivery]",
            show_default=False,
        ),
    ] = None,
    return_content: Annotated[
        bool | None,
        typer.Option(
            help="Whether to ask for the content with a failure. [default: as the registry value "
            "request_return_of_content says]",
            show_default=False,
        ),
    ] = None,
    deliver_within: Annotated[
        int | None,
        typer.Option(
            min=1, max=_YEARS, help="Seconds (of lab time) after which it must not be delivered."
        ),
    ] = None,
    defer: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=_YEARS,
            help="Seconds (of lab time) that this MTA keeps it before it goes on.",
        ),
    ] = None,
    alternate: Annotated[
        str | None,
        typer.Option(help="The O/R address that gets it when a recipient cannot."),
    ] = None,
    alternate_allowed: Annotated[
        bool,
        typer.Option(
            "--alternate-allowed",
            help="Let the recipient's domain give it to the alternate recipient that it assigns.",
        ),
    ] = False,
    prohibit: Annotated[
        list[str] | None,
        typer.Option(
            help="What must not be done with it: conversion, loss (in conversions), expansion (of "
            "distribution lists), reassignment (to alternates that the originator did not name)."
        ),
    ] = None,
    disclose_recipients: Annotated[
        bool,
        typer.Option("--disclose-recipients", help="Let MTAs show the recipients to each other."),
    ] = False,
    delivery_method: Annotated[
        list[str] | None,
        typer.Option(help="A delivery method wanted, the preferred one first: any, mhs, telex..."),
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Send no message, only ask whether it would arrive.")
    ] = False,
    as_json_lines: AsJson = False,
) -> None:
    """Submit interpersonal messages or probes to the running MTA that keeps its data in --data.

    It prints their MTS identifiers, those of blind copies after the message's;
    `mta-emu reports IDENTIFIER` shows what became of each.
    """
    given: dict[str, Any] = {
        "to": to,
        "from": sender,
        "cc": cc,
        "bcc": bcc,
        "subject": subject,
        "text": text,
        "priority": priority,
        "importance": importance,
        "sensitivity": sensitivity,
        "in_reply_to": in_reply_to,
        "obsoletes": obsoletes,
        "related_to": related_to,
        "reply_by": reply_by,
        "reply_to": reply_to,
        "reply_requested": reply_requested,
        "expires": expires,
        "authorized_by": authorized_by,
        "auto_forwarded": auto_forwarded,
        "languages": language,
        "receipt": receipt,
        "non_receipt": non_receipt,
        "count": count,
        "report": report,
        "return_content": return_content,
        "deliver_within": deliver_within,
        "defer": defer,
        "alternate": alternate,
        "alternate_allowed": alternate_allowed,
        "prohibit": prohibit,
        "disclose_recipients": disclose_recipients,
        "delivery_methods": delivery_method,
        "probe": probe,
    }
    request = {"command": "submit"} | {
        name: value for name, value in given.items() if value is not None
    }
    with errors_for_people():
        if rich_text:
            request["rich_text"] = rich_text.read_text("ascii")
        reply = _send_files(data, request, attach) if attach else run(ask(data, request))
    if as_json_lines:
        say_json({"mts_identifiers": reply["mts_identifiers"]})
        return
    for identifier in reply["mts_identifiers"]:
        say(identifier)


def _send_files(data: Path, request: dict[str, Any], files: list[Path]) -> dict[str, Any]:
    """Submit a message with files; a bar on standard error shows how much the MTA has of them."""
    from labkit.console import progress  # noqa: PLC0415 - slow to load

    names = ", ".join(file.name for file in files)
    length = sum(file.stat().st_size for file in files)
    with ExitStack() as opened, progress(names, length) as advance:
        octets = [opened.enter_context(file.open("rb")) for file in files]
        return run(send_files(data, request | {"command": "submit_files"}, octets, advance))
