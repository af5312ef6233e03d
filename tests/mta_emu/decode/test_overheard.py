"""An association at one of our own sockets is read as one in a capture."""

from collections.abc import Callable
from typing import Any

import pytest

from mta_emu.decode.overheard import Overheard
from mta_emu.decode.segment import Address
from mta_emu.decode.steps import Side
from mta_emu.osi.tpkt import frame

CALLING, CALLED = Side
CR = frame(bytes.fromhex("06e00000000100"))


@pytest.mark.parametrize(
    ("end", "address"),
    [
        ("192.0.2.1:4000", Address("192.0.2.1", 4000)),
        ("[2001:db8::1]:4000", Address("2001:db8::1", 4000)),
    ],
)
@pytest.mark.parametrize("we_call", [True, False])
def test_whose_end_is_which(end: str, address: Address, we_call: bool) -> None:
    overheard = Overheard(end, "192.0.2.2:102", we_call=we_call)
    assert overheard.us is (CALLING if we_call else CALLED)
    assert overheard.association.ends[overheard.us] == address


@pytest.mark.parametrize(
    ("we_call", "what", "sender"),
    [
        (True, "sent", CALLING),
        (True, "received", CALLED),
        (False, "sent", CALLED),
        (False, "received", CALLING),
    ],
)
def test_who_said_it(we_call: bool, what: str, sender: Side) -> None:
    overheard = Overheard("192.0.2.1:1", "192.0.2.2:2", we_call=we_call)
    overheard.record("open" if we_call else "accept", b"", 5)
    overheard.record(what, CR, 7)
    opened, answered, said = overheard.association.steps
    assert [opened.sender, answered.sender] == [CALLING, CALLED]
    assert (said.sender, said.time, said.layers[-1].pdu) == (sender, 7, "CR")


@pytest.mark.parametrize(
    ("what", "sender", "pdu"),
    [("eof", CALLED, "FIN"), ("reset", CALLED, "RST"), ("close", CALLING, "FIN")],
)
def test_how_it_ended(what: str, sender: Side, pdu: str) -> None:
    overheard = Overheard("192.0.2.1:1", "192.0.2.2:2", we_call=True)
    overheard.record(what, b"", 0)
    (step,) = overheard.association.steps
    assert (step.sender, step.layers[-1].pdu) == (sender, pdu)


def test_a_whole_association(make_talk: Callable[..., Any]) -> None:
    talk = make_talk().open().close()
    overheard = Overheard("203.0.113.10:40000", "198.51.100.10:102", we_call=True)
    overheard.record("open", b"", 0)
    for packet in talk.wire.packets:
        if data := bytes(packet["TCP"].payload):
            by_us = packet["IP"].src == "203.0.113.10"
            overheard.record("sent" if by_us else "received", data, 0)
    association = overheard.association
    assert association.mta_names == {CALLING: "EXTERNAL", CALLED: "INTERNAL"}
    assert association.findings == []


@pytest.mark.parametrize("judged", [True, False])
def test_what_fits_no_state_is_found_only_where_it_is_judged(judged: bool) -> None:
    overheard = Overheard("192.0.2.1:1", "192.0.2.2:2", we_call=False, judged=judged)
    overheard.record("received", CR, 0)
    overheard.record("sent", frame(bytes.fromhex("06d00001000100")), 0)
    overheard.record("received", frame(bytes.fromhex("02f0800900")), 0)  # FINISH
    association = overheard.association
    assert association.steps[-1].layers[-1].pdu == "FN"
    assert bool(association.findings) is judged
    overheard.record("received", b"\x04\x00\x00\x07", 0)  # what one end says by itself is
    assert "TPKT version 4" in association.findings[-1].text
