"""The firewall's log: to standard output as text or JSON, and to a file as text."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firewall_proxy.log import journal
from firewall_proxy.records import ReloadRefused

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RECORD = ReloadRefused("\x1b[2J\nforged").at(THEN)
TEXT = "2026-01-02T03:04:05.000+00:00 reload-refused \\x1b[2J\\nforged\n"


@pytest.mark.parametrize("json_lines", [False, True])
def test_a_record_is_a_line_in_each_output(tmp_path: Path, json_lines: bool) -> None:
    output, file = tmp_path / "output", tmp_path / "fw.log"
    file.write_text("before\n")
    with (
        output.open("w") as stream,
        journal(json_lines=json_lines, file=file, descriptor=stream.fileno()) as log,
    ):
        log.write(RECORD)
    assert file.read_text() == f"before\n{TEXT}"
    if json_lines:
        assert json.loads(output.read_text())["reason"] == RECORD.reason
    else:
        assert output.read_text() == TEXT


def test_records_are_added_to_a_file_as_json_too(tmp_path: Path) -> None:
    output, records = tmp_path / "output", tmp_path / "records.jsonl"
    records.write_text("{}\n")
    with (
        output.open("w") as stream,
        journal(json_lines=False, file=None, records=records, descriptor=stream.fileno()) as log,
    ):
        log.write(RECORD)
    assert output.read_text() == TEXT
    before, line = records.read_text().splitlines()
    assert (before, json.loads(line)["reason"]) == ("{}", RECORD.reason)


def test_an_output_without_a_reader_does_not_disturb_the_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fw.log"
    reader, writer = os.pipe()
    os.close(reader)
    with journal(json_lines=True, file=file, descriptor=writer) as log:
        for _ in range(3):
            log.write(RECORD)
    os.close(writer)
    assert file.read_text() == TEXT * 3
    assert capfd.readouterr().err.count("standard output: cannot be written, lines are lost") == 1


def test_a_full_disk_is_said_once_and_then_that_it_is_over(
    capfd: pytest.CaptureFixture[str],
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with journal(json_lines=False, file=Path("/dev/full")) as log:
        log.write(RECORD)
        log.write(RECORD)
    said = capfd.readouterr()
    assert said.out == TEXT * 2
    assert said.err.count("/dev/full: cannot be written, lines are lost: ") == 1


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="No such file"),
        journal(json_lines=False, file=tmp_path / "none" / "fw.log"),
    ):
        pass
