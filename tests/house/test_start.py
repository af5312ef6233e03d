"""Nothing is imported that a command does not use: what starts a thousand times starts quickly."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.commands import PROGRAMS
from tests.mta_emu.serving import CONFIGURATION
from tests.patience import PATIENCE

#: All of our own that the help of a program needs.
OF_HELP = {"labkit", "labkit.commands", "labkit.output", "labkit.text"}
#: Packages that help does not need, and modules that an MTA does not need that serves.
NOT_FOR_HELP = {
    "asyncio",
    "asn1tools",
    "bitstruct",
    "pydantic",
    "rich",
    "ruamel",
    "scapy",
    "uvloop",
}
NOT_TO_SERVE = {
    "asn1tools",
    "asn1tools.parser",
    "mta_emu.decode",  # but for text logs
    "mta_lab",
    "pyparsing",
    "rich",
    "scapy",
}


def imported(report: str) -> set[str]:
    """The modules in what Python reports with -X importtime."""
    return {line.rpartition("|")[2].strip() for line in report.splitlines() if "|" in line}


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_imports_no_command(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", program, "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    modules = imported(done.stderr)
    ours = {name for name in modules if name.partition(".")[0] in {"labkit", *PROGRAMS}}
    assert ours == OF_HELP | {program, f"{program}.cli"}
    assert "typer" in modules
    assert not {name.partition(".")[0] for name in modules} & NOT_FOR_HELP


def test_an_mta_that_serves_has_no_parser_of_asn1_and_draws_nothing(tmp_path: Path) -> None:
    configuration = tmp_path / "external.yaml"
    configuration.write_text(CONFIGURATION)
    command = ["-m", "mta_emu", "serve", str(configuration), "--data", str(tmp_path / "data")]
    report = tmp_path / "report"
    with report.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", *command, "--json"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout
        assert json.loads(process.stdout.readline())["kind"] == "listening"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    modules = imported(report.read_text())
    assert {"mta_emu.mta.mta", "asn1tools.codecs.compiler"} <= modules
    assert not modules & NOT_TO_SERVE
