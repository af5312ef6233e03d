"""`mta-emu events`: columns, filters, exports."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import Result

from tests.mta_emu.commands.conftest import DN

Command = Callable[..., Result]

TEXT_289 = f"A connection to {DN} could not be opened. [MTA XFER-IN 17 26] (12)"
SYSTEM = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def test_event_viewers_columns(mta_emu: Command, external: Path) -> None:
    lines = mta_emu("events", "--data", external).stdout.splitlines()
    assert lines[0].split() == [
        *("Type", "Date", "Time", "Source", "Category", "Event", "User", "Computer")
    ]
    assert lines[1].split() == [
        *("Warning", "2026-01-01", "12:00:01", "MSExchangeMTA", "X.400", "Service", "289"),
        *("N/A", "EXTERNAL"),
    ]
    assert lines[2].startswith("    A connection to")
    assert lines[2].strip() == TEXT_289
    assert lines[0].index("Event") + len("Event") == lines[1].index("289") + len("289")


def test_verbose_shows_why_below_the_event(mta_emu: Command, external: Path) -> None:
    output = mta_emu("events", "--data", external, "--verbose").stdout
    lines = [line.rstrip() for line in output.splitlines()]
    assert [line for line in lines if "Reason" in line] == ["    Reason: bind error 2"]
    assert lines.index("    Reason: bind error 2") < next(
        number for number, line in enumerate(lines) if line.startswith("Information")
    )


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [289, 301]),
        (["--id", "289"], [289]),
        (["--id", "289", "--id", "301"], [289, 301]),
        (["--type", "information"], [301]),
        (["--category", "x.400 service"], [289, 301]),
        (["--category", "Security"], []),
        (["--connector", "FIREWALL"], [289, 301]),
        (["--connector", "OTHER"], []),
        (["--since", "2026-01-01T12:00:01"], [289, 301]),
        (["--since", "2026-01-01T12:00:02"], []),
        (["--until", "2026-01-01T12:00:01"], []),
        (["--until", "2026-01-01T12:00:02", "--type", "Warning"], [289]),
    ],
)
def test_filters(mta_emu: Command, external: Path, options: list[str], ids: list[int]) -> None:
    done = mta_emu("events", "--data", external, "--json", *options)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids


def test_json_lines(mta_emu: Command, external: Path) -> None:
    done = mta_emu("events", "--data", external, "--format", "json", "--id", "301")
    assert json.loads(done.stdout) == {
        "time": "2026-01-01T12:00:01.500+00:00",
        "id": 301,
        "type": "Information",
        "category": "X.400 Service",
        "text": f"An open retry delay timer started on the association to {DN} on control block "
        "2. Another attempt to reopen the association will be made in 600 seconds.",
        "source": "MSExchangeMTA",
        "computer": "EXTERNAL",
        "connector": "FIREWALL",
        "reconstructed": "text",
        "repeats": 0,
        "reason": "",
    }


def test_csv(mta_emu: Command, external: Path) -> None:
    done = mta_emu("events", "--data", external, "--format", "csv")
    first, second = csv.DictReader(done.stdout.splitlines())
    assert first["Description"] == TEXT_289
    assert (first["Event"], first["Computer"], first["Reconstructed"]) == ("289", "EXTERNAL", "")
    assert (second["Event"], second["Type"], second["Reconstructed"]) == (
        *("301", "Information", "text"),
    )


def test_event_xml(mta_emu: Command, external: Path) -> None:
    done = mta_emu("events", "--data", external, "--format", "xml")
    document = ElementTree.fromstring(done.stdout)
    first, second = document
    system = first[0]
    assert [child.tag.removeprefix(SYSTEM) for child in system] == [
        *("Provider", "EventID", "Level", "Task", "Keywords", "TimeCreated", "EventRecordID"),
        *("Channel", "Computer", "Security"),
    ]
    assert (system[1].text, system[1].attrib) == ("289", {"Qualifiers": "32768"})
    assert system[5].attrib == {"SystemTime": "2026-01-01T12:00:01.000Z"}
    assert first.findtext(f".//{SYSTEM}Message") == TEXT_289
    assert second.findtext(f".//{SYSTEM}Data[@Name='Reconstructed']") == "text"


def test_a_log_that_goes_on_is_no_document(mta_emu: Command, external: Path) -> None:
    done = mta_emu("events", "--data", external, "--format", "xml", "--follow")
    assert done.exit_code == 2
    assert "--follow" in done.output
