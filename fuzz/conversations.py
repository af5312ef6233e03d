"""Legal conversations: two machines talk in memory, and their states and octets are kept."""

import pickle
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar

from mta_emu.mts import bind, ipm, tnef
from mta_emu.mts import envelope as envelopes
from mta_emu.mts import probe as probes
from mta_emu.mts import report as reports
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Indicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import (
    Delivered,
    Diagnostic,
    LastTrace,
    NonDeliveryReason,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPrimitive,
    RtTransfer,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferSecured,
    RtTurnGive,
    RtTurnPlease,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    FunctionalUnit,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SConnect,
    SConnectAccept,
    SControlGive,
    SData,
    SessionPrimitive,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenPlease,
    STypedData,
    SUExceptionReport,
    Token,
)

JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=Outside;OU1=Lab;S=Jones;G=Jo")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=Inside;S=Smith;DDA:SMTP=smith(a)lab")

DOMAIN = GlobalDomain("US", " ", "Contoso")
NOON = datetime(1999, 3, 1, 12, tzinfo=UTC)
_IDENTIFIER = MtsIdentifier(DOMAIN, "EXTERNAL-1")

ACCEPT = RtOpenAccept(bind.encode_result(Credentials("B", b"secret")), 1, 3)
REJECT = RtOpenReject(bind.encode_error(BindError.AUTHENTICATION_ERROR))
OPEN = RtOpen(
    called=Selectors(b"", b"", b"T"),
    calling=Selectors(),
    user_data=bind.encode_argument(Credentials("A", b"secret")),
    dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE,
    checkpoint_size=1,
    window_size=3,
)


@cache
def content() -> bytes:
    """An interpersonal message."""
    return ipm.encode(
        InterpersonalMessage.of("1", JONES, (SMITH,), "Subject", (IA5Text("Text\n" * 300),))
    )


@cache
def rich_content() -> bytes:
    """An interpersonal message with a body part of each kind that is converted."""
    winmail = File(tnef.FILE_NAME, tnef.encode(b"{\\rtf1 Text}"))
    octets = BilaterallyDefined(b"\x00\x01")
    text = (IA5Text("Text"), TeletexText("caf\xe9"), GeneralText("caf\xe9"))
    body = (*text, File("report.bin", b"\x00\x01"), winmail, octets)
    return ipm.encode(InterpersonalMessage.of("2", JONES, (SMITH,), "Files", body))


@cache
def envelope() -> bytes:
    """The envelope of the first."""
    fresh = Envelope(_IDENTIFIER, JONES, (Recipient(SMITH), Recipient(JONES, 2)))
    return envelopes.encode(fresh.passed(DOMAIN, "EXTERNAL", NOON))


@cache
def probe() -> bytes:
    """A probe of such a message."""
    fresh = Probe(_IDENTIFIER, JONES, (Recipient(SMITH),), content_length=2000)
    return probes.encode(fresh.passed(DOMAIN, "EXTERNAL", NOON))


@cache
def report() -> bytes:
    """A report that one of its recipients has it and the other has not."""
    failed = NotDelivered(NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.LOOP_DETECTED)
    recipients = (
        ReportedRecipient(SMITH, 1, Indicators(), LastTrace(NOON, Delivered(NOON))),
        ReportedRecipient(JONES, 2, Indicators(), LastTrace(NOON, failed)),
    )
    fresh = Report(
        ReportEnvelope(replace(_IDENTIFIER, local_identifier="R-1"), JONES),
        ReportContent(_IDENTIFIER, recipients),
    )
    return reports.encode(fresh.passed(DOMAIN, "EXTERNAL", NOON))


@cache
def apdu() -> bytes:
    """The MTS-APDU of that envelope and its content."""
    return message_prefix(envelope(), len(content())) + content()


@cache
def short_apdu() -> bytes:
    """The MTS-APDU of that envelope and the content with a body part of each kind."""
    return message_prefix(envelope(), len(rich_content())) + rich_content()


Machine = TypeVar("Machine", RtseConnection, SessionConnection)


def answer(
    side: RtseConnection, indications: Iterable[RtPrimitive], to_open: RtPrimitive = ACCEPT
) -> None:
    """Say to indications what an MTA without mail of its own says."""
    for indication in indications:
        match indication:
            case RtOpen():
                side.request(to_open)
            case RtCheckpoint(serial):
                side.request(RtCheckpointSecured(serial))
            case RtTransferEnd():
                side.request(RtTransferSecured())
            case RtTurnPlease() if side.may_transfer:
                side.request(RtTurnGive())
            case RtClose():
                side.request(RtCloseAccept())


_SESSION_ANSWERS: dict[type[SessionPrimitive], Callable[[Any], SessionPrimitive]] = {
    SConnect: lambda heard: SConnectAccept(functional_units=heard.functional_units),
    SRelease: lambda _: SReleaseAccept(),
    SSyncMinor: lambda heard: SSyncMinorAck(heard.serial_number),
    SUExceptionReport: lambda heard: SActivityDiscard(heard.reason),
    SActivityInterrupt: lambda _: SActivityInterruptAck(),
    SActivityDiscard: lambda _: SActivityDiscardAck(),
    SActivityEnd: lambda _: SActivityEndAck(),
}


