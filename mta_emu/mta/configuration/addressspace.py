"""Parts of the O/R address space, as pages name them: what a connector leads to, and domains."""

from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from labkit.config import Section
from labkit.fields import Text
from mta_emu.mta.configuration.fields import Cost, DirectoryName
from mta_emu.mts import addressrules, oraddress
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress


class AddressSpace(Section):
    """A part of the O/R address space; each attribute given must match, `*` is a wildcard."""

    country: str = ""
    """C: two letters or three digits."""
    administration_domain: str = ""
    """A: the ADMD; a single space where there is none."""
    private_domain: str = ""
    """P: the PRMD."""
    organization: str = ""
    """O."""
    organizational_units: tuple[str, ...] = ()
    """OU1 to OU4, the largest first."""
    common_name: str = ""
    """CN, which 1984 lacks."""
    surname: str = ""
    """S."""
    given_name: str = ""
    """G."""
    initials: str = ""
    """I."""
    generation_qualifier: str = ""
    """Q, such as Jr."""

    @model_validator(mode="after")
    def _is_a_part_of_the_address_space(self) -> Self:
        addressrules.check_pattern(self._pattern())
        return self

    @cached_property
    def pattern(self) -> ORAddress:
        """The space as an address with wildcards."""
        return self._pattern()

    def _pattern(self) -> ORAddress:
        return ORAddress(**{name: getattr(self, name) for name in AddressSpace.model_fields})

    def matches(self, address: ORAddress) -> bool:
        """Whether an address lies in it."""
        return oraddress.matches(self.pattern, address)


class RoutedAddressSpace(AddressSpace):
    """An address space that a connector leads to."""

    cost: Cost = 1
    """1 to 100; of several connectors the one with the lowest cost is taken."""


class ConnectedSite(Section):
    """A line of the Connected Sites page: another Exchange site, and the addresses routed there."""

    organization: DirectoryName
    """Its organization."""
    site: DirectoryName
    """Its name."""
    routing_address: AddressSpace
    """The addresses that are routed there."""
    cost: Cost = 1
    """1 to 100, as of an address space."""

    @property
    def space(self) -> RoutedAddressSpace:
        """The site as an address space."""
        return RoutedAddressSpace(**dict(self.routing_address), cost=self.cost)


class Domain(Section):
    """The global domain identifier of a management domain."""

    country: Annotated[str, Text(r"([A-Za-z]{2}|[0-9]{3})", "two letters or three digits", 3)]
    """C: two letters or three digits."""
    administration_domain: Annotated[str, Field(min_length=1, max_length=16)] = " "
    """A: the ADMD; a single space where there is none."""
    private_domain: Annotated[str, Field(max_length=16)] = ""
    """P: the PRMD."""

    @model_validator(mode="after")
    def _is_a_domain(self) -> Self:
        addressrules.check(ORAddress(**dict(self)))
        return self

    def for_trace(self) -> GlobalDomain:
        """The identifier as envelopes have it."""
        return GlobalDomain(self.country, self.administration_domain, self.private_domain)
