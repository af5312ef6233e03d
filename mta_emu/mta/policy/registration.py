"""What a mailbox has registered: which messages it takes, and who gets them instead.

X.411 8.4.1.1 (register) and 14.3: what a mailbox does not take ends, as what cannot be delivered
does; a redirection that its user wants goes before delivery, unless the originator disallows it.
Pure decisions.
"""

from mta_emu.mta.configuration.recipients import Mailbox
from mta_emu.mta.policy.alternates import Alternate, folded
from mta_emu.mta.policy.reports import REASSIGNMENT_PROHIBITED, REDIRECTION_LOOP
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.fields import content_type_name, read_information_types
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import RedirectionReason, history
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import prohibits

RESTRICTED = NotDelivered(NonDeliveryReason.RESTRICTED_DELIVERY)
CONTENT_TYPE = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.CONTENT_TYPE_NOT_SUPPORTED
)
TOO_LONG = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.CONTENT_TOO_LONG)
TYPES = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.ENCODED_INFORMATION_TYPES_UNSUPPORTED
)

_KB = 1024


def redirection(
    mailbox: Mailbox, subject: Envelope | Probe, recipient: Recipient
) -> Alternate | NotDelivered | None:
    """Who gets it instead, why nobody may; None: it is delivered. Raises ProtocolError."""
    if mailbox.redirect_to is None:
        return None
    if prohibits(subject.extensions, StandardExtension.RECIPIENT_REASSIGNMENT_PROHIBITED):
        return REASSIGNMENT_PROHIBITED
    before = {folded(each.intended) for each in history(recipient.extensions)}
    if folded(mailbox.redirect_to) in before | {folded(recipient.address)}:
        return REDIRECTION_LOOP
    reason = RedirectionReason.RECIPIENT_ASSIGNED_ALTERNATE_RECIPIENT
    return Alternate(mailbox.redirect_to, reason)


def refusal(mailbox: Mailbox, subject: Envelope | Probe, length: int) -> NotDelivered | None:
    """Why a mailbox does not take a content of `length` octets; None: it does.

    Raises ProtocolError.
    """
    if not mailbox.restrictions.allow(subject.originator):
        return RESTRICTED
    kinds = mailbox.content_types
    if kinds and content_type_name(subject.content_type) not in kinds:
        return CONTENT_TYPE
    if mailbox.content_length is not None and length > mailbox.content_length * _KB:
        return TOO_LONG
    types = read_information_types(subject.encoded_information_types)
    registered = mailbox.information_types
    if registered and not {*types.built_in, *types.extended} <= set(registered):
        return TYPES
    return None
