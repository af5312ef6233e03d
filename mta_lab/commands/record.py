"""`mta-lab record`: a topology's networks, captured on a machine that is in them."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.output import say, say_json
from mta_lab.backends import X400_PORT
from mta_lab.capture.folder import new_file
from mta_lab.capture.kernel import KernelCapture
from mta_lab.capture.scene import Scene
from mta_lab.commands import AsJson, LabsDirectory, errors_in_words
from mta_lab.commands.given import FileOrName, topology_of
from mta_lab.lab.points import CapturePoint
from mta_lab.topology.files import Topology


def record(
    file: FileOrName,
    to: Annotated[Path, typer.Option(help="The directory of the capture.")] = Path("captures"),
    ready: Annotated[
        Path | None, typer.Option(help="A file that is made when packets are being captured.")
    ] = None,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Capture what passes this machine on each network of a topology, until SIGTERM or Ctrl-C.

    The file is named after the topology and the time; each network is an interface of it. Needs
    CAP_NET_RAW; on the firewall it is all that goes between the networks. As root it writes the
    file as whoever the directory belongs to.
    """
    with errors_in_words():
        topology = topology_of(file, labs, "`mta-lab capture` shows its packets")
        points = [*_points(topology)]
        if not points:
            raise ConfigurationError(f"{file}: this machine is in none of the networks")
        target = new_file(to, topology.name, datetime.now(UTC))
        # SIGTERM has to be held before it may come, and in the thread that reads as well
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
        capture = KernelCapture.open(
            target, points, Scene.of_topology(topology, X400_PORT), partial(_become_owner, to)
        )
        if capture is None:
            raise ConfigurationError("to see packets takes the capability CAP_NET_RAW")
        beginning = {"networks": [*topology.networks], "file": str(target)}
        text = f"capturing {', '.join(topology.networks)} to {target}"
        say_json(beginning) if as_json else say(text)
        if ready:
            ready.touch()
        signal.sigwait(_ENDINGS)
        packets, dropped = capture.finish()
        end = {"packets": packets, "lost": dropped}
        say_json(end) if as_json else say(f"{packets} packets, {dropped} lost")


_ENDINGS = {signal.SIGTERM, signal.SIGINT}


def _become_owner(directory: Path) -> None:
    """Go on as the owner of a directory, if we are root: what we write there is theirs."""
    owner = directory.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _points(topology: Topology) -> Iterator[CapturePoint]:
    """Each network that an interface of this machine is in."""
    from mta_lab.backends.container import interfaces  # noqa: PLC0415 - slow to load

    for name, network in topology.networks.items():
        for interface, address in interfaces():
            if address.network == network:
                yield CapturePoint(interface, (name,))
                break
