"""Each kind of breach once, with a count."""

from mta_emu.decode.findings import Findings
from mta_emu.decode.steps import Complaint, Severity, Side

CALLING, CALLED = Side


def test_texts_that_differ_in_their_numbers_are_one_kind() -> None:
    found = Findings()
    for frame, text in enumerate(["TPKT version 22: must be 3", "TPKT version 7: must be 3"], 1):
        found.complain(frame, 0, CALLED, Complaint("transport", text))
    found.complain(3, 0, CALLED, Complaint("transport", "TPDU 0xe0 in a state"))
    found.complain(4, 0, CALLED, Complaint("transport", "TPDU 0x1f in a state"))
    first, second = found.findings
    assert (first.frame, first.count, first.text) == (1, 2, "TPKT version 22: must be 3")
    assert (second.frame, second.count) == (3, 2)
    assert found.broken == 4


def test_sides_layers_and_texts_are_told_apart() -> None:
    found = Findings()
    found.complain(1, 0, CALLED, Complaint("session", "a"))
    found.complain(1, 0, CALLING, Complaint("session", "a"))
    found.complain(1, 0, CALLED, Complaint("rtse", "a"))
    found.complain(1, 0, CALLED, Complaint("session", "b"))
    assert [each.count for each in found.findings] == [1] * 4


def test_deviations_do_not_break_the_protocol() -> None:
    found = Findings()
    found.complain(1, 0, CALLED, Complaint("rtse", "a", Severity.DEVIATION))
    assert (found.broken, found.deviations) == (0, 1)


def test_what_the_log_has_taken_is_not_said_again() -> None:
    """The text logs clear the findings that they have written."""
    found = Findings()
    found.complain(1, 0, CALLED, Complaint("session", "a"))
    found.findings.clear()
    found.complain(2, 0, CALLED, Complaint("session", "a"))
    assert found.findings == []


def test_gaps_of_an_end_are_one_note_with_their_sum() -> None:
    found = Findings()
    assert found.complete
    found.gap(3, 30, "192.0.2.1:102", 100)
    assert found.notes[0].text == "100 octets from 192.0.2.1:102 are not in the capture"
    found.gap(5, 50, "192.0.2.1:102", 7)
    found.gap(6, 60, "192.0.2.2:4000", 1)
    assert [(note.frame, note.text) for note in found.notes] == [
        (
            3,
            "100 octets from 192.0.2.1:102 are not in the capture; with what is missing later, "
            "107 in 2 gaps",
        ),
        (6, "1 octets from 192.0.2.2:4000 are not in the capture"),
    ]
    assert not found.complete


def test_a_note_says_nothing_against_the_capture() -> None:
    found = Findings()
    found.note(1, 0, "text")
    assert found.complete
    found.lacks(2, 0, "more")
    assert not found.complete
    assert [note.text for note in found.notes] == ["text", "more"]
