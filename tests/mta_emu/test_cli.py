"""The command `mta-emu`, as people run it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mta_emu.osi.selectors import Selectors
from mta_emu.ping import parse_selectors
from tests.mta_emu.serving import HERE, JONES, PORT, SMITH, THERE, mta_emu
from tests.patience import PATIENCE


async def test_events_follow_shows_what_happens(served: Path) -> None:
    command = [sys.executable, "-m", "mta_emu", "events", "--json", "--follow", "--data"]
    process = await asyncio.create_subprocess_exec(
        *command, str(served), stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout
    async with asyncio.timeout(PATIENCE):
        while True:  # the log so far, then what is new; ping until the stream shows it
            await asyncio.to_thread(mta_emu, "ping", f"{HERE}:{PORT}", "--mta-name", "STRANGER")
            try:
                async with asyncio.timeout(1):  # not PATIENCE: another ping is sent then
                    line = json.loads(await process.stdout.readline())
                    while line["id"] != 51 or "STRANGER" not in line["text"]:
                        line = json.loads(await process.stdout.readline())
                break
            except TimeoutError:
                continue
    assert "STRANGER" in line["text"]
    process.kill()
    await process.wait()


PINGS: list[tuple[list[str], str, str, str]] = [
    (["--mta-name", "NOBODY"], "mts bind", "failed", "authentication error (2)"),
    (["--called", "WRONG"], "transport", "failed", "refused: address unknown (3)"),
    (["--mta-name", "INTERNAL", "--password", "secret"], "mts bind", "failed", "refused"),
    (
        ["--mta-name", "INTERNAL", "--password", "secret", "--source", THERE, "--called", "X400"],
        "mts bind",
        "ok",
        "accepted by EXTERNAL",
    ),
]


@pytest.mark.parametrize(("options", "layer", "outcome", "text"), PINGS)
def test_ping_tells_how_far_it_got(
    served: Path, options: list[str], layer: str, outcome: str, text: str
) -> None:
    done = mta_emu("ping", f"{HERE}:{PORT}", "--json", *options)
    steps = {step["layer"]: step for step in map(json.loads, done.stdout.splitlines())}
    assert (steps[layer]["outcome"], done.returncode) == (outcome, int(outcome == "failed"))
    assert text in steps[layer]["text"]
    assert steps["tcp"]["outcome"] == "ok"
    assert "accepted" in mta_emu("ping", "--help").stdout


def test_ping_where_nobody_listens() -> None:
    done = mta_emu("ping", f"127.0.0.1:{PORT}", "--json")
    first = json.loads(done.stdout.splitlines()[0])
    assert (first["layer"], first["outcome"], done.returncode) == ("tcp", "failed", 1)


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["ping", "host:port"], 2, "must be HOST or HOST:PORT"),
        (["ping", "127.0.0.1", "--called", "a/b/c/d"], 2, "T/S/P"),
        (["send", "nobody", "--from", JONES, "--data", "DATA"], 1, "KEYWORD=VALUE"),
        (["send", SMITH, "--from", JONES, "--data", "/nowhere"], 1, "no MTA answers at"),
        (["queue", "--data", "/nowhere"], 2, "no MTA has kept its data here"),
        (["serve", "/nowhere.yaml"], 2, "/nowhere.yaml: cannot be read"),
    ],
)
def test_errors_are_for_people(
    served: Path, arguments: list[str], status: int, complaint: str
) -> None:
    done = mta_emu(*(str(served) if each == "DATA" else each for each in arguments))
    assert done.returncode == status
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command() -> None:
    text = mta_emu("--help").stdout
    for command in ("serve", "send", "queue", "events", "ping"):
        assert command in text


def test_selectors_of_a_ping() -> None:
    assert parse_selectors("T/0x00ff/P") == Selectors(b"P", b"\x00\xff", b"T")
    assert parse_selectors("") == Selectors()
