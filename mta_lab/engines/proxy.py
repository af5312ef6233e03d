"""The engine `proxy`: our own firewall, by firewall_proxy/policy.py, which it runs with too."""

from dataclasses import dataclass, replace

from firewall_proxy import policy, system
from firewall_proxy.config import Configuration, Service
from labkit.reason import Reason
from mta_lab.engines.box import Box
from mta_lab.engines.decision import Decision, How, Route, Stopped, Syn, endpoint


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
            service = self._service(syn)
            return self._passed(box, service, syn, route) if service else box.closed_port(syn)
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

    def _service(self, syn: Syn) -> Service | None:
        at = (syn.destination, syn.destination_port)
        services = self.configuration.services
        return next((each for each in services if self.configuration.listens_at(each) == at), None)

    def _passed(self, box: Box, service: Service, syn: Syn, route: Route) -> Decision:
        text = (
            f"service {service.name} listens at {endpoint(syn.destination, syn.destination_port)}"
        )
        listens = Reason("services", text, place=service.place())
        client = syn.source
        verdict = policy.decide(self.configuration, service, client)
        if not verdict.allowed:
            return Stopped(How.ACCEPTED_RESET, (listens, verdict.reason))
        to = self.configuration.passes_on_to(service)
        if to is None:
            unknown = policy.unknown_name(service)
            reasons = (listens, verdict.reason, unknown)
            return Stopped(How.ACCEPTED_RESET, reasons, unreached=True)
        source = policy.onward_source(self.configuration, service, client)
        return box.opened(to, source.address, route, (listens, verdict.reason, source.reason))
