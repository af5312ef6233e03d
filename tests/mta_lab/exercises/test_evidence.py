"""What a run showed."""

from pathlib import Path

from mta_emu.decode.steps import Side
from mta_lab.capture.excerpt import View
from mta_lab.exercises.course import find
from mta_lab.exercises.evidence import CAPTURE, address, frames, steps
from mta_lab.exercises.playing import play
from mta_lab.topology.disposition import Disposition


def test_evidence_is_in_the_addresses_of_the_topology(tmp_path: Path) -> None:
    topology = find("mail-waits").scenario("2").topology  # its cause is the source address
    evidence = play(topology, tmp_path, {CAPTURE: View()}).evidence(tmp_path, [CAPTURE])
    outer, inner, _ = topology.mtas  # the third is a neighbour of the outer one
    outside, inside, _ = (mta.server.transport_stack.address for mta in topology.mtas.values())
    assert evidence.disposition(outer, inner) is Disposition.REFUSED
    assert evidence.source_seen(outer, inner) == outside
    assert evidence.source_seen(inner, outer) is None
    assert evidence.events(inner) == (1293,)
    calls = evidence.associations(called=inside)
    assert [address(each, Side.CALLING) for each in calls] == [outside]
    assert evidence.associations(calling=inside) == []
    [refusal] = frames(calls[0], "RF")
    assert frames(calls[0], "RF", Side.CALLING) == []
    assert steps(calls[0], "RF", Side.CALLED)[0].frame == refusal
