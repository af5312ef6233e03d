"""All that is predicted of a file, and whether that is good."""

import pytest

from mta_lab.rehearsal.report import report
from mta_lab.topology.play import Expectation
from tests.mta_lab.rehearsal.changed import NOW, lab


def test_the_seed_is_as_its_file_expects() -> None:
    found = report(lab("q196381"), NOW)
    assert found.good
    inward, outward = found.flows
    assert (inward.disposition, outward.disposition) == ("collected", "delivered")
    assert inward.collected_by == ("INTERNAL",)
    assert {name: str(source) for name, source in inward.sources.items()} == {
        "INTERNAL": "203.0.113.10"
    }
    assert found.findings == ()


def test_what_differs_from_the_file_is_not_good() -> None:
    found = report(lab("q196381", "firewall.transparency=off"), NOW)
    assert not found.good
    assert any("disposition: expected collected" in each for each in found.disagreements)


@pytest.mark.parametrize(("name", "good"), [("q166308-all-right", True), ("q196381", False)])
def test_without_expectations_all_mail_must_be_delivered(name: str, good: bool) -> None:
    topology = lab(name).model_copy(update={"expect": Expectation()})
    assert report(topology, NOW).good is good


def test_a_play_that_is_not_modelled_names_its_step() -> None:
    found = report(lab("q166594-lost-turn"), NOW)
    assert found.not_modelled == "not modelled: step 5 of the play: restart firewall"


def test_the_findings_are_those_of_lint() -> None:
    (finding,) = report(lab("q154301-connection-refused"), NOW).findings
    assert "nobody listens" in finding.text
