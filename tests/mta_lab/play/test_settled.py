"""When a run has come to rest."""

from mta_emu.mta.log.status import ConnectorStatus, DeferredStatus, MtaStatus
from mta_lab.play.settled import Rest, moving


def status(work: int, *connectors: ConnectorStatus, settled: bool = True) -> MtaStatus:
    return MtaStatus(settled, work, connectors, DeferredStatus(0, None))


def test_rest_needs_two_sweeps_that_agree() -> None:
    rest = Rest()
    assert not rest.reached({"A": status(5)})
    assert not rest.reached({"A": status(5, settled=False)})
    assert not rest.reached({"A": status(5)})
    assert not rest.reached({"A": status(6)})
    assert rest.reached({"A": status(6)})


def test_what_still_moves_is_named() -> None:
    busy = status(5, ConnectorStatus("TO-B", "To B", 2, "opening"), settled=False)
    assert moving({"A": busy, "B": status(1)}) == "A: TO-B opening with 2 queued"
    assert moving({"A": status(5)}) == "happenings do not stop"
