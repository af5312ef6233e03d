"""Which policy routing is read, and which is not."""

from collections.abc import Sequence

import pytest

from labkit.reason import Place
from mta_lab.engines.decision import NotModelledError
from mta_lab.engines.localrouting import Line, LocalMark, read

LOCAL = "local default dev lo"


def line(text: str) -> Line:
    return Line(text, Place("rules", "lab.yaml", 7))


def marks(rule: str, *routes: str) -> Sequence[LocalMark]:
    return read([line(rule)], {"100": [line(each) for each in routes]})


@pytest.mark.parametrize(
    ("rule", "mark", "has"),
    [
        ("fwmark 1 lookup 100", 1, True),
        ("fwmark 1 lookup 100", 3, False),
        ("fwmark 0x1/0x1 lookup 100", 3, True),
        ("from all fwmark 1 table 100 priority 99", 1, True),
        ("fwmark 1 lookup 100", 0, False),
    ],
)
def test_a_mark_makes_a_packet_the_boxs_own(rule: str, mark: int, has: bool) -> None:
    (found,) = marks(rule, LOCAL)
    assert found.has(4, mark) is has
    assert not found.has(6, mark)
    assert found.reason.place == Place("rules", "lab.yaml", 7)


@pytest.mark.parametrize("route", ["-6 local default dev lo", "-6 local ::/0 dev lo"])
def test_ipv6_has_rules_and_tables_of_its_own(route: str) -> None:
    (found,) = marks("-6 fwmark 1 lookup 100", LOCAL, route)
    assert found.has(6, 1)
    assert not found.has(4, 1)


@pytest.mark.parametrize(
    ("rule", "routes", "directive"),
    [
        ("from all lookup 100", [LOCAL], "ip rule from all lookup 100"),
        ("from 192.0.2.0/24 fwmark 1 lookup 100", [LOCAL], "ip rule from 192"),
        ("fwmark 1 lookup 100", [], "ip rule fwmark 1 lookup 100"),
        ("fwmark 1 lookup main", [LOCAL], "ip rule fwmark 1 lookup main"),
        ("fwmark one lookup 100", [LOCAL], "ip rule fwmark one"),
        ("not fwmark 1 lookup 100", [LOCAL], "ip rule not fwmark"),
        ("fwmark 1 iif inside lookup 100", [LOCAL], "ip rule fwmark 1 iif"),
        ("-6 fwmark 1 lookup 100", [LOCAL], "ip rule -6 fwmark 1 lookup 100"),
        ("fwmark 1 lookup 100", [f"-6 {LOCAL}"], "ip rule fwmark 1 lookup 100"),
        ("-6 fwmark 1 lookup 100", ["-6 local 0.0.0.0/0 dev lo"], "ip route -6 local 0"),
        ("fwmark 1 lookup 100", ["default via 192.0.2.1"], "ip route default via"),
        ("fwmark 1 lookup 100", ["local 192.0.2.0/24 dev lo"], "ip route local 192"),
    ],
)
def test_what_is_not_read_is_named(rule: str, routes: list[str], directive: str) -> None:
    with pytest.raises(NotModelledError, match=directive) as found:
        marks(rule, *routes)
    assert found.value.place.line == 7
