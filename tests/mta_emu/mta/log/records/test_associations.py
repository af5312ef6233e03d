"""Records of connectors and associations: their lines for people, and their reasons."""

from labkit.reason import Place, Reason
from labkit.records import as_object
from mta_emu.mta.log.records import Association, Recovery

SEED = Reason(
    "address",
    "caller's address 203.0.113.10 is not 198.51.100.1, "
    "the address on the Stack page of connector FIREWALL",
    "198.51.100.1",
    "203.0.113.10",
    Place("connectors.FIREWALL.stack.address", "internal.yaml", 21),
)
REFUSED = Association(
    7, "FIREWALL", "remotely", "198.51.100.5:102", "203.0.113.10:40000", "refused"
)


def test_the_line_of_a_refused_association_says_why_and_where_that_is_configured() -> None:
    assert str(REFUSED.because(SEED)) == (
        "association 7 with FIREWALL initiated remotely, peer 203.0.113.10:40000: refused: "
        "caller's address 203.0.113.10 is not 198.51.100.1, the address on the Stack page of "
        "connector FIREWALL (internal.yaml:21 connectors.FIREWALL.stack.address)"
    )


def test_the_record_has_the_parts_of_the_reason() -> None:
    refused = as_object(REFUSED.because(SEED))
    parts = [refused[name] for name in ("check", "expected", "seen", "place")]
    where = "internal.yaml:21 connectors.FIREWALL.stack.address"
    assert parts == ["address", "198.51.100.1", "203.0.113.10", where]


def test_without_a_reason_the_line_ends_with_the_state() -> None:
    assert str(REFUSED).endswith("peer 203.0.113.10:40000: refused")


def test_a_lost_association_says_why() -> None:
    lost = Recovery(3, "TO-B", "a:1", "b:2", "lost", "reset")
    assert str(lost) == "association 3 of TO-B lost: reset"
