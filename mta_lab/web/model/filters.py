"""Wireshark's display filters for what the page shows."""

from collections.abc import Sequence

from labkit.addresses import End
from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side


def of_frame(number: int) -> str:
    """The filter for one packet."""
    return f"frame.number == {number}"


def of_call(legs: Sequence[Association]) -> str:
    """The filter for every connection of a call."""
    return " or ".join(dict.fromkeys(f"({_connection(leg)})" for leg in legs))


def _connection(leg: Association) -> str:
    """By both of its addresses and both of its ports."""
    ends = [End.parse(str(leg.ends[side])) for side in Side]
    family = "ip" if ends[0].address.version == 4 else "ipv6"
    return " and ".join(
        (
            *(f"{family}.addr == {end.address}" for end in ends),
            *(f"tcp.port == {end.port}" for end in ends),
        )
    )
