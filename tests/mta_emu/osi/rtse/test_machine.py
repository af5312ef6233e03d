"""What a reliable transfer machine keeps."""

import pytest

from mta_emu.osi.asn1 import Codec
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.machine import ASSOCIATED, HOLDING, State
from mta_emu.osi.rtse.normal_mode import NormalMode
from mta_emu.osi.rtse.primitives import Mode, RtOpen
from mta_emu.osi.rtse.x410_mode import X410Mode
from mta_emu.osi.selectors import Selectors


def test_the_turn_is_held_in_an_association_only() -> None:
    assert HOLDING < ASSOCIATED
    assert not ASSOCIATED & {State.IDLE, State.OPENING, State.RELEASING, State.ENDED}


def test_a_mode_chooses_what_lies_below() -> None:
    machine = RtseConnection(initiator=True)
    machine.choose_mode(x410=False)
    assert isinstance(machine.lower, NormalMode)
    machine.choose_mode(x410=True)
    assert isinstance(machine.lower, X410Mode)


@pytest.mark.parametrize("mode", Mode)
def test_a_bind_is_decoded_once_by_layers_built_once(
    monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    """As which mode it is to be read shows in its mode selector alone."""
    decoded, built = [], []
    decode = Codec.decode
    build = NormalMode.__init__

    def count(self: Codec, name: str, octets: bytes) -> object:
        decoded.append(name)
        return decode(self, name, octets)

    def construct(self: NormalMode, *arguments: object) -> None:
        built.append(self)
        build(self, *arguments)  # type: ignore[arg-type]

    calling, called = RtseConnection(initiator=True), RtseConnection(initiator=False)
    calling.request(RtOpen(Selectors(), Selectors(), b"\x05\x00", mode=mode))
    called.receive_data(calling.data_to_send())
    calling.receive_data(called.data_to_send())
    monkeypatch.setattr(Codec, "decode", count)
    monkeypatch.setattr(NormalMode, "__init__", construct)
    (heard,) = called.receive_data(calling.data_to_send())
    assert isinstance(heard, RtOpen)
    assert decoded.count("CP-type") == 1
    assert len(built) == (mode is Mode.NORMAL_1988)
