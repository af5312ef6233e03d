from mta_lab.engines.decision import Forwarded, How, Stopped
from mta_lab.engines.router import Router
from tests.mta_lab.engines.boxes import SERVER, box, routes, syn


def test_a_router_forwards_unchanged() -> None:
    decision = Router(box()).decide(syn(SERVER), routes())
    assert isinstance(decision, Forwarded)
    assert decision.syn == syn(SERVER, interface="inside")


def test_a_router_listens_nowhere() -> None:
    decision = Router(box()).decide(syn(), routes())
    assert isinstance(decision, Stopped)
    assert decision.how is How.CLOSED_PORT


def test_a_router_filters_by_the_way_back_first() -> None:
    decision = Router(box(reverse_path=1)).decide(syn(SERVER, source="192.0.2.9"), routes())
    assert isinstance(decision, Stopped)
    assert decision.how is How.SILENCE
