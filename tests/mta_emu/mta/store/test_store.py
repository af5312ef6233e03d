"""The store: what has been answered for is there, whatever happens."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta_emu.mta.log.events import event
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.mailbox import Delivery, Mail
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, Failure, TrackingEntry
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Priority
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENVELOPE = Envelope(
    MtsIdentifier(GlobalDomain("US", " "), "A-1"),
    ORAddress(country="US", surname="Jones"),
    (Recipient(ORAddress(country="US", surname="Smith")),),
)


def put(
    store: Store,
    name: str,
    content: bytes = b"x",
    priority: Priority = Priority.NORMAL,
    deliveries: Sequence[Delivery] = (),
) -> int:
    message = store.contents.begin()
    for number, start in enumerate(range(0, len(content), PIECE)):
        store.contents.append(message, number, content[start : start + PIECE])
    store.complete(
        message,
        TrackingEntry(NOW, name, Action.SUBMITTED),
        content_length=len(content),
        copies=[QueuedCopy("C", priority, name.encode())],
        deliveries=deliveries,
        arrivals=["R"],
    )
    return message


def test_a_queue_survives_without_a_goodbye(tmp_path: Path) -> None:
    put(Store.open(tmp_path), "A-1")
    again = Store.open(tmp_path)
    assert [entry.mts_identifier for entry in again.queues.waiting("C")] == ["A-1"]
    assert again.queues.lengths() == {"C": 1}


def test_a_message_goes_with_its_last_entry(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    message = put(store, "A-1", b"content")
    (entry,) = store.queues.waiting("C")
    assert entry.octets == len(message_prefix(b"A-1", 7)) + 7
    store.dequeue(entry)
    assert store.contents.read(message, 0, 7) == b""
    assert store.arrivals.seen("A-1") == {"R"}  # but it is remembered


def test_mailbox_keeps_the_message(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    message = put(store, "A-1", b"content", deliveries=[Delivery(["R"], "Hello")])
    (entry,) = store.queues.waiting("C")
    store.dequeue(entry)
    assert store.contents.read(message, 0, 7) == b"content"
    (mail,) = store.mailbox.read()
    assert mail == Mail(1, message, "A-1", "R", "Hello", 7, NOW)


def test_a_reader_sees_what_is_committed(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    put(store, "A-1")
    store.events.add(event(289, dn="X"), NOW)
    reader = Store.reader(tmp_path)
    assert reader.queues.lengths() == {"C": 1}
    (logged,) = reader.events.read()
    assert (logged.time, logged.event.id) == (NOW, 289)


def test_a_reader_needs_a_database(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no MTA has kept its data here"):
        Store.reader(tmp_path)


def test_no_statement_looks_at_more_rows_than_it_needs(tmp_path: Path) -> None:
    """Whatever the store executes in a message's life is served by an index."""
    store = Store.open(tmp_path)
    statements: set[str] = set()
    store._database._connection.set_trace_callback(statements.add)
    live(store)
    store.queues.lengths()
    store._database._connection.set_trace_callback(None)
    looked_at = 0
    for statement in statements:
        if not statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            continue
        plan = [row[3] for row in store._database.execute(f"EXPLAIN QUERY PLAN {statement}")]
        looked_at += 1
        assert not any("TEMP B-TREE" in line for line in plan), (statement, plan)
        scans = [line for line in plan if line.startswith("SCAN") and line != "SCAN CONSTANT ROW"]
        assert scans in ([], ["SCAN backlog"]), (statement, plan)  # a row a connector
    assert looked_at > 30


def live(store: Store) -> None:
    """Everything that happens to a message."""
    store.numbers.next()
    put(store, "A-1", bytes(2 * PIECE), deliveries=[Delivery(["R"], "Hello")])
    put(store, "A-2")
    assert "R" in store.arrivals.seen("A-1")
    store.queues.urgent("C")
    wait(store)
    entries = list(store.queues.waiting("C"))
    for entry in entries:
        store.contents.read(entry.message, 0, PIECE)
        store.dequeue(entry)
    store.contents.forget(store.contents.begin())
    store.tracking.follow("A-1")
    (mail,) = store.mailbox.read()
    assert store.mailbox.find(mail.id) == mail
    deferred = Deferred(store.contents.keep(b"x"), b"head", 1, 1, "C", None, NOW, NOW)
    store.deferred.add(deferred)
    store.deferred.next_due()
    assert store.deferred.due(NOW + timedelta(1)) == deferred
    store.deferred.remove(deferred)


def wait(store: Store) -> None:
    """What happens to messages while their connector cannot be opened, and one moves."""
    store.groups.note_failed_open("C")
    (group,) = store.groups.of("C")
    entry, _ = store.groups.entries(group)
    assert store.queues.came_by(entry) == ""
    store.move(entry, group, [QueuedCopy("D", Priority.NORMAL, b"moved", expires=NOW)], None, [])
    store.expiring.next_due()
    list(store.expiring.due(NOW))
    store.tracking.add_failure(Failure(NOW, "C", 1, "refused", ""))
