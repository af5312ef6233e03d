"""The engine `router`: plain forwarding, without any rule."""

from dataclasses import dataclass

from mta_lab.engines.box import Box
from mta_lab.engines.decision import Decision, Route, Syn


@dataclass(frozen=True)
class Router:
    """A box that forwards by its routing table."""

    box: Box

    def answer(self, syn: Syn, route: Route) -> Decision:
        """Forward the answer to a SYN that is forwarded."""
        return self.box.answer(self.decide(syn, route), syn, route)

    def decide(self, syn: Syn, route: Route) -> Decision:
        """Forward; what is for the box itself meets a closed port."""
        if stopped := self.box.received(syn, route):
            return stopped
        if self.box.holds(syn.destination):
            return self.box.closed_port(syn)
        return self.box.forwarded(syn, route)
