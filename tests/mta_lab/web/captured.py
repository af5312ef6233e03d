"""Associations as a capture would have them, made by hand."""

from collections.abc import Sequence
from typing import Any

from mta_emu.decode.association import Association
from mta_emu.decode.segment import Address
from mta_emu.decode.steps import Layer, Side, Step
from mta_emu.decode.tcp import Connection

CALLING, CALLED = Side
_NETWORK = ("SYN", "SYN ACK", "FIN", "RST")
CONNECT = bytes(range(80))  # the same on both sides of a proxy


def association(
    calling: str,
    called: str,
    *said: tuple[int, Side, str],
    names: Sequence[str] = (),
    octets: bytes = CONNECT,
) -> Any:
    """One of which the capture has these PDUs: (frame, who, name); frames are seconds, too."""
    first, second = (
        Address(host.strip("[]"), int(port))
        for host, _, port in (each.rpartition(":") for each in (calling, called))
    )
    made = Association(Connection(first, second, complete=True, opened_with=0))
    made.steps = [
        Step(
            frame,
            frame * 10**9,
            sender,
            (Layer("network" if pdu in _NETWORK else "session", f"S-{pdu}", pdu=pdu),),
            frame,
        )
        for frame, sender, pdu in said
    ]
    made.mta_names = dict(zip(Side, names, strict=False))
    made.beginnings = {CALLING: octets, CALLED: b""}
    return made


def refused(calling: str, called: str, at: int, **others: Any) -> Any:
    """A call that is refused, with its first packet in frame `at`."""
    return association(
        calling,
        called,
        (at, CALLING, "SYN"),
        (at + 1, CALLED, "SYN ACK"),
        (at + 20, CALLED, "RF"),
        (at + 40, CALLING, "FIN"),
        **others,
    )
