"""What a user of this MTA submits: messages and probes with their envelopes and contents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mta_emu.mta.dispatch import request as requests
from mta_emu.mta.dispatch.request import LocalRequest
from mta_emu.mts import directoryname, ipm, tnef
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
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
from mta_emu.mts.ipm import names, text
from mta_emu.mts.ipm.files import (
    ATTACHMENT_APPLICATION,
    FILE_TRANSFER_TYPE,
    TNEF_APPLICATION,
    File,
)
from mta_emu.mts.ipm.heading import MAX_SUBJECT, Heading, Importance, Sensitivity
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Requests
from mta_emu.mts.ipm.text import TextPart
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import Pieces, length
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import requesting_alternate
from mta_emu.mts.strings import PRINTABLE
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import (
    DeliveryMethod,
    latest_delivery,
    prohibition,
    requesting_methods,
)

_MAX_CONTENT_IDENTIFIER = 16  # ub-content-id-length
#: What an originator may prohibit in an extension; conversion at all is an indicator.
_PROHIBITIONS = {
    "loss": StandardExtension.CONVERSION_WITH_LOSS_PROHIBITED,
    "expansion": StandardExtension.DL_EXPANSION_PROHIBITED,
    "reassignment": StandardExtension.RECIPIENT_REASSIGNMENT_PROHIBITED,
}


@dataclass(frozen=True)
class Submission:
    """Interpersonal messages to be sent, or probes that ask whether they could be delivered."""

    request: LocalRequest
    originator: ORDescriptor
    to: tuple[ORDescriptor, ...]
    cc: tuple[ORDescriptor, ...]
    blind: tuple[ORDescriptor, ...]
    return_content: bool
    latest_delivery_time: datetime | None = None
    deferred_delivery_time: datetime | None = None
    alternate: ORAddress | None = None  # who gets it when its recipients cannot
    ftbp_identifiers: bool = True  # files name what they are, as Exchange's do (Q169670)

    @classmethod
    def parse(
        cls, request: Mapping[str, Any], now: datetime, *, return_content: bool = False
    ) -> "Submission":
        """Read a request of the control socket, at lab time `now`.

        `return_content` holds where the request does not say it. Raises ValueError that says what
        is wrong.
        """
        wanted = requests.read(request)
        returns, within, defer = wanted.return_content, wanted.deliver_within, wanted.defer
        submission = cls(
            wanted,
            ORDescriptor.parse(wanted.sender),
            _users(wanted.to),
            _users(wanted.cc),
            _users(wanted.bcc),
            return_content if returns is None else returns,
            now + timedelta(seconds=within) if within else None,
            now + timedelta(seconds=defer) if defer else None,
            ORAddress.parse(wanted.alternate) if wanted.alternate else None,
        )
        _rich_text(wanted.rich_text)
        return submission

    def from_directory(self, organization: str, site: str) -> "Submission":
        """The same from a user who has a directory name as well, in this organization and site."""
        address = _address(self.originator)
        person = address.common_name or f"{address.given_name} {address.surname}".strip()
        parts = [("O", organization), ("OU", site), ("CN", "Recipients"), ("CN", person)]
        named = replace(address, directory_name=directoryname.encode(parts))
        return replace(self, originator=replace(self.originator, formal_name=named))

    def with_free_form_names(self) -> "Submission":
        """The same with every user named for people, too, whose address has such a name."""
        to, cc, blind = (tuple(map(_for_people, users)) for users in (self.to, self.cc, self.blind))
        return replace(self, originator=_for_people(self.originator), to=to, cc=cc, blind=blind)

    @property
    def count(self) -> int:
        """How many messages it is."""
        return self.request.count

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        """The names of the files that go along, and how many octets they have."""
        return tuple((each.name, each.length) for each in self.request.files)

    @property
    def recipients(self) -> tuple[ORAddress, ...]:
        """All recipients, of every kind."""
        return _addresses((*self.to, *self.cc, *self.blind))

    @property
    def _text(self) -> TextPart:
        """The text in the body part that has all its characters. Raises ValueError."""
        return text.best(self.request.text)

    @property
    def _content_type(self) -> int | str:
        """Rich text makes it Exchange contents; all else an interpersonal message can say."""
        rich = self.request.rich_text
        return EXCHANGE_CONTENTS if rich else ContentType.INTERPERSONAL_MESSAGING_1988

    @property
    def _types(self) -> bytes:
        characters = self.request.text
        plain = characters.isascii()
        built_in = (EncodedInformationType.IA5_TEXT,) if plain else ()
        general = () if plain else text.information_types(characters)
        files = (FILE_TRANSFER_TYPE,) if self.files or self.request.rich_text else ()
        return encoded_information_types(*built_in, extended=(*general, *files))

    def _enclosed(self) -> Iterator[File]:
        named = self.ftbp_identifiers
        if self.request.rich_text:
            rich = tnef.encode(_rich_text(self.request.rich_text))
            yield File(tnef.FILE_NAME, rich, TNEF_APPLICATION if named else "")
        start = 0
        for name, octets in self.files:
            file = (range(start, start + octets),)
            yield File(name, file, ATTACHMENT_APPLICATION if named else "")
            start += octets

    def compose(
        self,
        number: int,
        identifier: MtsIdentifier,
        relative: str = "",
        blind: ORDescriptor | None = None,
    ) -> tuple[Envelope | Probe, Pieces]:
        """The message of that number and its content; a probe with the content it asks about.

        The copy for a `blind` copy recipient names that one besides, and has the IPM identifier
        `relative` of the copy that the others get (X.420 7.2.6). Ranges of the content are those of
        the files, one after the other. Raises ValueError when the content cannot be written.
        """
        subject = _numbered(self.request.subject, number, self.count)
        heading = self._heading(relative or identifier.local_identifier, subject, blind)
        body = (self._text, *self._enclosed())
        content = ipm.compose(InterpersonalMessage(heading, body))
        users = (blind,) if blind else (*self.to, *self.cc)
        common: dict[str, Any] = {
            "content_identifier": "".join(filter(PRINTABLE.__contains__, subject))[
                :_MAX_CONTENT_IDENTIFIER
            ],
            "encoded_information_types": self._types,
            "content_type": self._content_type,
            "indicators": self._wishes,
            "extensions": tuple(
                prohibition(kind)
                for word, kind in _PROHIBITIONS.items()
                if word in self.request.prohibit
            ),
        }
        originator, recipients = _address(self.originator), self._recipients(_addresses(users))
        if self.request.probe:
            octets = length(content)
            probe = Probe(identifier, originator, recipients, content_length=octets, **common)
            return probe, content
        if self.latest_delivery_time:
            common["extensions"] += (latest_delivery(self.latest_delivery_time),)
        message = Envelope(
            identifier,
            originator,
            recipients,
            priority=Priority[_constant(self.request.priority)],
            deferred_delivery_time=self.deferred_delivery_time,
            **common,
        )
        return message, content

    def _heading(self, relative: str, subject: str, blind: ORDescriptor | None) -> Heading:
        """What readers see, with what the request says of it."""
        wanted = self.request
        asked = Requests.NONE
        if wanted.receipt:
            asked |= Requests.RECEIPT | Requests.NON_RECEIPT
        if wanted.non_receipt:
            asked |= Requests.NON_RECEIPT

        def recipients(users: Iterable[ORDescriptor]) -> tuple[names.Recipient, ...]:
            return tuple(names.Recipient(each, asked, wanted.reply_requested) for each in users)

        return Heading(
            IpmIdentifier(relative, _address(self.originator)),
            self.originator,
            recipients(self.to),
            subject,
            copy_recipients=recipients(self.cc),
            blind_copy_recipients=recipients((blind,) if blind else ()),
            authorizing_users=_users(wanted.authorized_by),
            replied_to=IpmIdentifier.parse(wanted.in_reply_to) if wanted.in_reply_to else None,
            obsoleted=tuple(map(IpmIdentifier.parse, wanted.obsoletes)),
            related=tuple(map(IpmIdentifier.parse, wanted.related_to)),
            expiry_time=wanted.expires,
            reply_time=wanted.reply_by,
            reply_recipients=_users(wanted.reply_to),
            importance=Importance[_constant(wanted.importance)],
            sensitivity=Sensitivity[_constant(wanted.sensitivity)] if wanted.sensitivity else None,
            auto_forwarded=wanted.auto_forwarded,
            languages=tuple(wanted.languages),
        )

    def _recipients(self, addresses: Iterable[ORAddress]) -> tuple[Recipient, ...]:
        default = "delivery" if self.request.probe else "non-delivery"
        report = ReportRequest[_constant(self.request.report or default)]
        indicators = Indicators.asking(report, max(report, ReportRequest.NON_DELIVERY))
        methods = [DeliveryMethod[_constant(each)] for each in self.request.delivery_methods]
        wishes = (requesting_methods(methods),) if methods else ()
        found = (
            Recipient(address, place, indicators, extensions=wishes)
            for place, address in enumerate(addresses, 1)
        )
        alternate = self.alternate
        if alternate is None:
            return tuple(found)
        return tuple(requesting_alternate(each, alternate) for each in found)

    @property
    def _wishes(self) -> PerMessageIndicators:
        wishes = PerMessageIndicators.NONE
        if self.request.alternate_allowed:
            wishes |= PerMessageIndicators.ALTERNATE_RECIPIENT_ALLOWED
        if self.request.disclose_recipients:
            wishes |= PerMessageIndicators.DISCLOSURE_OF_OTHER_RECIPIENTS
        if "conversion" in self.request.prohibit:
            wishes |= PerMessageIndicators.IMPLICIT_CONVERSION_PROHIBITED
        if self.return_content and not self.request.probe:
            wishes |= PerMessageIndicators.CONTENT_RETURN_REQUEST
        return wishes


def _numbered(subject: str, number: int, count: int) -> str:
    """The subject of one of several messages; what is too long for its number is cut."""
    if count == 1:
        return subject
    if not subject:
        return f"{number} of {count}"
    end = f" ({number} of {count})"
    return subject[: MAX_SUBJECT - len(end)] + end


def _users(texts: Iterable[str]) -> tuple[ORDescriptor, ...]:
    return tuple(map(ORDescriptor.parse, texts))


def _addresses(users: Iterable[ORDescriptor]) -> tuple[ORAddress, ...]:
    return tuple(map(_address, users))


def _for_people(user: ORDescriptor) -> ORDescriptor:
    """A user with a name for people: its own, or what its address says of one (Q163464)."""
    address = _address(user)
    person = f"{address.given_name} {address.surname}" if address.given_name else ""
    return replace(user, free_form_name=user.free_form_name or address.common_name or person)


def _address(user: ORDescriptor) -> ORAddress:
    assert user.formal_name  # noqa: S101, `parse` gives every user one
    return user.formal_name


def _constant(word: str) -> str:
    """The name of an enumeration's member for the word that people write."""
    return word.upper().replace("-", "_")


def _rich_text(rtf: str) -> bytes:
    """RTF, which says in ASCII what is not. Raises ValueError."""
    if rtf and not (rtf.startswith("{\\rtf") and rtf.isascii()):
        raise ValueError("rich_text: must be RTF, which begins with {\\rtf and is ASCII")
    return rtf.encode("ascii")
