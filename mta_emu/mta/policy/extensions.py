"""What this MTA does with each extension, and whether one that is critical stands in the way.

X.411 clause 9: where an extension is critical for a procedure, an MTA that does not carry out
what the extension means must not perform the procedure, though it may know the extension's number.
"""

from collections.abc import Mapping
from enum import Enum

from mta_emu.mts.extension import Criticality, Extensions, StandardExtension


class Handling(Enum):
    """What is done with an extension. All but the refused go on as they came."""

    CARRIED_OUT = "carried out"
    CARRIED = "carried: only users, or readers of a report, need it"
    REFUSED = "refused where it is critical, carried where it is not"


_PHYSICAL_DELIVERY = (
    StandardExtension.PHYSICAL_FORWARDING_PROHIBITED,
    StandardExtension.PHYSICAL_FORWARDING_ADDRESS_REQUEST,
    StandardExtension.PHYSICAL_DELIVERY_MODES,
    StandardExtension.REGISTERED_MAIL_TYPE,
    StandardExtension.RECIPIENT_NUMBER_FOR_ADVICE,
    StandardExtension.PHYSICAL_RENDITION_ATTRIBUTES,
    StandardExtension.ORIGINATOR_RETURN_ADDRESS,
    StandardExtension.PHYSICAL_DELIVERY_REPORT_REQUEST,
)
_SECURITY = (
    StandardExtension.ORIGINATOR_CERTIFICATE,
    StandardExtension.MESSAGE_TOKEN,
    StandardExtension.CONTENT_CONFIDENTIALITY_ALGORITHM_IDENTIFIER,
    StandardExtension.CONTENT_INTEGRITY_CHECK,
    StandardExtension.MESSAGE_ORIGIN_AUTHENTICATION_CHECK,
    StandardExtension.MESSAGE_SECURITY_LABEL,
    StandardExtension.PROOF_OF_SUBMISSION_REQUEST,
    StandardExtension.PROOF_OF_DELIVERY_REQUEST,
    StandardExtension.PROBE_ORIGIN_AUTHENTICATION_CHECK,
    StandardExtension.MULTIPLE_ORIGINATOR_CERTIFICATES,
    StandardExtension.BODY_PART_ENCRYPTION_TOKEN,
    StandardExtension.FORWARDED_CONTENT_TOKEN,
    StandardExtension.CERTIFICATE_SELECTORS,
)
#: Of submission, of delivery and of lists that others expand: not what an MTA transfers.
_OF_OTHERS = (
    StandardExtension.ORIGINATING_MTA_CERTIFICATE,
    StandardExtension.PROOF_OF_SUBMISSION,
    StandardExtension.FORWARDING_REQUEST,
    StandardExtension.BLIND_COPY_RECIPIENTS,
    StandardExtension.DL_EXEMPTED_RECIPIENTS,
)
_IN_REPORTS = (
    StandardExtension.PHYSICAL_FORWARDING_ADDRESS,
    StandardExtension.RECIPIENT_CERTIFICATE,
    StandardExtension.PROOF_OF_DELIVERY,
    StandardExtension.REPORTING_DL_NAME,
    StandardExtension.REPORTING_MTA_CERTIFICATE,
    StandardExtension.REPORT_ORIGIN_AUTHENTICATION_CHECK,
    StandardExtension.REPORTING_MTA_NAME,
)
_CARRIED_OUT = (
    StandardExtension.RECIPIENT_REASSIGNMENT_PROHIBITED,
    StandardExtension.ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT,
    StandardExtension.DL_EXPANSION_PROHIBITED,
    StandardExtension.CONVERSION_WITH_LOSS_PROHIBITED,
    StandardExtension.LATEST_DELIVERY_TIME,
    StandardExtension.REQUESTED_DELIVERY_METHOD,
    StandardExtension.CONTENT_CORRELATOR,
    StandardExtension.REDIRECTION_HISTORY,
    StandardExtension.DL_EXPANSION_HISTORY,
    StandardExtension.ORIGINATOR_AND_DL_EXPANSION_HISTORY,
    StandardExtension.TRACE_INFORMATION,
    StandardExtension.INTERNAL_TRACE_INFORMATION,
)
#: What is done with each standard extension; a private one is refused where it is critical.
HANDLING: Mapping[int | str, Handling] = {
    kind: handling
    for handling, kinds in (
        (Handling.CARRIED_OUT, _CARRIED_OUT),
        (Handling.CARRIED, _IN_REPORTS),
        (Handling.REFUSED, (*_PHYSICAL_DELIVERY, *_SECURITY, *_OF_OTHERS)),
    )
    for kind in kinds
}


def unsupported(extensions: Extensions, procedure: Criticality) -> bool:
    """Whether one is critical for a procedure, and what it means is not carried out here."""
    return any(
        each.criticality & procedure
        and HANDLING.get(each.kind, Handling.REFUSED) is Handling.REFUSED
        for each in extensions
    )
