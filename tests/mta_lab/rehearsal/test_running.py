"""An MTA in a rehearsal: its queues, and their alarms."""

from datetime import UTC, datetime

from mta_emu.mta.policy.calling import ANY_LANE, Lane
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.apdu import ApduKind
from mta_emu.mts.fields import Priority
from mta_lab.rehearsal.running import Letter, RunningConnector, RunningMta
from mta_lab.rehearsal.trail import Trail
from tests.mta_lab.rehearsal.changed import lab

NOON = datetime(1998, 3, 2, 12, tzinfo=UTC)


def north(lab_name: str = "q163085-queue-alarms") -> tuple[RunningMta, RunningConnector]:
    mta = RunningMta("NORTH", lab(lab_name).mtas["NORTH"])
    return mta, mta.connector("SOUTH")


def letter(priority: Priority = Priority.NORMAL, **fields: bool) -> Letter:
    entry = QueueEntry(0, 0, "id", priority, bytes([ApduKind.REPORT, 0]), 0, 0, None)
    trail = Trail()
    return Letter(entry, "", "", None, trail, trail.begin("NORTH"), **fields)


def test_urgent_mail_leaves_first_and_what_has_failed_last() -> None:
    _, connector = north()
    late, plain, urgent = letter(last=True), letter(), letter(Priority.URGENT)
    held = letter(in_hand=True)
    connector.queue += [held, late, plain, urgent]
    assert connector.waiting(ANY_LANE) == [urgent, plain, late]
    assert connector.waiting((Lane.ORDINARY,)) == [plain, late]
    standing = connector.standing([])
    assert standing.queued == {Lane.ORDINARY: 3, Lane.URGENT: 1}
    assert standing.waiting == {Lane.ORDINARY: 2, Lane.URGENT: 1}


def test_a_queue_sets_off_the_alarms_of_its_own_and_of_all() -> None:
    mta, connector = north()
    heard: list[int] = []
    for _ in range(8):
        connector.queue.append(letter())
        heard += mta.alarms(connector)
    while connector.queue:
        connector.queue.pop()
        heard += mta.alarms(connector)
    assert heard == [659, 666, 667, 660]


def test_a_new_start_leaves_the_queue_and_forgets_the_timer() -> None:
    mta, connector = north()
    connector.queue.append(letter())
    connector.retry = NOON
    assert mta.retrying == {"SOUTH"}
    mta.start()
    assert len(mta.connector("SOUTH").queue) == 1
    assert mta.retrying == frozenset()


def test_what_is_deferred_waits_and_says_until_when() -> None:
    mta, _ = north()
    trail = Trail()
    mta.postpone(Deferred(1, b"", 0, 0, "", None, NOON, NOON.replace(hour=13)), trail)
    (leg,) = trail.legs()
    assert (leg.disposition, leg.next_move) == ("waiting", NOON.replace(hour=13))
