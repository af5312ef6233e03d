"""What a reliable transfer machine keeps."""

from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.machine import ASSOCIATED, HOLDING, State
from mta_emu.osi.rtse.normal_mode import NormalMode
from mta_emu.osi.rtse.x410_mode import X410Mode


def test_the_turn_is_held_in_an_association_only() -> None:
    assert HOLDING < ASSOCIATED
    assert not ASSOCIATED & {State.IDLE, State.OPENING, State.RELEASING, State.ENDED}


def test_a_mode_chooses_what_lies_below() -> None:
    machine = RtseConnection(initiator=True)
    machine.choose_mode(x410=False)
    assert isinstance(machine.lower, NormalMode)
    machine.choose_mode(x410=True)
    assert isinstance(machine.lower, X410Mode)
