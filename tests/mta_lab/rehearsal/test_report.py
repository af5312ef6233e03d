"""All that is predicted of a file, and whether that is good."""

import pytest

from labkit.errors import ConfigurationError
from mta_lab.rehearsal.report import Played, report
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.play import Expectation, PlayStep
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


def test_a_flow_is_found_by_its_ends_and_others_are_named() -> None:
    found = report(lab("q196381"), NOW)
    assert found.flow("INTERNAL", "EXTERNAL").disposition == "delivered"
    with pytest.raises(ConfigurationError, match="EXTERNAL -> INTERNAL, INTERNAL -> EXTERNAL"):
        found.flow("INTERNAL", "INTERNAL")


def test_what_differs_from_the_file_is_not_good() -> None:
    found = report(lab("q196381", "firewall.transparency=off"), NOW)
    assert not found.good
    assert any("disposition: expected collected" in each for each in found.disagreements)


@pytest.mark.parametrize(("name", "good"), [("q166308-all-right", True), ("q196381", False)])
def test_without_expectations_all_mail_must_be_delivered(name: str, good: bool) -> None:
    topology = lab(name).model_copy(update={"expect": Expectation()})
    assert report(topology, NOW).good is good


def test_a_play_that_is_not_modelled_names_its_step() -> None:
    topology = lab("q166308-all-right")
    (network,) = topology.networks
    hole = PlayStep.model_validate({"fault": {"on": network, "black_hole": True}})
    found = report(topology.model_copy(update={"play": (*topology.play, hole)}), NOW)
    step = len(topology.play) + 1
    assert found.not_modelled.startswith(f"not modelled: step {step} of the play: fault")


def test_the_findings_are_those_of_lint() -> None:
    (finding,) = report(lab("q154301-connection-refused"), NOW).findings
    assert "nobody listens" in finding.text


def test_the_mail_of_the_play_has_its_own_word() -> None:
    """The play opens the schedule, which is shut in the file."""
    found = report(lab("trap-ports-used-up"), NOW)
    assert [each.disposition for each in found.flows] == ["never called", "refused"]
    assert found.played == (Played("EXTERNAL", "INTERNAL", 6, Disposition.DELIVERED),)
    assert found.good


def test_the_first_message_has_the_faults_with_which_the_play_begins() -> None:
    found = report(lab("trap-black-hole"), NOW)
    assert [each.disposition for each in found.flows] == ["stalled", "never called"]
    assert [each.disposition for each in found.played] == ["stalled"]
