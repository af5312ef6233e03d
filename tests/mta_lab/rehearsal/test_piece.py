"""A piece of a way, and the parts of its way back."""

from ipaddress import IPv4Address

from mta_lab.engines.decision import Syn
from mta_lab.rehearsal.piece import Passed, Piece

NORTH, FIREWALL, SOUTH = map(IPv4Address, ("203.0.113.10", "192.0.2.1", "198.51.100.10"))
AS_IT_IS = Syn("outside", NORTH, 40000, SOUTH, 102)
TRANSLATED = Syn("transit", FIREWALL, 40000, SOUTH, 102)


def test_the_way_back_ends_a_part_where_a_source_was_translated() -> None:
    near, nat, far = (
        Passed("NEAR", AS_IT_IS, AS_IT_IS),
        Passed("NAT", AS_IT_IS, TRANSLATED),
        Passed("FAR", TRANSLATED, TRANSLATED),
    )
    assert [*Piece("NORTH", forwarded=[near, nat, far]).back()] == [[far, nat], [near]]
    assert [*Piece("NORTH").back()] == [[]]


def test_source_and_destination_are_translated_each_by_itself() -> None:
    redirected = Passed("DNAT", Syn("outside", NORTH, 40000, FIREWALL, 102), AS_IT_IS)
    assert (redirected.redirected, redirected.translated) == (True, False)
    masked = Passed("SNAT", AS_IT_IS, TRANSLATED)
    assert (masked.redirected, masked.translated) == (False, True)
