"""`mta-lab check-capture`: what a capture and the logs have each, and what only one of them has."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_emu.decode.dissector import dissect
from mta_emu.decode.steps import Side
from mta_lab.verdict.check import compare, outcome, read_logs

Run = Callable[..., Any]


def check(lab_command: Run, run: Path, logs: str = "seed.json") -> tuple[int, list[dict[str, Any]]]:
    done = lab_command("check-capture", run / "seed.pcapng", run / logs, "--json")
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


LOGS = ["seed.json", "keep/q196381"]


@pytest.mark.parametrize("logs", LOGS)
def test_a_run_agrees_with_itself(lab_command: Run, run: Path, logs: str) -> None:
    status, found = check(lab_command, run, logs)
    assert status == 0
    assert [(each["mta"], each["logged"], each["captured"]) for each in found] == [
        ("EXTERNAL", "refused", "refused"),
        ("EXTERNAL", "accepted", "accepted"),
        ("INTERNAL", "refused", "refused"),
        ("INTERNAL", "accepted", "accepted"),
    ]


def test_an_association_that_the_log_lacks_is_found(lab_command: Run, run: Path) -> None:
    records = run / "keep" / "q196381" / "INTERNAL" / "records.jsonl"
    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(line for line in lines if '"state": "refused"' not in line))
    status, found = check(lab_command, run, "keep/q196381")
    assert status == 1
    (wrong,) = (each for each in found if each["logged"] != each["captured"])
    assert (wrong["mta"], wrong["logged"], wrong["captured"]) == ("INTERNAL", None, "refused")


def test_an_association_that_the_result_lacks_is_found(lab_command: Run, run: Path) -> None:
    result = json.loads((run / "seed.json").read_text())
    associations = result["mtas"]["EXTERNAL"]["associations"]
    gone = next(each for each in associations if each["initiated"] == "remotely")
    result["mtas"]["EXTERNAL"]["associations"] = [
        each for each in associations if each["association"] != gone["association"]
    ]
    (run / "seed.json").write_text(json.dumps(result))
    status, found = check(lab_command, run)
    assert status == 1
    (wrong,) = (each for each in found if each["logged"] != each["captured"])
    assert (wrong["mta"], wrong["calling"], wrong["captured"]) == (
        "EXTERNAL",
        gone["peer"],
        "accepted",
    )


def test_a_capture_of_something_else_has_nothing_of_the_logs(lab_command: Run, run: Path) -> None:
    blocks = (run / "seed.pcapng").read_bytes()
    header = int.from_bytes(blocks[4:8], "little")
    (run / "seed.pcapng").write_bytes(blocks[:header])
    status, found = check(lab_command, run)
    assert status == 1
    assert {each["captured"] for each in found} == {None}


def test_without_logs_those_beside_the_capture_are_taken(lab_command: Run, kept: Path) -> None:
    done = lab_command("check-capture", kept / "seed.pcapng")
    assert done.returncode == 0, done.stderr
    assert "accepted" in done.stdout


@pytest.mark.parametrize(
    ("logs", "text", "said"),
    [
        ("missing.json", None, "missing.json"),
        ("bad.json", '{"topology": 1}\n', "bad.json: not what mta-lab run --json prints"),
        ("keep", None, "no run was kept here"),
    ],
)
def test_logs_that_cannot_be_read_are_told(
    lab_command: Run, run: Path, logs: str, text: str | None, said: str
) -> None:
    if text is not None:
        (run / logs).write_text(text)
    done = lab_command("check-capture", run / "seed.pcapng", run / logs)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_capture_that_is_none_is_told(lab_command: Run, run: Path) -> None:
    (run / "seed.pcapng").write_text("no")
    done = lab_command("check-capture", run / "seed.pcapng", run / "seed.json")
    assert done.returncode == 2
    assert "neither pcap nor pcapng" in done.stderr


def test_a_capture_that_is_missing_is_named(lab_command: Run, run: Path) -> None:
    """Not the logs beside it, which are missing, too."""
    done = lab_command("check-capture", run / "sead.pcapng")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{run / 'sead.pcapng'}: No such file or directory\n"


def test_a_capture_that_is_cut_short_says_so(lab_command: Run, run: Path) -> None:
    """Or its reader looks for the fault in the MTAs."""
    whole = (run / "seed.pcapng").read_bytes()
    (run / "seed.pcapng").write_bytes(whole[: len(whole) // 8])
    done = lab_command("check-capture", run / "seed.pcapng")
    assert done.returncode == 1
    assert "seed.pcapng: the file is cut short or damaged: it ends within packet" in done.stderr


def test_the_table_keeps_each_address_in_one_piece(lab_command: Run, run: Path) -> None:
    done = lab_command("check-capture", run / "seed.pcapng")
    header, _, *rows = done.stdout.splitlines()
    assert header.split()[-2:] == ["logged", "captured"]
    assert [row.split()[0] for row in rows] == ["ok"] * 4
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_an_association_that_the_capture_lacks_is_found(lab_command: Run, run: Path) -> None:
    logs = read_logs(run / "seed.json", run / "seed.pcapng")
    port = json.loads((run / "seed.json").read_text())["capture"]["decode_as"]
    ports = [int(port.split("==")[1].split(",")[0])] if port else [102]
    captured = dissect(run / "seed.pcapng", ports)
    lost = next(each for each in captured if outcome(each, Side.CALLED) == "accepted")
    wrong = [
        each for each in compare([a for a in captured if a is not lost], logs) if not each.agrees
    ]
    assert [(each.logged, each.captured) for each in wrong] == [("accepted", None)]
    assert wrong[0].called == str(lost.ends[Side.CALLED])
