"""The ladder: what became of each call, and its arrows in the order of the capture."""

from mta_lab.topology.disposition import Disposition
from mta_lab.web.model.columns import Columns
from mta_lab.web.model.joined import Joined, joined
from mta_lab.web.model.ladder import CallResult, Ladder, draw
from mta_lab.web.model.writing import Writing
from tests.mta_lab.web.captured import CALLED, CALLING, association, refused

A, OUTSIDE = "203.0.113.10:4001", "203.0.113.1:102"
INSIDE, B = "198.51.100.1:5001", "198.51.100.10:102"
OUTER, INNER = refused(A, OUTSIDE, 1), refused(INSIDE, B, 3)


def ladder(calls: list[Joined], results: dict[tuple[str, str], CallResult] | None = None) -> Ladder:
    return draw(calls, Columns(), Writing(10**9), results or {})


def test_both_sides_of_a_firewall_are_one_call_with_both_source_addresses() -> None:
    drawn = ladder(joined([OUTER, INNER]))
    (call,) = drawn.calls
    assert [(leg.sender, leg.receiver) for leg in call.legs] == [(0, 1), (1, 2)]
    assert [leg.calling for leg in call.legs] == [A, INSIDE]
    assert (call.disposition, call.configured) == ("refused", "")
    assert (call.began, call.ended) == (0.0, 42.0)
    assert [each.arrow.frame for each in drawn.drawn] == [1, 2, 3, 4, 21, 23, 41, 43]
    assert drawn.frames() == {1, 2, 3, 4, 21, 23, 41, 43}
    assert [drawn.arrow_of()[id(each.step)] for each in drawn.drawn] == [*range(8)]


def test_records_know_better_than_packets() -> None:
    result = CallResult(Disposition.BLOCKED, "rule 7 says no\x07", "site.yaml:7 rules.7")
    (call,) = ladder(joined([OUTER]), {(A, OUTSIDE): result}).calls
    assert (call.disposition, call.reason) == ("blocked", "rule 7 says no\\x07")
    assert call.configured == "site.yaml:7 rules.7"


def test_packets_alone_say_how_it_failed() -> None:
    (call,) = ladder(joined([association(A, B, (1, CALLING, "SYN"), (2, CALLED, "RST"))])).calls
    assert call.disposition == "unreachable"
    assert call.reason


def test_a_call_without_its_beginning_has_no_word() -> None:
    (call,) = ladder(joined([association(A, B, (1, CALLING, "DT"))])).calls
    assert (call.disposition, call.reason) == ("", "")
