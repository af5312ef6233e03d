"""`python3 -m mta_lab.lab.health HOST`: does the host that serves in this directory do its work?

An MTA answers at its control socket, the firewall listens at each of its services. Exit status 0:
it does; 1: it does not. Not a command of `mta-lab`, because a container asks every few seconds, and
that would take three times as long to load.
"""

import sys
from pathlib import Path

from labkit.config import ConfigurationError
from labkit.output import say

_LISTEN = "0A"  # the state of a listening socket in /proc/net/tcp


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

    firewall = load(Path("config.yaml"), Configuration)
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    listening = {local for _, local, _, state, *_ in lines if state == _LISTEN}
    for service in firewall.services:
        address, port = firewall.listens_at(service)
        here = int.from_bytes(address.packed, sys.byteorder)
        if f"{here:08X}:{port:04X}" not in listening:
            return f"{service.name} does not listen at {address}:{port}"
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
