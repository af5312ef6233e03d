"""`make captures`: a bundle of captures that tell their story by themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the target makes of one lab, opened."""
    runs, opened = (tmp_path_factory.mktemp(name) for name in ("runs", "opened"))
    made = (
        *("make", "--old-file", ".venv/every", "captures", "CAPTURED=labs/q196381.yaml"),
        *(f"RUNS={runs}", f"BIN={Path(sys.executable).parent}"),
    )
    done = subprocess.run(made, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{runs}/captures.zip: begin with captures/wireshark/README.md" in done.stdout
    with ZipFile(runs / "captures.zip") as archive:
        archive.extractall(opened)
    return opened / "captures"


def tshark(*arguments: str | Path, profiles: Path | None = None) -> list[str]:
    more = {"WIRESHARK_CONFIG_DIR": str(profiles)} if profiles else {}
    done = subprocess.run(
        ["tshark", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | more,
    )
    return done.stdout.splitlines()


def test_names_and_comments_are_in_the_capture(bundle: Path) -> None:
    capture = bundle / "q196381.pcapng"
    fields = ("ip.src_host", "ip.dst_host", "frame.comment")
    options = [option for field in fields for option in ("-e", field)]
    port = ("-d", "tcp.port==10102,tpkt")
    lines = tshark("-Nn", *port, "-r", capture, "-Y", "frame.comment", "-T", "fields", *options)
    story = [line.split("\t") for line in lines]
    assert story[0][:2] == ["INTERNAL", "EXTERNAL"]
    assert "refuses the bind" in story[0][2]
    assert "1293" in story[0][2]
    assert {name for line in story for name in line[:2]} >= {"firewall.outside", "firewall.inside"}


def test_the_profile_in_the_bundle_opens_it(bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle / "wireshark" / "X.400", tmp_path / "profiles" / "X.400")
    lines = tshark("-C", "X.400", "-r", bundle / "q196381.pcapng", profiles=tmp_path)
    [connect, *_] = [line for line in lines if "Bind-Argument" in line]
    assert "DT Data CONNECT (CN) SPDU EXTERNAL" in connect  # three columns of the profile
    assert any("REFUSE (RF) SPDU" in line and "authentication-error" in line for line in lines)


def test_the_bundle_says_how_to_begin(bundle: Path) -> None:
    assert {path.name for path in bundle.iterdir()} == {
        *("q196381.pcapng", "q196381.json", "wireshark")
    }
    assert "frame.comment" in (bundle / "wireshark" / "README.md").read_text("utf-8")
