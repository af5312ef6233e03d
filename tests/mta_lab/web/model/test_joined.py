"""Calls through firewalls are joined, by records and without them."""

from typing import Any

from firewall_proxy.records import Connection, Outcome
from mta_lab.engines.records import Decided, SynOutcome
from mta_lab.web.model.joined import began, ends, joined
from tests.mta_lab.web.captured import CONNECT, refused

A, OUTSIDE = "203.0.113.10:4001", "203.0.113.1:102"
INSIDE, B = "198.51.100.1:5001", "198.51.100.10:102"


def proxied(source: str = A, onward: str | None = INSIDE, to: str = B) -> Connection:
    fields: dict[str, Any] = {"bytes_out": 1, "bytes_in": 1, "seconds": 1.0}
    return Connection(
        service="x400",
        rule=None,
        source=source,
        destination=OUTSIDE,
        onward_source=onward,
        onward_destination=to if onward else None,
        outcome=Outcome.CLOSED,
        **fields,
    )


def test_a_firewalls_record_joins_what_octets_would_not() -> None:
    outer = refused(A, OUTSIDE, 1)
    inner = refused(INSIDE, B, 3, octets=CONNECT[::-1])
    assert len(joined([outer, inner])) == 2
    (call,) = joined([inner, outer], [("firewall", proxied())])
    assert call.legs == (outer, inner)
    assert call.numbers == (2, 1)
    assert call.between == ("firewall",)


def test_without_a_record_octets_and_times_join() -> None:
    outer, inner, other = refused(A, OUTSIDE, 1), refused(INSIDE, B, 3), refused(A, B, 200)
    first, second = joined([outer, inner, other], [("firewall", proxied(onward=None))])
    assert first.legs == (outer, inner)
    assert first.between == (None,)
    assert second.legs == (other,)


def test_two_firewalls_make_three_legs_and_ports_are_used_again() -> None:
    middle = "192.0.2.1:6001", "192.0.2.2:102"
    rounds = [
        [refused(A, OUTSIDE, at), refused(*middle, at + 1), refused(INSIDE, B, at + 2)]
        for at in (1, 101)
    ]
    through = [
        ("OUTER", proxied(onward=middle[0], to=middle[1])),
        (
            "INNER",
            Decided(
                engine="nftables",
                outcome=SynOutcome.FORWARDED,
                source=middle[0],
                destination=middle[1],
                onward_source=INSIDE,
                onward_destination=B,
                rules=(),
            ),
        ),
    ]
    calls = joined([*rounds[0], *rounds[1]], through * 2)
    assert [call.legs for call in calls] == [tuple(each) for each in rounds]
    assert [call.between for call in calls] == [("OUTER", "INNER")] * 2


def test_a_firewall_that_passes_a_packet_on_as_it_is_has_one_leg() -> None:
    seen = Decided(
        engine="nftables",
        outcome=SynOutcome.FORWARDED,
        source=A,
        destination=B,
        onward_source=A,
        onward_destination=B,
        rules=(),
    )
    (call,) = joined([refused(A, B, 1)], [("firewall", seen)])
    assert call.between == ()


def test_ends_and_beginnings() -> None:
    assert ends(refused(A, B, 7)) == (A, B)
    assert ends(refused("[2001:db8::1]:4001", "[2001:db8::2]:102", 7)) == (
        "[2001:db8::1]:4001",
        "[2001:db8::2]:102",
    )
    assert began(refused(A, B, 7)) == 7 * 10**9
