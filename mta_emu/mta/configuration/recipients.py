"""Who gets mail at a server: mailboxes, and distribution lists."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from labkit.config import Section
from labkit.problems import contradiction, instead, refuse
from mta_emu.mta.configuration.addressspace import AddressSpace
from mta_emu.mta.configuration.fields import AddressText
from mta_emu.mta.configuration.pages import DeliveryRestrictions
from mta_emu.mts.fields import CONTENT_TYPE_NAMES, INFORMATION_TYPE_NAMES
from mta_emu.mts.oraddress import ORAddress

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)*")


def _name_of(kind: str, known: tuple[str, ...]) -> AfterValidator:
    """A check that a name is one that there is, or a number or an object identifier."""

    def check(name: str) -> str:
        if name in known or _NUMBER.fullmatch(name):
            return name
        raise ValueError(f"no {kind} has this name; {instead(name, known)}")

    return AfterValidator(check)


ContentTypeName = Annotated[str, _name_of("content type", CONTENT_TYPE_NAMES)]
InformationTypeName = Annotated[str, _name_of("encoded information type", INFORMATION_TYPE_NAMES)]


class Mailbox(AddressSpace):
    """The addresses of a mailbox, and what its user has registered (X.411 8.4.1.1).

    What is not given is not restricted.
    """

    content_types: tuple[ContentTypeName, ...] = ()
    """Content types that are taken: P2, P22, Exchange contents, a number, an object identifier."""
    content_length: PositiveInt | None = None
    """KB of the longest content that is taken."""
    information_types: tuple[InformationTypeName, ...] = ()
    """Encoded information types that are taken, as ia5-text, or an object identifier."""
    restrictions: DeliveryRestrictions = DeliveryRestrictions()
    """Whose messages are taken."""
    redirect_to: AddressText | None = None
    """Who gets everything instead."""


class ReportPolicy(StrEnum):
    """Who gets the reports about the members' copies."""

    ORIGINATOR = "originator"
    OWNER = "owner"
    BOTH = "both"
    NOBODY = "nobody"


class DistributionList(Section):
    """A distribution list that is expanded here."""

    address: AddressText
    """Its O/R address."""
    members: Annotated[tuple[AddressText, ...], Field(min_length=1)]
    """The O/R addresses of its members."""
    may_use: tuple[AddressSpace, ...] = ()
    """When not empty, who may write to it: originators, and other lists that it is a member of."""
    reports: ReportPolicy = ReportPolicy.ORIGINATOR
    """Who gets the reports about the members' copies."""
    owner: AddressText | None = None
    """Who gets reports where `reports` says so."""

    @model_validator(mode="after")
    def _has_an_owner(self) -> "DistributionList":
        if self.reports in (ReportPolicy.OWNER, ReportPolicy.BOTH) and self.owner is None:
            text = f"there is no owner, who would get them: give one, or {ReportPolicy.ORIGINATOR}"
            refuse([contradiction(("reports",), self.reports.value, text)])
        return self

    def is_at(self, address: ORAddress) -> bool:
        """Whether an address is the list's."""
        return str(address).casefold() == str(self.address).casefold()
