"""`mta-emu mail`: what was delivered to the mailboxes of an MTA."""

from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.console import Table, display
from labkit.output import say, say_json, say_lines
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mta.store.store import Store
from mta_emu.mts import ipm
from mta_emu.mts.bodyparts import BodyPart, GeneralText, IA5Text, TeletexText
from mta_emu.mts.ipm import ForwardedMessage, InterpersonalMessage, Notification
from mta_emu.osi.errors import ProtocolError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Look into the mailboxes of an MTA."
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
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
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
    elif as_json_lines:
        say_json(_as_object(each) | _heading_and_text(content))
    else:
        _show_text(each, _heading_and_text(content))


@app.command()
def save(
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
    directory: Annotated[Path, typer.Argument(help="Where to, made when it is missing.")],
    data: Data = Path("data"),
) -> None:
    """Save the files that came with a message; what is there already is not overwritten.

    Files without a name (BP-14) are called file1, file2 and so on.
    """
    with errors_for_people():
        _, content = _mail(data, number)
        try:
            message = ipm.decode(content)
        except ProtocolError as error:
            raise ValueError(f"{number} is not an interpersonal message: {error}") from error
        directory.mkdir(parents=True, exist_ok=True)
        for name, octets in ipm.files(message):
            path = directory / name
            with path.open("xb") as file:
                file.write(octets)
            say(f"{path}: {len(octets)} octets")


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


def _heading_and_text(content: bytes) -> dict[str, Any]:
    try:
        message = ipm.decode(content)
    except ProtocolError as error:
        return {"text": f"(not an interpersonal message: {error}; --raw gives its octets)"}
    return {
        "from": str(message.originator),
        "to": [str(address) for address in message.recipients],
        "ipm_identifier": message.identifier,
        "subject": message.subject,
        "body": _kinds(message),
        "text": message.text,
    }


def _kinds(message: InterpersonalMessage | Notification) -> list[str]:
    """What body parts a message has."""
    if isinstance(message, Notification):
        return ["notification"]
    return [_kind(part) for part in message.body]


def _kind(part: BodyPart | ForwardedMessage) -> str:
    match part:
        case IA5Text() | TeletexText() | GeneralText():
            return f"{part.character_set} text"
        case ForwardedMessage():
            return "forwarded message"
        case _:
            return part.text.strip("()")


def _show_text(each: Mail, message: dict[str, Any]) -> None:
    for name, values in (
        ("From", [message.get("from")]),
        ("To", message.get("to", ())),
        ("Subject", [message.get("subject")]),
        ("IPM", [message.get("ipm_identifier")]),
        ("Body", message.get("body", ())),
        ("MTS", [each.mts_identifier]),
        ("For", [each.recipient]),
        ("Came", [each.time.isoformat(sep=" ", timespec="seconds")]),
    ):
        for number, value in enumerate(filter(None, values)):
            say(f"{'' if number else name + ':':9}{value}")
    say()
    say_lines(message["text"])
