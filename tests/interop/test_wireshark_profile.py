"""The Wireshark profile, loaded by tshark."""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP

from mta_lab.capture.excerpt import View
from mta_lab.capture.pcapng import LINKTYPE_RAW, PcapngWriter
from mta_lab.exercises.course import find
from mta_lab.exercises.playing import play

PROFILE = Path(__file__).parents[2] / "docs" / "wireshark" / "X.400"
CR = bytes.fromhex("0300000e 09e0 0000 0001 00 c0010d")


def filters(name: str, separator: str, column: int) -> list[str]:
    """The display filters in a file of the profile."""
    lines = (PROFILE / name).read_text("utf-8").splitlines()
    rows = csv.reader([each for each in lines if each[:1] != "#"], delimiter=separator)
    return [row[column] for row in rows]


COLOURS = filters("colorfilters", "@", 2)
BUTTONS = filters("dfilter_buttons", ",", 2)


def with_profile(tmp_path: Path, *options: str | Path) -> str:
    """What tshark prints with the profile, and what it complains about."""
    personal = tmp_path / "config"
    shutil.copytree(PROFILE, personal / "profiles" / "X.400", dirs_exist_ok=True)
    done = subprocess.run(
        ["tshark", "-C", "X.400", *options],
        env=os.environ | {"WIRESHARK_CONFIG_DIR": str(personal)},
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line for line in done.stderr.splitlines() if not line.startswith("Running as")]
    assert said == []
    return done.stdout


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a refused bind."""
    directory = tmp_path_factory.mktemp("profile")
    play(find("mail-waits").scenario("0").topology, directory, {"refused.pcapng": View()})
    return directory / "refused.pcapng"


def test_the_columns_are_there(capture: Path, tmp_path: Path) -> None:
    caller = [*find("mail-waits").scenario("0").topology.mtas][-1]  # the first who calls
    lines = with_profile(tmp_path, "-r", capture, "-Y", "ses").splitlines()
    bind = next(line for line in lines if "Bind-Argument" in line)
    assert f"CONNECT (CN) SPDU {caller} Bind-Argument" in " ".join(bind.split())
    refusal = next(line for line in lines if "Bind-Error" in line)
    assert "REFUSE (RF) SPDU authentication-error" in " ".join(refusal.split())


def test_the_port_of_a_lab_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "port.pcapng"
    with PcapngWriter(file) as writer:
        writer.interface("lan", "", LINKTYPE_RAW)
        packet = IP(src="192.0.2.1", dst="192.0.2.2") / TCP(sport=40001, dport=10102, flags="PA")
        writer.packet(1, bytes(packet / CR))
    assert "CR TPDU" in with_profile(tmp_path, "-r", file)


@pytest.mark.parametrize("text", [*COLOURS, *BUTTONS])
def test_tshark_takes_each_filter(capture: Path, tmp_path: Path, text: str) -> None:
    with_profile(tmp_path, "-r", capture, "-c", "1", "-Y", text)


def test_colours_are_shown(capture: Path, tmp_path: Path) -> None:
    rule = ("--color", "-T", "fields", "-e", "frame.coloring_rule.name")
    shown = with_profile(tmp_path, "-r", capture, "-Y", "p1.MTABindError || ses.type == 13", *rule)
    refused = ["Bind", "Bind", "Bind refused", "Bind refused"]
    assert shown.split() == " ".join(["Bind", *refused]).split()  # a neighbour's is accepted


def test_there_are_colours_and_buttons() -> None:
    assert len(COLOURS) > 5
    assert len(BUTTONS) > 5
    assert "frame.comment" in BUTTONS
