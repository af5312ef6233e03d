"""The rows of a logbook, predicted and played."""

from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from labkit.config import ConfigurationError, as_yaml
from mta_emu.mta.policy import failedcalls
from mta_lab.backends.registry import backend
from mta_lab.sheet.joining import join
from mta_lab.sheet.logbook.logbook import Logbook, proved_logbook
from mta_lab.sheet.logbook.outcome import Outcome
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology
from tests.mta_lab.rehearsal.changed import NOW, lab
from tests.mta_lab.sheet.logbook.books import RIGHT, SEED, THREE, book, row
from tests.mta_lab.sheet.sheets import ONE, TWO, sheet

Name = Callable[[str], str]


def proved(topology: Topology, captures: Path, name: Name, where: str = "loopback") -> Logbook:
    lab = name(topology.name)
    return proved_logbook(topology, backend(where), captures, NOW, NOW, name=lab)


def test_without_packets_every_row_is_predicted_and_none_is_proved() -> None:
    found = book(lab(RIGHT))
    assert (found.backend, found.at, found.made, found.agrees) == (None, NOW, NOW, True)
    assert found.versions["x400-firewall-lab"] == version("x400-firewall-lab")
    *rows, loop = found.rows
    assert {each.not_proved for each in rows} == {"not proved"}
    assert all(each.predicted and not each.observed for each in rows)
    assert loop.predicted is None
    assert loop.not_proved.startswith("not applicable: ")


def test_two_centres_do_on_packets_what_their_sheets_predict(
    tmp_path: Path, lab_name: Name
) -> None:
    """One has a single space for a password, and the other has selectors in hex."""
    first = sheet(ONE, own={"password": " "})
    second = sheet(TWO, own={"selectors": {"t": "hex:0002", "s": "text:S2", "p": "blank"}})
    topology = join(first, second)
    found = proved(topology, tmp_path, lab_name)
    assert [each for each in found.rows if each.agrees is False] == []
    assert (found.agrees, found.backend) == (True, "loopback")
    played = [each for each in found.rows if each.subject != "loop"]
    for each in played:
        assert each.observed
        assert each.predicted == without_frames(each.observed)
        assert all(call.frame for call in each.observed.calls)
        assert Path(each.capture).exists()
    predicted = [replace(each, not_proved="") for each in book(topology).rows]
    as_predicted = [
        replace(each, observed=None, agrees=None, capture="", decode_as=None, not_proved="")
        for each in found.rows
    ]
    assert as_predicted == predicted


def without_frames(outcome: Outcome) -> Outcome:
    return replace(outcome, calls=tuple(replace(each, frame=None) for each in outcome.calls))


def test_three_centres_see_a_loop_end_in_a_report(tmp_path: Path, lab_name: Name) -> None:
    topology = lab(THREE)
    found = proved(topology, tmp_path, lab_name)
    assert [each for each in found.rows if each.agrees is False] == []
    loops = [each.observed for each in found.rows if each.subject == "loop"]
    assert len(loops) == 2
    for each in loops:
        assert each
        assert (each.mail, len(each.calls)) == ("looping", 3)
        assert each.report == "not delivered: unable-to-transfer, loop-detected"


def test_behind_a_proxy_the_address_that_is_seen_is_the_unlisted_one(
    tmp_path: Path, lab_name: Name
) -> None:
    found = proved(lab(SEED), tmp_path, lab_name)
    assert [each for each in found.rows if each.agrees is False] == []
    outward = row(found, "from an unlisted address", "INTERNAL", "EXTERNAL").observed
    assert outward
    assert (outward.calls[0].becomes, outward.calls[0].source) == ("refused", "203.0.113.254")
    assert outward.events["EXTERNAL"] == (1293,)


def test_what_packets_show_otherwise_differs(
    tmp_path: Path, lab_name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The events of a refused call are the wrong way round for the prediction alone."""
    others = vars(failedcalls) | {"REFUSED": failedcalls.REFUSED[::-1]}
    monkeypatch.setattr("mta_lab.rehearsal.call.failedcalls", SimpleNamespace(**others))
    found = proved(lab(RIGHT), tmp_path, lab_name)
    differ = {each.subject for each in found.rows if each.agrees is False}
    assert differ == {"wrong password", "from an unlisted address"}
    assert not found.agrees


def test_what_the_backend_cannot_show_is_refused(tmp_path: Path, lab_name: Name) -> None:
    with pytest.raises(ConfigurationError, match="netns"):
        proved(lab("q196381-nftables"), tmp_path, lab_name)


def test_a_test_that_the_backend_cannot_show_is_not_proved(tmp_path: Path, lab_name: Name) -> None:
    """The proxy has another address, and nobody has that which ONE calls on another network."""
    proxy = {"method": "proxy", "inside": "192.0.2.1", "outside": "198.51.100.1"}
    own = {"ipv4": {"before_nat": "192.0.2.10"}}
    file = tmp_path / "link.yaml"  # places are compared, too: a file has lines
    file.write_text(as_yaml(join(ONE, sheet(TWO, own=own, firewalls=[proxy]))), "utf-8")
    found = proved(load_topology(file), tmp_path, lab_name)
    unlisted = row(found, "from an unlisted address", "TWO", "ONE")
    assert unlisted.predicted
    assert (unlisted.observed, unlisted.agrees) == (None, None)
    assert unlisted.not_proved.startswith("not proved: ")
    assert "--backend netns" in unlisted.not_proved
    assert all(each.agrees for each in found.rows if each.observed)
    assert found.agrees


def test_no_password_is_in_it(tmp_path: Path, lab_name: Name) -> None:
    own = {"password": "hunter2"}
    topology = join(sheet(ONE, own=own), TWO)
    for found in (book(topology), proved(topology, tmp_path, lab_name)):
        text = str(asdict(found))
        assert "hunter2" not in text
        assert TWO.own.password not in text
