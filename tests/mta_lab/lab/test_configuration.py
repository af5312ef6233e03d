"""What hosts of a lab are told, and that it names the lines of the topology file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firewall_proxy.config import Configuration
from labkit.config import dump, load
from labkit.reason import Place
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.backends.loopback import Loopback
from mta_lab.lab.configuration import configure
from mta_lab.lab.directory import Lab, find
from mta_lab.topology.reading import load_topology
from mta_lab.topology.settings import change

TOPOLOGY = Path(__file__).parents[3] / "labs" / "q193380-ptr-record.yaml"
LINES = TOPOLOGY.read_text("utf-8").splitlines()


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    placement = Loopback().place(load_topology(TOPOLOGY), 10102)
    lab = Lab(
        name="lab", placement=placement, scale=1, origin=datetime.now(UTC), directory=tmp_path
    )
    lab.save()
    found = find(tmp_path)
    assert found is not None
    configure(found)
    return found


def mta(lab: Lab, name: str) -> MtaConfig:
    return load(lab.files(name).configuration, MtaConfig)


def line_of(text: str, after: str = "") -> int:
    """The number of the first line that has `text`, behind the one that has `after`."""
    start = next(number for number, line in enumerate(LINES) if after in line)
    return next(n for n, line in enumerate(LINES, 1) if n > start and text in line)


def test_an_mta_knows_the_lines_of_the_topology_file(lab: Lab) -> None:
    (connector,) = mta(lab, "SOUTH").connectors
    path = f"mtas.SOUTH.connectors.{connector.name}"
    assert connector.stack.place("address") == Place(
        f"{path}.stack.address", str(TOPOLOGY), line_of(" stack:", "  SOUTH:")
    )
    assert connector.schedule.place("detail_view") == Place(
        f"{path}.schedule.detail_view", str(TOPOLOGY), line_of("schedule:", "  SOUTH:")
    )
    assert connector.delivery_restrictions.place("accept_from") == Place(
        f"{path}.delivery_restrictions.accept_from",
        str(TOPOLOGY),
        line_of("- general:", "  SOUTH:"),
    )


def test_names_that_all_hosts_know_have_their_own_lines(lab: Lab) -> None:
    server = mta(lab, "SOUTH").server
    name = next(iter(server.names))
    assert server.place("names", name) == Place(
        f"hosts.{name}", str(TOPOLOGY), line_of(f"{name}:", "hosts:")
    )


def test_a_firewall_knows_the_lines_of_the_topology_file(tmp_path: Path) -> None:
    topology = load_topology(TOPOLOGY.with_name("q196381.yaml"))
    dump(topology.proxies()["firewall"].configuration(), tmp_path / "config.yaml")
    service = load(tmp_path / "config.yaml", Configuration).services[0]
    place = service.place("client_side_transparency")
    assert place.path == "firewalls.firewall.services.x400-inbound.client_side_transparency"
    assert Path(place.file).name == "q196381.yaml"


def test_what_was_set_while_the_lab_is_up_says_when(lab: Lab) -> None:
    before = mta(lab, "SOUTH")
    name = before.connectors[0].name
    setting = {f"SOUTH.connectors.{name}.schedule.activation": "never"}
    changed = change("SOUTH", before, setting, "2026-01-05T09:00:00+00:00")
    dump(changed, lab.files("SOUTH").configuration)
    connector = mta(lab, "SOUTH").connectors[0]
    path = f"mtas.SOUTH.connectors.{name}"
    assert connector.schedule.place("activation") == Place(
        f"{path}.schedule.activation", since="2026-01-05T09:00:00+00:00"
    )
    assert connector.stack.place("address").line == line_of(" stack:", "  SOUTH:")
