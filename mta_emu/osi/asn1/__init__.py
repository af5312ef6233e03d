"""The .asn modules of this package tree, compiled by asn1tools.

asn1tools because it was the fastest of the libraries measured on a realistic P1 envelope, and
reads the Recommendations' own notation.
"""

from importlib.resources import files
from typing import Any, Protocol, cast

import asn1tools


class Codec(Protocol):
    """What a compiled module can do; asn1tools has no types of its own."""

    def encode(self, name: str, value: Any) -> bytes:
        """Encode `value` as the type `name`; asn1tools.EncodeError if it does not fit."""

    def decode(self, name: str, data: bytes) -> Any:
        """Decode the type `name`; asn1tools.DecodeError if `data` is not one."""


def compile_modules(package: str, *names: str) -> Codec:
    """Compile the modules `names` (without .asn) that lie in `package` to a BER codec."""
    sources = [files(package).joinpath(f"{name}.asn").read_text("utf-8") for name in names]
    return cast("Codec", asn1tools.compile_string("\n".join(sources), codec="ber"))
