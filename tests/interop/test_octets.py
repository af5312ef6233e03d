"""What others' stacks sent, read and written again layer by layer: the same octets.

Where a form of BER or a length that they chose is not ours, the difference stands in `DIFFERENT`
with its reason, and nowhere else.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mta_emu.decode.capture import Capture
from mta_emu.decode.segment import Address
from mta_emu.decode.tcp import Connections, Octets
from mta_emu.mts.asn1 import MTS
from mta_emu.osi.asn1 import Codec, compile_modules
from mta_emu.osi.rtse.x410_mode import is_x410
from mta_emu.osi.session import spdu
from mta_emu.osi.session.spdu import Spdu, Unit
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport.tpdu import DT, decode, encode
from tests.shared import shared

CAPTURES = shared("captures")
PRESENTATION = compile_modules("mta_emu.osi.asn1", "presentation")
ACSE = compile_modules("mta_emu.osi.asn1", "acse")
RTSE = compile_modules("mta_emu.osi.asn1", "rtse")
X410 = compile_modules("mta_emu.osi.asn1", "rtse", "x410")

#: (capture, PDU) -> why our octets are others.
DIFFERENT = {
    ("x400-ping-success.hex", "CP-type of CN"): "lengths are indefinite; ours are definite",
    ("x400-ping-success.hex", "rtorq-apdu of CN"): (
        "dialogueMode has its default value, monologue, and is sent; ours leaves it out"
    ),
    ("rts84_twa_put_100k.pcap", "CPA-PPDU of AC"): (
        "windowSize has its default value, 3, and is sent; ours leaves it out"
    ),
}


@dataclass(frozen=True)
class Pdu:
    """A PDU as it was sent, and as we write what we read in it."""

    name: str
    theirs: bytes
    ours: bytes


def tsdus(path: Path) -> Iterator[Pdu | bytes]:
    """The TSDUs of a capture; the PDUs below them on the way."""
    if path.suffix == ".hex":
        lines = [line.split() for line in path.read_text().splitlines() if line[:1] in "<>"]
        yield from (bytes.fromhex(octets) for *_, octets in lines)
        return
    connections = Connections((10102,))
    readers: defaultdict[Address, TpktReader] = defaultdict(TpktReader)
    for segment in Capture(path).segments():
        for said in connections.of(segment).feed(segment):
            if isinstance(said.part, Octets):
                tpdus = list(readers[said.sender].feed(said.part.octets))
                # these senders put whole TPKTs into a segment
                yield Pdu("TPKT", said.part.octets, b"".join(map(frame, tpdus)))
                for octets in tpdus:
                    yield from transported(octets)


def transported(octets: bytes) -> Iterator[Pdu | bytes]:
    tpdu = decode(octets)
    if tpdu.code == DT:
        written = bytes((2, DT, tpdu.option)) + tpdu.user_data
        yield Pdu("DT", octets, written)
        yield tpdu.user_data  # none of these TSDUs is segmented
    else:
        yield Pdu(f"TPDU {tpdu.code:02x}", octets, encode(tpdu))


def pdus(path: Path) -> Iterator[Pdu]:
    x410 = False
    for each in tsdus(path):
        if isinstance(each, Pdu):
            yield each
            continue
        (unit,) = spdu.decode_tsdu(each)
        yield Pdu(unit.spdu.name, each, spdu.encode_tsdu(unit))
        if unit.spdu is Spdu.CN:
            x410 = is_x410(unit.user_data)
        yield from (bare if x410 else layered)(unit)


def again(codec: Codec, kind: str, octets: bytes, unit: Unit, name: str = "") -> tuple[Pdu, Any]:
    value = codec.decode(kind, octets)
    if isinstance(value, tuple):
        name = name or value[0]
    return Pdu(f"{name or kind} of {unit.spdu.name}", octets, codec.encode(kind, value)), value


def bare(unit: Unit) -> Iterator[Pdu]:
    """What an SPDU carries in X.410-1984 mode."""
    kinds = {Spdu.CN: "CP-type", Spdu.AC: "CPA-PPDU", Spdu.RF: "RTORJapdu"}
    if unit.spdu in kinds:
        yield again(X410, kinds[unit.spdu], unit.user_data, unit)[0]


def layered(unit: Unit) -> Iterator[Pdu]:
    """What an SPDU carries in normal mode, up to the bind."""
    kind = {Spdu.CN: "CP-type", Spdu.AC: "CPA-PPDU"}.get(unit.spdu, "User-data")
    pdu, value = again(PRESENTATION, kind, unit.user_data, unit, kind)
    yield pdu
    _, (pdv,) = value if kind == "User-data" else value["normal-mode-parameters"]["user-data"]
    pdu, (_, apdu) = again(ACSE, "ACSE-apdu", bytes(pdv["presentation-data-values"][1]), unit)
    yield pdu
    for external in apdu.get("user-information", ()):
        pdu, (_, fields) = again(RTSE, "RTSE-apdus", bytes(external["encoding"][1]), unit)
        yield pdu
        data = next(value for name, value in fields.items() if name.startswith("connectionData"))
        yield again(MTS, "MTABind", bytes(data[1]), unit, "MTABind")[0]


FILES = sorted(path for path in CAPTURES.glob("*") if path.suffix in (".hex", ".pcap"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_pdu_is_written_as_it_was_read(
    path: Path, record_property: Callable[[str, object], None]
) -> None:
    found = list(pdus(path))
    different = {(path.name, pdu.name) for pdu in found if pdu.ours != pdu.theirs}
    assert different == {key for key in DIFFERENT if key[0] == path.name}
    record_property("pdus", len(found))
    assert len(found) >= 10
