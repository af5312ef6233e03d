"""Whatever a peer sends is read, or it is a ProtocolError: of every decoder of every layer."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi import acse, ber
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.presentation import ppdus
from mta_emu.osi.presentation.longvalue import LongValueReader
from mta_emu.osi.rtse import normal_mode, x410_mode
from mta_emu.osi.rtse.apdus import Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.external import ExternalReader
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.session import establishment, spdu
from mta_emu.osi.session.mapping import to_primitive
from mta_emu.osi.session.primitives import FunctionalUnit
from mta_emu.osi.session.spdu import Spdu
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport import tpdu
from mta_emu.osi.transport.primitives import TConnect
from tests.mta_emu.osi.rtse.test_table import recorded

_NOBODY = TConnect(b"", b"")
_NOTHING = FunctionalUnit(0)


def _session(octets: bytes) -> None:
    """Each SPDU as the machine reads it, whatever its state."""
    for unit in spdu.decode_tsdu(octets):
        if unit.spdu is Spdu.CN:
            establishment.read_connect(unit, _NOBODY, b"", _NOTHING)
        elif unit.spdu is Spdu.AC:
            proposal = establishment.read_connect(unit, _NOBODY, b"", _NOTHING)
            establishment.read_accept(unit, proposal, _NOTHING)
        elif unit.spdu is Spdu.RF:
            establishment.read_refuse(unit)
        elif unit.spdu is Spdu.CDO:
            establishment.read_overflow(unit)
        elif unit.spdu is not Spdu.OA:
            to_primitive(unit)


def _rtse(octets: bytes) -> None:
    kinds = {"rtorq-apdu": Rtorq, "rtoac-apdu": Rtoac, "rtorj-apdu": Rtorj, "rtab-apdu": Rtab}
    kind, fields = normal_mode._CODEC.decode("RTSE-apdus", octets)
    if kind in kinds:
        kinds[kind].from_asn1(fields)


#: Every decoder of this package, by what it is given.
OF_TPDUS: dict[str, Callable[[bytes], object]] = {
    "TPKT": lambda octets: list(TpktReader().feed(octets)),
    "TPDU": tpdu.decode,
}
OF_TSDUS: dict[str, Callable[[bytes], object]] = {"SPDU": _session}
OF_USER_DATA: dict[str, Callable[[bytes], object]] = {
    "CP": ppdus.decode_connect,
    "CPA": ppdus.decode_accept,
    "CPR": ppdus.decode_refuse,
    "abort": ppdus.decode_abort,
    "user data": ppdus.decode_values,
    "long value": lambda octets: LongValueReader().feed(octets, last=True),
    "mode": x410_mode.is_x410,
    "CP of X.410": lambda octets: x410_mode._CODEC.decode("CP-type", octets),
    "ACSE": lambda octets: acse._CODEC.decode("ACSE-apdu", octets),
    "RTSE": _rtse,
    "EXTERNAL": lambda octets: ExternalReader().feed(octets),
    "BER": ber.definite,
    "BER elements": lambda octets: ber.elements(ber.contents(octets)),
    "BER children": lambda octets: list(ber.children(octets)),
    "the end of a value": lambda octets: ber.EndFinder().find(octets),
    "a string": lambda octets: ber.StringReader().feed(octets),
}


@cache
def tpdus() -> tuple[bytes, ...]:
    return tuple(each for mode in Mode for side in (True, False) for each in recorded(mode, side))


@cache
def tsdus() -> tuple[bytes, ...]:
    return tuple(each[3:] for each in tpdus() if each[1] == tpdu.DT and each[2] & tpdu.EOT)


def _values(octets: bytes) -> Iterator[bytes]:
    """A value, and those in it."""
    yield octets
    with suppress(ProtocolError):
        for child in ber.children(octets) if octets[:1] and octets[0] & 0x20 else ():
            yield from _values(child)


@cache
def user_data() -> tuple[bytes, ...]:
    """What SPDUs carry, and every value in it."""
    units = [unit for tsdu in tsdus() for unit in spdu.decode_tsdu(tsdu) if unit.user_data]
    return tuple(dict.fromkeys(value for unit in units for value in _values(unit.user_data)))


@st.composite
def mutated(draw: Callable[..., Any], samples: Callable[[], tuple[bytes, ...]]) -> bytes:
    """A sample with octets changed, taken out, put in and cut off; or octets at random."""
    octets = bytearray(draw(st.one_of(st.sampled_from(samples()), st.binary(max_size=60))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(octets)))
        what = draw(st.sampled_from(("change", "remove", "insert", "repeat", "cut")))
        if what == "change":
            octets[at : at + 1] = bytes((draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF, 0x84))),))
        elif what == "remove":
            del octets[at : at + draw(st.integers(1, 4))]
        elif what == "insert":
            octets[at:at] = draw(st.binary(min_size=1, max_size=4))
        elif what == "repeat":
            octets[at:at] = octets[at : at + draw(st.integers(1, 40))]
        else:
            del octets[at:]
    return bytes(octets)


def reads_or_refuses(decode: Callable[[bytes], object], octets: bytes) -> None:
    with suppress(ProtocolError):
        decode(octets)


@pytest.mark.parametrize("name", OF_TPDUS)
@given(octets=mutated(tpdus))
def test_tpdus(name: str, octets: bytes) -> None:
    reads_or_refuses(OF_TPDUS[name], octets)


@pytest.mark.parametrize("name", OF_TSDUS)
@given(octets=mutated(tsdus))
def test_tsdus(name: str, octets: bytes) -> None:
    reads_or_refuses(OF_TSDUS[name], octets)


@pytest.mark.parametrize("name", OF_USER_DATA)
@given(octets=mutated(user_data))
def test_user_data(name: str, octets: bytes) -> None:
    reads_or_refuses(OF_USER_DATA[name], octets)


@given(st.sampled_from(Mode), st.booleans(), st.lists(mutated(tsdus), max_size=3), st.integers(0))
def test_a_stack_refuses_what_it_cannot_read(
    mode: Mode, from_calling: bool, tsdus: list[bytes], after: int
) -> None:
    """A recorded association, with TSDUs that were meddled with in between."""
    heard = recorded(mode, from_calling)
    after %= len(heard)
    side = RtseConnection(initiator=not from_calling)
    for octets in [*heard[:after], *(b"\x02\xf0\x80" + each for each in tsdus), *heard[after:]]:
        side.receive_data(frame(octets))
        side.data_to_send()
    side.receive_eof()
    assert side.closed


def test_there_are_samples_of_everything() -> None:
    names = {unit.spdu for tsdu in tsdus() for unit in spdu.decode_tsdu(tsdu)}
    assert {Spdu.CN, Spdu.AC, Spdu.AS, Spdu.AR, Spdu.DT, Spdu.MIP, Spdu.MIA, Spdu.AE} <= names
    for name, decode in OF_USER_DATA.items():
        if name in {"CPR", "abort"}:  # nobody refuses or aborts there
            continue
        assert any(_is_read(decode, octets) for octets in user_data()), name


def _is_read(decode: Callable[[bytes], object], octets: bytes) -> bool:
    try:
        decode(octets)
    except ProtocolError:
        return False
    return True
