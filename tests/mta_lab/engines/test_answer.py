"""What a client gets for a SYN that is stopped."""

import pytest

from labkit.reason import Place
from mta_lab.engines.answer import Answer, Answered, answered
from mta_lab.engines.decision import How, Icmp, NotModelled, Stopped

ADMIN = Icmp(3, 13)


@pytest.mark.parametrize(
    ("how", "first", "after_a_proxy"),
    [
        (How.SILENCE, "silence", "accepted, then silence"),
        (How.RESET, "reset", "accepted, then closed"),
        (How.CLOSED_PORT, "reset", "accepted, then closed"),
        (How.CLOSED, "accepted, then closed", "accepted, then closed"),
        (How.ACCEPTED_RESET, "accepted, then closed", "accepted, then closed"),
        (How.REFUSED, "accepted, then refused by a DR", "accepted, then refused by a DR"),
        (How.WAITING, "accepted, then silence", "accepted, then silence"),
        (How.ICMP, "icmp type 3 code 13", "accepted, then closed"),
    ],
)
def test_a_proxy_that_has_accepted_hides_what_happens_behind_it(
    how: How, first: str, after_a_proxy: str
) -> None:
    stopped = Stopped(how, (), ADMIN if how is How.ICMP else None)
    assert str(answered(stopped, accepted=False)) == first
    assert str(answered(stopped, accepted=True)) == after_a_proxy


def test_what_is_not_modelled_has_no_answer() -> None:
    unread = NotModelled("ttl", Place("x"))
    assert answered(unread, accepted=True) == Answered(Answer.NOT_MODELLED)
