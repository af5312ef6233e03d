"""The picture of a topology: well-formed, and with all that there is to see."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from mta_lab.cli import app
from mta_lab.picture import picture
from mta_lab.topology import load_topology

LABS = Path(__file__).parents[2] / "labs"
_SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{_SVG}text")]


@pytest.mark.parametrize("path", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_host_address_and_service_is_in_it(path: Path) -> None:
    topology = load_topology(path)
    shown = texts(picture(topology))
    assert topology.name in shown
    for network, addresses in topology.networks.items():
        assert {network, str(addresses)} <= set(shown)
    for host, host_addresses in topology.host_addresses().items():
        assert {host, *map(str, host_addresses)} <= set(shown)
    if topology.firewall:
        for named in (*topology.firewall.services, *topology.firewall.tunnels):
            assert any(text.startswith(f"{named.name}: ") for text in shown)


def test_what_the_destination_sees_is_told() -> None:
    shown = texts(picture(load_topology(LABS / "q196381.yaml")))
    assert "198.51.100.10 sees the client's own address" in shown
    assert "203.0.113.10 sees 203.0.113.1" in shown
    off = texts(picture(load_topology(LABS / "q196381-transparency-off.yaml")))
    assert "198.51.100.10 sees 198.51.100.1" in off


def test_a_title_cannot_break_it_and_is_broken_into_lines() -> None:
    topology = load_topology(LABS / "q196381.yaml")
    title = "<Mail> & a title that is far too long to be on one line of the picture of a topology"
    shown = texts(picture(topology.model_copy(update={"title": title})))
    at = next(number for number, text in enumerate(shown) if text.startswith("<Mail> & a"))
    assert title == " ".join(shown[at : shown.index(topology.name)])
    assert shown.index(topology.name) - at > 1


def test_the_command_writes_svg_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "seed.svg"
    done = CliRunner().invoke(app, ["graph", str(LABS / "q196381.yaml"), "-w", str(target)])
    assert (done.exit_code, done.output.strip()) == (0, str(target))
    assert target.read_text("utf-8") == picture(load_topology(LABS / "q196381.yaml"))
    wrong = CliRunner().invoke(app, ["graph", str(LABS / "q196381.yaml"), "-w", "seed.gif"])
    assert wrong.exit_code == 2
    assert "a picture is an .svg file" in wrong.output
