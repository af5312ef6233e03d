"""Management domains and MTS identifiers (X.411 8.2.1.1.1.1)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.oraddress import country_to_asn1, domain_to_asn1
from mta_emu.mts.preserved import Preserved
from mta_emu.mts.strings import PRINTABLE
from mta_emu.osi.errors import decoder

_MAX_LOCAL = 32  # ub-local-id-length
_DIGEST = 6  # characters


@dataclass(frozen=True)
class GlobalDomain:
    """A global domain identifier: which management domain something happened in."""

    country: str
    administration_domain: str
    private_domain: str = ""

    def __str__(self) -> str:
        private = f";P={self.private_domain}" if self.private_domain else ""
        return f"C={self.country};A={self.administration_domain}{private}"

    @classmethod
    def from_asn1(cls, fields: dict[str, Any]) -> "GlobalDomain":
        """The domain that the compiler read."""
        private = fields.get("private-domain-identifier", ("", ""))
        country, administration = fields["country-name"], fields["administration-domain-name"]
        return cls(country[1], administration[1], private[1])

    def to_asn1(self) -> dict[str, Any]:
        """What the compiler writes."""
        fields: dict[str, Any] = {
            "country-name": country_to_asn1(self.country),
            "administration-domain-name": domain_to_asn1(self.administration_domain),
        }
        if self.private_domain:
            fields["private-domain-identifier"] = domain_to_asn1(self.private_domain)
        return fields


@dataclass(frozen=True)
class MtsIdentifier(Preserved):
    """What distinguishes a message, probe or report from every other one."""

    domain: GlobalDomain
    local_identifier: str

    def __str__(self) -> str:
        return f"[{self.domain};{self.local_identifier}]"

    def to_asn1(self) -> dict[str, Any]:
        """What the compiler writes."""
        return {
            "global-domain-identifier": self.domain.to_asn1(),
            "local-identifier": self.local_identifier,
        }


def local_identifier(mta_name: str, time: datetime, number: int, part: int = 1) -> str:
    """What an MTA distinguishes by what begins there, the `number`th of all: NAME-TIME-NUMBER.

    Of several that begin together, all but the first have their `part` behind the number.
    It is printable, because interpersonal messages are named after it too. Of a name that is not,
    or that is too long, a beginning stays, with a digest of the whole: no two are alike.
    """
    end = f"-{time:%y%m%d%H%M%SZ}-{number}" + (f".{part}" if part > 1 else "")
    printable = "".join(filter(PRINTABLE.__contains__, mta_name))
    if printable == mta_name and len(mta_name + end) <= _MAX_LOCAL:
        return mta_name + end
    room = _MAX_LOCAL - len(end)
    digest = sha256(mta_name.encode()).hexdigest()[: min(_DIGEST, room)]
    return printable[: room - len(digest)] + digest + end


def encode(identifier: MtsIdentifier) -> bytes:
    """The BER of an MTS identifier."""
    return identifier.octets or MTS.encode("MTSIdentifier", identifier.to_asn1())


@decoder
def decode(octets: bytes) -> MtsIdentifier:
    """Read the BER of an MTS identifier. Raises ProtocolError."""
    fields = MTS.decode("MTSIdentifier", octets)
    domain = GlobalDomain.from_asn1(fields["global-domain-identifier"])
    return MtsIdentifier(domain, fields["local-identifier"]).came_as(octets)
