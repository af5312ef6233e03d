"""Notifications of receipt and of non-receipt, which a reader's program sends (X.420 clause 8)."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from mta_emu.mta.dispatch.request import Line
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Indicators, ReportRequest
from mta_emu.mts.identifiers import MtsIdentifier
from mta_emu.mts.ipm.heading import Heading
from mta_emu.mts.ipm.names import ORDescriptor, Requests
from mta_emu.mts.ipm.notification import DiscardReason, NonReceiptReason, Notification
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient

#: Why a message was not received, in the words of a request.
REASONS = {each.name.lower().replace("_", "-"): each for each in NonReceiptReason}
DISCARDED = {each.name.lower().replace("_", "-"): each for each in DiscardReason}
_NO_REPORT = Indicators.asking(ReportRequest.NONE, ReportRequest.NON_DELIVERY)


class ReceiptRequest(BaseModel):
    """A notification about a message in the mailbox, by its number; of receipt without `reason`."""

    model_config = ConfigDict(extra="forbid")

    command: str = ""
    number: int = Field(ge=1)
    reason: str | None = Field(None, pattern=f"^({'|'.join(REASONS)})$")
    discarded: str | None = Field(None, pattern=f"^({'|'.join(DISCARDED)})$")
    comment: Line = Field("", max_length=256)


@dataclass(frozen=True)
class Receipt:
    """A notification of one reader about one message."""

    notification: Notification
    reader: ORAddress
    originator: ORAddress

    @classmethod
    def of(cls, request: ReceiptRequest, mail: Mail, heading: Heading, now: datetime) -> "Receipt":
        """The notification that the recipient of a mail, which has this heading, sends about it.

        It goes to the originator that the heading names, or else to that of the envelope. Raises
        ValueError when nobody asked for one.
        """
        reader = ORAddress.read(mail.recipient)
        originator = heading.originator.formal_name if heading.originator else None
        originator = originator or ORAddress.read(mail.envelope.originator)
        kind = Requests.NON_RECEIPT if request.reason else Requests.RECEIPT
        if kind not in _asked(heading, reader):
            what = "non-receipt" if request.reason else "receipt"
            raise ValueError(f"nobody asked {reader} for a notification of {what}")
        return cls(
            Notification(
                heading.identifier,
                ORDescriptor(reader),
                None if request.reason else now,
                REASONS[request.reason] if request.reason else None,
                discard_reason=DISCARDED[request.discarded] if request.discarded else None,
                comment=request.comment,
            ),
            reader,
            originator,
        )

    def envelope(self, identifier: MtsIdentifier) -> Envelope:
        """Its envelope: to the originator of the message, and no report about it."""
        return Envelope(
            identifier, self.reader, (Recipient(self.originator, indicators=_NO_REPORT),)
        )


def _asked(heading: Heading, reader: ORAddress) -> Requests:
    """What a heading asks of a reader: of all recipients, when a list or an alternate got it."""
    everybody = tuple(heading.all_recipients)
    named = [
        each
        for each in everybody
        if each.descriptor.formal_name
        and str(each.descriptor.formal_name).casefold() == str(reader).casefold()
    ]
    found = Requests.NONE
    for each in named or everybody:
        found |= each.requests
    return found
