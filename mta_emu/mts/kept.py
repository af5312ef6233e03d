"""Values that keep the octets they came in.

An MTA relays what it has no business with as it is, octet for octet: whatever BER form its sender
chose, members of versions to come, extensions that nobody here knows (X.411 14.3). So what was
read remembers its octets, and is written with them as long as it has not been changed; of a SET
that was changed, only the members that were are written anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, Self, TypeVar

from mta_emu.osi import ber
from mta_emu.osi.asn1 import Codec
from mta_emu.osi.errors import ProtocolError


class Wire(NamedTuple):
    """What was read, as what, and for a SET: its elements, each with the member that it is."""

    octets: bytes
    value: Any
    elements: tuple[tuple[str | None, bytes], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A value that may have come from the wire; `dataclasses.replace` makes changed copies."""

    wire: Wire | None = field(default=None, compare=False, repr=False)

    def came_as(self, octets: bytes) -> Self:
        """The value with the octets that it was read from."""
        return replace(self, wire=Wire(octets, self))

    @property
    def octets(self) -> bytes | None:
        """The octets that it was read from; None when it has changed since or never was."""
        return self.wire.octets if self.wire and self.wire.value == self else None


@dataclass(frozen=True, kw_only=True)
class KeptFields(Kept):
    """The model of a SET; `unknown` holds the elements that its type does not have."""

    unknown: tuple[bytes, ...] = ()


class Member(NamedTuple):
    """How a member of a SET becomes an attribute, and back: None when it is left out.

    `read` takes the ASN.1 value, or with `whole` the octets of the element.
    """

    attribute: str
    read: Callable[[Any], Any] = lambda value: value
    write: Callable[[Any], Any] = lambda value: value or None
    whole: bool = False


F = TypeVar("F", bound=KeptFields)


class KeptSet(Generic[F]):
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
        self._codec = codec
        self._name = name
        self._model = model
        self._members = members
        self._identifier = identifier
        self._names: dict[bytes, str] = {}  # of the members that came, by their identifiers
        self._identifiers: dict[str, bytes] = {}  # of the members that were written

    def encode(self, value: F) -> bytes:
        """The BER of a value; what is new in it follows what it was read with."""
        if value.octets is not None:
            return value.octets
        came = value.wire.elements if value.wire else ()
        elements = {name: element for name, element in came if name}
        now = {name: self._element(name, value, elements.get(name, b"")) for name in self._members}
        unknown = list(value.unknown)
        written = []
        for name, element in came:
            if name:
                written.append(now.pop(name))
            elif element in unknown:
                unknown.remove(element)
                written.append(element)
        return ber.tlv(self._identifier, b"".join([*written, *now.values(), *unknown]))

    def _element(self, name: str, value: F, came: bytes) -> bytes:
        """The member `name` as it `came` when its attribute is still the same, else anew."""
        member = self._members[name]
        attribute = getattr(value, member.attribute)
        if came and value.wire and attribute == getattr(value.wire.value, member.attribute):
            return came
        octets = attribute.octets if isinstance(attribute, Kept) else None
        if octets is not None and name in self._identifiers:
            return ber.retagged(self._identifiers[name], octets)
        asn1 = member.write(attribute)
        if asn1 is None:
            return b""
        element = self._codec.encode_member(self._name, name, asn1)
        self._identifiers[name] = ber.header(element)[0]
        return element if octets is None else ber.retagged(self._identifiers[name], octets)

    def decode(self, octets: bytes) -> F:
        """Read the BER of a value. Raises ProtocolError."""
        found: dict[str, Any] = {}
        elements: list[tuple[str | None, bytes]] = []
        for element in ber.elements(ber.contents(octets)):
            name, read = self._decode_member(element)
            elements.append((name, element))
            if name is None:
                continue
            attribute = self._members[name].attribute
            if attribute in found:
                raise ProtocolError(f"{self._name}: {name} is there twice")
            found[attribute] = read
        unknown = tuple(element for name, element in elements if name is None)
        try:
            value = self._model(**found, unknown=unknown)
        except TypeError:
            raise ProtocolError(f"{self._name}: a mandatory member is missing") from None
        return replace(value, wire=Wire(octets, value, tuple(elements)))

    def _decode_member(self, element: bytes) -> tuple[str | None, Any]:
        """Which member an element is, and what is read from it."""
        identifier = ber.header(element)[0]
        name, asn1 = self._names.get(identifier), None
        if name is None or not self._members[name].whole:
            name, asn1 = self._codec.decode_member(self._name, element) or (None, None)
            if name is None:
                return None, None
            self._names[identifier] = name
        member = self._members[name]
        try:
            return name, member.read(element if member.whole else asn1)
        except (KeyError, ValueError) as error:
            raise ProtocolError(f"{self._name}: {name}: {error}") from error
