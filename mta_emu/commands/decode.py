"""`mta-emu decode`: the associations in a capture, primitive by primitive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from labkit.config import EXIT_BAD_CONFIGURATION
from labkit.errors import in_words
from labkit.output import say, say_json
from mta_emu.commands import EXIT_FAILED, AsJson
from mta_emu.decode.steps import LayerName

_X400_PORT = 102


app = typer.Typer(add_completion=False)


@app.command()
def decode(
    file: Annotated[
        Path,
        typer.Argument(
            help="A pcap or pcapng file, gzipped or not; - is standard input.", show_default=False
        ),
    ],
    port: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            max=65535,
            help="Judge every connection on this port; may be repeated. Without it: 102. What "
            "begins like X.400 on another port is found by itself.",
        ),
    ] = None,
    layer: Annotated[
        LayerName,
        typer.Option(
            help="How far up to look, from the network (TCP) to the MTS (binds, messages, probes "
            "and reports)."
        ),
    ] = LayerName.MTS,
    why: Annotated[
        bool,
        typer.Option(
            "--why",
            help="Say what may have caused a failed association, and what one would have to look "
            "at to distinguish the causes.",
        ),
    ] = False,
    join: Annotated[
        bool,
        typer.Option(
            "--join",
            help="Show the connections of a call through a proxy as one ladder, with a column for "
            "the proxy. They are found by their octets and times, so the capture must have both "
            "of its sides.",
        ),
    ] = False,
    as_json_lines: AsJson = False,
) -> None:
    """Show the associations in a capture as ladders of service primitives, and judge them.

    A row is what one side did, in the words of the highest layer that has any
    for it: request at its sender, indication at its receiver; the lower layers
    stand below. "protocol broken" marks what goes against a standard,
    "deviation" what real MTAs are known for and what does no harm, "note" what is
    nobody's fault. Each kind of breach is shown once, with a count.

    Ethernet, PPP, cooked and raw links, VLAN, PPPoE, MPLS, GRE, VXLAN, Geneve, IP
    in IP and AH are opened, IP fragments put together; what is not read is
    counted. Other users of TPKT (RDP, S7, MMS, FTAM) are named and not judged.
    Where the capture lacks something, nobody is blamed for it.

    --json gives one object per line: association, step, finding and note by frame,
    why, then joined, other, capture, and verdict.

    Exit status 0: nobody broke the protocol; 1: somebody did; 2: the file is not
    a capture.

    Examples:

    mta-emu decode run.pcapng

    mta-emu decode --layer session --port 10102 run.pcapng

    tcpdump -w - port 102 | mta-emu decode -
    """
    # Imported here: it takes a while, which every other command would wait for.
    from labkit.console import display  # noqa: PLC0415
    from mta_emu.decode import joining, ladder  # noqa: PLC0415
    from mta_emu.decode.dissector import examine  # noqa: PLC0415
    from mta_emu.decode.pcap import NotACapture  # noqa: PLC0415

    try:
        found = examine(file, port or (_X400_PORT,))
    except (NotACapture, OSError) as error:
        say(in_words(error), error=True)
        raise typer.Exit(EXIT_BAD_CONFIGURATION) from error
    numbers = {id(each): number for number, each in enumerate(found.associations, 1)}
    chains = (
        joining.chains(found.associations) if join else [(each,) for each in found.associations]
    )
    numbered = [([numbers[id(each)] for each in chain], chain) for chain in chains]
    if as_json_lines:
        for number, association in enumerate(found.associations, 1):
            for record in ladder.records(number, association, layer):
                say_json(record)
            if why and (record_of_why := ladder.why_record(number, association)):
                say_json(record_of_why)
        for record in ladder.joined_records(each for each, _ in numbered):
            say_json(record)
        for record in ladder.closing_records(found):
            say_json(record)
    else:
        for each, chain in numbered:
            display(ladder.ladder(each, chain, layer))
            say()
            if why:
                _explain(ladder.why_lines(each[0], chain[0]))
        for line in ladder.closing_lines(found):
            say(line)
    if found.broken:
        raise typer.Exit(EXIT_FAILED)


def _explain(lines: Iterator[str]) -> None:
    """Print an explanation, with an empty line after it."""
    found = list(lines)
    for line in [*found, ""] if found else found:
        say(line)
