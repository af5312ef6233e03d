"""`python3 -m mta_lab.lab.health HOST`: does the host that serves in this directory do its work?

An MTA answers at its control socket, the firewall listens at each of its services. Exit status 0:
it does; 1: it does not. Not a command of `mta-lab`, because a container asks every few seconds, and
that would take three times as long to load.
"""

import sys
from pathlib import Path

from labkit.config import ConfigurationError
from labkit.output import say


def main(host: str) -> int:
    """Say what is missing, if anything is."""
    try:
        is_mta = Path("data").exists()  # what an MTA keeps there
        missing = _not_answering() if is_mta else _not_listening()
    except ConfigurationError as error:
        missing = f"no data are here, as of an MTA, nor what a firewall needs: {error}"
    say(missing or f"{host} does its work")
    return 1 if missing else 0


def _not_answering() -> str:
    from labkit.loop import run  # noqa: PLC0415 - each kind of host loads its own
    from mta_emu.mta.controlclient import ControlError, status  # noqa: PLC0415

    try:
        run(status(Path("data")))
    except ControlError as error:
        return str(error)
    return ""


def _not_listening() -> str:
    from firewall_proxy.config import Configuration  # noqa: PLC0415
    from labkit.config import load  # noqa: PLC0415
    from labkit.sockets import LISTENING, tcp_sockets  # noqa: PLC0415

    firewall = load(Path("config.yaml"), Configuration)
    listening = {each.local for each in tcp_sockets() if each.state == LISTENING}
    for service in firewall.services:
        end = firewall.listens_at(service)
        if end not in listening:
            return f"{service.name} does not listen at {end}"
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
