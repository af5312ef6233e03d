"""`mta-lab prove`: exit status and forms."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
SEED, RIGHT = "labs/q196381.yaml", "labs/q166308-all-right.yaml"


def test_collected_is_as_predicted_and_not_delivered(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("prove", SEED, "--captures", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 flows agree with the prediction" in done.stdout
    names = {"EXTERNAL+INTERNAL.pcapng", "INTERNAL+EXTERNAL.pcapng"}
    assert {each.name for each in tmp_path.iterdir()} == names
    assert lab_command("prove", SEED, "--captures", tmp_path, "--delivered").returncode == 1


def test_as_json_it_is_one_object(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("prove", RIGHT, "--captures", tmp_path, "--delivered", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["agrees"], found["delivered"], found["backend"]) == (True, True, "loopback")
    first = found["flows"][0]["lines"][0]
    assert (first["what"], first["observed"]) == ("NORTH calls over SOUTH", "accepted")


def test_markdown_is_for_a_ticket(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("prove", RIGHT, "--captures", tmp_path, "--markdown")
    assert done.stdout.startswith("| from | to | what | predicted | observed | agree | frame |")


def test_a_lab_that_is_up_is_proved_as_it_is_now_and_stays(
    lab_command: Command, tmp_path: Path, lab_name: Callable[[str], str]
) -> None:
    name = lab_name("stays")
    assert lab_command("up", SEED, "--name", name).returncode == 0
    try:
        off = lab_command("set", "--lab", name, "firewall.transparency=off")
        assert off.returncode == 0, off.stderr
        done = lab_command("prove", name, "--captures", tmp_path, "--json")
        assert done.returncode == 0, done.stderr
        flows = json.loads(done.stdout)["flows"]
        assert [each["observed"] for each in flows] == ["delivered", "delivered"]
        assert lab_command("ps", "--lab", name).returncode == 0
    finally:
        lab_command("down", "--lab", name)


@pytest.mark.parametrize("arguments", [("none.yaml",), (RIGHT, "--json", "--markdown")])
def test_what_cannot_be_is_2(lab_command: Command, arguments: tuple[str, ...]) -> None:
    assert lab_command("prove", *arguments).returncode == 2


def test_a_capture_of_the_site_is_compared_without_a_play(
    lab_command: Command, tmp_path: Path, lab_name: Callable[[str], str], needs_netns: Any
) -> None:
    needs_netns()
    capture = tmp_path / "site.pcapng"
    made = ("--backend", "netns", "--name", lab_name("site"), "--capture", capture)
    assert lab_command("run", SEED, *made).returncode == 0
    done = lab_command("prove", SEED, "--capture", capture, "--json")
    assert done.returncode == 0, done.stdout
    found = {each["what"]: each for each in json.loads(done.stdout)["lines"]}
    assert found["EXTERNAL calls over FIREWALL"]["observed"] == "refused"
    assert found["INTERNAL calls over FIREWALL"]["observed"] == "accepted"
    assert all(each["agrees"] and each["frame"] for each in found.values())
    other = lab_command("prove", "labs/q196381-tunnel.yaml", "--capture", capture)
    assert other.returncode == 1
    assert "no call" in other.stdout
    assert lab_command("prove", SEED, "--capture", capture, "--markdown").stdout.startswith(
        "| what"
    )


def test_a_capture_of_a_run_on_loopback_is_read_with_the_files_addresses(
    lab_command: Command, tmp_path: Path
) -> None:
    capture = tmp_path / "seed.pcapng"
    assert lab_command("run", SEED, "--capture", capture).returncode == 0
    done = lab_command("prove", SEED, "--capture", capture)
    assert done.returncode == 0, done.stdout
    assert "203.0.113.10" in done.stdout
    capture.with_suffix(".json").write_text("{}", "utf-8")  # not what a run left
    assert lab_command("prove", SEED, "--capture", capture).returncode == 1


@pytest.mark.parametrize("arguments", [(), ("--delivered",)])
def test_a_capture_that_is_none_is_2(
    lab_command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "site.pcapng").write_text("not a capture, but some text", "utf-8")
    done = lab_command("prove", SEED, "--capture", tmp_path / "site.pcapng", *arguments)
    assert done.returncode == 2


def test_processes_share_the_flows(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("prove", SEED, "--captures", tmp_path, "--jobs", "2", "--json")
    assert done.returncode == 0, done.stderr
    flows = json.loads(done.stdout)["flows"]
    assert [each["observed"] for each in flows] == ["collected", "delivered"]
