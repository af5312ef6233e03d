"""`mta-lab run`: what it leaves, what it shows, and when it fails."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyroute2 import netns

from mta_lab.topology.reading import load_topology
from tests.mta_lab.labs import on_loopback
from tests.patience import PATIENCE

LABS = Path(__file__).parents[3] / "labs"
TUNNEL = LABS / "q196381-tunnel.yaml"
DIRECT = LABS / "q196381-transparency-off.yaml"

Command = Callable[..., Any]
SEED = LABS / "q196381.yaml"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "name a topology, or give --all"),
        ((TUNNEL, DIRECT, "--capture", "x.pcapng"), "one file holds one run; give a directory"),
        ((TUNNEL, DIRECT, "--name", "x"), "one name is for one topology"),
        ((TUNNEL, DIRECT, "--step"), "one topology is walked through"),
        ((TUNNEL, DIRECT, "--html", "x.html"), "one page holds one run"),
        ((TUNNEL, "--html", LABS), "is a directory"),
        ((TUNNEL, "--quiet", "--verbose"), "give one of --verbose, --quiet and --step"),
        ((LABS / "none.yaml",), "none.yaml"),
        ((TUNNEL, "--backend", "nowhere"), "--backend"),
        ((LABS / "q196381-ipv6.yaml",), "--backend netns has one"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_starts(
    lab_command: Command, tmp_path: Path, arguments: tuple[object, ...], complaint: str
) -> None:
    captures = () if "--capture" in arguments else ("--capture", tmp_path / "runs")
    done = lab_command("run", *arguments, *captures)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert [*tmp_path.iterdir()] == []


def test_the_story_the_table_and_the_files_beside(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("run", DIRECT, "--capture", tmp_path, "--name", "mine", "--port", "10144")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"ok {load_topology(DIRECT).name}")
    assert "EXTERNAL -> INTERNAL" in done.stdout
    assert "INTERNAL  delivers 5 messages" in done.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"mine.pcapng", "mine.json"}
    result = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert (result["verdict"], result["capture"]["port"]) == ("pass", 10144)


def test_the_run_as_a_page(lab_command: Command, tmp_path: Path) -> None:
    """The story is shown all the same, and the result is the only thing on standard output."""
    page = tmp_path / "new" / "<i>.html"
    done = lab_command("run", DIRECT, "--capture", tmp_path, "--json", "--html", page)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "pass"
    assert "INTERNAL  delivers 5 messages" in done.stderr
    assert "the run as a page: " in done.stderr
    (data,) = re.findall(
        r'<script type="application/json" id="model">(.*)</script>', page.read_text("utf-8")
    )
    model = json.loads(data)
    assert model["verdict"] == "pass"
    assert model["capture"] == Path(json.loads(done.stdout)["capture"]["file"]).name
    assert {said["kind"] for said in model["said"]} >= {"listening", "delivered", "connection"}


def test_several_are_counted_and_one_difference_is_a_failure(
    lab_command: Command, tmp_path: Path
) -> None:
    text = DIRECT.read_text("utf-8")
    assert "sent: 5\n" in text
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("sent: 5\n", "sent: 6\n").replace("name: q", "name: wrong-q", 1))
    done = lab_command("run", DIRECT, wrong, "--capture", tmp_path / "runs", "--port", "10144")
    assert done.returncode == 1
    assert "1 passed, 1 failed, " in done.stdout
    assert ": EXTERNAL -> INTERNAL: sent: expected 6, observed 5" in done.stdout
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["ok", "FAIL"]


def test_quiet_json_is_one_line_and_nothing_else(lab_command: Command, tmp_path: Path) -> None:
    options = ("--json", "--quiet", "--capture", tmp_path / "x.pcapng", "--port", "10144")
    done = lab_command("run", DIRECT, *options)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line == (tmp_path / "x.json").read_text("utf-8").rstrip("\n")


def test_what_is_hardly_meant_is_a_warning_and_played(lab_command: Command, tmp_path: Path) -> None:
    lab = LABS / "q154301-connection-refused.yaml"
    done = lab_command("run", lab, "--capture", tmp_path, "--port", "10144")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("warning: ")
    assert "where nobody listens" in done.stderr.splitlines()[0]


def test_what_is_not_as_expected_exits_1_and_is_shown(
    seed: dict[str, Any],
    write: Callable[[dict[str, Any]], Path],
    tmp_path: Path,
    lab_command: Command,
) -> None:
    seed["expect"]["flows"][0]["disposition"] = "delivered"
    seed["expect"]["events"]["INTERNAL"] = []
    done = lab_command("run", write(seed), "--capture", tmp_path / "x.pcapng")
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert (
        "EXTERNAL -> INTERNAL: disposition: expected delivered, observed collected" in done.stdout
    )
    assert "events of INTERNAL: expected none, observed 1293" in done.stdout


def test_without_expectations_it_was_played(
    seed: dict[str, Any],
    write: Callable[[dict[str, Any]], Path],
    tmp_path: Path,
    lab_command: Command,
) -> None:
    seed["expect"] = {}
    done = lab_command("run", write(seed), "--capture", tmp_path / "x.pcapng", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "played"


@pytest.mark.parametrize(
    "arguments",
    [("run", "/nowhere.yaml"), ("run",), ("show", "/nowhere.yaml"), ("list", "--labs", "/nowhere")],
)
def test_bad_files_exit_2(lab_command: Command, arguments: tuple[str, ...]) -> None:
    done = lab_command(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_run_all_as_an_ordinary_user_would(lab_process: Command, tmp_path: Path) -> None:
    """On the seed and its workarounds; test_backends.py plays the rest, one by one."""
    labs = tmp_path / "labs"
    labs.mkdir()
    for path in LABS.glob("q196381*"):
        shutil.copy(path, labs)
    options = ("--all", "--labs", labs, "--capture", tmp_path, "--port", "10102")
    done = lab_process("run", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    names = [path.stem for path in labs.glob("*.yaml")]
    played = sorted(filter(on_loopback, names))
    for name in played:
        assert f"ok {name}\n" in done.stdout
        assert (tmp_path / f"{name}.pcapng").exists()
    assert "wireshark -d tcp.port==10102,tpkt" in done.stdout
    count = len(played)
    assert count > 4
    assert re.search(rf"^{count} passed, 0 failed, \d+ s$", done.stdout, re.M)
    said = done.stderr.splitlines()
    left_out = [line for line in said if line.startswith("left out: ")]
    assert len(left_out) == len(names) - count
    assert all(line.endswith("--backend netns has one") for line in left_out)
    assert [line.split()[-1] for line in said if line not in left_out] == played


def test_run_all_that_can_show_none_says_why(lab_command: Command, tmp_path: Path) -> None:
    shutil.copy(LABS / "q196381-nftables.yaml", tmp_path)
    done = lab_command("run", "--all", "--labs", tmp_path)
    assert done.returncode == 2
    assert "nftables runs on a machine of its own" in done.stderr


@pytest.mark.parametrize(
    ("options", "shown", "not_shown"),
    [
        ((), "caller's address 203.0.113.10 is not 198.51.100.1, the address on", "Warning 1293"),
        (("--verbose",), "Warning 1293", "1. send 5 messages"),
        (("--quiet",), "", "203.0.113.10"),
    ],
)
def test_a_run_says_as_much_as_is_asked_for(
    lab_process: Command, tmp_path: Path, options: tuple[str, ...], shown: str, not_shown: str
) -> None:
    """At 80 columns nothing is longer, and in a pipe nothing is padded."""
    done = lab_process("run", SEED, "--capture", tmp_path, *options)
    assert shown in " ".join(done.stderr.split())
    assert not_shown not in done.stderr
    assert "1290 289 1294 301" in done.stdout
    assert all(line == line.rstrip() for line in (done.stdout + done.stderr).splitlines())
    if "--verbose" not in options:
        assert len(done.stderr.splitlines()) <= 25


@pytest.mark.parametrize("options", [("--verbose", "--quiet"), ("--quiet", "--step")])
def test_one_way_to_show_a_run(lab_command: Command, options: tuple[str, ...]) -> None:
    done = lab_command("run", SEED, *options)
    assert done.returncode == 2
    assert "give one of --verbose, --quiet and --step" in done.stderr


def test_the_table_fits_80_columns(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("run", SEED, "--capture", tmp_path, columns=80)
    lines = done.stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 80  # the last one is a command, to be copied
    assert "EXTERNAL -> INTERNAL collected    203.0.113.10       5      0         5      0" in lines
    assert "  1290 289 1294 301" in lines


def test_several_at_a_time_are_shown_in_the_order_of_the_files(
    lab_command: Command, tmp_path: Path
) -> None:
    """The first takes much longer than the others."""
    files = [LABS / f"{name}.yaml" for name in ("q154301-connection-reset", "q196381", TUNNEL.stem)]
    done = lab_command("run", *files, "--capture", tmp_path, "--jobs", "3")
    assert done.returncode == 0, done.stderr
    assert [line.split()[-1] for line in done.stderr.splitlines()] == [each.stem for each in files]
    assert {each.stem for each in tmp_path.iterdir()} == {each.stem for each in files}


def test_those_of_one_name_are_played_one_after_the_other(
    lab_command: Command, tmp_path: Path
) -> None:
    done = lab_command("run", DIRECT, DIRECT, "--capture", tmp_path, "--jobs", "2")
    assert (done.returncode, "2 passed, 0 failed, " in done.stdout) == (0, True)


@pytest.mark.parametrize("typed", [False, True], ids=["SIGTERM", "Ctrl-C"])
def test_several_at_a_time_are_interrupted_and_leave_nothing(typed: bool, tmp_path: Path) -> None:
    """SIGTERM to the command reaches what its processes play; Ctrl-C reaches all at once."""
    state, waits = tmp_path / "state", "{await: {at: INTERNAL, event: 9156}}"
    files = [tmp_path / f"{name}.yaml" for name in ("a", "b")]
    for file in files:
        text = DIRECT.read_text("utf-8").replace("name: q", f"name: {file.stem}-q", 1)
        file.write_text(re.sub(r"(?m)^play:$", f"play:\n  - {waits}", text))
    running = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "run", *files, "--capture", tmp_path, "--jobs", "2"],
        env=os.environ | {"MTA_LAB_STATE": str(state)},
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    deadline = time.monotonic() + 120
    while len([*state.glob("*/INTERNAL/records.jsonl")]) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    if typed:
        os.killpg(running.pid, signal.SIGINT)
    else:
        running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=PATIENCE)
    assert (running.returncode, said) == (130, "")
    assert not state.exists()


@pytest.mark.parametrize(
    ("number", "built"), [(signal.SIGTERM, "config.yaml"), (signal.SIGHUP, "records.jsonl")]
)
def test_a_run_with_a_firewall_of_others_is_ended_and_leaves_nothing(
    number: signal.Signals, built: str, tmp_path: Path, needs_netns: Callable[[], None]
) -> None:
    """While the namespaces are built, and when the firewall loads its rules."""
    needs_netns()
    state, name = tmp_path / "state", f"test{os.getpid()}-ended"
    heard = ["env", "--default-signal=HUP"]  # nohup lets it be ignored
    command = [*heard, sys.executable, "-m", "mta_lab", "run", LABS / "q196381-nftables.yaml"]
    running = subprocess.Popen(
        [*command, "--backend", "netns", "--name", name, "--capture", tmp_path / "run.pcapng"],
        env=os.environ | {"MTA_LAB_STATE": str(state)},
        stdout=subprocess.DEVNULL,
    )
    while not (state / name / "NFTABLES" / built).exists():
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(number)
    assert running.wait(PATIENCE) == 130
    assert not state.exists()
    assert [each for each in netns.listnetns() if name in each] == []
