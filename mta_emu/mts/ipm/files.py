"""Files in body parts: file transfer (X.420 7.3.12), and bilaterally defined (7.3.10).

A file with its name travels as a file transfer body part, which is extended (BP-15): P2 of 1984
does not have it. Octets without a name travel as a bilaterally defined body part, basic (BP-14) or
extended. Exchange says with an object identifier whether a file is TNEF or any other (Q169670).
TNEF may also be an extended body part of its own.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mta_emu.mts import iso2022, pieces, tnef
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm import externals, text
from mta_emu.mts.ipm.externals import EXTERNAL, External
from mta_emu.mts.ipm.text import GeneralText
from mta_emu.mts.pieces import Octets, Pieces
from mta_emu.mts.values import Value, Values
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

#: The object identifiers of extended body parts and of the parameters of one.
BILATERALLY_DEFINED = "2.6.1.4.9"
FILE_TRANSFER, _PARAMETERS = "2.6.1.4.12", "2.6.1.11.12"
#: Microsoft's body part of TNEF.
TNEF = "1.2.840.113556.5.2"
#: The encoded information type of a file transfer body part.
FILE_TRANSFER_TYPE = "2.6.1.12.0"
#: What Exchange names as the application that a file belongs to (MAPI's tags of attachments).
TNEF_APPLICATION, ATTACHMENT_APPLICATION = "1.2.840.113556.3.10.1", "1.2.840.113556.3.10.2"

_BASIC = b"\x8e"
_GRAPHIC_STRING, _OCTET_STRING = b"\x19", b"\x04"
_SEQUENCE, _OCTET_ALIGNED = b"\x30", b"\x81"
_UNSTRUCTURED_BINARY = bytes.fromhex("0605 28c27b0503")  # FTAM-3, 1.0.8571.5.3
_ENVIRONMENT, _APPLICATION, _REGISTERED = b"\xa2", b"\xa0", b"\x80"
_ATTRIBUTES, _INCOMPLETE_PATHNAME, _COMPLETE_PATHNAME = b"\xa4", b"\xa0", b"\xb7"


@dataclass(frozen=True)
class BilaterallyDefined:
    """Octets whose meaning the two users know."""

    octets: Octets
    extended: bool = False

    @property
    def text(self) -> str:
        """What a reader is shown of it."""
        return f"({self.kind})"

    @property
    def kind(self) -> str:
        """What it is, for people."""
        kind = "BP-15" if self.extended else "BP-14"
        return f"bilaterally defined body part, {kind}, {pieces.length(self.octets)} octets"


@dataclass(frozen=True)
class File:
    """A file with its name, in a file transfer body part.

    `application` is the object identifier that its parameters name, as Exchange does.
    """

    name: str
    octets: Octets
    application: str = ""

    @property
    def text(self) -> str:
        """What a reader is shown of it."""
        return f"({self.kind})"

    @property
    def kind(self) -> str:
        """What it is, for people."""
        begins = isinstance(self.octets, bytes) and tnef.is_tnef(self.octets)
        kind = ", TNEF" if begins or self.application == TNEF_APPLICATION else ""
        return f"file {self.name}{kind}, {pieces.length(self.octets)} octets"


# Writing


def bilaterally_defined(part: BilaterallyDefined) -> Pieces:
    """The BER of a bilaterally defined body part, whose octets may lie elsewhere."""
    octets = pieces.of(part.octets)
    if not part.extended:
        return pieces.tlv(_BASIC, *octets)
    return externals.extended(BILATERALLY_DEFINED, pieces.tlv(_OCTET_STRING, *octets))


def file(part: File) -> Pieces:
    """The BER of a file transfer body part, whose octets may lie elsewhere.

    It has one EXTERNAL of octets without a structure (FTAM-3).
    """
    path = [ber.tlv(_GRAPHIC_STRING, _graphic(part.name))]
    size = ("actual-values", pieces.length(part.octets))
    parameters: dict[str, Any] = {
        "file-attributes": {"incomplete-pathname": path, "object-size": size}
    }
    if part.application:
        parameters["environment"] = {
            "application-reference": ("registered-identifier", part.application)
        }
    aligned = pieces.tlv(_OCTET_ALIGNED, *pieces.of(part.octets))
    data = pieces.tlv(_SEQUENCE, *pieces.tlv(EXTERNAL, _UNSTRUCTURED_BINARY, *aligned))
    value = MTS.encode("FileTransferParameters", parameters)
    return externals.extended(FILE_TRANSFER, data, (_PARAMETERS, value))


def _graphic(name: str) -> bytes:
    """A file name in a GraphicString, with the sets that have its characters.

    A character that no set has is underlined.
    """
    if name.isascii():
        return name.encode("ascii")
    lacking = dict.fromkeys(map(ord, text.lacks(GeneralText, name)), "_")
    return text.encode_general(name.translate(lacking))


# Reading


def read_bilaterally_defined(values: Values, part: Value) -> BilaterallyDefined:
    """The basic body part."""
    return BilaterallyDefined(values.string(part))


def read_extended_bilaterally_defined(values: Values, data: External) -> BilaterallyDefined:
    """The extended body part."""
    return BilaterallyDefined(values.string(data.string(values)), extended=True)


def read_tnef(values: Values, data: External) -> File:
    """Microsoft's body part of TNEF, which has no name of its own."""
    return File(tnef.FILE_NAME, values.string(data.string(values)), TNEF_APPLICATION)


@decoder
def read_file(values: Values, data: External, parameters: External | None) -> File:
    """A file transfer body part; a name that cannot be read is left out. Raises ProtocolError."""
    octets = [
        values.string(externals.read(values, each).string(values))
        for each in values.inside(data.encoding(values))
    ]
    name, application = name_and_application(values, parameters)
    return File(name, pieces.joined(octets), application)


def name_and_application(values: Values, parameters: External | None) -> tuple[str, str]:
    """The last part of the path name, and the application; "" for what is absent or odd.

    Foreign parameters have more in them than is read here.
    """
    name = application = ""
    with suppress(ProtocolError):
        if parameters:
            found = parameters.encoding(values)
            name = _name(values, found)
            reference = values.find(found, _ENVIRONMENT, _APPLICATION, _REGISTERED)
            application = externals.identifier(values, reference) if reference else ""
    return name, application


def _name(values: Values, parameters: Value) -> str:
    for kind in (_INCOMPLETE_PATHNAME, _COMPLETE_PATHNAME):
        if path := values.find(parameters, _ATTRIBUTES, kind):
            parts = list(values.inside(path))
            return iso2022.decode(values.short_string(parts[-1])).text if parts else ""
    return ""
