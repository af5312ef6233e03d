"""What was delivered, as its recipients find it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.store.mailbox import Delivery, Mail, grouped
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


def test_copies_of_one_delivery_have_numbers_of_their_own(store: Store) -> None:
    put(store, "A-1", Delivery(["S"], "One"))
    put(store, "A-2", Delivery(["J", "K", "L"], "Two"), Delivery(["M"], "Two"))
    put(store, "A-3", Delivery(["N"], "Three"))
    found = [*store.mailbox.read()]
    assert [(each.id, each.recipient) for each in found] == [*enumerate("SJKLMN", 1)]
    assert [*store.mailbox.read(after=2)] == found[2:]
    assert [store.mailbox.find(each.id) for each in found] == found
    assert store.mailbox.find(0) is None


def test_few_rows_have_many_copies(store: Store) -> None:
    """Also when some recipients get something else with the message."""
    common, other = DeliveryEnvelope(originator="O"), DeliveryEnvelope(originator="P")
    own = [
        replace(common, meant_for=(f"V{number}",)) if number % 2 else common
        for number in range(250)
    ]
    copies = [(f"U{number}", each) for number, each in enumerate([*own, other])]
    deliveries = [*grouped("Hello", copies)]
    assert [len(each.recipients) for each in deliveries] == [100, 100, 50, 1]
    put(store, "A-1", *deliveries)
    assert [(mail.recipient, mail.envelope) for mail in store.mailbox.read()] == copies


def test_half_a_surrogate_pair_is_written_out(store: Store) -> None:
    put(store, "A-1", Delivery(["U\ud800"], "One"))
    assert [mail.recipient for mail in store.mailbox.read()] == [r"U\ud800"]


def test_each_recipient_has_a_copy_of_its_own(store: Store) -> None:
    message = put(store, "A-1", Delivery(["S"], "One"), Delivery(["J"], "One"))
    first, second = store.mailbox.read()
    assert first == Mail(1, message, "A-1", "S", "One", 7, NOW)
    assert (second.id, second.recipient) == (2, "J")


def test_they_are_read_from_where_one_has_come(store: Store) -> None:
    put(store, "A-1", Delivery(["S"], "One"))
    put(store, "A-2", Delivery(["S"], "Two"), time=NOW + timedelta(1))
    (second,) = store.mailbox.read(after=1)
    assert (second.subject, second.time) == ("Two", NOW + timedelta(1))
    assert store.mailbox.find(second.id) == second
    assert store.mailbox.find(3) is None


def test_the_envelope_comes_back(store: Store) -> None:
    envelope = DeliveryEnvelope(originator="C=US;S=Jones", meant_for=("C=US;S=Other",))
    put(store, "A-1", Delivery(["S"], "One", envelope.to_text()))
    assert [mail.envelope for mail in store.mailbox.read()] == [envelope]
