"""Proves a trace: puts the topology up in namespaces, makes the call, and looks who has it."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from firewall_proxy.request import Request
from labkit.addresses import End, IPAddress
from labkit.interrupts import terminable, undisturbed
from labkit.sockets import ANSWERING, LISTENING, listening_socket, tcp_sockets
from mta_lab.backends.netns import Netns
from mta_lab.backends.wiring import namespace
from mta_lab.engines.answer import Answer, Answered
from mta_lab.lab.directory import Lab, lab_directory
from mta_lab.lab.namespaces import entered
from mta_lab.play import lifecycle
from mta_lab.play.arrivals import Arrivals
from mta_lab.play.syn import call
from mta_lab.rehearsal.trace import Trace
from mta_lab.topology.files import Topology
from mta_lab.topology.programs import Program

Calls = Mapping[str, frozenset[End]]  # the ends that have called each host


@dataclass(frozen=True)
class Shown:
    """What packets show of a SYN: the answer, who has the connection, and from which address."""

    answered: Answered
    by: str | None = None
    source_seen: IPAddress | None = None

    def agrees(self, predicted: Trace) -> bool | None:
        """Whether it is as predicted; None where that is not modelled."""
        if predicted.answered.answer is Answer.NOT_MODELLED:
            return None
        if predicted.answered != self.answered:
            return False
        arrived = self.answered.answer is Answer.CONNECTED
        return not arrived or (self.by, self.source_seen) == (predicted.by, predicted.source_seen)

    def as_json(self) -> dict[str, Any]:
        """The same as JSON has it."""
        icmp, seen = self.answered.icmp, self.source_seen
        return {
            "answer": self.answered.answer.value,
            "icmp": asdict(icmp) if icmp else None,
            "by": self.by,
            "source_seen": str(seen) if seen else None,
        }

    def __str__(self) -> str:
        if self.by is None:
            return str(self.answered)
        return f"{self.answered}: {self.by} has the connection, from {self.source_seen}"


def show(
    topology: Topology,
    host: str,
    source: End,
    to: End,
    patience: float,
    request: Request | None = None,
) -> Shown:
    """Make the call on packets. Raises ConfigurationError, OSError and what `lifecycle.up` does."""
    topology = topology.model_copy(update={"programs": _listening(topology)})
    with terminable(), undisturbed():
        lab = lifecycle.up(Netns().place(topology), lab_directory(f"{topology.name}-trace"))
        try:
            return call_in(lab, host, source, to, patience, request)
        finally:
            lifecycle.down(lab)


def _listening(topology: Topology) -> dict[str, Program]:
    """The programs; the hosts of those that only call, which would be taken for ours, run none."""
    return {
        name: each if each.port else each.model_copy(update={"command": ()})
        for name, each in topology.programs.items()
    }


def call_in(
    lab: Lab, host: str, source: End, to: End, patience: float, request: Request | None = None
) -> Shown:
    """Make the call in a lab that is up. Raises OSError."""
    found: list[tuple[str, End]] = []
    hosts = (*lab.topology.mtas, *lab.topology.programs)
    ports = {name: frozenset(lab.topology.listens(name)) for name in hosts}
    with ExitStack() as listening:
        _listen(lab, listening)
        places = {name: namespace(lab, name) for name in hosts}
        arrivals = listening.enter_context(Arrivals(ports, places))
        before = _calls(lab)

        def arrived() -> bool:
            now = _calls(lab)
            found[:] = [(name, end) for name in now for end in now[name] - before[name]]
            return bool(found)

        answered = call(namespace(lab, host), source, to, arrived, patience, request)
        if answered.answer is Answer.CLOSED and (closed := arrivals.calls()):
            found[:] = closed  # by the host that has it, and not by a proxy
            answered = Answered(Answer.CONNECTED)
    if answered.answer is not Answer.CONNECTED or not found:
        return Shown(answered)
    by, end = found[0]
    return Shown(answered, by, end.address)


def _listen(lab: Lab, sockets: ExitStack) -> None:
    """Listen for the hosts that have ports and no command."""
    for name, program in lab.topology.programs.items():
        if not program.command:
            with entered(namespace(lab, name)):
                for port in program.port:
                    sockets.enter_context(listening_socket(End(program.address, port)))


def _calls(lab: Lab) -> Calls:
    """Who has called each host that is no firewall, as its kernel shows it."""
    topology = lab.topology
    found = {}
    for name in (*topology.mtas, *topology.programs):
        with entered(namespace(lab, name)):
            sockets = [*tcp_sockets()]
        ports = topology.listens(name)
        found[name] = frozenset(
            each.remote
            for each in sockets
            if each.state not in (LISTENING, ANSWERING) and each.local.port in ports
        )
    return found
