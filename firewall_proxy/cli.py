"""A firewall like Raptor: it accepts TCP connections, opens other ones to the destination, and
passes the data on, with or without rewriting the source address.
"""

from labkit.commands import Command, program

COMMANDS = {
    "serve": Command(
        "firewall_proxy.commands.serve:serve",
        "Pass connections on until SIGTERM or SIGINT; log one line per connection, at its end.",
    ),
    "check": Command(
        "firewall_proxy.commands.check:check",
        "Validate CONFIG and print what each service would do for a client.",
    ),
    "schema": Command(
        "firewall_proxy.commands.schema:print_schema",
        "Print the JSON schema of configuration files, for editors; docs/ has it too.",
    ),
    "setup": Command(
        "firewall_proxy.commands.setup:setup",
        "Prepare the kernel of this machine (or network namespace) for CONFIG; run it before"
        " serve.",
    ),
}

app = program(COMMANDS, __doc__)


def main() -> None:
    """The entry point of the command."""
    app()
