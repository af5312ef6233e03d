"""The ASN.1 modules of this package tree, compiled by asn1tools.

asn1tools because it was the fastest of the libraries measured on a realistic P1 envelope, and
reads the Recommendations' own notation. To parse that takes long, so beside each .asn file lies
what the parser made of it: `python -m tests.notation` writes it, and a test compares the two.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, cached_property, wraps
from importlib.resources import files
from typing import Any

from mta_emu.osi.asn1.library import ber as codecs
from mta_emu.osi.asn1.library import errors
from mta_emu.osi.ber import definite
from mta_emu.osi.errors import OF_BAD_OCTETS, ProtocolError
from mta_emu.osi.remembered import remembered

#: Octets of a number at most. The library has no bound but reads an arc in quadratic time, and
#: Python refuses to write an integer of more than 4300 digits.
MAX_INTEGER, MAX_OBJECT_IDENTIFIER = 8, 64
_KNOWN = 64  # values of a type that are remembered: the same few MTAs call each other


def _write_utc_time(_: Any, time: datetime, values: Any = None) -> bytes:  # noqa: ARG001
    """The contents of a UTCTime: always with seconds and Z, as other systems write it."""
    return time.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode("ascii")


def _read_utc_time(_: Any, data: bytes, offset: int, length: int) -> tuple[datetime, int]:
    """The moment that a UTCTime says, in UTC, and where it ends."""
    time, end = _library_reads_utc_time(_, data, offset, length)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC), end


_library_reads_utc_time = codecs.UTCTime.decode_content
codecs.UTCTime.encode_content = _write_utc_time
codecs.UTCTime.decode_content = _read_utc_time


#: Old stacks write octets of 0x80 and above where ASCII is due. They are read as ISO 8859-1, and so
#: written again with the same octets.
for _string in (
    codecs.NumericString,
    codecs.PrintableString,
    codecs.IA5String,
    codecs.VisibleString,
):
    _string.ENCODING = "latin-1"

_DecodeContent = Callable[[Any, bytes, int, int], tuple[Any, int]]


def _bounded(decode_content: _DecodeContent, what: str, limit: int) -> _DecodeContent:
    """A decoder of contents that reads no more than `limit` octets."""

    @wraps(decode_content)
    def decode(self: Any, data: bytes, offset: int, length: int) -> tuple[Any, int]:
        if length > limit:
            raise errors.DecodeError(f"{what} of {length} octets: at most {limit}")
        return decode_content(self, data, offset, length)

    return decode


# On the classes, because what is compiled is made of them whatever its tags are.
codecs.Integer.decode_content = _bounded(codecs.Integer.decode_content, "an INTEGER", MAX_INTEGER)
codecs.ObjectIdentifier.decode_content = _bounded(
    codecs.ObjectIdentifier.decode_content, "an OBJECT IDENTIFIER", MAX_OBJECT_IDENTIFIER
)


class Type:
    """A compiled type in BER, or one member of a SET."""

    def __init__(self, name: str, compiled: Any) -> None:
        """Have the type that the library has `compiled`; errors call it `name`."""
        self._name = name
        self._compiled = compiled

    @cached_property
    def identifiers(self) -> tuple[bytes, ...]:
        """The identifier octets that a value may begin with."""
        forms = ("tag", "constructed_tag")
        found = (getattr(self._compiled, form, None) for form in forms)
        return tuple(bytes(form) for form in found if form is not None)

    @cached_property
    def identifier(self) -> bytes:
        """Those that are written."""
        return self.identifiers[0]

    def members(self) -> dict[str, "Type"]:
        """The members of a SET, in its order."""
        members = self._compiled.root_members
        return {each.name: Type(f"{self._name}.{each.name}", each) for each in members}

    def encode(self, value: Any) -> bytes:
        """Encode `value`, whose parts the library does not check: to do so costs more than this."""
        encoded = bytearray()
        self._compiled.encode(value, encoded)
        return bytes(encoded)

    def decode(self, octets: bytes) -> Any:
        """Decode a value, any BER form. Raises ProtocolError when `octets` is not one."""
        try:
            octets = definite(octets)
            value, _ = self._compiled.decode(octets, 0)
        except (errors.Error, *OF_BAD_OCTETS) as error:
            raise ProtocolError(f"not a {self._name}: {error}") from error
        if value is codecs.TAG_MISMATCH:
            raise ProtocolError(f"not a {self._name}: its tag is not 0x{octets[:1].hex()}")
        return value

    @cached_property
    def known(self) -> Callable[[bytes], Any]:
        """The same, and short octets that come again are not decoded again.

        So nobody may change what it returns.
        """
        return remembered(self.decode, _KNOWN)


class Codec:
    """The types of some ASN.1 modules, in BER."""

    def __init__(self, parsed: Mapping[str, Any]) -> None:
        """Compile modules that are `parsed`, by their names."""
        self._types = {
            name: Type(name, each.type)
            for module in codecs.compile_dict(parsed).values()
            for name, each in module.items()
        }

    def encode(self, name: str, value: Any) -> bytes:
        """Encode `value` as the type `name`."""
        return self._types[name].encode(value)

    def decode(self, name: str, octets: bytes) -> Any:
        """Decode the type `name` as `Type.known` does."""
        return self._types[name].known(octets)

    def members(self, name: str) -> dict[str, Type]:
        """The members of the SET `name`, in its order."""
        return self._types[name].members()


@cache
def compile_modules(package: str, *names: str) -> Codec:
    """Compile the modules `names` that lie in `package`, with EXTERNAL.

    Whoever asks for the same modules gets the same codec.
    """
    paths = [files(__name__).joinpath("external.json")]
    paths += [files(package).joinpath(f"{name}.json") for name in names]
    parsed: dict[str, Any] = {}
    for path in paths:
        parsed |= json.loads(path.read_text("utf-8"))
    return Codec(parsed)
