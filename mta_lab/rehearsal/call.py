"""One call of a connector, from its control block to the credentials in the answer.

The questions are those that a real call meets, in their order; the MTA's policy answers them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labkit.addresses import IPAddress, at
from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy import admission, failedcalls
from mta_emu.mta.policy.identity import Bind, bind_of, impostor
from mta_emu.mta.policy.names import other_version, resolve, reverse, source_address
from mta_emu.mts.bind import Credentials
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import RtOpen, RtOpenReject
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.tpkt import TpktReader, frame
from mta_lab.engines.decision import SIGNATURES, Stopped
from mta_lab.rehearsal.faulty import largest_apdu
from mta_lab.rehearsal.forgetting import Memory
from mta_lab.rehearsal.prediction import Attempt, Step
from mta_lab.rehearsal.way import Arrived, Lost
from mta_lab.rehearsal.world import World
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import request_of

_ANY_TPDU = bytes(3)
_NULL = b"\x05\x00"  # in the place of a bind
_ROUNDS = 2  # transport connects, then session with all above it


def call(world: World, name: str, connector: ConnectorConfig) -> Attempt:
    """What becomes of a connector's next call; and of others, where those would differ."""
    made = world.calls[name, connector.name]
    first, *others = (
        _Call(world, name, connector, made + number).attempt()
        for number in range(_sources(world.mtas[name], connector))
    )
    world.calls[name, connector.name] += 1
    differs = any(each.disposition is not first.disposition for each in others)
    led_to = first.called or world.leads_to(name, connector)
    attempt = replace(first, led_to=led_to, alternatives=tuple(others) if differs else ())
    if not attempt.accepted:
        world.ended.append(attempt)
    return attempt


def _sources(config: MtaConfig, connector: ConnectorConfig) -> int:
    """From how many addresses a connector calls."""
    calls = range(len(config.server.transport_stack.addresses))
    return len({source_address(config, connector, call).address for call in calls})


