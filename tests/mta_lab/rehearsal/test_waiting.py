"""Mail that waits, and what comes of a call."""

from mta_emu.mta.log.status import ConnectorStatus
from mta_lab.rehearsal.waiting import Waiting, waiting
from mta_lab.topology.faults import Fault, Faults
from tests.mta_lab.rehearsal.changed import lab

NEXT = "1998-03-02T09:10:00+00:00"


def found(*settings: str, queued: int = 2, faults: Faults | None = None) -> tuple[Waiting, ...]:
    status = ConnectorStatus("FIREWALL", "FIREWALL", queued, "waiting", NEXT, "", 0, ())
    topology = lab("q196381", *settings)
    return waiting(topology, faults or Faults(), [("EXTERNAL", status)])


def test_a_queue_that_is_mended_moves_at_the_next_try_and_by_a_call_now() -> None:
    (each,) = found("firewall.transparency=off")
    assert str(each) == "EXTERNAL: 2 messages wait for connector FIREWALL, next try at 09:10:00"
    assert each.what_comes() == "it moves by itself at 09:10:00, and now by: mta-emu call FIREWALL"
    assert each.moves


def test_a_queue_that_is_not_says_what_is_in_the_way() -> None:
    (each,) = found(queued=1)
    assert str(each).startswith("EXTERNAL: 1 message waits")
    assert each.what_comes().startswith("a call is refused as things are: caller's address")


def test_faults_count() -> None:
    hole = Fault.model_validate({"on": "outside", "black_hole": True})
    (each,) = found("firewall.transparency=off", faults=Faults(faults=(hole,)))
    assert each.what_comes().startswith("a call is unreachable as things are: there is a fault")


def test_an_empty_queue_does_not_wait() -> None:
    assert found(queued=0) == ()
