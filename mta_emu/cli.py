"""Serve an MTA, submit mail to it, and look into it."""

from labkit.commands import Command, program

COMMANDS = {
    "serve": Command(
        "mta_emu.commands.serve:app",
        "Serve an MTA until SIGTERM: listen, bind, transfer, retry, log.",
    ),
    "config": Command(
        "mta_emu.commands.config:app",
        "Check a configuration file, show its effective values, and print the schema.",
    ),
    "send": Command(
        "mta_emu.commands.send:app",
        "Submit interpersonal messages or probes to the running MTA that keeps its data in --data.",
    ),
    "cancel": Command(
        "mta_emu.commands.cancel:app",
        "Cancel a message that waits in the running MTA for its deferred delivery time.",
    ),
    "reports": Command(
        "mta_emu.commands.reports:app",
        "Show the delivery and non-delivery reports that have come back to the users here.",
    ),
    "queue": Command(
        "mta_emu.commands.queue:app",
        "Show how many messages wait for each connector, and the transfers that are under way.",
    ),
    "call": Command(
        "mta_emu.commands.call:app",
        "Open an association of a connector now, and report the result.",
    ),
    "routes": Command(
        "mta_emu.commands.routes:app",
        "Show the routing table, and explain which connector mail for an address takes.",
    ),
    "events": Command(
        "mta_emu.commands.events:app",
        "Show the event log in Event Viewer's columns, or export it as JSON lines, CSV or"
        " event XML.",
    ),
    "track": Command(
        "mta_emu.commands.track:app",
        "Follow a message: submitted, queued, tried, refused, transferred, delivered or reported.",
    ),
    "mail": Command("mta_emu.commands.mail:app", "Look into the mailboxes of an MTA."),
    "ping": Command(
        "mta_emu.commands.ping:app",
        "Open an association with an MTA, show layer by layer how far it got, and release it.",
    ),
    "decode": Command(
        "mta_emu.commands.decode:app",
        "Show the associations in a capture as ladders of service primitives, and judge them.",
    ),
}

app = program(COMMANDS, __doc__)


def main() -> None:
    """The command's entry point."""
    app()
