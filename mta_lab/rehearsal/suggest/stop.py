"""What stops mail: the step of a prediction that says no, and who and what has to do with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from firewall_proxy.config import Service
from labkit.addresses import End, IPAddress
from labkit.reason import Reason
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mts.oraddress import ORAddress
from mta_lab.rehearsal.predict import mail
from mta_lab.rehearsal.prediction import Attempt, Leg
from mta_lab.rehearsal.report import Flow
from mta_lab.rehearsal.suggest.edit import Keys
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology, request_of


@dataclass(frozen=True)
class Stop:
    """A leg that mail does not leave by, and the attempt that failed; None: there was none."""

    topology: Topology
    flow: Flow
    leg: Leg
    attempt: Attempt | None

    @property
    def reason(self) -> Reason:
        """Why, by the check that said no."""
        return self.attempt.steps[-1].reason if self.attempt else self.leg.reason

    @property
    def where(self) -> str:
        """The host that said no."""
        steps = self.attempt.steps if self.attempt else self.leg.steps
        return steps[-1].where if steps else self.leg.sender

    @property
    def caller(self) -> str:
        """The MTA that has the mail."""
        return self.leg.sender

    @property
    def called(self) -> str | None:
        """The MTA that the mail should go to next: reached, led to, or named by the connector."""
        reached = self.attempt.called if self.attempt else None
        return reached or self.leg.receiver or self._named or self.flow.receiver

    @property
    def _named(self) -> str | None:
        if self.calling is None:
            return None
        wanted = self.calling.config.general.remote_mta_name.casefold()
        names = {name: mta.server.mta_name for name, mta in self.topology.mtas.items()}
        return next((name for name, own in names.items() if own.casefold() == wanted), None)

    @property
    def recipient(self) -> ORAddress:
        """Who the mail is for."""
        return ORAddress.parse(self.flow.recipient)

    @property
    def originator(self) -> ORAddress | None:
        """Who sends it."""
        message = mail(self.topology).get((self.flow.sender, self.flow.receiver))
        return message.originator if message else None

    @cached_property
    def calling(self) -> "Connector | None":
        """The connector that called."""
        if self.attempt is None:
            return None
        return next(
            each for each in self.connectors(self.caller) if each.name == self.attempt.connector
        )

    def leading(self) -> Iterator["Connector"]:
        """The caller's connectors that lead to the called MTA."""
        for connector in self.connectors(self.caller):
            if self.topology.called_by(self.caller, connector.config) == self.called:
                yield connector

    def answering(self) -> "list[Connector]":
        """The called MTA's connectors that are meant for the caller, or all when none is.

        Those are the ones with its name, and the ones that lead to it.
        """
        if self.called is None:
            return []
        name = self.topology.mtas[self.caller].server.mta_name.casefold()
        every = [*self.connectors(self.called)]
        meant = [
            connector
            for connector in every
            if connector.config.general.remote_mta_name.casefold() == name
            or self.topology.called_by(self.called, connector.config) == self.caller
        ]
        return meant or every

    def connectors(self, mta: str) -> Iterator["Connector"]:
        """All connectors of an MTA."""
        for index, connector in enumerate(self.topology.mtas[mta].connectors):
            yield Connector(mta, connector, ("mtas", mta, "connectors", index))

    def services(self, connector: "Connector") -> Iterator["Passer"]:
        """The services of our firewalls that pass a connector's call on, one after another."""
        end, request = self._calls(connector), request_of(connector.config)
        passed: set[End] = set()
        while end is not None and end not in passed:
            passed.add(end)
            found = self.topology.served_at(*end, request)
            passer = next((each for each in self.every_service() if each.found == found), None)
            if passer is None:
                return
            yield passer
            end = passer.leads_to

    def arrives_at(self) -> End | None:
        """Where the call arrives after the services that pass it on."""
        if self.calling is None:
            return None
        passers = [*self.services(self.calling)]
        return passers[-1].leads_to if passers else self._calls(self.calling)

    def every_service(self) -> Iterator["Passer"]:
        """All services of our firewalls."""
        for name, proxy in self.topology.proxies().items():
            for index, service in enumerate(proxy.services):
                ends = proxy.listens_at(service), proxy.passes_on_to(service)
                yield Passer(name, service, ("firewalls", name, "services", index), *ends)

    def _calls(self, connector: "Connector") -> End | None:
        """The address and port that a connector calls."""
        address = self.topology.resolve(connector.mta, str(connector.config.stack.address))
        port = self.topology.mtas[connector.mta].called_port(connector.config)
        return End(address, port) if address else None

    def address(self, mta: str) -> IPAddress:
        """The address that an MTA listens at."""
        return self.topology.mtas[mta].server.transport_stack.address

    def port(self, mta: str) -> int:
        """The port that an MTA listens at."""
        return self.topology.mtas[mta].server.transport_stack.port


@dataclass(frozen=True)
class Connector:
    """A connector of an MTA, and where it is in the document."""

    mta: str
    config: ConnectorConfig
    keys: Keys

    @property
    def name(self) -> str:
        """Its directory name."""
        return self.config.name

    def __str__(self) -> str:
        return f"connector {self.name} of {self.mta}"


@dataclass(frozen=True)
class Passer:
    """A service of a firewall, where it is in the document, and what it joins."""

    firewall: str
    service: Service
    keys: Keys
    listens: End
    leads_to: End | None

    @property
    def found(self) -> tuple[str, Service]:
        """The firewall and the service, as a topology finds them."""
        return self.firewall, self.service

    def __str__(self) -> str:
        return f"service {self.service.name} of {self.firewall}"


def stops(topology: Topology, flow: Flow) -> Iterator[Stop]:
    """What stops a flow: the attempts that failed, and a leg without any.

    A caller with several addresses calls from them in turn, and each may be stopped.
    """
    for leg in flow.legs:
        failed = [
            each
            for attempt in leg.attempts
            for each in (attempt, *attempt.alternatives)
            if not each.accepted
        ]
        for attempt in failed:
            yield Stop(topology, flow, leg, attempt)
        if not failed and leg.disposition is not Disposition.DELIVERED:
            yield Stop(topology, flow, leg, None)
