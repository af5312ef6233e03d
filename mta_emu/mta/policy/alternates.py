"""Who gets a message that cannot be delivered to its recipient? Pure decisions.

An alternate recipient that the originator asked for goes before the one that the recipient's domain
assigns, which gets only what may be delivered to alternates, and nothing whose recipients must not
be reassigned (X.411 8.2.1.1.1.3 to 8.2.1.1.1.5).
Nobody gets a message twice: whoever is in its redirection history is passed over.
"""

from typing import NamedTuple

from mta_emu.mta.policy import reports
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.fields import PerMessageIndicators
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import RedirectionReason, history, requested_alternate
from mta_emu.mts.report import NotDelivered
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import prohibits

#: What an alternate recipient's copy would meet as well.
_FINAL = frozenset(
    {
        reports.LOOP,
        reports.TOO_LARGE,
        reports.WRONG,
        reports.TOO_OLD,
        reports.CRITICAL,
        reports.REDIRECTION_LOOP,
    }
)


class Alternate(NamedTuple):
    """The recipient to whom a message is redirected, and by whose wish."""

    address: ORAddress
    reason: RedirectionReason


def instead(
    subject: Envelope | Probe,
    recipient: Recipient,
    failure: NotDelivered,
    *,
    domain: GlobalDomain,
    assigned: ORAddress | None,
) -> Alternate | NotDelivered:
    """The alternate recipient, when there is one, or why it is not delivered in the end.

    `assigned` is the alternate recipient of this MTA's own `domain`. Raises ProtocolError.
    """
    if failure in _FINAL:
        return failure
    before = {folded(each.intended) for each in history(recipient.extensions)}
    now = folded(recipient.address)
    requested = requested_alternate(recipient)
    if requested and folded(requested) not in before | {now}:
        return Alternate(requested, RedirectionReason.ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT)
    allowed = subject.indicators & PerMessageIndicators.ALTERNATE_RECIPIENT_ALLOWED
    if assigned is None or not allowed or not _lies_in(recipient.address, domain):
        return failure
    if prohibits(subject.extensions, StandardExtension.RECIPIENT_REASSIGNMENT_PROHIBITED):
        return reports.REASSIGNMENT_PROHIBITED
    if folded(assigned) in before:
        return reports.REDIRECTION_LOOP
    if folded(assigned) == now:
        return failure
    return Alternate(assigned, RedirectionReason.RECIPIENT_MD_ASSIGNED_ALTERNATE_RECIPIENT)


def folded(address: ORAddress) -> str:
    """What is the same in all ways to write an address."""
    return str(address).casefold()


def _lies_in(address: ORAddress, domain: GlobalDomain) -> bool:
    own = (address.country, address.administration_domain, address.private_domain)
    wanted = (domain.country, domain.administration_domain, domain.private_domain)
    return [name.strip().casefold() for name in own] == [n.strip().casefold() for n in wanted]
