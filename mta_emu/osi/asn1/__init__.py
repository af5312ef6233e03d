"""The .asn modules of this package tree, compiled by asn1tools.

asn1tools because it was the fastest of the libraries measured on a realistic P1 envelope, and
reads the Recommendations' own notation.
"""

from importlib.resources import files
from typing import Any

import asn1tools

from mta_emu.osi.ber import definite
from mta_emu.osi.errors import ProtocolError


class Codec:
    """The types of some ASN.1 modules, in BER."""

    def __init__(self, specification: Any) -> None:
        self._specification = specification

    def encode(self, name: str, value: Any) -> bytes:
        """Encode `value` as the type `name`; a value that does not fit raises EncodeError."""
        return bytes(self._specification.encode(name, value))

    def decode(self, name: str, octets: bytes) -> Any:
        """Decode the type `name`, any BER form. Raises ProtocolError when `octets` is not one."""
        try:
            return self._specification.decode(name, definite(octets))
        except (asn1tools.DecodeError, ValueError, IndexError) as error:
            raise ProtocolError(f"not a {name}: {error}") from error


def compile_modules(package: str, *names: str) -> Codec:
    """Compile the modules `names` (without .asn) that lie in `package`, with EXTERNAL."""
    paths = [files(__name__).joinpath("external.asn")]
    paths += [files(package).joinpath(f"{name}.asn") for name in names]
    notation = "\n".join(path.read_text("utf-8") for path in paths)
    return Codec(asn1tools.compile_string(notation, codec="ber"))
