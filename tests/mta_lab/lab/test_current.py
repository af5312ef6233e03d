"""A lab as its hosts are configured now."""

from datetime import UTC, datetime
from pathlib import Path

from firewall_proxy.config import Configuration
from labkit.config import Section, dump, load
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.backends.loopback import Loopback
from mta_lab.lab.configuration import configure
from mta_lab.lab.current import as_it_is, current
from mta_lab.lab.directory import Lab
from mta_lab.rehearsal.predict import predict
from mta_lab.topology.faults import Fault, Faults, write_faults
from mta_lab.topology.reading import load_topology
from mta_lab.topology.settings import change

NOW = datetime(1998, 3, 2, 9, tzinfo=UTC)
LABS = Path(__file__).parents[3] / "labs"


def up(directory: Path) -> Lab:
    placement = Loopback().place(load_topology(LABS / "q196381.yaml"))
    lab = Lab(name="x", placement=placement, scale=1, origin=NOW, directory=directory)
    configure(lab)
    return lab


def dispositions(lab: Lab) -> list[str]:
    return [str(each.disposition) for each in predict(current(lab), NOW)]


def test_what_was_set_is_read_with_its_place(tmp_path: Path) -> None:
    lab = up(tmp_path)
    assert dispositions(lab) == ["collected", "delivered"]
    file = lab.files("firewall").configuration
    before = load(file, Configuration)
    dump(change("firewall", before, {"firewall.transparency": False}, "09:30"), file)
    assert dispositions(lab) == ["delivered", "delivered"]
    service = current(lab).proxies()["firewall"].services[0]
    assert service.place("client_side_transparency").since == "09:30"


def test_an_mta_is_read_too(tmp_path: Path) -> None:
    lab = up(tmp_path)
    file = lab.files("INTERNAL").configuration
    setting = {"INTERNAL.connectors.FIREWALL.schedule.activation": "never"}
    after: Section = change("INTERNAL", load(file, MtaConfig), setting)
    dump(after, file)
    assert dispositions(lab) == ["refused", "never called"]


def test_a_lab_has_its_time_and_its_faults(tmp_path: Path) -> None:
    lab = up(tmp_path)
    assert as_it_is(lab).faults == Faults()
    there = Faults(faults=(Fault.model_validate({"on": "outside", "black_hole": True}),))
    write_faults(there, tmp_path)
    now = as_it_is(lab)
    assert (now.topology, now.faults) == (current(lab), there)
    assert now.at >= NOW
