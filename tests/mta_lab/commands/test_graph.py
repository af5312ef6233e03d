"""`mta-lab graph`: the picture as a file."""

import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mta_lab.cli import app
from mta_lab.topology.picture import picture
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"


def graph(target: Path | str) -> Result:
    return CliRunner().invoke(app, ["graph", str(LABS / "q196381.yaml"), "-w", str(target)])


def test_the_command_writes_svg(tmp_path: Path) -> None:
    target = tmp_path / "seed.svg"
    done = graph(target)
    assert (done.exit_code, done.output.strip()) == (0, str(target))
    assert target.read_text("utf-8") == picture(load_topology(LABS / "q196381.yaml"))
    wrong = graph("seed.gif")
    assert wrong.exit_code == 2
    assert "a picture is an .svg or a .png file" in wrong.output


def test_a_png_has_the_pixels_and_the_text(tmp_path: Path) -> None:
    target = tmp_path / "seed.png"
    done = graph(target)
    assert (done.exit_code, done.output.strip()) == (0, str(target))
    svg = ElementTree.fromstring(picture(load_topology(LABS / "q196381.yaml")))
    octets = target.read_bytes()
    assert octets.startswith(b"\x89PNG\r\n\x1a\n")
    size = [2 * int(svg.attrib[side]) for side in ("width", "height")]
    assert [*struct.unpack(">II", octets[16:24])] == size


@pytest.mark.parametrize(
    ("module", "complaint"),
    [
        (None, "pip install 'x400-firewall-lab[png]'"),
        (SimpleNamespace(svg_to_bytes=lambda **_: b"no text"), "there is no font here"),
    ],
)
def test_what_a_png_needs_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: object, complaint: str
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", module)
    done = graph(tmp_path / "seed.png")
    assert done.exit_code == 2
    assert complaint in done.output
    assert not any(tmp_path.iterdir())


def test_it_is_named_after_the_topology_or_goes_to_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["graph", str(LABS / "q196381.yaml")])
    assert done.output == "q196381.svg\n"
    assert graph("-").output.strip() == (tmp_path / "q196381.svg").read_text("utf-8").strip()
