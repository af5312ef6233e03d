"""Two protocol machines that hear what the wire says: who did wrong, and who did not."""

import pytest

from mta_emu.decode.referee import Referee
from mta_emu.decode.steps import Complaint, Side
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import FunctionalUnit, SConnect, SConnectAccept, SData
from mta_emu.osi.tpkt import TpktReader

CALLING, CALLED = Side
UNITS = FunctionalUnit(0x0249)
CR, CC = bytes.fromhex("06e00000000100"), bytes.fromhex("06d00001000200")


class Both:
    """Two machines that talk, and the referee between them."""

    def __init__(self) -> None:
        self.referee = Referee()
        self.machines = {side: SessionConnection(side is CALLING, max_tsdu_size=0) for side in Side}
        self.judged: list[Complaint | None] = []

    def request(self, side: Side, primitive: object) -> None:
        self.machines[side].request(primitive)  # type: ignore[arg-type]
        self.carry()

    def carry(self) -> None:
        while any(self._carry(side) for side in Side):
            pass

    def _carry(self, sender: Side) -> bool:
        octets = self.machines[sender].data_to_send()
        self.judged += [self.referee.sent(sender, tpdu) for tpdu in TpktReader().feed(octets)]
        self.machines[sender.other].receive_data(octets)
        return bool(octets)

    def opened(self) -> "Both":
        self.request(CALLING, SConnect(functional_units=UNITS))
        self.request(CALLED, SConnectAccept(functional_units=UNITS))
        assert self.judged == [None] * len(self.judged)
        return self


def test_who_keeps_the_protocol_is_left_alone() -> None:
    both = Both().opened()
    both.request(CALLING, SData(b"octets"))
    assert both.judged == [None] * 5


def test_data_without_the_token_are_their_senders_fault() -> None:
    both = Both().opened()
    wrong = both.referee.sent(CALLED, bytes.fromhex("02f080 01000100 aa"))
    assert wrong == Complaint("session", "SPDU DT in state data transfer")


def test_what_is_no_tpdu_is_the_transports() -> None:
    both = Both().opened()
    wrong = both.referee.sent(CALLING, bytes.fromhex("09f080"))
    assert wrong
    assert (wrong.layer, wrong.text) == ("transport", "TPDU length indicator 9 beyond 3 octets")


def test_data_before_the_confirmation() -> None:
    referee = Referee()
    assert referee.sent(CALLING, CR) is None
    wrong = referee.sent(CALLING, bytes.fromhex("02f080 0d00"))
    assert wrong
    assert wrong.text == "DT before the CC: the called transport has not answered yet"


@pytest.mark.parametrize("reason", [0x03, 0x82])
def test_a_refused_transport_connection_is_no_breach(reason: int) -> None:
    referee = Referee()
    assert referee.sent(CALLING, CR) is None
    assert referee.sent(CALLED, bytes.fromhex(f"06800001000{2}{reason:02x}")) is None


def test_two_who_cross_are_both_right() -> None:
    """Each side may ask for a release while the other aborts."""
    both = Both().opened()
    assert both.referee.sent(CALLING, bytes.fromhex("02f080 0900")) is None  # FINISH
    assert both.referee.sent(CALLED, bytes.fromhex("02f080 1903 110101")) is None  # ABORT
