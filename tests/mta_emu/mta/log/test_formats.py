"""The event log as other programs read it, whatever a peer has put into it."""

import csv
import io
import json
from datetime import UTC, datetime
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from labkit.text import visible
from mta_emu.mta.log import formats
from mta_emu.mta.log.events import Event, LoggedEvent, event

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(codec=None))
SPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def logged(text: str, connector: str = "FIREWALL", reason: str = "") -> LoggedEvent:
    return LoggedEvent(7, NOON, Event(51, "Warning", "Security", text, reason=reason), connector)


def rows(*lines: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO("\n".join(lines))))


def test_event_viewers_columns() -> None:
    columns = dict(zip(formats.COLUMNS, formats.row(logged("x"), "EXTERNAL"), strict=True))
    assert columns == {
        "Type": "Warning",
        "Date": "2026-01-01",
        "Time": "12:00:00",
        "Source": "MSExchangeMTA",
        "Category": "Security",
        "Event": "51",
        "User": "N/A",
        "Computer": "EXTERNAL",
    }


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_xml_is_well_formed_and_shows_any_text(text: str, connector: str, reason: str) -> None:
    each = formats.as_xml(logged(text, connector, reason), "EXTERNAL")
    root = ElementTree.fromstring(f"{formats.XML_START}{each}{formats.XML_END}".encode())
    assert root.findtext(f".//{SPACE}Message") == visible(text)
    data = {each.get("Name"): each.text for each in root.iter(f"{SPACE}Data")}
    assert data.get("Connector") == (visible(connector) or None)
    assert data.get("Reason") == (visible(reason) or None)


@given(ANY_TEXT)
def test_csv_has_one_line_and_the_headings_columns(text: str) -> None:
    line = formats.as_csv(logged(text), "EXTERNAL")
    assert "\n" not in line
    assert "\r" not in line
    heading, row = rows(formats.CSV_HEADER, line)
    assert len(heading) == len(row)
    assert dict(zip(heading, row, strict=True))["Description"] == visible(text)


@given(ANY_TEXT)
def test_json_is_exact(text: str) -> None:
    line = formats.as_json(logged(text), "EXTERNAL")
    assert json.loads(line)["text"] == text
    assert line.isascii()


def test_severity_and_level_follow_the_type() -> None:
    found = LoggedEvent(1, NOON, event(289, dn="/O=X"), "X")
    root = ElementTree.fromstring(formats.as_xml(found, "EXTERNAL"))
    identifier = root.find(f".//{SPACE}EventID")
    assert identifier is not None
    assert (identifier.text, identifier.get("Qualifiers")) == ("289", str(0x8000))
    assert root.findtext(f".//{SPACE}System/{SPACE}Level") == "3"


def test_what_no_article_shows_whole_is_marked() -> None:
    assert json.loads(formats.as_json(logged("x"), "E"))["reconstructed"] == ""
    found = LoggedEvent(1, NOON, event(301, dn="/O=X", block=2, seconds=600), "X")
    assert json.loads(formats.as_json(found, "E"))["reconstructed"] == "text"
