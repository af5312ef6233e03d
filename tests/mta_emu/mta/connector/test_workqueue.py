"""The sum of all queues, kept and not counted."""

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.connector.workqueue import WorkQueue
from mta_emu.mta.policy.alarms import QueueAlarm

CHANGES = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 50) | st.none()), max_size=50)


@given(CHANGES)
def test_the_total_is_the_sum_of_what_is_there(changes: list[tuple[str, int | None]]) -> None:
    queue, queued = WorkQueue(QueueAlarm(None, None), lambda *_, **__: None), dict[str, int]()
    for name, count in changes:
        if count is None:
            queue.gone(name)
            queued.pop(name, None)
        else:
            queue.changed(name, count)
            queued[name] = count
        assert queue.total == sum(queued.values())


def test_alarms_are_raised_by_all_queues_together() -> None:
    logged: list[tuple[int, object]] = []
    queue = WorkQueue(QueueAlarm(10, 4), lambda number, **v: logged.append((number, v["count"])))
    for name, count in (("A", 6), ("B", 5), ("B", 4), ("A", 0)):
        queue.changed(name, count)
    assert logged == [(666, 11), (667, 4)]