@dataclass
class _Call:
    """A call, and the steps that it has made."""

    world: World
    name: str
    connector: ConnectorConfig
    number: int
    steps: list[Step] = field(default_factory=list)

    def attempt(self) -> Attempt:
        config = self.world.mtas[self.name]
        if reason := self.world.no_block(self.name):
            self._step("control block for the call", "none", reason)
            events = failedcalls.NO_CONTROL_BLOCK
            return self._failed(Disposition.REFUSED, events, connected=True)
        host, place = self.connector.stack.address, self.connector.stack.place("address")
        address = resolve(config.server, host)
        text = f"{host} on the Stack page is {address or 'a name that has no address'}"
        self._step("address to call", str(address or "none"), Reason("address", text, place=place))
        if address is None:
            return self._failed(Disposition.UNREACHABLE, failedcalls.NO_ADDRESS)
        source = source_address(config, self.connector, self.number)
        self._step("source address", str(source.address), source.reason)
        if wrong := other_version(self.connector, source.address, address):
            self._step("version of IP", "unreachable", wrong)
            return self._failed(Disposition.UNREACHABLE, failedcalls.NOT_CONNECTED)
        to = (address, config.called_port(self.connector))
        request = request_of(self.connector)
        network = self.world.network
        end = network.way(self.name, source.address, to, self.steps, request=request)
        if none := self.world.no_port(self.steps, end):
            self.steps[none.at :] = [none.step]
            modelled = isinstance(none.stopped, Stopped)
            lost = Disposition.BLOCKED if modelled else Disposition.NOT_MODELLED
            end = Lost(lost, end.via[: end.via.index(none.box)], none.box, none.stopped)
        if isinstance(end, Lost):
            events = self._ended(end) if end.accepted else failedcalls.NOT_CONNECTED
            return self._failed(end.disposition, events, connected=end.accepted)
        return self._arrived(end)

    def _arrived(self, end: Arrived) -> Attempt:
        """The connection has come to a host."""
        if end.host not in self.world.mtas:
            place = self.world.topology.programs[end.host].place("command")
            text = f"{end.host} is a program, whose answers no model has"
            reason = Reason("host", text, place=place)
            self._step(f"who listens at {end.host}", "not modelled", reason, end.host)
            return self._failed(Disposition.NOT_MODELLED, ())
        stack = self.world.mtas[end.host].server.transport_stack
        question = f"who listens at {at(end.destination, end.port)}"
        text = f"the MTA of {end.host} listens at port {stack.port}"
        listens = Reason("port", text, str(stack.port), str(end.port), stack.place("port"))
        answer = end.host if stack.port == end.port else "nobody"
        self._step(question, answer, listens, end.host)
        if stack.port != end.port:
            events = self._ended(end) if end.proxied else failedcalls.NOT_CONNECTED
            return self._failed(Disposition.UNREACHABLE, events, connected=end.proxied)
        return self._connected(end)

    def _ended(self, end: Arrived | Lost) -> tuple[int, ...]:
        """The events of a call that a firewall had accepted, and could or would not pass on."""
        if isinstance(end, Lost) and end.refused:
            return failedcalls.REFUSED
        return failedcalls.RESET if self.world.network.resets(end) else failedcalls.HUNG_UP

    def _connected(self, end: Arrived) -> Attempt:
        """The called MTA has the connection: may the caller bind?"""
        called, source = end.host, end.source
        config = self.world.mtas[called]
        seen: dict[str, Any] = {
            "called": called,
            "source_seen": source,
            "connected": True,
            "via": end.via,
        }
        if end.memory:
            both = (self.world.mtas[each].server for each in (self.name, called))
            probed = min(each.transport_stack.keepalive for each in both)
            seen["memory"] = end.memory.of_probed(probed)
        if end.largest_packet:
            mode = self.connector.advanced.conformance
            seen["largest_apdu"] = largest_apdu(end.largest_packet, mode)
        if reason := self.world.no_block(called, source):
            self._step("control block for the caller", "none", reason, called)
            events = failedcalls.NO_CONTROL_BLOCK
            return self._failed(Disposition.CUT_OFF, failedcalls.REFUSED, events, **seen)
        host_name = reverse(config.server, source)
        if dropped := admission.screen(config, source, host_name):
            self._step("is the caller's address known", "cut off", dropped.reason, called)
            seen["recorded"] = True
            return self._failed(Disposition.CUT_OFF, failedcalls.HUNG_UP, dropped.events, **seen)
        if unread := _tpkt_refused(self.world.mtas[self.name], config, end.header):
            self._step("header of the first packet", "cut off", unread, called)
            return self._failed(Disposition.CUT_OFF, failedcalls.HUNG_UP, (), **seen)
        if unread := _tpkt_refused(config, self.world.mtas[self.name]):
            self._step("header of the first packet that answers", "cut off", unread)
            return self._failed(Disposition.CUT_OFF, failedcalls.REFUSED, (), **seen)
        brings = bind_of(self.world.mtas[self.name], self.connector)
        if refused := self._layer_refuses(brings, config):
            disposition, why = refused
            self._step("called selectors", disposition, why, called)
            return self._failed(disposition, failedcalls.REFUSED, (), **seen)
        seen["recorded"] = True
        caller = admission.Caller(
            source, host_name, brings.calling, brings.credentials, brings.two_way, brings.mode
        )
        decided = admission.admit(config.connectors, caller, self.world.associations(called))
        for passed in decided.passed:
            self._step(f"bind: {passed.check}", "fits", passed, called)
        if isinstance(decided, admission.Refused):
            why, events = decided.reason, decided.events
            self._step(f"bind: {why.check}", "refused", why, called)
            return self._failed(Disposition.REFUSED, failedcalls.REFUSED, events, **seen)
        return self._accepted(decided.connector, seen, two_way=brings.two_way)

    def _layer_refuses(self, brings: Bind, there: MtaConfig) -> tuple[Disposition, Reason] | None:
        """Why a layer refuses the selectors that are called; the protocol machines say so.

        The transport does before the bind, and ends the connection (X.224 class 0); those above it
        refuse the bind, which their connects carry.
        """
        if brings.called == Selectors():
            return None  # which every layer takes
        local = there.server.transport_stack.selectors.for_stack()
        calling = RtseConnection(initiator=True)
        answering = RtseConnection(initiator=False, local=local)
        calling.request(RtOpen(brings.called, brings.calling, _NULL, mode=brings.mode))
        for _ in range(_ROUNDS):
            answering.receive_data(calling.data_to_send())
            for heard in calling.receive_data(answering.data_to_send()):
                if isinstance(heard, RtOpenReject):
                    place = self.connector.stack.place("outgoing")
                    text = f"the {heard.layer} refuses the outgoing selectors: {heard.text}"
                    below = heard.layer == "transport"
                    disposition = Disposition.CUT_OFF if below else Disposition.REFUSED
                    return disposition, Reason("called selectors", text, place=place)
        return None

    def _accepted(
        self, taken_for: ConnectorConfig, seen: dict[str, Any], *, two_way: bool
    ) -> Attempt:
        """The called MTA has accepted: is it the one that was meant?"""
        called: str = seen["called"]
        shown = Credentials(*self.world.mtas[called].local_credentials(taken_for))
        if wrong := impostor(self.connector, shown):
            self._step("credentials of the answer", "rejected", wrong)
            return self._failed(Disposition.REJECTED, failedcalls.NOT_GENUINE, (), **seen)
        text = f"{called} answers as {shown.name}, the remote MTA name on the General page"
        place = self.connector.general.place("remote_mta_name")
        self._step("credentials of the answer", "fit", Reason("MTA name", text, place=place))
        return Attempt(
            self.name,
            self.connector.name,
            Disposition.DELIVERED,
            tuple(self.steps),
            called_connector=taken_for.name,
            two_way=two_way,
            **seen,
        )

    def _step(self, question: str, answer: str, reason: Reason, where: str = "") -> None:
        self.steps.append(Step(where or self.name, question, answer, reason))

    def _failed(
        self,
        disposition: Disposition,
        events: Sequence[int],
        events_there: Sequence[int] = (),
        *,
        connected: bool = False,
        called: str | None = None,
        source_seen: IPAddress | None = None,
        via: tuple[str, ...] = (),
        largest_apdu: int | None = None,
        memory: Memory | None = None,
        recorded: bool = False,
    ) -> Attempt:
        modelled = disposition is not Disposition.NOT_MODELLED
        ours = (*events, failedcalls.RETRY_TIMER) if modelled else ()
        return Attempt(
            self.name,
            self.connector.name,
            disposition,
            tuple(self.steps),
            connected,
            called,
            source_seen=source_seen,
            via=via,
            largest_apdu=largest_apdu,
            memory=memory,
            recorded=recorded,
            caller_events=self.world.logged(self.name, ours),
            called_events=self.world.logged(called, events_there) if called else (),
        )


def _tpkt_refused(sender: MtaConfig, receiver: MtaConfig, header: str = "") -> Reason | None:
    """Why the receiver does not read what the sender's octets begin with.

    It is a TPKT header with a reserved octet (Q157015), or a PROXY protocol header of a firewall.
    """
    octet = sender.server.transport_stack.tpkt_reserved_octet
    stack = receiver.server.transport_stack
    first = SIGNATURES[header] if header else frame(_ANY_TPDU, octet)
    try:
        [*TpktReader(strict=stack.strict_tpkt).feed(first)]
    except ProtocolError as error:
        if header:
            text = f"the PROXY protocol header {header} comes first, which is no TPKT: {error}"
            return Reason("TPKT", text, "a TPKT", f"a PROXY protocol header {header}")
        return Reason("TPKT", str(error), "0", str(octet), stack.place("strict_tpkt"))
    return None
