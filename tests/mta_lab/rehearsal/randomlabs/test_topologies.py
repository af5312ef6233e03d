"""Topologies at random: all can be read and shown, and there is something of everything."""

from collections import Counter
from random import Random

from hypothesis import HealthCheck, find, given, settings

from labkit.config import as_yaml
from mta_lab.backends.loopback import Loopback
from mta_lab.rehearsal.predict import predict
from mta_lab.rehearsal.randomlabs.topologies import starts, topologies
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import check

EASY = settings(max_examples=40, database=None, deadline=None, suppress_health_check=[*HealthCheck])
#: For what is counted: the same ones each time, so that chance decides nothing.
THE_SAME = settings(EASY, derandomize=True)


@EASY
@given(topologies())
def test_each_is_right_and_can_be_played_on_loopback(topology: Topology) -> None:
    check(topology)
    Loopback().place(topology, 10102)
    assert 2 <= len(topology.mtas) <= 5
    assert len(topology.firewalls) <= 3


def test_the_smallest_is_two_mtas_without_anything_else() -> None:
    smallest = find(
        topologies(),
        lambda topology: bool(predict(topology, starts(topology))),
        random=Random(0),
    )
    assert [*smallest.mtas] == ["A", "B"]
    assert not smallest.firewalls
    assert {each.disposition for each in predict(smallest, starts(smallest))} == {
        Disposition.DELIVERED
    }
    assert len(as_yaml(smallest).splitlines()) < 75


def test_mail_ends_in_many_ways() -> None:
    """The strategy draws what is wrong often enough to matter, and not more often."""
    words: Counter[Disposition] = Counter()

    @THE_SAME
    @given(topologies())
    def each(topology: Topology) -> None:
        words.update(each.disposition for each in predict(topology, starts(topology)))

    each()
    assert len(words) >= 5
    assert words[Disposition.DELIVERED] > words.total() / 10
