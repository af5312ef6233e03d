"""ACLs, conditions and `tcp-request` of HAProxy, without the program."""

import pytest

from labkit.reason import Place, Reason
from mta_lab.engines.decision import NotModelledError
from mta_lab.engines.directive import Directive
from mta_lab.engines.haproxy.conditions import applies, refused
from mta_lab.engines.haproxy.reader import Section
from tests.mta_lab.engines.boxes import CLIENT, syn

OTHER = "192.0.2.77"


def line(text: str) -> Directive:
    return Directive(tuple(text.split()), Place("listen x400", "site.cfg", 1))


def section(*lines: str) -> Section:
    return Section("listen", "x400", tuple(map(line, lines)))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("", True),
        ("if ours", True),
        ("unless ours", False),
        ("if !ours", False),
        ("if theirs or ours", True),
        ("if theirs ours", False),
        (f"if {{ src {CLIENT} }}", True),
        (f"if {{ src {OTHER} }}", False),
        ("if { dst_port 100:102 } ours", True),
        ("if TRUE", True),
        ("if FALSE", False),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    around = section(f"acl ours src {CLIENT}", f"acl theirs src {OTHER}")
    asked = line("use_backend b")
    assert applies(asked, condition.split(), around, syn()) is holds


def test_any_line_of_an_acl_is_enough() -> None:
    around = section(f"acl ours src {OTHER}", f"acl ours src {CLIENT}")
    assert applies(line("use_backend b"), ["if", "ours"], around, syn())


def test_what_is_not_known_is_not_modelled() -> None:
    with pytest.raises(NotModelledError):
        applies(line("use_backend b"), ["if", "nobody"], section(), syn())
    with pytest.raises(NotModelledError):
        applies(line("use_backend b"), ["if", "{", "req_ssl_sni", "x", "}"], section(), syn())


def test_the_first_rule_that_applies_decides() -> None:
    reasons: list[Reason] = []
    accepting = f"tcp-request connection accept if {{ src {CLIENT} }}"
    assert not refused(section(accepting, "tcp-request connection reject"), syn(), reasons)
    assert refused(section("tcp-request connection reject", accepting), syn(), reasons)
    assert [each.place.line for each in reasons if each.place] == [1, 1]
