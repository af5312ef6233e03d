"""What a user of this MTA submits: messages and probes, as the control socket asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from mta_emu.mts import enclosure, ipm
from mta_emu.mts.bodyparts import LATIN_1_TYPES, GeneralText, IA5Text
from mta_emu.mts.envelope import (
    EncodedInformationType,
    Envelope,
    Indicators,
    MtsIdentifier,
    PerMessageIndicators,
    Priority,
    Recipient,
    ReportRequest,
    encoded_information_types,
    latest_delivery,
)
from mta_emu.mts.oraddress import PRINTABLE, ORAddress
from mta_emu.mts.probe import Probe

_MAX_COUNT = 100_000
_MAX_CONTENT_IDENTIFIER = 16  # ub-content-id-length
_TYPES = {
    IA5Text: encoded_information_types(EncodedInformationType.IA5_TEXT),
    GeneralText: encoded_information_types(extended=LATIN_1_TYPES),
}
#: The same together with octets that have no type of their own.
_TYPES_WITH_FILE = {
    IA5Text: encoded_information_types(
        EncodedInformationType.UNKNOWN, EncodedInformationType.IA5_TEXT
    ),
    GeneralText: encoded_information_types(EncodedInformationType.UNKNOWN, extended=LATIN_1_TYPES),
}

PRIORITIES = {each.name.lower().replace("_", "-"): each for each in Priority}
#: What an originator may want to be told: everything, failures, or nothing.
REPORTS = {
    "delivery": ReportRequest.DELIVERY,
    "non-delivery": ReportRequest.NON_DELIVERY,
    "none": ReportRequest.NONE,
}
Chosen = TypeVar("Chosen")


@dataclass(frozen=True)
class Submission:
    """Interpersonal messages to be sent, or probes that ask whether they could be delivered."""

    originator: ORAddress
    recipients: tuple[ORAddress, ...]
    subject: str
    text: str
    priority: Priority
    report: ReportRequest
    return_content: bool
    probe: bool
    count: int
    latest_delivery_time: datetime | None = None

    @classmethod
    def parse(cls, request: Mapping[str, Any], now: datetime) -> "Submission":
        """Read a request of the control socket, at lab time `now`.

        Raises ValueError that says what is wrong.
        """
        count, probe = request.get("count", 1), request.get("probe", False)
        if not 1 <= count <= _MAX_COUNT:
            raise ValueError(f"count {count}: must be 1 to {_MAX_COUNT}")
        within = request.get("deliver_within")
        if within is not None and within < 1:
            raise ValueError(f"deliver_within {within}: must be 1 second or more")
        wanted = request.get("report", "delivery" if probe else "non-delivery")
        return cls(
            originator=ORAddress.parse(request["from"]),
            recipients=tuple(ORAddress.parse(text) for text in request["to"]),
            subject=request.get("subject", ""),
            text=request.get("text", ""),
            priority=_choose("priority", request.get("priority", "normal"), PRIORITIES),
            report=_choose("report", wanted, REPORTS),
            return_content=request.get("return_content", False),
            probe=probe,
            count=count,
            latest_delivery_time=now + timedelta(seconds=within) if within else None,
        )

    def enclose(self, identifier: MtsIdentifier, length: int) -> tuple[Envelope, bytes]:
        """The message that encloses a file of `length` octets: what its content begins with.

        Raises ValueError when it is a probe or more than one message.
        """
        if self.probe or self.count != 1:
            raise ValueError("a file travels in one message: no probe, and a count of 1")
        message, content = self.compose(1, identifier)
        assert isinstance(message, Envelope)  # noqa: S101, it is no probe
        envelope = replace(message, encoded_information_types=_TYPES_WITH_FILE[type(self._text)])
        return envelope, enclosure.before_file(content, length)

    @property
    def _text(self) -> IA5Text | GeneralText:
        return IA5Text(self.text) if self.text.isascii() else GeneralText(self.text)

    def compose(self, number: int, identifier: MtsIdentifier) -> tuple[Envelope | Probe, bytes]:
        """The message of that number and its content; a probe with the content it asks about.

        Raises ValueError when the content cannot be written.
        """
        subject = f"{self.subject} ({number} of {self.count})" if self.count > 1 else self.subject
        text = self._text
        content = ipm.encode(
            ipm.InterpersonalMessage(
                identifier.local_identifier, self.originator, self.recipients, subject, (text,)
            )
        )
        mta_report = max(self.report, ReportRequest.NON_DELIVERY)
        indicators = Indicators.asking(self.report, mta_report)
        recipients = tuple(
            Recipient(address, place, indicators)
            for place, address in enumerate(self.recipients, 1)
        )
        common: dict[str, Any] = {
            "content_identifier": "".join(filter(PRINTABLE.__contains__, subject))[
                :_MAX_CONTENT_IDENTIFIER
            ],
            "encoded_information_types": _TYPES[type(text)],
        }
        if self.probe:
            length = len(content)
            probe = Probe(identifier, self.originator, recipients, content_length=length, **common)
            return probe, content
        if self.return_content:
            common["indicators"] = PerMessageIndicators.CONTENT_RETURN_REQUEST
        if self.latest_delivery_time:
            common["extensions"] = (latest_delivery(self.latest_delivery_time),)
        message = Envelope(
            identifier, self.originator, recipients, priority=self.priority, **common
        )
        return message, content


def _choose(what: str, name: str, choices: Mapping[str, Chosen]) -> Chosen:
    if name not in choices:
        raise ValueError(f"{what} {name!r}: one of {', '.join(choices)}")
    return choices[name]
