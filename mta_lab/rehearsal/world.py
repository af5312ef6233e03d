"""A topology as calls meet it: what each MTA is, the networks between, and what is open."""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.controlblocks import ControlBlocks
from mta_emu.mta.log.events import DEFINITIONS
from mta_emu.mta.policy import admission
from mta_emu.mta.policy.names import resolve, source_address
from mta_lab.rehearsal import ports
from mta_lab.rehearsal.faulty import largest_apdu
from mta_lab.rehearsal.network import Network
from mta_lab.rehearsal.prediction import Attempt, Step
from mta_lab.rehearsal.way import Arrived, Lost
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ProxyFirewall


@dataclass
class World:
    """A topology as calls meet it: every MTA's configuration, and the networks between.

    `open` are the associations that are open: none, but in a play. `ended` are all other calls
    until now, and `calls` counts those that each MTA's connectors have made.
    """

    topology: Topology
    open: list[Attempt] = field(default_factory=list)
    ended: list[Attempt] = field(default_factory=list)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)

    network: Network = field(init=False)
    mtas: dict[str, MtaConfig] = field(init=False)  # with the names that all know
    _proxies: dict[str, ProxyFirewall] = field(init=False)
    _led_to: dict[tuple[str, str], str | None] = field(init=False)

    def __post_init__(self) -> None:
        self.network = Network(self.topology, self.faults.faults)
        self.mtas = {
            name: mta.model_copy(update={"server": self.topology.server(name)})
            for name, mta in self.topology.mtas.items()
        }
        self._proxies, self._led_to = self.topology.proxies(), {}

    def leads_to(self, name: str, connector: ConnectorConfig) -> str | None:
        """The MTA that a connector leads to, directly or through firewalls."""
        key = name, connector.name
        if key not in self._led_to:
            self._led_to[key] = self.topology.called_by(name, connector)
        return self._led_to[key]

    def again(self) -> "World":
        """The same with nothing open and no call made; what was read of the topology is shared."""
        fresh = copy(self)
        fresh.open, fresh.ended, fresh.calls = [], [], Counter()
        return fresh

    def changed(self, topology: Topology) -> "World":
        """The same with other configurations; what is open stays so."""
        return World(topology, self.open, self.ended, self.calls, self.faults)

    def disturbed(self, faults: Faults) -> "World":
        """The same with other faults."""
        return World(self.topology, self.open, self.ended, self.calls, faults)

    def forget(self, attempt: Attempt) -> None:
        """An association is no longer open."""
        self.open = [each for each in self.open if each is not attempt]
        self.ended.append(attempt)

    def idle_limit(self, attempt: Attempt) -> float | None:
        """Lab seconds of silence after which a firewall ends a call's connection; None: none."""
        passed = (self._proxies.get(name) for name in attempt.via)
        return min((each.limits.idle_timeout for each in passed if each), default=None)

    def way_again(self, attempt: Attempt) -> Arrived | None:
        """Where another connection of an association's caller comes to; None: not where it was."""
        name, connector = attempt.caller, self._connector(attempt)
        config, number = self.mtas[name], self.calls[name, attempt.connector]
        address = resolve(config.server, connector.stack.address)
        if address is None:
            return None
        source = source_address(config, connector, number).address
        end = self.network.way(name, source, (address, config.called_port(connector)), [])
        if isinstance(end, Lost) or (end.host, end.source) != (attempt.called, attempt.source_seen):
            return None
        return end

    def largest_apdu(self, attempt: Attempt, end: Arrived) -> int | None:
        """Octets of the longest APDU that an association can transfer over a way; None: any."""
        mode = self._connector(attempt).advanced.conformance
        return largest_apdu(end.largest_packet, mode) if end.largest_packet else None

    def _connector(self, attempt: Attempt) -> ConnectorConfig:
        connectors = self.mtas[attempt.caller].connectors
        return next(each for each in connectors if each.name == attempt.connector)

    def logged(self, name: str, events: Iterable[int]) -> tuple[int, ...]:
        """Those of the events that diagnostics logging of an MTA shows."""
        diagnostics = self.mtas[name].server.diagnostics_logging
        return tuple(each for each in events if diagnostics.logs(DEFINITIONS[each]))

    def no_port(self, steps: Sequence[Step], end: Arrived | Lost) -> ports.NoPort | None:
        """Where a way ends because a firewall on it has no port left; None: all have one."""
        return ports.missing(self._proxies, steps, end.via, self.open, self.ended)

    def no_block(self, name: str, caller: IPAddress | None = None) -> Reason | None:
        """Why an MTA has no control block for a call of its own, or a caller; None: it has one."""
        registry = self.mtas[name].server.registry
        blocks = ControlBlocks(registry.tcp_ip_control_blocks)
        blocks.take()  # the listener's
        for each in self.open:
            if each.caller == name:
                blocks.take()
            if each.called == name:
                blocks.take(each.source_seen)
        if blocks.take(caller) is not None:
            return None
        if caller is None:
            return admission.control_blocks_used_up(registry)
        return admission.no_control_block(registry, caller, blocks.held_by(caller), blocks.share)

    def associations(self, name: str) -> Counter[str]:
        """How many associations each connector of an MTA has open."""
        ours = [each.connector for each in self.open if each.caller == name]
        theirs = [str(each.called_connector) for each in self.open if each.called == name]
        return Counter(ours + theirs)
