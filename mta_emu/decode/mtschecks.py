"""What an MTS-APDU must have and must not say, beyond what it takes to read it (X.411 figure 4).

The MTAs read more than that: what is missing here has a default in them, because a message is not
to be lost for it.
"""

from collections.abc import Iterator

from mta_emu.decode.steps import Complaint, Severity
from mta_emu.mts import bounds, extension
from mta_emu.mts.apdu import Head
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.members import RECIPIENTS
from mta_emu.mts.preserved import PreservedSet
from mta_emu.mts.report import Report, ReportedRecipient
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.osi import ber

_NUMBER, _INDICATORS = "originally-specified-recipient-number", "per-recipient-indicators"
_CONTENT_TYPES = {"built-in-content-type", "extended-content-type"}
#: Members that are BIT STRINGs.
_BIT_STRINGS = ("per-message-indicators", _INDICATORS)
_NAMED_BITS = 5  # of the per-recipient indicators; some stacks leave out the reserved ones
_BUILT_IN_TYPES, _CRITICALITY = b"\x80", b"\x81"
_MAX_UNUSED = 7


def check(head: Head) -> list[Complaint]:
    """What is wrong with a message, a probe or a report. Raises ProtocolError."""
    found = _of_report(head) if isinstance(head, Report) else _of_subject(head)
    return [*found, *_explicit(head)]


def _of_subject(subject: Subject) -> Iterator[Complaint]:
    names = _members(subject)
    if not subject.trace:
        yield _broken("no trace information: it is mandatory")
    if not names & _CONTENT_TYPES:
        yield _broken("no content type: it is mandatory")
    if beyond := bounds.violation(subject):
        yield _broken(beyond)
    yield from _bit_strings(subject)
    yield from _information_types(subject.encoded_information_types)
    yield from _criticalities(subject.extensions)
    for recipient in subject.recipients:
        yield from _of_recipient(recipient)
        if beyond := bounds.recipient_violation(recipient):
            yield _broken(beyond)
    expanded = extension.find(subject.extensions, StandardExtension.DL_EXPANSION_HISTORY)
    if not expanded:  # else members of a list have the number of the list
        yield from _repeated([recipient.number for recipient in subject.recipients])


def _of_report(report: Report) -> Iterator[Complaint]:
    if not report.envelope.trace:
        yield _broken("no trace information: it is mandatory")
    yield from _information_types(report.content.encoded_information_types)
    yield from _criticalities(report.envelope.extensions + report.content.extensions)
    for recipient in report.content.recipients:
        yield from _of_recipient(recipient)
        if not 1 <= recipient.number <= RECIPIENTS:
            yield _broken(f"recipient number {recipient.number}: must be 1 to {RECIPIENTS}")


def _of_recipient(recipient: Recipient | ReportedRecipient) -> Iterator[Complaint]:
    for member in {_NUMBER, _INDICATORS} - _members(recipient):
        yield _broken(f"a recipient without {member}: it is mandatory")
    if recipient.indicators.bits < _NAMED_BITS:
        yield _broken(
            f"{_INDICATORS} of {recipient.indicators.bits} bits: {_NAMED_BITS} have names"
        )
    yield from _bit_strings(recipient)
    yield from _criticalities(recipient.extensions)


def _repeated(numbers: list[int]) -> Iterator[Complaint]:
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            text = f"recipient number {number} twice, though no distribution list was expanded"
            yield _broken(text)
        seen.add(number)


def _members(value: PreservedSet) -> set[str]:
    """The names of the members that came."""
    return {name for name, _ in value.origin.elements if name} if value.origin else set()


# BIT STRINGs: how many bits of their last octet are unused (X.209 12)


def _bit_strings(value: PreservedSet) -> Iterator[Complaint]:
    for name, element in value.origin.elements if value.origin else ():
        if name in _BIT_STRINGS:
            yield from _padding(name, element)


def _information_types(octets: bytes) -> Iterator[Complaint]:
    for element in ber.elements(ber.contents(octets)) if octets else ():
        if element.startswith(_BUILT_IN_TYPES):
            yield from _padding("built-in encoded information types", element)


def _criticalities(extensions: tuple[Extension, ...]) -> Iterator[Complaint]:
    for each in extensions:
        for element in ber.elements(ber.contents(each.octets or b"\x30\x00")):
            if element.startswith(_CRITICALITY):
                yield from _padding(f"criticality of {each}", element)


def _padding(name: str, element: bytes) -> Iterator[Complaint]:
    contents = ber.contents(element)
    unused = contents[0] if contents else 0
    if not contents or unused > _MAX_UNUSED or (unused and len(contents) == 1):
        text = f"{name}: a BIT STRING with {unused} unused bits in {len(contents)} octets"
        yield _broken(text)
    elif contents[-1] & (1 << unused) - 1 and len(contents) > 1:
        text = f"{name}: a BIT STRING with bits set among the {unused} unused ones"
        yield _deviation(text)


# How PP tags the types of extensions


def _explicit(head: Head) -> Iterator[Complaint]:
    tagged = dict.fromkeys(str(each) for each in _all_extensions(head) if each.explicit)
    if tagged:
        names = ", ".join(tagged)
        yield _deviation(f"types of extensions with EXPLICIT tags, as PP writes them: {names}")


def _all_extensions(head: Head) -> Iterator[Extension]:
    if isinstance(head, Report):
        yield from head.envelope.extensions + head.content.extensions
        recipients: tuple[Recipient | ReportedRecipient, ...] = head.content.recipients
    else:
        yield from head.extensions
        recipients = head.recipients
    for recipient in recipients:
        yield from recipient.extensions


def _broken(text: str) -> Complaint:
    return Complaint("mts", text)


def _deviation(text: str) -> Complaint:
    return Complaint("mts", text, Severity.DEVIATION)