def answer_session(side: SessionConnection, indications: Iterable[SessionPrimitive]) -> None:
    """Say yes to everything; what comes too late for the state is none of the session's faults."""
    for indication in indications:
        if make := _SESSION_ANSWERS.get(type(indication)):
            with suppress(ServiceMisuse):
                side.request(make(indication))


@dataclass
class Conversation(Generic[Machine]):
    """Two machines that talk in memory: what they have sent so far, and the states on the way."""

    calling: Machine
    called: Machine
    answer: Callable[[Machine, Iterable[Any]], None]
    bursts: list[tuple[bool, bytes]] = field(default_factory=list)  # by the calling side, what
    snapshots: list[bytes] = field(default_factory=list)  # pickled pairs

    def run(self) -> None:
        """Carry octets until nobody has any, keeping the state before each burst arrives."""
        while True:
            before = pickle.dumps((self.calling, self.called))
            onward, back = self.calling.data_to_send(), self.called.data_to_send()
            if not onward and not back:
                return
            self.snapshots.append(before)
            for side, octets in ((self.called, onward), (self.calling, back)):
                if octets:
                    self.bursts.append((side is self.called, octets))
                    self.answer(side, side.receive_data(octets))


def _stacks(answer: Callable[[RtseConnection, Iterable[Any]], None]) -> Conversation[Any]:
    return Conversation(RtseConnection(initiator=True), RtseConnection(initiator=False), answer)


@cache
def accepted(mode: Mode) -> Conversation[RtseConnection]:
    """An association that carries a message each way and is released."""
    heard = _stacks(answer)
    for side, request in (
        (heard.calling, replace(OPEN, mode=mode)),
        (heard.calling, RtTransfer(Octets(apdu()))),
        (heard.called, RtTurnPlease()),
        (heard.called, RtTransfer(Octets(apdu()))),
        (heard.calling, RtTurnPlease()),
        (heard.calling, RtClose()),
    ):
        side.request(request)
        heard.run()
    return heard


@cache
def refused(mode: Mode) -> Conversation[RtseConnection]:
    """A bind that is refused."""
    heard = _stacks(lambda side, indications: answer(side, indications, REJECT))
    heard.calling.request(replace(OPEN, mode=mode))
    heard.run()
    return heard


@cache
def given_up(mode: Mode) -> Conversation[RtseConnection]:
    """A transfer that the receiver refuses when it has come whole."""

    def refuse(side: RtseConnection, indications: Iterable[RtPrimitive]) -> None:
        for indication in indications:
            if isinstance(indication, RtTransferEnd):
                side.request(RtTransferRefuse())
            else:
                answer(side, [indication])

    heard = _stacks(refuse)
    for request in (replace(OPEN, mode=mode), RtTransfer(Octets(apdu()))):
        heard.calling.request(request)
        heard.run()
    return heard


@cache
def associations() -> list[Conversation[RtseConnection]]:
    """Each kind of association in each mode."""
    return [converse(mode) for mode in Mode for converse in (accepted, refused, given_up)]


_ACTIVITY, _RESUMED = b"\x02\x01\x01", b"\x02\x01\x02"
_TYPED = RTSE_FUNCTIONAL_UNITS | FunctionalUnit.TYPED_DATA
_DUPLEX = FunctionalUnit.DUPLEX | FunctionalUnit.TYPED_DATA

#: What is said in a session: (who begins with all tokens says it, what).
_IN_ACTIVITIES: list[tuple[bool, SessionPrimitive]] = [
    (True, SConnect(functional_units=_TYPED, user_data=bytes(700))),
    (True, SActivityStart(_ACTIVITY)),
    (True, SData(bytes(300))),
    (True, SSyncMinor()),
    (False, STypedData(b"typed")),
    (False, STokenPlease(Token.DATA, b"please")),
    (True, SActivityInterrupt()),
    (True, SActivityResume(_RESUMED, _ACTIVITY, serial_number=1)),
    (True, SActivityEnd(user_data=b"end")),
    (True, SActivityStart(_ACTIVITY)),
    (False, SUExceptionReport(1)),
    (True, SControlGive()),
    (False, SControlGive()),
    (True, SRelease()),
]
_IN_DUPLEX: list[tuple[bool, SessionPrimitive]] = [
    (True, SConnect(functional_units=_DUPLEX, user_data=bytes(11000))),
    (True, SData(bytes(300))),
    (False, SData(b"back")),
    (False, STypedData(b"typed")),
    (False, SRelease(b"enough")),
]


@cache
def sessions() -> list[Conversation[SessionConnection]]:
    """Sessions with activities and in duplex, in TSDUs of any length and of a small maximum."""
    found = []
    for script in (_IN_ACTIVITIES, _IN_DUPLEX):
        for size in (0, 128):
            heard = Conversation(
                SessionConnection(initiator=True, max_tsdu_size=size),
                SessionConnection(initiator=False),
                answer_session,
            )
            for by_calling, request in script:
                (heard.calling if by_calling else heard.called).request(request)
                heard.run()
            found.append(heard)
    return found


def all_of_them() -> list[Conversation[Any]]:
    """Associations and sessions."""
    return [*associations(), *sessions()]


@cache
def bursts() -> list[bytes]:
    """Everything that was sent in all of them."""
    return [octets for heard in all_of_them() for _, octets in heard.bursts]
