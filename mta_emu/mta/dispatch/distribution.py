"""What becomes of a message, probe or report: the decision as a value, to be kept and announced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.dispatch import announcements
from mta_emu.mta.dispatch.announcements import Announcement
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.receivedreports import Row
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.report import Report
from mta_emu.mts.subject import Recipient


@dataclass(frozen=True)
class Distribution:
    """What becomes of something: what is kept of it, and what is announced then."""

    arrived: Arrived
    came: TrackingEntry | None  # None: what is given up goes on without a word of its own
    arrivals: Sequence[str] = ()  # the recipients that it has come for now
    copies: Sequence[QueuedCopy] = ()
    deliveries: Sequence[Delivery] = ()
    deferred: Deferred | None = None
    changes: Sequence[TrackingEntry] = ()  # in the tracking log, besides `came`
    reported: Sequence[TrackingEntry] = ()  # there, at last
    received: Sequence[Row] = ()  # by a user here, from a report
    announcements: Sequence[Announcement] = ()
    reports: Sequence["Distribution"] = ()  # of those that are made on it, or go on from a list

    @property
    def kept(self) -> bool:
        """Whether anything is left of it to be kept."""
        return bool(self.copies or self.deliveries or self.deferred)

    def all_announcements(self) -> Iterator[Announcement]:
        """What is announced of it, and then of its reports."""
        yield from self.announcements
        for each in self.reports:
            yield from each.all_announcements()


def arrival_keys(arrived: Arrived, *, loop: int = 0) -> dict[str, Recipient]:
    """The recipients that it has come for, by what each is remembered by.

    What comes in a loop, the `loop`th time, is not the same sent twice.
    """
    assert not isinstance(arrived.head, Report)  # noqa: S101
    return {_key(each, loop): each for each in arrived.head.recipients if each.responsible}


def _key(recipient: Recipient, loop: int) -> str:
    address = recipient.address
    extra = [f"{kind}={value.hex()}" for kind, value in address.extension_attributes]
    return ";".join([str(address), *extra, *([f"loop of {loop}"] if loop else [])])


def entry_of(arrived: Arrived, now: datetime) -> TrackingEntry:
    """The entry in the tracking log of what has come, or goes on, now."""
    what = Action.RECEIVED if arrived.connector else Action.SUBMITTED
    if arrived.deferred_since:
        what = Action.RELEASED
    detail = f"{arrived.octets} octets"
    identifier, connector = arrived.identifier, arrived.connector
    return TrackingEntry(now, identifier, what, connector, arrived.association, detail=detail)


def duplicate(arrived: Arrived, now: datetime) -> Distribution:
    """What has come before is dropped."""
    came = replace(entry_of(arrived, now), what=Action.DUPLICATE)
    return Distribution(arrived, came, announcements=[announcements.arrival(arrived)])
