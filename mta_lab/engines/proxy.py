"""The engine `proxy`: our own firewall, by firewall_proxy/policy.py, which it runs with too."""

from dataclasses import dataclass, replace

from firewall_proxy import policy, system
from firewall_proxy.config import Configuration, Service
from labkit.addresses import End
from labkit.reason import Reason
from mta_lab.engines.box import Box
from mta_lab.engines.decision import Decision, How, Route, Stopped, Syn


@dataclass(frozen=True)
class Proxy:
    """A box that `firewall-proxy setup` has set up, and on which `firewall-proxy serve` runs."""

    box: Box
    configuration: Configuration

    def answer(self, syn: Syn, route: Route) -> Decision:
        """Forward the answer to a SYN that is forwarded."""
        return self._box.answer(self.decide(syn, route), syn, route)

    def decide(self, syn: Syn, route: Route) -> Decision:
        """Let a service take the SYN, or a tunnel forward it."""
        box = self._box
        if stopped := box.received(syn, route):
            return stopped
        if box.holds(syn.destination):
            return self._served(box, syn, route)
        if not box.forwards:
            return box.forwarded(syn, route)
        called = (syn.destination, syn.destination_port)
        verdict = policy.tunnelled(self.configuration, syn.source, *called)
        if not verdict.allowed:
            return Stopped(How.SILENCE, (verdict.reason,))
        forwarded = box.forwarded(syn, route)
        return replace(forwarded, reasons=(verdict.reason, *forwarded.reasons))

    @property
    def _box(self) -> Box:
        """The machine as `firewall-proxy setup` leaves it."""
        return replace(self.box, forwards=system.forwards(self.configuration))

    def _served(self, box: Box, syn: Syn, route: Route) -> Decision:
        """Let the service take it that listens there, or the one of several that is called."""
        there = End(syn.destination, syn.destination_port)
        services = self.configuration.at(there)
        if not services:
            return box.closed_port(syn)
        listen = tuple(
            Reason("services", f"service {each.name} listens at {there}", place=each.place())
            for each in services
        )
        if not policy.known_by_what_is_called(services):
            return self._passed(box, services[0], syn, route, listen)
        verdicts = [policy.decide(self.configuration, each, syn.source) for each in services]
        if not any(each.allowed for each in verdicts):
            return Stopped(How.ACCEPTED_RESET, (*listen, verdicts[0].reason))
        if syn.request is None:
            text = "which service it is for is known when the client says what it calls"
            return Stopped(How.WAITING, (*listen, Reason(policy.CALLED, text)))
        chosen = policy.choose(services, syn.request)
        if isinstance(chosen, Reason):
            return Stopped(How.REFUSED, (*listen, chosen))
        its = listen[services.index(chosen.service)]
        return self._passed(box, chosen.service, syn, route, (its, chosen.reason))

    def _passed(
        self, box: Box, service: Service, syn: Syn, route: Route, because: tuple[Reason, ...]
    ) -> Decision:
        client = syn.source
        verdict = policy.decide(self.configuration, service, client)
        if not verdict.allowed:
            return Stopped(How.ACCEPTED_RESET, (*because, verdict.reason))
        to = self.configuration.passes_on_to(service)
        if to is None:
            unknown = policy.unknown_name(service)
            reasons = (*because, verdict.reason, unknown)
            return Stopped(How.ACCEPTED_RESET, reasons, unreached=True)
        source = policy.onward_source(self.configuration, service, client)
        return box.opened(to, source.address, route, (*because, verdict.reason, source.reason))
