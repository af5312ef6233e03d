"""`mta-lab fault`: break the network of a lab, for a time."""

from typing import Annotated, Any

import typer

from labkit.config import ConfigurationError, parse
from labkit.loop import run
from mta_lab.commands import WhichLab, errors_for_people, the_lab
from mta_lab.commands.completing import complete_network_or_service
from mta_lab.play.changing import disturb
from mta_lab.topology.faults import Fault


def fault(
    on: Annotated[
        str, typer.Argument(metavar="SEGMENT|SERVICE", autocompletion=complete_network_or_service)
    ],
    drop: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Percent of the packets that are lost."),
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Reset TCP connections when they say something.")
    ] = False,
    delay: Annotated[
        float | None,
        typer.Option(min=0, max=60, help="Wall seconds that each packet takes longer."),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(min=1000, max=10**12, help="Bits per second to each host, at most."),
    ] = None,
    black_hole: Annotated[
        bool, typer.Option("--black-hole", help="Lose all packets, without an answer.")
    ] = False,
    larger_than: Annotated[
        int | None,
        typer.Option(min=576, max=1499, help="Lose IP packets of more octets than that."),
    ] = None,
    icmp: Annotated[
        bool,
        typer.Option(
            "--icmp", help="With --larger-than: answer the sender with ICMP, as a router does."
        ),
    ] = False,
    lift: Annotated[bool, typer.Option("--lift", help="End whatever fault is there.")] = False,
    lasting: Annotated[
        float | None,
        typer.Option(
            "--for",
            min=0.001,
            max=10**9,
            help="Lab seconds to wait, then end it.  [default: until --lift]",
        ),
    ] = None,
    which: WhichLab = None,
) -> None:
    """Lose, reset, delay, slow down or swallow packets on a segment, or those of a service.

    --larger-than stages a black hole for large packets: binds and small mail pass, large mail does
    not, and with --icmp the sender learns it and sends smaller packets.

    Several faults can be at one place, one of a kind; --lift ends all there. With --for the
    command waits; Ctrl-C or SIGTERM ends the fault at once. Needs namespaces (up --backend netns).
    """
    options: dict[str, Any] = {"drop": drop, "reset": reset, "delay": delay, "rate": rate}
    options |= {"black_hole": black_hole, "larger_than": larger_than, "icmp": icmp}
    options |= {"lift": lift, "for": lasting}
    given = {
        name: value for name, value in options.items() if value is not None and value is not False
    }
    with errors_for_people():
        if given.keys() <= {"on", "for"}:
            raise ConfigurationError(
                f"{on}: what is to happen? --drop, --reset, --delay, --rate, --black-hole, "
                "--larger-than or --lift"
            )
        lab = the_lab(which)
        run(disturb(lab, parse({"on": on} | given, Fault, "fault")))
