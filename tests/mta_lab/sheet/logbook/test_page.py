"""A logbook on paper: a row for each test, and text of others is text."""

from dataclasses import replace

from mta_lab.sheet.logbook.logbook import Row
from mta_lab.sheet.logbook.outcome import Call, Outcome
from mta_lab.sheet.logbook.page import outcome_lines, page
from mta_lab.sheet.logbook.trials import Subject
from tests.mta_lab.rehearsal.changed import lab
from tests.mta_lab.sheet.logbook.books import RIGHT, book
from tests.mta_lab.web.hostile import HOSTILE
from tests.mta_lab.web.test_report import Document

CALL = Call("A", "B", "refused", "203.0.113.10", 18)
OUTCOME = Outcome((CALL,), {"A": (1290, 289), "B": (1293,)}, "", "refused")


def test_an_outcome_has_calls_addresses_events_report_and_mail() -> None:
    assert [*outcome_lines(OUTCOME)] == [
        "A calls B: refused (frame 18)",
        "source address seen: 203.0.113.10",
        "events: A 1290 289; B 1293",
        "report: none",
        "the mail: refused",
    ]
    assert [*outcome_lines(Outcome((), {}, "", ""))] == ["no call", "events: none"]


def test_what_is_not_played_is_not_proved() -> None:
    found = book(lab(RIGHT))
    text = page(found)
    assert text.count("<td>not proved</td>") == len(found.rows) - 1
    assert "not applicable: a loop takes three MTAs" in text
    for said in ("NORTH\nto SOUTH", "1998-03-02 09:00:00 UTC", "x400-firewall-lab 0.", "Python 3."):
        assert said in text


def test_what_was_played_has_its_capture_and_how_wireshark_reads_it() -> None:
    row = Row(
        *(Subject.BIND, "A", "B", "", OUTCOME, OUTCOME, "", False),
        capture="runs/a.pcapng",
        decode_as="tcp.port==10102,tpkt",
    )
    text = page(replace(book(lab(RIGHT)), rows=(row,), backend="loopback"))
    assert "runs/a.pcapng\ndecode as tcp.port==10102,tpkt" in text
    assert "(frame 18)" in text
    assert "<td>NO</td>" in text


def test_text_of_others_is_no_markup() -> None:
    call = Call(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1)
    outcome = Outcome((call,), {HOSTILE: (1,)}, HOSTILE, HOSTILE)
    row = Row(
        *(Subject.BIND, HOSTILE, HOSTILE, HOSTILE, outcome, outcome, HOSTILE, True),
        capture=HOSTILE,
        decode_as=HOSTILE,
    )
    found = replace(
        book(lab(RIGHT)), topology=HOSTILE, title=HOSTILE, versions={HOSTILE: HOSTILE}, rows=(row,)
    )
    made = Document(page(found))
    tags = {tag for tag, _ in made.elements}
    assert not tags & {"script", "img", "svg"}
    assert tags >= {"table", "thead", "td"}
    assert not any(attributes for tag, attributes in made.elements if tag == "td")
