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


def test_the_answer_goes_back_the_way_that_the_route_leads() -> None:
    decision = Router(box()).answer(syn(SERVER), routes())
    assert isinstance(decision, Forwarded)
    assert decision.syn.interface == "outside"
    asymmetric = Router(box(reverse_path=1)).answer(
        syn(SERVER, source="198.51.100.7"), routes({"198.51.100.0/24": "inside"})
    )
    assert isinstance(asymmetric, Stopped)
