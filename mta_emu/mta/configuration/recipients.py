"""Who gets mail at a server: distribution lists."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from labkit.config import Section
from labkit.problems import contradiction, refuse
from mta_emu.mta.configuration.fields import AddressText
from mta_emu.mta.configuration.pages import AddressSpace
from mta_emu.mts.oraddress import ORAddress


class ReportPolicy(StrEnum):
    """Who hears of what became of the members' copies."""

    ORIGINATOR = "originator"
    OWNER = "owner"
    BOTH = "both"
    NOBODY = "nobody"


class DistributionList(Section):
    """A distribution list that is expanded here."""

    address: AddressText
    members: Annotated[tuple[AddressText, ...], Field(min_length=1)]
    may_use: tuple[AddressSpace, ...] = ()
    """When not empty, who may write to it: originators, and other lists that it is a member of."""
    reports: ReportPolicy = ReportPolicy.ORIGINATOR
    """Who hears of what became of the members' copies."""
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
