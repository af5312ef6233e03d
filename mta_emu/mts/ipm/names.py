"""Users and messages as an interpersonal message names them, X.420 clause 7.1."""

import re
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from mta_emu.mts import directoryname, oraddress, strings
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.strings import is_printable
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

OR_NAME = b"\x60"
_IDENTIFIER = b"\x6b"
_FREE_FORM, _TELEPHONE = 0x80, 0x81
_RECIPIENT, _REQUESTS, _REPLY = b"\xa0", b"\x81", b"\x82"
_CONSTRUCTED = 0x20
_LONGEST_NAME = 64  # ub-free-form-name


@dataclass(frozen=True)
class IpmIdentifier:
    """An IPM identifier: a number or name that its `user` gave the message (7.1.1).

    Messages of some systems have no user in it.
    """

    relative: str
    user: ORAddress | None = None

    def __str__(self) -> str:
        return f"{self.relative} of {self.user}" if self.user else self.relative

    @classmethod
    def parse(cls, text: str) -> "IpmIdentifier":
        """Read `ID`, or `ID of ADDRESS`, as `str` writes it. Raises ValueError."""
        relative, of, user = text.partition(" of ")
        if not relative or not is_printable(relative):
            raise ValueError(f"IPM identifier {text!r}: not a PrintableString")
        return cls(relative, ORAddress.parse(user) if of else None)

    def to_asn1(self) -> dict[str, Any]:
        """The value of the ASN.1 type IPMIdentifier."""
        user = {"user": oraddress.to_asn1(self.user)} if self.user else {}
        return user | {"user-relative-identifier": self.relative}

    @classmethod
    def read(cls, element: bytes) -> "IpmIdentifier":
        """Read an IPM identifier, under whatever tag. Raises ProtocolError."""
        user, relative = None, None
        for each in ber.elements(ber.contents(element)):
            if each[:1] == OR_NAME:
                user = oraddress.decode(each)
            else:
                relative = strings.read(each)
        if relative is None:
            raise ProtocolError("an IPM identifier without the user's part")
        return cls(relative, user)


@dataclass(frozen=True)
class ORDescriptor:
    """A user or a list: by O/R name, by a name for people, by telephone number (7.1.4).

    Any of them is enough.
    """

    formal_name: ORAddress | None = None
    free_form_name: str = ""
    telephone_number: str = ""

    def __str__(self) -> str:
        formal = _shown(self.formal_name) if self.formal_name else ""
        named = f"{self.free_form_name} <{formal}>" if self.free_form_name and formal else ""
        telephone = f"tel. {self.telephone_number}" if self.telephone_number else ""
        return ", ".join(filter(None, [named or formal or self.free_form_name, telephone]))

    @classmethod
    def parse(cls, text: str) -> "ORDescriptor":
        """Read an O/R address, or `NAME <ADDRESS>` with a name for people. Raises ValueError."""
        named = re.fullmatch(r"\s*([^<>]*?)\s*<([^<>]*)>\s*", text)
        if named is None:
            return cls(ORAddress.parse(text))
        name, address = named.groups()
        if len(name) > _LONGEST_NAME:
            raise ValueError(f"{name!r} has {len(name)} characters, at most {_LONGEST_NAME}")
        for lacking in strings.teletex_lacks(name):
            raise ValueError(f"{name!r}: {lacking!r} (U+{ord(lacking):04X}) is not in T.61")
        return cls(ORAddress.parse(address), name)

    def to_asn1(self) -> dict[str, Any]:
        """The value of the ASN.1 type ORDescriptor. Raises ValueError."""
        found: dict[str, Any] = {}
        if self.formal_name:
            found["formal-name"] = oraddress.to_asn1(self.formal_name)
        if self.free_form_name:
            found["free-form-name"] = self.free_form_name
        if self.telephone_number:
            found["telephone-number"] = self.telephone_number
        return found

    @classmethod
    def read(cls, element: bytes) -> "ORDescriptor":
        """Read an O/R descriptor, under whatever tag; what is odd in it is left out."""
        found: dict[str, Any] = {}
        for each in ber.elements(ber.contents(element)):
            if each[:1] == OR_NAME:
                found["formal_name"] = oraddress.decode(each)
            elif each[0] & ~_CONSTRUCTED == _FREE_FORM:
                found["free_form_name"] = strings.teletex(each)
            elif each[0] & ~_CONSTRUCTED == _TELEPHONE:
                found["telephone_number"] = strings.printable(each)
        return cls(**found)


def _shown(name: ORAddress) -> str:
    """An O/R name: its address, or else its directory name."""
    if str(name) or not name.directory_name:
        return str(name)
    try:
        return directoryname.to_text(name.directory_name)
    except ProtocolError:
        return ""


class Requests(IntFlag):
    """What a recipient is asked to notify; the values are the bits on the wire (7.1.3)."""

    NONE = 0
    RECEIPT = 0x80
    NON_RECEIPT = 0x40
    IPM_RETURN = 0x20


@dataclass(frozen=True)
class Recipient:
    """A recipient of an interpersonal message, and what is asked of it (7.1.3)."""

    descriptor: ORDescriptor
    requests: Requests = Requests.NONE
    reply_requested: bool = False

    def __str__(self) -> str:
        return str(self.descriptor)

    @classmethod
    def of(cls, address: ORAddress, requests: Requests = Requests.NONE) -> "Recipient":
        """The recipient with an O/R address."""
        return cls(ORDescriptor(address), requests)

    def to_asn1(self) -> dict[str, Any]:
        """The value of the ASN.1 type RecipientSpecifier."""
        found: dict[str, Any] = {"recipient": self.descriptor.to_asn1()}
        if self.requests:
            found["notification-requests"] = (bytes((self.requests,)), _BITS)
        if self.reply_requested:
            found["reply-requested"] = True
        return found

    @classmethod
    def read(cls, element: bytes) -> "Recipient":
        """Read a recipient specifier. Raises ProtocolError."""
        descriptor, requests, reply = None, Requests.NONE, False
        for each in ber.elements(ber.contents(element)):
            if each[:1] == _RECIPIENT:
                descriptor = ORDescriptor.read(each)
            elif each[:1] == _REQUESTS:
                requests = Requests(int.from_bytes(ber.contents(each)[1:2], "big") & _ALL)
            elif each[:1] == _REPLY:
                reply = any(ber.contents(each))
        if descriptor is None:
            raise ProtocolError("a recipient without a name")
        return cls(descriptor, requests, reply)


_BITS = 3  # of the notification requests
_ALL = Requests.RECEIPT | Requests.NON_RECEIPT | Requests.IPM_RETURN
