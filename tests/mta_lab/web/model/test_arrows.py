"""Arrows: where they go, what they decide, and what is wrong with them."""

import pytest

from mta_emu.decode.steps import Finding, Layer, Note, Severity, Side
from mta_lab.web.model.arrows import arrows, shown
from mta_lab.web.model.page import Outcome
from mta_lab.web.model.writing import Writing
from tests.mta_lab.web.captured import CALLED, CALLING, association, refused

A, B = "203.0.113.10:4001", "198.51.100.10:102"
OPENED = ((1, CALLING, "SYN"), (2, CALLED, "SYN ACK"), (3, CALLING, "CN"))
HERE = Writing(zero=10**9)


def test_an_arrow_leaves_the_column_of_its_sender() -> None:
    first, second, *_ = [each.arrow for each in arrows(refused(A, B, 1), (4, 0, 1), (2, 5), HERE)]
    assert (first.sender, first.receiver, first.source, first.destination) == (2, 5, A, B)
    assert (second.sender, second.receiver, second.source, second.destination) == (5, 2, B, A)
    assert (first.call, first.leg, first.frame, first.time) == (4, 0, 1, 0.0)
    assert second.time == 1.0
    assert first.filter == "frame.number == 1"
    assert first.layers[0].pdu == "SYN"


@pytest.mark.parametrize(
    ("said", "outcomes"),
    [
        (((4, CALLED, "AC"),), ["", "", "", "accepted"]),
        (((4, CALLED, "RF"),), ["", "", "", "refused"]),
        (((4, CALLED, "FIN"),), ["", "", "", "cut off"]),
        (((4, CALLED, "RST"),), ["", "", "", "reset"]),
        (((4, CALLED, "AC"), (5, CALLING, "AB")), ["", "", "", "accepted", "cut off"]),
        (((4, CALLED, "AC"), (5, CALLED, "DT"), (6, CALLED, "RST")),
         ["", "", "", "accepted", "", "reset"]),
        (((4, CALLED, "AC"), (5, CALLING, "FN"), (6, CALLED, "DN"), (7, CALLING, "FIN")),
         ["", "", "", "accepted", "", "", ""]),
    ],
)  # fmt: skip
def test_what_an_arrow_decides(
    said: tuple[tuple[int, Side, str], ...], outcomes: list[Outcome]
) -> None:
    found = arrows(association(A, B, *OPENED, *said), (0, 0, 1), (0, 1), HERE)
    assert [each.arrow.outcome for each in found] == outcomes


def test_a_call_that_nobody_answers() -> None:
    (found,) = arrows(association(A, B, OPENED[0]), (0, 0, 1), (0, 1), HERE)
    assert found.arrow.outcome == "unanswered"


def test_a_firewall_passes_on_what_stands_on_the_leg_before() -> None:
    inner = arrows(refused(A, B, 1), (0, 1, 2), (1, 2), HERE)
    assert [each.arrow.passed_on for each in inner] == [False, False, False, False]
    outer = arrows(refused(A, B, 1), (0, 0, 2), (0, 1), HERE)
    assert [each.arrow.passed_on for each in outer] == [False, False, True, False]


def test_what_is_wrong_stands_at_its_senders_arrow_in_the_frame() -> None:
    made = association(A, B, *OPENED, (4, CALLED, "AC"), (4, CALLING, "DT"))
    made.said.findings += [Finding(4, 0, CALLED, "session", "wrong\x07", count=3)]
    made.said.findings += [Finding(9, 0, CALLED, "rtse", "odd", Severity.DEVIATION)]
    made.said.notes += [Note(3, 0, "a gap")]
    found = [each.arrow.findings for each in arrows(made, (0, 0, 1), (0, 1), HERE)]
    assert [len(each) for each in found] == [0, 0, 1, 1, 1]
    assert (found[2][0].severity, found[2][0].text) == ("note", "a gap")
    assert (found[3][0].severity, found[3][0].text) == ("protocol broken", "wrong\\x07")
    assert found[3][0].count == 3
    assert found[4][0].severity == "deviation"


def test_mail_is_what_the_mts_transfers() -> None:
    made = association(A, B, (1, CALLING, "SYN"))
    step = made.steps[0]
    mts = Layer("mts", "MESSAGE-TRANSFER", summary='subject "\x1b[2J<b>"')
    made.steps = [type(step)(1, 1, CALLING, (*step.layers, mts), 1)]
    (found,) = arrows(made, (0, 0, 1), (0, 1), HERE)
    assert found.arrow.mail
    assert found.arrow.name == "MESSAGE-TRANSFER request"
    assert found.arrow.text.splitlines()[0] == 'subject "\\x1b[2J<b>"'


def test_values_of_peers_are_written_out() -> None:
    assert shown({"a\x00": ["b\u202e", {"c": "d\x1b"}, 7, None]}) == {
        "a\\x00": ["b\\u202e", {"c": "d\\x1b"}, 7, None]
    }
