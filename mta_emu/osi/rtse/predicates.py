"""The conditions of the reliable transfer state table, on the machine and on the event."""

from mta_emu.osi.predicate import Predicate
from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing
from mta_emu.osi.rtse.lower import Associate
from mta_emu.osi.rtse.machine import Rtpm
from mta_emu.osi.session.primitives import (
    MAX_SERIAL_NUMBER,
    ExceptionReason,
    SActivityResume,
    SPExceptionReport,
    SUExceptionReport,
)

#: Exceptions after which the same octets may do better (X.225 8.3.25.3).
PASSING = (
    ExceptionReason.NON_SPECIFIC,
    ExceptionReason.SEQUENCE_ERROR,
    ExceptionReason.LOCAL_SS_USER_ERROR,
)


def outgoing(rtpm: Rtpm) -> Outgoing:
    """The transfer that this side sends; the table has no cell that asks where there is none."""
    assert rtpm.association.outgoing, rtpm.state  # noqa: S101
    return rtpm.association.outgoing


def incoming(rtpm: Rtpm) -> Incoming:
    """The transfer that the peer sends; the table has no cell that asks where there is none."""
    assert rtpm.association.incoming, rtpm.state  # noqa: S101
    return rtpm.association.incoming


def _asks_to_recover(_: Rtpm, indication: Associate) -> bool:
    return indication.rtorq.recover is not None


def _begins(rtpm: Rtpm, _: object) -> bool:
    return rtpm.initiator is not rtpm.called_side_begins


def _owns_all_tokens(rtpm: Rtpm, _: object) -> bool:
    return rtpm.session.owns_all_tokens


def _can_resume(rtpm: Rtpm, _: object) -> bool:
    going = rtpm.association.outgoing
    return bool(going and going.confirmed[0] and not going.given_up)


def is_passing(report: SUExceptionReport | SPExceptionReport) -> bool:
    """Whether the same octets may do better after an exception."""
    return isinstance(report, SPExceptionReport) or report.reason in PASSING


def _can_go_on(rtpm: Rtpm, report: SUExceptionReport | SPExceptionReport) -> bool:
    return _can_resume(rtpm, report) and is_passing(report) and not outgoing(rtpm).is_stuck


def _sets_checkpoint(rtpm: Rtpm, _: object) -> bool:
    going = outgoing(rtpm)
    numbers_left = rtpm.session.next_serial_number < MAX_SERIAL_NUMBER
    return going.checkpointed and going.next_ends_rttr and numbers_left


def resumed_name(rtpm: Rtpm, indication: SActivityResume) -> ActivityName:
    """The activity that goes on, by the name that it had before."""
    connection = indication.old_connection or rtpm.association.identifier
    return ActivityName(connection, indication.old_activity_identifier)


def _knows_activity(rtpm: Rtpm, indication: SActivityResume) -> bool:
    coming = rtpm.association.incoming
    return bool(coming and resumed_name(rtpm, indication) in coming.names)


def _has_checkpoint(rtpm: Rtpm, indication: SActivityResume) -> bool:
    return incoming(rtpm).can_resume(indication.serial_number)


def _is_complete(rtpm: Rtpm, _: object) -> bool:
    return bool(rtpm.association.incoming and rtpm.association.incoming.complete)


#: The RTORQ is of an association recovery.
asks_to_recover = Predicate(_asks_to_recover)
#: The turn is on this side at first.
begins = Predicate(_begins)
is_initiator = Predicate[Rtpm](lambda rtpm, _: rtpm.initiator)
is_two_way = Predicate[Rtpm](lambda rtpm, _: rtpm.association.is_two_way)
owns_all_tokens = Predicate(_owns_all_tokens)

#: A transfer of this side is in hand.
is_sending = Predicate[Rtpm](lambda rtpm, _: rtpm.association.outgoing is not None)
#: It can go on after its last confirmed checkpoint.
can_resume = Predicate(_can_resume)
#: The same, after an exception of the peer.
can_go_on = Predicate(_can_go_on)
is_given_up = Predicate[Rtpm](lambda rtpm, _: bool(outgoing(rtpm).given_up))
window_is_open = Predicate[Rtpm](lambda rtpm, _: outgoing(rtpm).window_open)
#: The next piece is the last of the APDU.
ends_apdu = Predicate[Rtpm](lambda rtpm, _: outgoing(rtpm).next_ends_apdu)
#: A checkpoint follows the next piece.
sets_checkpoint = Predicate(_sets_checkpoint)

#: The peer resumes the activity that this side has, ...
knows_activity = Predicate(_knows_activity)
#: ... after a checkpoint that this side has, ...
has_checkpoint = Predicate(_has_checkpoint)
#: ... or from its start.
from_start = Predicate[Rtpm](lambda _, indication: indication.serial_number == 0)
#: This side answers for the peer's APDU already.
is_complete = Predicate(_is_complete)
