"""`mta-emu mail`: what was delivered to the mailboxes of an MTA."""

from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.commands import Group
from labkit.console import Table, display
from labkit.loop import run
from labkit.output import say, say_json, say_lines
from mta_emu.commands import EXIT_FAILED, AsJson, Data, errors_for_people
from mta_emu.mta.controlclient import ask
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mta.store.store import Store
from mta_emu.mts import ipm
from mta_emu.mts.ipm import readable
from mta_emu.osi.errors import ProtocolError

Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="Its number in the list.")]

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    help="Look into the mailboxes of an MTA.",
)


@app.command("list")
def list_mail(
    data: Data = Path("data"),
    recipient: Annotated[str, typer.Option(help="Only to addresses that contain this.")] = "",
    as_json_lines: AsJson = False,
) -> None:
    """List what was delivered, oldest first."""
    with errors_for_people():
        found = [
            each
            for each in Store.reader(data).mailbox.read()
            if recipient.casefold() in each.recipient.casefold()
        ]
    if as_json_lines:
        for each in found:
            say_json(_as_object(each))
        return
    table = Table("number", "time", "recipient", "subject", "octets", "MTS identifier")
    for each in found:
        time = each.time.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
        length = str(each.content_length)
        table.add_row(str(each.id), time, each.recipient, each.subject, length, each.mts_identifier)
    display(table)


@app.command()
def show(
    number: Number,
    data: Data = Path("data"),
    raw: Annotated[
        bool, typer.Option("--raw", help="The octets of the content, as they came.")
    ] = False,
    as_json_lines: AsJson = False,
) -> None:
    """Show a message as text, as JSON, or the octets of its content."""
    with errors_for_people():
        each, content = _mail(data, number)
    if raw:
        typer.get_binary_stream("stdout").write(content)
        return
    try:
        read = ipm.decode(content)
    except ProtocolError as error:
        what = readable.not_readable(each.envelope.content_type, error)
        text = f"({what}; --raw gives its octets)"
        found, lines = {"text": text}, []
    else:
        text, found, lines = read.text, readable.as_object(read), readable.lines(read)
    if as_json_lines:
        say_json(_as_object(each) | {"envelope": each.envelope.as_object()} | found)
        return
    came = each.time.isoformat(sep=" ", timespec="seconds")
    lines += [("MTS", each.mts_identifier), ("For", each.recipient), ("Came", came)]
    lines += each.envelope.lines()
    for name, value in lines:
        say(f"{name + ':':8} {value}")
    say()
    say_lines(text)


@app.command()
def save(
    number: Number,
    directory: Annotated[Path, typer.Argument(help="Where to, made when it is missing.")],
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
) -> None:
    """Save the files that came with a message, also those of messages that it forwards.

    What is there already is not overwritten; exit status 1 when there is no file.
    Files without a name (BP-14) are called file1, file2 and so on.
    """
    with errors_for_people():
        each, content = _mail(data, number)
        try:
            message = ipm.decode(content)
        except ProtocolError as error:
            what = readable.not_readable(each.envelope.content_type, error)
            raise ValueError(f"{number} is {what}") from error
        found = list(readable.files_of(message))
        if found:
            directory.mkdir(parents=True, exist_ok=True)
        for name, octets in found:
            path = directory / name
            with path.open("xb") as file:
                file.write(octets)
            if as_json_lines:
                say_json({"file": str(path), "octets": len(octets)})
            else:
                say(f"{path}: {len(octets)} octets")
    if not found:
        say(f"mail {number} has no file", error=True)
        raise typer.Exit(EXIT_FAILED)


@app.command()
def receipt(
    number: Number,
    data: Data = Path("data"),
    reason: Annotated[
        str | None,
        typer.Option(
            "--not",
            metavar="REASON",
            help="Notify that it was not received: discarded, or auto-forwarded.",
        ),
    ] = None,
    discarded: Annotated[
        str | None,
        typer.Option(
            metavar="WHY", help="Why it was: expired, obsoleted or subscription-terminated."
        ),
    ] = None,
    comment: Annotated[str, typer.Option(help="What is to be added.")] = "",
    as_json_lines: AsJson = False,
) -> None:
    """Notify the originator of a message of its receipt, as its reader, if they asked for it.

    The running MTA that keeps its data in --data sends it. Writes its MTS identifier.
    """
    given = {"number": number, "reason": reason, "discarded": discarded, "comment": comment}
    request = {"command": "notify"} | {name: value for name, value in given.items() if value}
    with errors_for_people():
        reply = run(ask(data, request))
    if as_json_lines:
        say_json({"mts_identifiers": reply["mts_identifiers"]})
        return
    for identifier in reply["mts_identifiers"]:
        say(identifier)


def _mail(data: Path, number: int) -> tuple[Mail, bytes]:
    """A message in the mailbox and its content. Raises ValueError when there is none."""
    store = Store.reader(data)
    each = store.mailbox.find(number)
    if each is None:
        raise ValueError(f"{number}: no mail has this number; `mta-emu mail list` shows them")
    return each, store.contents.read(each.message, 0, each.content_length)


def _as_object(each: Mail) -> dict[str, Any]:
    return {
        "number": each.id,
        "time": each.time.isoformat(timespec="milliseconds"),
        "mts_identifier": each.mts_identifier,
        "recipient": each.recipient,
        "subject": each.subject,
        "octets": each.content_length,
    }
