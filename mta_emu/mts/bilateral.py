"""The sites that something passed, in per-domain bilateral information (X.411 12.2.1.1.1.2).

An Exchange MTA adds the name of its site when a message enters it, and so finds that a message has
come back though it passed systems which keep no trace of MTAs (Q157358). How Exchange wrote the
name is not known: here it is /O=ORGANIZATION/OU=SITE under the domain's own name, a PrintableString
or, with other characters, UTF-8 in an OCTET STRING.
"""

from functools import lru_cache
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import country_to_asn1, domain_to_asn1
from mta_emu.mts.strings import PRINTABLE
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder
from mta_emu.osi.remembered import remembered

_OCTET_STRING, _PRINTABLE_STRING = b"\x04", b"\x13"


@decoder
def sites(elements: tuple[bytes, ...], domain: GlobalDomain) -> tuple[str, ...]:
    """The sites of a domain that it passed, in their order. Raises ProtocolError."""
    named = (_name(each, domain) for each in elements)
    return tuple(name.decode() for name in named if name is not None)


def with_site(elements: tuple[bytes, ...], domain: GlobalDomain, site: str) -> tuple[bytes, ...]:
    """The bilateral information of what has come into a site, whose name is added if it is new."""
    if (sites(elements, domain) or ("",))[-1] == site:
        return elements
    return (*elements, _element(domain, site))


@lru_cache(maxsize=64)
def _element(domain: GlobalDomain, site: str) -> bytes:
    """The element that names a site: an MTA adds the same one to each message."""
    fields: dict[str, Any] = {
        "country-name": country_to_asn1(domain.country),
        "domain": ("administration", domain_to_asn1(domain.administration_domain)),
        "bilateral-information": ber.tlv(
            _PRINTABLE_STRING if PRINTABLE.issuperset(site) else _OCTET_STRING, site.encode()
        ),
    }
    if domain.private_domain:
        names = {
            "administration-domain-name": domain_to_asn1(domain.administration_domain),
            "private-domain-identifier": domain_to_asn1(domain.private_domain),
        }
        fields["domain"] = ("private", names)
    return MTS.encode("PerDomainBilateralInformation", fields)


@decoder
def without_sites(elements: tuple[bytes, ...], domain: GlobalDomain) -> tuple[bytes, ...]:
    """The bilateral information without a domain's sites but the last. Raises ProtocolError."""
    named = [place for place, each in enumerate(elements) if names_site(each, domain)]
    gone = set(named[:-1])
    return tuple(each for place, each in enumerate(elements) if place not in gone)


@decoder
def came_back(elements: tuple[bytes, ...], domain: GlobalDomain, site: str) -> bool:
    """Whether it has left a site of a domain, and comes into it again. Raises ProtocolError."""
    return site in sites(elements, domain)[:-1]


@decoder
def names_site(element: bytes, domain: GlobalDomain) -> bool:
    """Whether an element names a site of a domain. Raises ProtocolError."""
    return _name(element, domain) is not None


def _name(element: bytes, domain: GlobalDomain) -> bytes | None:
    """The site in an element, when it is one for that domain."""
    found = _read(element)
    return found[1] if found and found[0] == domain else None


@remembered
def _read(element: bytes) -> tuple[GlobalDomain, bytes] | None:
    """The domain that an element is for, and the site in it, when it may be one."""
    *_, information = ber.elements(ber.contents(element))
    if information[:1] not in (_OCTET_STRING, _PRINTABLE_STRING):
        return None
    fields = MTS.decode("PerDomainBilateralInformation", element)
    kind, name = fields["domain"]
    if kind == "administration":
        found = GlobalDomain(fields["country-name"][1], name[1])
    else:
        administration = name["administration-domain-name"][1]
        private = name["private-domain-identifier"][1]
        found = GlobalDomain(fields["country-name"][1], administration, private)
    return found, ber.contents(information)
