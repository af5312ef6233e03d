"""A real box is not modelled."""

from labkit.reason import Place
from mta_lab.engines.external import External
from tests.mta_lab.engines.boxes import OUTSIDE, routes, syn


def test_nothing_is_known_of_it_but_where_it_stands() -> None:
    place = Place("firewalls.BOX.engine", "t.yaml", 7)
    box = External(place)
    for decision in (box.decide(syn(OUTSIDE), routes()), box.answer(syn(OUTSIDE), routes())):
        assert str(decision) == "not modelled: engine external at t.yaml:7 firewalls.BOX.engine"
