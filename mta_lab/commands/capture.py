"""`mta-lab capture`: the packets of a host or a segment, as they come."""

import select
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer
from asyncinotify import Inotify, Mask

from labkit.config import ConfigurationError
from labkit.interrupts import terminable
from labkit.output import say
from mta_lab.backends.registry import backend
from mta_lab.capture.kernel import LARGEST_FRAME, LOOPBACK, frames, packet_socket
from mta_lab.capture.pcapng import LINKTYPE_ETHERNET, PcapngWriter
from mta_lab.commands import WhichLab, errors_for_people, the_lab
from mta_lab.commands.completing import complete_host_or_network
from mta_lab.lab.directory import Lab
from mta_lab.lab.points import may_capture

_STANDARD_OUTPUT = Path("/dev/stdout")


def capture(
    part: Annotated[
        str, typer.Argument(metavar="HOST|SEGMENT", autocompletion=complete_host_or_network)
    ],
    file: Annotated[
        Path | None,
        typer.Option("--write", "-w", help="A .pcapng file, or - for standard output."),
    ] = None,
    which: WhichLab = None,
) -> None:
    """Capture the packets of a host or a network segment, until Ctrl-C, SIGTERM or the reader goes.

    Look at it live: mta-lab capture inside -w - | wireshark -k -i -, or | tshark -i -. In
    namespaces it is every frame; on loopback the lab's TCP connections of that host or segment.
    Needs CAP_NET_RAW.
    """
    with errors_for_people():
        lab = the_lab(which)
        if file is None and sys.stdout.isatty():
            raise typer.BadParameter("where to? -w FILE, or -w - into a pipe", param_hint="--write")
        target = _STANDARD_OUTPUT if file in (None, Path("-")) else file
        if not may_capture():
            raise ConfigurationError(
                "to see packets takes the capability CAP_NET_RAW: use sudo; "
                "mta-lab run takes none, and builds its capture from what the sockets said"
            )
        with suppress(BrokenPipeError):  # the reader has seen enough
            _capture(lab, part, target)


def _capture(lab: Lab, part: str, target: Path) -> None:
    """Write packets to `target` until a signal, the end of the lab, or until nobody reads them."""
    points = backend(lab.placement.backend).points_of(lab, part)
    if not points:
        known = ", ".join((*lab.topology.host_addresses(), *lab.topology.networks))
        raise ConfigurationError(f"lab {lab.name}: no host or segment {part!r}; there are: {known}")
    with ExitStack() as opened:
        sockets = [
            opened.enter_context(
                packet_socket(point, lab.placement.port if point.interface == LOOPBACK else None)
            )
            for point in points
        ]
        gone = opened.enter_context(Inotify())
        gone.add_watch(lab.directory, Mask.DELETE)
        writer = opened.enter_context(PcapngWriter(target, f"Captured by mta-lab: {part}"))
        for point in points:
            writer.interface(point.interface, f"{part} of lab {lab.name}", LINKTYPE_ETHERNET)
        writer.flush()
        poll = select.poll()
        for descriptor in (*(sock.fileno() for sock in sockets), gone.fd):
            poll.register(descriptor, select.POLLIN)
        poll.register(writer.fileno(), 0)  # reports when nobody reads it any more
        buffer = bytearray(LARGEST_FRAME)
        with suppress(KeyboardInterrupt), terminable():
            say(f"capturing {part} of lab {lab.name}; Ctrl-C ends it", error=True)
            while not {writer.fileno(), gone.fd} & dict(poll.poll()).keys():
                for number, (point, sock) in enumerate(zip(points, sockets, strict=True)):
                    for time, frame in frames(sock, buffer):
                        if point.shows(frame):
                            writer.packet(time, frame, interface=number)
                writer.flush()
        say(f"{writer.packets} packets", error=True)
