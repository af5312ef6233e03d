"""What was delivered, as its recipients find it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.store.mailbox import Delivery, Mail
from mta_emu.mta.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def put(store: Store, name: str, *deliveries: Delivery, time: datetime = NOW) -> int:
    message = store.contents.keep(b"content")
    store.contents.complete(message, 7, name)
    store.mailbox.add(message, time, deliveries)
    return message


def test_each_recipient_has_a_copy_of_its_own(store: Store) -> None:
    message = put(store, "A-1", Delivery("S", "One"), Delivery("J", "One"))
    first, second = store.mailbox.read()
    assert first == Mail(1, message, "A-1", "S", "One", 7, NOW)
    assert (second.id, second.recipient) == (2, "J")


def test_they_are_read_from_where_one_has_come(store: Store) -> None:
    put(store, "A-1", Delivery("S", "One"))
    put(store, "A-2", Delivery("S", "Two"), time=NOW + timedelta(1))
    (second,) = store.mailbox.read(after=1)
    assert (second.subject, second.time) == ("Two", NOW + timedelta(1))
    assert store.mailbox.find(second.id) == second
    assert store.mailbox.find(3) is None


def test_the_envelope_comes_back(store: Store) -> None:
    envelope = DeliveryEnvelope(originator="C=US;S=Jones", meant_for=("C=US;S=Other",))
    put(store, "A-1", Delivery("S", "One", envelope.to_text()))
    assert [mail.envelope for mail in store.mailbox.read()] == [envelope]
