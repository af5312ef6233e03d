"""The picture of a topology: well-formed, and with all that there is to see."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mta_lab.topology.picture import picture
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"
_SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{_SVG}text")]


def boxes(svg: str) -> list[tuple[str, float, float, float, float]]:
    """Each text with its left, right, top and bottom, as wide as its letters may be."""
    found = []
    for each in ElementTree.fromstring(svg).iter(f"{_SVG}text"):
        text, size = each.text or "", float(each.attrib["font-size"])
        width = len(text) * size * 0.62
        x, y = float(each.attrib["x"]), float(each.attrib["y"])
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[each.attrib["text-anchor"]]
        found.append((text, left, left + width, y - size, y))
    return found


def three_networks(directory: Path) -> Path:
    """The seed with a third network, two firewall addresses on one, and long names."""
    text = (LABS / "q196381.yaml").read_text("utf-8")
    for before, after in (
        ("  inside: 198.51.100.0/24\n", "  inside: 198.51.100.0/24\n  dmz: 192.0.2.0/24\n"),
        (
            "      inside: {address: 198.51.100.1}\n",
            "      inside: {address: 198.51.100.1}\n      dmz: {address: 192.0.2.1}\n"
            "      another-outside-interface: {address: 203.0.113.2}\n",
        ),
        (
            "address: 203.0.113.10}",
            "address: 203.0.113.10, other_addresses: [203.0.113.11, 203.0.113.12, 203.0.113.13]}",
        ),
        ("directory_name: FIREWALL", f"directory_name: {'THE-FIREWALL-' * 4}"),
        (
            "play:\n",
            "    tunnels: [{name: t, between: [192.0.2.9, 198.51.100.10], port: 102}]\nplay:\n",
        ),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    file = directory / "three.yaml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize("path", [*sorted(LABS.glob("*.yaml")), None], ids=str)
def test_no_text_is_over_another_or_out_of_the_picture(path: Path | None, tmp_path: Path) -> None:
    svg = picture(load_topology(path or three_networks(tmp_path)))
    width = float(ElementTree.fromstring(svg).attrib["width"])
    for (text, *box), (other, *another) in combinations(boxes(svg), 2):
        assert box[0] >= 0, text
        assert box[1] <= width, text
        left, right = max(box[0], another[0]), min(box[1], another[1])
        top, bottom = max(box[2], another[2]), min(box[3], another[3])
        assert left >= right or top >= bottom, (text, other)


@pytest.mark.parametrize("path", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_host_address_and_service_is_in_it(path: Path) -> None:
    topology = load_topology(path)
    shown = texts(picture(topology))
    assert topology.name in shown
    for network, addresses in topology.networks.items():
        assert {network, str(addresses)} <= set(shown)
    for host, host_addresses in topology.host_addresses().items():
        assert host in shown
        for address in host_addresses:
            assert any(str(address) in text.split(", ") for text in shown)
    for proxy in topology.proxies().values():
        for named in (*proxy.services, *proxy.tunnels):
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
