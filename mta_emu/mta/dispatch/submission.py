"""What a user of this MTA submits: messages and probes, as the control socket asks for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from mta_emu.mts import ipm, tnef
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import (
    EXCHANGE_CONTENTS,
    ContentType,
    EncodedInformationType,
    Indicators,
    PerMessageIndicators,
    Priority,
    ReportRequest,
    encoded_information_types,
)
from mta_emu.mts.identifiers import MtsIdentifier
from mta_emu.mts.ipm import text
from mta_emu.mts.ipm.files import (
    ATTACHMENT_APPLICATION,
    FILE_TRANSFER_TYPE,
    TNEF_APPLICATION,
    File,
)
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import TextPart
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import Pieces, length
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import requesting_alternate
from mta_emu.mts.strings import PRINTABLE
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import latest_delivery

_MAX_COUNT = 100_000
_MAX_CONTENT_IDENTIFIER = 16  # ub-content-id-length
_MAX_FILES = 100

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
    deferred_delivery_time: datetime | None = None
    alternate: ORAddress | None = None  # who gets it when its recipients cannot
    alternate_allowed: bool = False  # one that the recipient's domain assigns
    rich_text: bytes = b""  # RTF
    files: tuple[tuple[str, int], ...] = ()  # names, and how many octets

    @classmethod
    def parse(
        cls, request: Mapping[str, Any], now: datetime, *, return_content: bool = False
    ) -> "Submission":
        """Read a request of the control socket, at lab time `now`.

        `return_content` holds where the request does not say it.

        Raises ValueError that says what is wrong.
        """
        count, probe = request.get("count", 1), request.get("probe", False)
        if not 1 <= count <= _MAX_COUNT:
            raise ValueError(f"count {count}: must be 1 to {_MAX_COUNT}")
        within = request.get("deliver_within")
        if within is not None and within < 1:
            raise ValueError(f"deliver_within {within}: must be 1 second or more")
        defer = request.get("defer")
        if defer is not None and (defer < 1 or probe):
            raise ValueError(f"defer {defer}: must be 1 second or more, and of a message")
        if defer and within and within <= defer:
            raise ValueError(f"deliver_within {within}: must be more than defer, {defer}")
        alternate = request.get("alternate")
        returns = request.get("return_content")
        wanted = request.get("report", "delivery" if probe else "non-delivery")
        return cls(
            originator=ORAddress.parse(request["from"]),
            recipients=tuple(ORAddress.parse(text) for text in request["to"]),
            subject=request.get("subject", ""),
            text=request.get("text", ""),
            priority=_choose("priority", request.get("priority", "normal"), PRIORITIES),
            report=_choose("report", wanted, REPORTS),
            return_content=return_content if returns is None else returns,
            probe=probe,
            count=count,
            latest_delivery_time=now + timedelta(seconds=within) if within else None,
            deferred_delivery_time=now + timedelta(seconds=defer) if defer else None,
            alternate=ORAddress.parse(alternate) if alternate else None,
            alternate_allowed=request.get("alternate_allowed", False),
            rich_text=_rich_text(request.get("rich_text", "")),
            files=_files(request.get("files", ()), one_message=count == 1 and not probe),
        )

    @property
    def _text(self) -> TextPart:
        """The text in the body part that has all its characters. Raises ValueError."""
        return text.best(self.text)

    @property
    def _content_type(self) -> int | str:
        """Rich text makes it Exchange contents; all else an interpersonal message can say."""
        return EXCHANGE_CONTENTS if self.rich_text else ContentType.INTERPERSONAL_MESSAGING_1988

    @property
    def _types(self) -> bytes:
        built_in = (EncodedInformationType.IA5_TEXT,) if self.text.isascii() else ()
        general = () if self.text.isascii() else text.information_types(self.text)
        files = (FILE_TRANSFER_TYPE,) if self.files or self.rich_text else ()
        return encoded_information_types(*built_in, extended=(*general, *files))

    def _enclosed(self) -> Iterator[File]:
        if self.rich_text:
            yield File(tnef.FILE_NAME, tnef.encode(self.rich_text), TNEF_APPLICATION)
        start = 0
        for name, octets in self.files:
            yield File(name, (range(start, start + octets),), ATTACHMENT_APPLICATION)
            start += octets

    def compose(self, number: int, identifier: MtsIdentifier) -> tuple[Envelope | Probe, Pieces]:
        """The message of that number and its content; a probe with the content it asks about.

        Ranges of the content are those of the files, one after the other. Raises ValueError when
        the content cannot be written.
        """
        subject = f"{self.subject} ({number} of {self.count})" if self.count > 1 else self.subject
        body = (self._text, *self._enclosed())
        content = ipm.compose(
            InterpersonalMessage.of(
                identifier.local_identifier, self.originator, self.recipients, subject, body
            )
        )
        mta_report = max(self.report, ReportRequest.NON_DELIVERY)
        indicators = Indicators.asking(self.report, mta_report)
        recipients = tuple(
            Recipient(address, place, indicators)
            for place, address in enumerate(self.recipients, 1)
        )
        if self.alternate:
            recipients = tuple(requesting_alternate(each, self.alternate) for each in recipients)
        wishes = PerMessageIndicators.NONE
        if self.alternate_allowed:
            wishes |= PerMessageIndicators.ALTERNATE_RECIPIENT_ALLOWED
        if self.return_content and not self.probe:
            wishes |= PerMessageIndicators.CONTENT_RETURN_REQUEST
        common: dict[str, Any] = {
            "content_identifier": "".join(filter(PRINTABLE.__contains__, subject))[
                :_MAX_CONTENT_IDENTIFIER
            ],
            "encoded_information_types": self._types,
            "content_type": self._content_type,
            "indicators": wishes,
        }
        if self.probe:
            octets = length(content)
            probe = Probe(identifier, self.originator, recipients, content_length=octets, **common)
            return probe, content
        if self.latest_delivery_time:
            common["extensions"] = (latest_delivery(self.latest_delivery_time),)
        message = Envelope(
            identifier,
            self.originator,
            recipients,
            priority=self.priority,
            deferred_delivery_time=self.deferred_delivery_time,
            **common,
        )
        return message, content


def _rich_text(rtf: str) -> bytes:
    """RTF, which says in ASCII what is not. Raises ValueError."""
    if rtf and not (rtf.startswith("{\\rtf") and rtf.isascii()):
        raise ValueError("rich_text: must be RTF, which begins with {\\rtf and is ASCII")
    return rtf.encode("ascii")


def _files(files: Sequence[Mapping[str, Any]], *, one_message: bool) -> tuple[tuple[str, int], ...]:
    """The names and lengths of files. Raises ValueError."""
    if files and not one_message:
        raise ValueError("files travel in one message: no probe, and a count of 1")
    if len(files) > _MAX_FILES:
        raise ValueError(f"{len(files)} files: at most {_MAX_FILES}")
    found = tuple((str(file["name"]), int(file["length"])) for file in files)
    if any(octets < 0 for _, octets in found):
        raise ValueError("files: a length below 0")
    return found


def _choose(what: str, name: str, choices: Mapping[str, Chosen]) -> Chosen:
    if name not in choices:
        raise ValueError(f"{what} {name!r}: one of {', '.join(choices)}")
    return choices[name]
