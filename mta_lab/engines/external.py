"""The engine `external`: a real box that no model knows; packets show what it does."""

from dataclasses import dataclass

from labkit.reason import Place
from mta_lab.engines.decision import NotModelled, Route, Syn


@dataclass(frozen=True)
class External:
    """A box of which is known that it is there, and where the topology says so."""

    place: Place

    def decide(self, _syn: Syn, _route: Route) -> NotModelled:
        """Say that it is not modelled."""
        return NotModelled("engine external", self.place)

    def answer(self, syn: Syn, route: Route) -> NotModelled:
        """Say the same of the answer."""
        return self.decide(syn, route)
