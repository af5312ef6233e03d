"""Probes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import probe as probes
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.subject import Recipient
from mta_emu.osi.errors import ProtocolError

NOBODY = ORAddress(country="US")
PROBE = Probe(
    MtsIdentifier(GlobalDomain("US", " "), "P"), NOBODY, (Recipient(NOBODY),), content_length=7
)


def test_golden_octets() -> None:
    identifier = "6410 630b 6104 1302 5553 6203 1301 20 160150"
    name = "6008 3006 6104 1302 5553"
    recipient = f"3111 {name} 800101 810200a8"
    octets = bytes.fromhex(f"a237 {identifier} {name} 460116 800107 a213 {recipient}")
    assert probes.encode(PROBE) == octets
    assert probes.decode(octets) == PROBE


@given(st.from_type(Probe))
def test_probes_survive_the_wire(probe: Probe) -> None:
    octets = probes.encode(probe)
    came = probes.decode(octets)
    assert came == probe
    assert probes.encode(came) == octets


def test_a_message_is_not_a_probe() -> None:
    with pytest.raises(ProtocolError, match="BER tag 0xa0 where a probe"):
        probes.decode(b"\xa0\x00")


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_probe_or_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        probes.decode(b"\xa2" + octets)
