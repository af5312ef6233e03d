"""The codec of the SETs that envelopes and reports are made of.

Each member of a SET becomes an attribute of its model, and back. What came is written as it came;
of a SET that was changed only the members that were changed are written anew (preserved.py).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from mta_emu.mts.preserved import Origin, PreservedSet
from mta_emu.osi import ber
from mta_emu.osi.asn1 import Codec
from mta_emu.osi.errors import ProtocolError


class Member(NamedTuple):
    """How a member of a SET becomes an attribute, and back: None when it is left out.

    `read` takes the ASN.1 value and `write` gives it. With `whole` they are the octets of the
    element, whatever its tag: written, it gets that of the member. What has more elements than
    `most`, an upper bound of X.411 Annex B, is read no further.
    """

    attribute: str
    read: Callable[[Any], Any] = lambda value: value
    write: Callable[[Any], Any] = lambda value: value or None
    whole: bool = False
    most: int | None = None


_MAX_MEMBERS = 1000  # of a SET, with those that it does not have
F = TypeVar("F", bound=PreservedSet)


class SetCodec(Generic[F]):
    """The codec of a SET."""

    def __init__(
        self,
        codec: Codec,
        name: str,
        model: type[F],
        members: Mapping[str, Member],
        identifier: bytes = b"\x31",
    ) -> None:
        """Write the attributes of `model` as the `members` of the ASN.1 type `name`.

        `identifier` holds the identifier octets, where they are not a SET's own.
        """
        self._name = name
        self._model = model
        self._identifier = identifier
        self._types = codec.members(name)
        self._members = members
        self._names = {form: each for each in members for form in self._types[each].identifiers}

    def encode(self, value: F) -> bytes:
        """The BER of a value; what is new in it follows what it was read with."""
        if value.octets is not None:
            return value.octets
        came = value.origin.elements if value.origin else ()
        elements = {name: element for name, element in came if name}
        now = {name: self._element(name, value, elements.get(name, b"")) for name in self._members}
        unknown = Counter(value.unknown)
        written = []
        for name, element in came:
            if name:
                written.append(now.pop(name))
            elif unknown[element]:
                unknown[element] -= 1
                written.append(element)
        return ber.tlv(self._identifier, b"".join([*written, *now.values(), *unknown.elements()]))

    def _element(self, name: str, value: F, came: bytes) -> bytes:
        """The member `name` as it `came` when its attribute is still the same, else anew."""
        member = self._members[name]
        attribute = getattr(value, member.attribute)
        if came and value.origin and attribute == getattr(value.origin.value, member.attribute):
            return came
        written = member.write(attribute)
        if written is None:
            return b""
        type_ = self._types[name]
        return ber.retagged(type_.identifier, written) if member.whole else type_.encode(written)

    def decode(self, octets: bytes) -> F:
        """Read the BER of a value. Raises ProtocolError."""
        found: dict[str, Any] = {}
        elements: list[tuple[str | None, bytes]] = []
        excess: list[str] = []
        came = ber.elements(ber.contents(octets), _MAX_MEMBERS + 1)
        if len(came) > _MAX_MEMBERS:
            raise ProtocolError(f"{self._name}: more than {_MAX_MEMBERS} members")
        for element in came:
            name, read = self._decode_member(element, excess)
            elements.append((name, element))
            if name is None:
                continue
            attribute = self._members[name].attribute
            if attribute in found:
                raise ProtocolError(f"{self._name}: {name} is there twice")
            found[attribute] = read
        unknown = tuple(element for name, element in elements if name is None)
        found |= {"unknown": unknown, "excess": tuple(excess)}
        try:
            value = self._model(**found)
        except TypeError:
            raise ProtocolError(f"{self._name}: a mandatory member is missing") from None
        return self._model(**found, origin=Origin(octets, value, tuple(elements)))

    def _decode_member(self, element: bytes, excess: list[str]) -> tuple[str | None, Any]:
        """Which member an element is, and what is read from it; what is too much is named."""
        identifier, *_ = ber.header(element)
        name = self._names.get(identifier)
        if name is None:
            return None, None
        member = self._members[name]
        if member.most is not None:
            parts = ber.elements(ber.contents(element), member.most + 1)
            if len(parts) > member.most:
                excess.append(f"{name}: more than {member.most}")
                element = ber.tlv(identifier, b"".join(parts[: member.most]))
        try:
            if member.whole:
                return name, member.read(element)
            return name, member.read(self._types[name].known(element))
        except (KeyError, ValueError) as error:
            raise ProtocolError(f"{self._name}: {name}: {error}") from error
