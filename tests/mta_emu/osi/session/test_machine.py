"""Two session protocol machines that talk: any requests that the table allows, in any order, with
the octets on their way for as long as they like."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.events import EVENTS
from mta_emu.osi.session.machine import State
from mta_emu.osi.session.mapping import to_unit
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    FunctionalUnit,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SControlGive,
    SData,
    SessionPrimitive,
    SPAbort,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    STypedData,
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, encode_tsdu
from mta_emu.osi.transport.connection import TransportConnection

_FU = FunctionalUnit
SETS = [Token(bits) for bits in (0x01, 0x04, 0x05, 0x10, 0x11, 0x14, 0x15)]
DATA = st.binary(max_size=300)
UNITS = st.sampled_from(
    [
        RTSE_FUNCTIONAL_UNITS,
        RTSE_FUNCTIONAL_UNITS | _FU.TYPED_DATA,
        RTSE_FUNCTIONAL_UNITS & ~_FU.HALF_DUPLEX & ~_FU.EXCEPTIONS | _FU.DUPLEX,
        _FU.DUPLEX | _FU.TYPED_DATA,
        _FU.HALF_DUPLEX | _FU.MINOR_SYNCHRONIZE | _FU.EXCEPTIONS,
    ]
)
SIZES = st.sampled_from([0, 64, 65, 100, 1000])
#: What is under way when one of these comes is purged (X.225 7.37), or may be.
PURGING = (SUExceptionReport, SActivityInterrupt, SActivityDiscard)

#: Every request and response but those of connection and abort, with what predicates look at.
REQUESTS: list[SessionPrimitive] = [
    SData(b""),
    STypedData(b""),
    *(STokenPlease(tokens) for tokens in SETS),
    *(STokenGive(tokens) for tokens in SETS),
    SControlGive(),
    SSyncMinor(explicit_confirmation=True),
    SSyncMinor(explicit_confirmation=False),
    *(SSyncMinorAck(serial) for serial in range(1, 9)),
    SUExceptionReport(5),
    SActivityStart(b"\x02\x01\x01"),
    SActivityResume(b"\x02\x01\x02", b"\x02\x01\x01", 3),
    SActivityInterrupt(1),
    SActivityInterruptAck(),
    SActivityDiscard(1),
    SActivityDiscardAck(),
    SActivityEnd(),
    SActivityEndAck(),
    SRelease(),
    SReleaseAccept(),
]


class TwoMachines(RuleBasedStateMachine):
    """Side 0 calls, side 1 is called."""

    @initialize(units=UNITS, sizes=st.tuples(SIZES, SIZES), tokens=st.sampled_from(SETS), data=DATA)
    def connect(
        self, units: FunctionalUnit, sizes: tuple[int, int], tokens: Token, data: bytes
    ) -> None:
        self.sides = [
            SessionConnection(initiator, max_tsdu_size=size)
            for initiator, size in zip((True, False), sizes, strict=True)
        ]
        self.wire = [b"", b""]  # octets on their way, by who sent them
        self.asked: list[list[SessionPrimitive]] = [[], []]  # requests, by side
        self.heard: list[list[SessionPrimitive]] = [[], []]  # indications, by side
        self.purged = False
        serial = 1 if _FU.MINOR_SYNCHRONIZE in units else None
        request = SConnect(
            functional_units=units,
            initial_serial_number=serial,
            user_data=data,
            called_side_tokens=tokens,
        )
        self.sides[0].request(request)
        self.settle()
        assert self.heard[1] == [request]
        self.sides[1].request(SConnectAccept(functional_units=units, user_data=data))
        self.settle()
        assert self.sides[0].state is self.sides[1].state is State.STA713
        self.heard = [[], []]

    def collect(self) -> None:
        for side, session in enumerate(self.sides):
            self.wire[side] += session.data_to_send()

    def deliver_octets(self, sender: int, count: int) -> None:
        octets, self.wire[sender] = self.wire[sender][:count], self.wire[sender][count:]
        self.heard[1 - sender] += self.sides[1 - sender].receive_data(octets)
        self.collect()

    def settle(self) -> None:
        """Deliver until nothing is on its way."""
        self.collect()
        while any(self.wire):
            for sender in (0, 1):
                self.deliver_octets(sender, len(self.wire[sender]))

    # What may happen

    def legal(self, side: int) -> dict[str, list[SessionPrimitive]]:
        """What a user may request or respond now, by the name of the primitive."""
        session = self.sides[side]
        found: dict[str, list[SessionPrimitive]] = {}
        for primitive in REQUESTS if not session.closed else []:
            if session._cell(EVENTS[type(primitive)], session._numbered(primitive)):
                found.setdefault(type(primitive).__name__, []).append(primitive)
        return found

    @rule(side=st.integers(0, 1), data=st.data())
    def ask(self, side: int, data: st.DataObject) -> None:
        """A user requests or responds what the table allows it now."""
        if not (legal := self.legal(side)):
            return
        name = data.draw(st.sampled_from(sorted(legal)))
        primitive = data.draw(st.sampled_from(legal[name]))
        primitive = replace(primitive, user_data=data.draw(DATA))  # type: ignore[call-arg]
        session = self.sides[side]
        self.asked[side].append(session._numbered(primitive))
        self.purged = self.purged or isinstance(primitive, PURGING)
        session.request(primitive)
        self.collect()

    @rule(sender=st.integers(0, 1), count=st.integers(1, 600))
    def carry(self, sender: int, count: int) -> None:
        """Some octets arrive, wherever that cuts them."""
        self.deliver_octets(sender, count)

    @rule()
    @precondition(lambda self: any(self.wire))
    def carry_all(self) -> None:
        self.settle()

    # What must always hold

    @invariant()
    def nobody_aborts(self) -> None:
        for heard in getattr(self, "heard", []):
            ended = [each for each in heard if isinstance(each, SPAbort)]
            released = any(isinstance(each, SRelease | SReleaseAccept) for each in heard)
            assert not ended or (released and ended[-1].by_peer), ended

    @invariant()
    def a_token_is_on_one_side(self) -> None:
        if hasattr(self, "sides"):
            calling, called = self.sides
            assert not calling.owned_tokens & called.owned_tokens

    @invariant()
    def what_is_heard_was_asked_for(self) -> None:
        """In order, whole, and all of it unless something was purged on the way."""
        for sender in (0, 1):
            asked = iter(getattr(self, "asked", [[], []])[sender])
            for heard in getattr(self, "heard", [[], []])[1 - sender]:
                if isinstance(heard, SPAbort):
                    continue
                assert any(heard == each for each in asked), heard

    @invariant()
    def in_rest_both_know_the_same(self) -> None:
        if not hasattr(self, "sides") or any(self.wire):
            return
        one, other = (session.variables for session in self.sides)
        if any(session.state is not State.STA713 for session in self.sides):
            return
        assert one.functional_units == other.functional_units
        assert one.owned | other.owned == one.available
        assert one.in_activity == other.in_activity
        if one.activity_lets:  # a point that crossed a discard is unknown, and its activity over
            assert one.next_serial_number == other.next_serial_number
        if not self.purged:
            for sender in (0, 1):
                assert self.heard[1 - sender] == self.asked[sender]


TestTwoMachines: Any = TwoMachines.TestCase
TestTwoMachines.settings = settings(max_examples=100, stateful_step_count=50)


def _encoded(unit: Unit) -> bytes:
    with suppress(ValueError):  # a value that is too long for its parameter
        return encode_tsdu(unit)
    return b""


#: SPDUs that say something in each state, and octets that say nothing anywhere.
UNITS_OF_THE_PEER = st.one_of(
    st.builds(
        Unit,
        st.sampled_from(Spdu),
        st.dictionaries(st.sampled_from(list(Pi)), st.binary(max_size=4), max_size=4),
        st.binary(max_size=20),
    ).map(_encoded),
    st.sampled_from([to_unit(request) for request in REQUESTS]).map(_encoded),
    st.binary(max_size=30),
)
EVENTS_IN_ANY_ORDER = st.lists(
    st.one_of(
        st.sampled_from([SConnect(), SConnectAccept(), SConnectRefuse(), SUAbort(), *REQUESTS]),
        UNITS_OF_THE_PEER,
    ),
    max_size=30,
)


@given(st.booleans(), st.booleans(), EVENTS_IN_ANY_ORDER)
def test_any_events_in_any_order(
    initiator: bool, connected: bool, events: list[SessionPrimitive | bytes]
) -> None:
    """The user is told that it misuses the service; the peer is aborted; and each is left alone
    when the connection is over. Wherever that leads, the loss of the connection ends it."""
    session = SessionConnection(initiator)
    peer = TransportConnection(initiator=not initiator)
    if initiator:
        session.request(SConnect())
    else:
        peer.connect()
    opening: list[SessionPrimitive | bytes] = []
    if connected:
        accept = {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}
        opening = [_encoded(Unit(Spdu.AC if initiator else Spdu.CN, accept))]
        opening += [] if initiator else [SConnectAccept()]
    for event in [*opening, *events]:
        peer.receive_data(session.data_to_send())
        session.receive_data(peer.data_to_send())
        peer.receive_data(session.data_to_send())
        if isinstance(event, bytes):
            peer.data(event)
            session.receive_data(peer.data_to_send())
        else:
            with suppress(ServiceMisuse):
                session.request(event)
    if connected and not events:
        assert session.state is State.STA713
    session.receive_eof()
    assert session.closed
    assert session.state is State.STA01
