"""The event log for people and for other programs: Event Viewer's columns, JSON, CSV, event XML."""

import csv
import io
import json
from datetime import UTC
from typing import Any
from xml.etree import ElementTree

from labkit.text import visible
from mta_emu.mta.log.events import DEFINITIONS, Category, LoggedEvent

#: Event Viewer's columns; it has an icon for the type.
COLUMNS = ("Type", "Date", "Time", "Source", "Category", "Event", "User", "Computer")

_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_CLASSIC = "0x80000000000000"  # keyword: written by the log of Windows NT

#: Level of an event, and the severity bits over its ID, by type.
_LEVELS = {"Error": (2, 0xC000), "Warning": (3, 0x8000), "Information": (4, 0x4000)}
_TASKS = {category: number for number, category in enumerate(Category, 1)}


def row(logged: LoggedEvent, computer: str) -> tuple[str, ...]:
    """What Event Viewer's columns show of an event; times are UTC."""
    event, time = logged.event, logged.time.astimezone(UTC)
    return (
        event.type,
        f"{time:%Y-%m-%d}",
        f"{time:%H:%M:%S}",
        event.source,
        event.category,
        str(event.id),
        "N/A",
        computer,
    )


def as_object(logged: LoggedEvent, computer: str) -> dict[str, Any]:
    """An event as JSON has it; `reconstructed` names the fields that no article shows whole."""
    return {
        "time": logged.time.isoformat(timespec="milliseconds"),
        **vars(logged.event),
        "computer": computer,
        "connector": logged.connector,
        "reconstructed": _reconstructed(logged),
    }


def as_json(logged: LoggedEvent, computer: str) -> str:
    """An event as one line of JSON."""
    return json.dumps(as_object(logged, computer))


def as_csv(logged: LoggedEvent, computer: str) -> str:
    """An event as a line of CSV (RFC 4180), without its end; control characters written out."""
    columns = row(logged, computer)
    event = logged.event
    return _csv(*columns, event.description, logged.connector, _reconstructed(logged), event.reason)


def _csv(*values: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(map(visible, values))
    return stream.getvalue()


CSV_HEADER = _csv(*COLUMNS, "Description", "Connector", "Reconstructed", "Reason")
XML_START = '<?xml version="1.0" encoding="utf-8"?>\n<Events>'
XML_END = "</Events>"


def as_xml(logged: LoggedEvent, computer: str) -> str:
    """An event as Windows exports it between `XML_START` and `XML_END`.

    What XML 1.0 has no characters for is written out, as at a terminal.
    """
    event = logged.event
    level, severity = _LEVELS[event.type]
    root = ElementTree.Element("Event", xmlns=_NAMESPACE)
    system = ElementTree.SubElement(root, "System")
    time = logged.time.astimezone(UTC).replace(tzinfo=None)
    for name, text, attributes in (
        ("Provider", None, {"Name": event.source}),
        ("EventID", event.id, {"Qualifiers": str(severity)}),
        ("Level", level, {}),
        ("Task", _TASKS[Category(event.category)], {}),
        ("Keywords", _CLASSIC, {}),
        ("TimeCreated", None, {"SystemTime": f"{time.isoformat(timespec='milliseconds')}Z"}),
        ("EventRecordID", logged.number, {}),
        ("Channel", "Application", {}),
        ("Computer", computer, {}),
        ("Security", None, {}),
    ):
        _add(system, name, text, **attributes)
    data = ElementTree.SubElement(root, "EventData")
    for name, text in (
        ("Connector", logged.connector),
        ("Reason", event.reason),
        ("Reconstructed", _reconstructed(logged)),
    ):
        if text:
            _add(data, "Data", text, Name=name)
    rendering = ElementTree.SubElement(root, "RenderingInfo", Culture="en-US")
    for name, text in (
        ("Message", event.description),
        ("Level", event.type),
        ("Task", event.category),
        ("Channel", "Application"),
    ):
        _add(rendering, name, text)
    return ElementTree.tostring(root, encoding="unicode")


def _add(parent: ElementTree.Element, name: str, text: object, **attributes: str) -> None:
    element = ElementTree.SubElement(parent, name, attributes)
    if text is not None:
        element.text = visible(str(text))


def _reconstructed(logged: LoggedEvent) -> str:
    definition = DEFINITIONS.get(logged.event.id)
    return definition.reconstructed if definition else ""
