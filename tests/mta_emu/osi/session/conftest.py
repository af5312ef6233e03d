"""Two session connections joined in memory, and all variables that a machine may have."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    FunctionalUnit,
    SActivityStart,
    SConnect,
    SConnectAccept,
    SessionPrimitive,
    Token,
)
from mta_emu.osi.session.spdu import Unit, decode_tsdu, encode_tsdu
from mta_emu.osi.session.variables import Variables
from mta_emu.osi.transport.connection import TransportConnection

_FU = FunctionalUnit
ALL_TOKENS = Token.DATA | Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY
_UNITS = (
    RTSE_FUNCTIONAL_UNITS,
    RTSE_FUNCTIONAL_UNITS | _FU.TYPED_DATA,
    RTSE_FUNCTIONAL_UNITS & ~_FU.HALF_DUPLEX & ~_FU.EXCEPTIONS | _FU.DUPLEX | _FU.TYPED_DATA,
    _FU.DUPLEX,
    _FU.DUPLEX | _FU.TYPED_DATA,
    _FU.HALF_DUPLEX | _FU.EXCEPTIONS,
    _FU.HALF_DUPLEX | _FU.EXCEPTIONS | _FU.MINOR_SYNCHRONIZE,
)
_OWNED = (Token(0), ALL_TOKENS, Token.DATA, ALL_TOKENS & ~Token.DATA, Token.MAJOR_ACTIVITY)
_BOOLS = (False, True)


def all_variables() -> list[Variables]:
    """Every combination of the variables that a predicate could tell apart."""
    return list(_variables())


def _variables() -> Iterator[Variables]:
    for units, owned, active, confirm, collision, dnr, made in product(
        _UNITS, _OWNED, _BOOLS, _BOOLS, _BOOLS, _BOOLS, _BOOLS
    ):
        variables = Variables(made, units, Token(0), 3, 1, confirm, active, collision, dnr)
        variables.owned = owned & variables.available
        yield variables


class Peer:
    """A transport connection in the hands of the test: SPDUs in, SPDUs out."""

    def __init__(self, session: SessionConnection) -> None:
        self.session = session
        self._transport = TransportConnection(initiator=not session.transport.initiator)
        if self._transport.initiator:
            self._transport.connect()
        self._tsdus: list[bytes] = []
        self.exchange()

    def exchange(self) -> list[SessionPrimitive]:
        """Carry octets both ways until there are none; the session's indications."""
        found: list[SessionPrimitive] = []
        while True:
            down, up = self._transport.data_to_send(), self.session.data_to_send()
            if not down and not up:
                return found
            found += self.session.receive_data(down)
            self._tsdus += [
                event.user_data
                for event in self._transport.receive_data(up)
                if hasattr(event, "user_data")
            ]

    def send(self, unit: Unit | bytes) -> list[SessionPrimitive]:
        self._transport.data(unit if isinstance(unit, bytes) else encode_tsdu(unit))
        return self.exchange()

    def said(self) -> list[Unit]:
        """The SPDUs that the session has sent since this was asked last."""
        self.exchange()
        tsdus, self._tsdus = self._tsdus, []
        return [unit for tsdu in tsdus for unit in decode_tsdu(tsdu)]


class Pair:
    """A calling and a called session connection."""

    def __init__(self, max_tsdu_size: int = 0) -> None:
        self.calling = SessionConnection(initiator=True, max_tsdu_size=max_tsdu_size)
        self.called = SessionConnection(initiator=False, max_tsdu_size=max_tsdu_size)

    def run(self) -> tuple[list[SessionPrimitive], list[SessionPrimitive]]:
        """Carry octets until there are none: what the calling and the called side hear."""
        heard: tuple[list[SessionPrimitive], list[SessionPrimitive]] = ([], [])
        while True:
            onward, back = self.calling.data_to_send(), self.called.data_to_send()
            if not onward and not back:
                return heard
            heard[1].extend(self.called.receive_data(onward) if onward else [])
            heard[0].extend(self.calling.receive_data(back) if back else [])

    def connect(self) -> "Pair":
        self.calling.request(SConnect(user_data=b"connect"))
        self.run()
        self.called.request(SConnectAccept(user_data=b"accept"))
        self.run()
        return self

    def start_activity(self) -> "Pair":
        self.calling.request(SActivityStart(b"\x02\x01\x01"))
        self.run()
        return self


@pytest.fixture
def pair() -> Pair:
    return Pair().connect()


@pytest.fixture
def make_pair() -> Callable[..., Pair]:
    return Pair


@pytest.fixture
def make_peer() -> Callable[[SessionConnection], Peer]:
    return Peer
