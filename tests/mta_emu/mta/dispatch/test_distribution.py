"""What becomes of something, as a value: what is kept of it, and what is said then."""

from dataclasses import replace
from datetime import UTC, datetime

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.dispatch.announcements import MayExpire, WillBeReleased
from mta_emu.mta.dispatch.distribution import (
    Distribution,
    arrival_keys,
    duplicate,
    entry_of,
)
from mta_emu.mta.log.records import Transfer
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.tracking import Action
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Indicators, Priority
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SMITH, MILLER = (
    Recipient(ORAddress(country="US", surname=name), number)
    for number, name in enumerate(("Smith", "Miller"), 1)
)
OTHERS = replace(MILLER, indicators=Indicators().with_responsibility(False))
ENVELOPE = Envelope(
    MtsIdentifier(GlobalDomain("US", " "), "1"),
    ORAddress(country="US", surname="J"),
    (SMITH, OTHERS),
)
CAME = Arrived(ENVELOPE, 1000, 1, 700, "IN", 3)


def test_something_is_kept_when_a_copy_a_delivery_or_a_deferral_is() -> None:
    nothing = Distribution(CAME, None, arrivals=["S"])
    assert not nothing.kept
    assert replace(nothing, copies=[QueuedCopy("C", Priority.NORMAL, b"e")]).kept
    assert replace(nothing, deliveries=[Delivery(["S"], "Hello")]).kept


def test_what_is_said_of_reports_comes_after_what_they_are_on() -> None:
    of_report = Distribution(CAME, None, announcements=[WillBeReleased()])
    report = Distribution(CAME, None, reports=[of_report, of_report])
    whole = Distribution(CAME, None, announcements=[MayExpire()], reports=[report])
    said = [*whole.all_announcements()]
    assert said == [MayExpire(), WillBeReleased(), WillBeReleased()]


def test_only_those_that_this_mta_answers_for_are_remembered() -> None:
    assert [*arrival_keys(CAME).values()] == [SMITH]


def test_what_is_not_written_in_an_address_tells_recipients_apart_too() -> None:
    """And so does the round of a loop: that is not the same sent twice."""
    twin = replace(SMITH, address=replace(SMITH.address, extension_attributes=((99, b"\x04\x00"),)))
    both = replace(CAME, head=replace(ENVELOPE, recipients=(SMITH, twin)))
    assert len(arrival_keys(both)) == 2
    first, second = (set(arrival_keys(CAME, loop=loop)) for loop in (0, 1))
    assert first.isdisjoint(second)


def test_the_tracking_log_says_how_it_came() -> None:
    received = entry_of(CAME, NOW)
    assert (received.what, received.connector, received.association) == (Action.RECEIVED, "IN", 3)
    assert received.detail == "1000 octets"
    here = replace(CAME, connector="", association=None)
    assert entry_of(here, NOW).what is Action.SUBMITTED
    for each in (CAME, here):
        assert entry_of(replace(each, deferred_since=NOW), NOW).what is Action.RELEASED


def test_a_duplicate_leaves_nothing_but_a_word() -> None:
    dropped = duplicate(CAME, NOW)
    assert not dropped.kept
    assert dropped.came
    assert dropped.came.what is Action.DUPLICATE
    (said,) = dropped.all_announcements()
    assert isinstance(said, Transfer)
    assert (said.direction, said.octets) == ("in", 1000)
