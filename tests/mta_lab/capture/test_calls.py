"""The calls in a capture, and what became of them by the packets alone."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from labkit.addresses import End, parse_address
from mta_emu.decode.association import Association
from mta_emu.decode.steps import Layer, Side, Step
from mta_lab.capture.calls import as_in_file, call_of

ENDS = {Side.CALLING: "203.0.113.10:5000", Side.CALLED: "203.0.113.1:102"}
OPENED = ["> SYN", "< SYN ACK", "> CR", "< CC", "> DT CN CP"]


def association(said: Sequence[str]) -> Association:
    """An association of which each part is a step: who, and the PDUs in it."""
    sides = {">": Side.CALLING, "<": Side.CALLED}
    steps = []
    for frame, text in enumerate(said, 1):
        side, _, pdus = text.partition(" ")
        names = [pdus] if pdus == "SYN ACK" else pdus.split()
        layers = tuple(Layer("x", "", pdu=each) for each in names)
        steps.append(Step(frame, 0, sides[side], layers, 0))
    made: Any = SimpleNamespace(ends=ENDS, steps=steps)
    return cast("Association", made)


@pytest.mark.parametrize(
    ("said", "disposition", "frame"),
    [
        (["> SYN"], "unreachable", 1),
        (["> SYN", "< RST"], "unreachable", 2),
        (["> SYN", "< SYN ACK", "> CR"], "unreachable", 1),
        ([*OPENED, "< DT AC CPA", "> DT AS"], "delivered", 6),
        ([*OPENED, "< DT AC CPA", "> DT FN RLRQ", "< DT DN"], "rejected", 6),
        ([*OPENED, "< DT AC CPA", "> AB"], "rejected", 6),
        ([*OPENED, "< DT AC CPA"], "delivered", 6),
        ([*OPENED, "< DT RF CPR", "> DR"], "refused", 6),
        ([*OPENED, "< FIN", "> FIN"], "cut off", 6),
        (["> SYN", "< SYN ACK", "> CR", "< DR", "< FIN"], "cut off", 4),
        (["> SYN", "< SYN ACK", "< RST"], "cut off", 3),
    ],
)
def test_the_first_answer_decides(said: list[str], disposition: str, frame: int) -> None:
    call = call_of(association(said))
    assert call
    assert (call.disposition, call.frame) == (disposition, frame)
    assert call.ends == ("203.0.113.10:5000", "203.0.113.1:102")


def test_a_call_that_began_before_the_capture_is_none() -> None:
    assert call_of(association(["< DT AC CPA", "> DT AS"])) is None
    assert call_of(association([])) is None


def test_the_addresses_of_a_run_are_taken_for_the_files() -> None:
    call = call_of(association(["> SYN"]))
    assert call
    wire = [
        (replace(call, calling=End.parse("127.0.113.10:9"), called=End.parse(to)),) for to in TO
    ]
    addresses = {parse_address("203.0.113.10"): parse_address("127.0.113.10")}
    found = [each.ends for (each,) in as_in_file(wire, addresses, 10102)]
    assert found == [("203.0.113.10:9", "127.0.9.9:102"), ("203.0.113.10:9", "203.0.113.10:99")]


TO = ("127.0.9.9:10102", "127.0.113.10:99")
