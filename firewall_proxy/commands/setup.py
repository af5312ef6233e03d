"""`firewall-proxy setup`: prepare the kernel."""

from typing import Annotated

import typer

from firewall_proxy import system
from firewall_proxy.commands import EXIT_CANNOT_START, ConfigurationFile, fail, read
from labkit.output import say_document


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
    configuration = read(config)
    if only_print:
        say_document(system.as_commands(configuration))
        return
    try:
        if remove:
            system.take_back()
        else:
            system.set_up(configuration)
    except system.CannotSetUpError as error:
        fail(str(error), EXIT_CANNOT_START)
