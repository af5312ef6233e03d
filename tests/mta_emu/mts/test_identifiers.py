"""MTS identifiers."""

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import identifiers
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier

#: [APPLICATION 4] { [APPLICATION 3] { C US, A " ", P Contoso }, IA5String "A-1" }
OCTETS = bytes.fromhex("641b 6314 6104 1302 5553 6203 1301 20 1307 436f6e746f736f 1603 412d31")
IDENTIFIER = MtsIdentifier(GlobalDomain("US", " ", "Contoso"), "A-1")


def test_golden_octets() -> None:
    assert MTS.encode("MTSIdentifier", IDENTIFIER.to_asn1()) == OCTETS
    assert identifiers.decode(OCTETS) == IDENTIFIER
    assert str(IDENTIFIER) == "[C=US;A= ;P=Contoso;A-1]"


@given(st.from_type(MtsIdentifier))
def test_identifiers_survive_the_wire(sent: MtsIdentifier) -> None:
    octets = MTS.encode("MTSIdentifier", sent.to_asn1())
    came = identifiers.decode(octets)
    assert came == sent
    assert came.octets == octets
