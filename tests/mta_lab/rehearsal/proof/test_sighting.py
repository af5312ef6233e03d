"""Predictions beside a capture of the live site: what is seen, what is not, and what else is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from labkit.addresses import End
from mta_lab.capture.calls import Call
from mta_lab.rehearsal.predict import predict
from mta_lab.rehearsal.proof.proof import Compared
from mta_lab.rehearsal.proof.sighting import began, ports, sight
from mta_lab.topology.disposition import Disposition
from tests.mta_lab.rehearsal.changed import NOW, lab

OUTSIDE = ("203.0.113.10:5000", "203.0.113.1:102")  # EXTERNAL calls the firewall
INSIDE = ("203.0.113.10:6000", "198.51.100.10:102")  # which passes it on, transparently
REWRITTEN = ("198.51.100.1:6000", "198.51.100.10:102")
OUTWARD = ("198.51.100.10:7000", "198.51.100.1:102")


def call(ends: tuple[str, str], disposition: str = "refused", frame: int = 18) -> Call:
    calling, called = map(End.parse, ends)
    return Call(calling, called, Disposition(disposition), frame, 1_000_000_000 * frame)


def lines(*chains: tuple[Call, ...], name: str = "q196381") -> dict[str, Compared]:
    topology = lab(name)
    found = sight(name, predict(topology, NOW), Path("site.pcapng"), chains, NOW)
    assert found.agrees == all(each.agrees is not False for each in found.lines)
    return {each.what: each for each in found.lines}


IN, OUT = "EXTERNAL calls over FIREWALL", "INTERNAL calls over FIREWALL"


def test_a_call_on_both_sides_of_the_firewall() -> None:
    found = lines((call(OUTSIDE), call(INSIDE, frame=17)))
    assert found[IN] == Compared(IN, "refused", "refused", True, 18)
    seen = found["source seen by INTERNAL"]
    assert (seen.observed, seen.agrees, seen.frame) == ("203.0.113.10", True, 17)
    assert found[OUT] == Compared(OUT, "accepted", "not in the capture", None, None)


@pytest.mark.parametrize("ends", [OUTSIDE, INSIDE])
def test_one_network_is_enough(ends: tuple[str, str]) -> None:
    found = lines((call(ends),))
    assert (found[IN].observed, found[IN].agrees) == ("refused", True)
    assert ("source seen by INTERNAL" in found) == (ends is INSIDE)


def test_another_source_address_differs() -> None:
    found = lines((call(OUTSIDE, "delivered"), call(REWRITTEN, "delivered", 17)))
    assert (found[IN].observed, found[IN].agrees) == ("accepted", False)
    seen = found["source seen by INTERNAL"]
    assert (seen.predicted, seen.observed, seen.agrees) == ("203.0.113.10", "198.51.100.1", False)


def test_from_another_address_it_is_a_call_that_nobody_predicted() -> None:
    found = lines((call(REWRITTEN),), (call(REWRITTEN, "delivered", 20),))
    assert found[IN].observed == "not in the capture"
    what = "198.51.100.1 calls 198.51.100.10:102"
    assert found[what] == Compared(
        what, "no call", "refused (1 times), accepted (1 times)", False, 18
    )


def test_calls_that_are_made_again_are_counted_and_the_first_wrong_one_is_shown() -> None:
    again = [(call(OUTSIDE, word, frame),) for word, frame in (("refused", 1), ("cut off", 9))]
    found = lines((call(OUTSIDE),), *again)
    assert found[IN] == Compared(IN, "refused", "refused (2 times), cut off (1 times)", False, 9)


def test_of_connectors_that_call_the_same_end_the_one_that_fits_is_meant() -> None:
    """Q193322: SOUTH is called by several, and only what was seen of one differs."""
    found = lines((call(OUTWARD, "delivered"),), name="q196381-second-connector")
    calls = [each for each in found.values() if each.what.startswith("INTERNAL calls")]
    assert [each.agrees for each in calls] == [True]


def test_the_time_of_the_prediction_is_that_of_the_capture() -> None:
    chains = [(call(OUTSIDE, frame=60),), (call(OUTWARD, frame=30),)]
    assert began(chains) == datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)
    assert began([]) is None


def test_the_ports_are_those_that_mtas_listen_at_and_call() -> None:
    assert ports(lab("q196381")) == [102]
