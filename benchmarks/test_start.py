"""What people wait for: the help of each program, plays, and what an idle MTA takes of the memory.

Each is measured as a command, from its start to its end.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.mtas import PORT, A
from benchmarks.table import Table
from benchmarks.yardstick import five

LABS = Path(__file__).parent.parent / "labs"
SEED = str(LABS / "q196381.yaml")
WORKAROUNDS = [
    str(LABS / f"q196381-{each}.yaml")
    for each in ("transparency-off", "second-connector", "tunnel")
]
CONFIGURATION = {
    "server": {
        "organization": "Contoso",
        "site": "Lab",
        "name": "IDLE",
        "global_domain": {"country": "US", "private_domain": "Contoso"},
        "transport_stack": {"address": A, "port": PORT},
    }
}


def milliseconds(directory: Path, *commands: list[str]) -> float:
    """How long commands take that are given one after the other."""
    begin = time.perf_counter()
    for command in commands:
        subprocess.run(
            [sys.executable, "-m", *command],
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    return (time.perf_counter() - begin) * 1e3


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], table: Table) -> None:
    commands = {
        "mta-emu --help": [["mta_emu", "--help"]],
        "mta-lab --help": [["mta_lab", "--help"]],
        "firewall-proxy --help": [["firewall_proxy", "--help"]],
        "mta-lab run of the seed": [["mta_lab", "run", SEED]],
        "the two runs of make lab": [["mta_lab", "run", SEED], ["mta_lab", "run", *WORKAROUNDS]],
    }
    figures = five(*(lambda each=each: milliseconds(tmp_path, *each) for each in commands.values()))
    with capsys.disabled():
        print("\nmilliseconds from start to end, median of five; the fixed loop beside it")
        for name, figure in zip(commands, figures, strict=True):
            print(f"{name:26}{figure}")
    *helps, seed, lab = (figure.value / 1e3 for figure in figures)
    table.add("help", ", ".join(f"{each:.2f} s" for each in helps))
    table.add("seed", f"{seed:.2f} s")
    table.add("make lab", f"{lab:.1f} s")


def test_all_labs(tmp_path: Path, capsys: pytest.CaptureFixture[str], table: Table) -> None:
    """Once: it is long enough."""
    took = milliseconds(tmp_path, ["mta_lab", "run", "--all", "--quiet", "--labs", str(LABS)])
    with capsys.disabled():
        print(f"\nmta-lab run --all: {took / 1e3:.1f} s")
    table.add("all labs", f"{took / 1e3:.0f} s, {len(list(LABS.glob('*.yaml')))} topologies")


def test_an_idle_mta(tmp_path: Path, capsys: pytest.CaptureFixture[str], table: Table) -> None:
    (megabytes,) = five(lambda: _idle(tmp_path))
    with capsys.disabled():
        print(f"\nmegabytes of an idle MTA: {megabytes}")
    table.measured("idle", megabytes, "MB")


def _idle(directory: Path) -> float:
    """The megabytes that an MTA takes when it listens, and nobody calls."""
    configuration = directory / "idle.yaml"
    configuration.write_text(json.dumps(CONFIGURATION))  # JSON is YAML
    data = str(directory / "data")
    command = [sys.executable, "-m", "mta_emu", "serve", str(configuration), "--data", data]
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["kind"] == "listening"
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        process.terminate()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
