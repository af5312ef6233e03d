"""The link sheet of one centre, as its file has it.

`own` is what the centre is, for the other to configure. `peer` is what the centre has configured
for the other; what it leaves out there is as the other says. Passwords are in the file only: an
empty one, a single space and one that is left out are different.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveInt, model_validator

from labkit.addresses import IPAddress
from labkit.config import ConfigurationError, Section, load
from labkit.fields import Text
from labkit.problems import at, contradiction, refuse
from mta_emu.mta.configuration.addressspace import Domain
from mta_emu.mta.configuration.fields import MtaName, Password
from mta_emu.mts import addressrules
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.rtse.primitives import Mode
from mta_lab.sheet.profiles import PROFILES, Dialogue, Profile, ProfileName, not_spoken
from mta_lab.sheet.selector import SelectorText
from mta_lab.topology.files import NAME

#: Firewalls get names that begin with it, and a host's name has at most 64 characters.
Centre = Annotated[str, Text(NAME.pattern, NAME.allowed, 40)]
Family = Literal["ipv4", "ipv6"]
_VERSIONS = {"ipv4": 4, "ipv6": 6}


def _said(blank: str) -> BeforeValidator:
    """A field with nothing behind its colon is refused: that may be meant as blank or left out."""

    def check(value: object) -> object:
        if value is None:
            raise ValueError(f"nothing is given: write {blank}, or leave the line out")
        return value

    return BeforeValidator(check)


_Selector = Annotated[SelectorText | None, _said("blank where there is none")]
_Password = Annotated[Password | None, _said('"" for an empty one')]


class Selectors(Section):
    """The selectors of one MTA: each text, hex, blank or left out."""

    t: _Selector = None
    """The transport selector."""
    s: _Selector = None
    """The session selector; the X.410 modes have none (Q152932)."""
    p: _Selector = None
    """The presentation selector; the 1984 mode has none (Q166308)."""


class Addresses(Section):
    """The addresses of an MTA in one version of IP."""

    before_nat: IPAddress
    """The address that the host has."""
    after_nat: IPAddress | None = None
    """The address that others see and call; without translation it is that of the host."""


class Own(Section):
    """What a centre says of itself."""

    mta_name: MtaName
    """The name that its MTA binds with, and answers with."""
    password: _Password = None
    """The password that its MTA binds with, and answers with."""
    ipv4: Addresses | None = None
    """Its addresses in IPv4."""
    ipv6: Addresses | None = None
    """Its addresses in IPv6."""
    selectors: Selectors = Selectors()
    """The selectors that its MTA calls with and is called by."""
    domain: Domain
    """The global domain identifier of its addresses: country, ADMD, PRMD."""
    organization: str = ""
    """The organization of its addresses, where several centres share a domain."""

    @model_validator(mode="after")
    def _versions(self) -> Self:
        problems = []
        for family, version in _VERSIONS.items():
            given: Addresses | None = getattr(self, family)
            for name in Addresses.model_fields if given else ():
                address = getattr(given, name)
                if address is not None and address.version != version:
                    text = f"is an address of IPv{address.version}"
                    problems.append(contradiction((family, name), str(address), text))
        refuse(problems)
        return self

    @model_validator(mode="after")
    def _organization_of_an_address(self) -> Self:
        try:
            addressrules.check(ORAddress(**dict(self.domain), organization=self.organization))
        except ValueError as error:
            refuse([contradiction(("organization",), self.organization, str(error))])
        return self


class Peer(Section):
    """What a centre has configured for the other one; what is left out is as the other says."""

    profile: ProfileName | None = None
    """What kind of MTA the other one is: presets of the connector."""
    mta_name: MtaName | None = None
    """The remote MTA name of the connector."""
    password: _Password = None
    """The remote MTA password of the connector."""
    address: IPAddress | None = None
    """The address on the Stack page: what is called, and what calls must come from."""
    selectors: Selectors = Selectors()
    """The outgoing selectors of the connector."""


class Link(Section):
    """How the two MTAs speak."""

    over: Family = "ipv4"
    """The version of IP that calls use."""
    dialogue_mode: Dialogue = Dialogue.TWO_WAY
    """Who may transfer over an association: its caller, or both in turn."""
    conformance: Mode = Mode.NORMAL_1988
    """How P1 lies on the session."""
    checkpoint_size: Annotated[NonNegativeInt, Field(le=1024)] = 30
    """KB between two checkpoints; 0: none."""
    window_size: Annotated[PositiveInt, Field(le=64)] = 5
    """How many checkpoints may be unacknowledged."""
    lifetime: NonNegativeInt = 300
    """Seconds that an association stays open after a message was sent."""


class Between(Section):
    """A firewall of the centre, between its MTA and the other centre."""

    method: Literal["proxy", "pass-through", "nat"]
    """Whether it opens connections of its own, routes packets as they are (Q199326), or routes them
    and translates addresses: its outside stands for the MTA's."""
    inside: IPAddress
    """Its address towards the MTA."""
    outside: IPAddress
    """Its address towards the other centre."""
    client_side_transparency: bool = False
    """Whether a proxy leaves the caller's address in what it passes inward (Q196381)."""

    @model_validator(mode="after")
    def _only_a_proxy_is_transparent(self) -> Self:
        if self.client_side_transparency and self.method != "proxy":
            text = f"is of a proxy, and the method is {self.method}"
            refuse([contradiction(("client_side_transparency",), "true", text)])
        return self


class Sheet(Section):
    """The link sheet of one centre."""

    centre: Centre
    """The centre's name."""
    own: Own
    peer: Peer = Peer()
    link: Link = Link()
    firewalls: tuple[Between, ...] = ()
    """The centre's firewalls on the way, the one next to its MTA first."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        family = self.link.over
        if getattr(self.own, family) is None:
            text = f"calls use it (link.over), so own.{family} must be given"
            refuse([contradiction(("link", "over"), family, text)])
        problems = []
        for number, firewall in enumerate(self.firewalls):
            for name in ("inside", "outside"):
                address = getattr(firewall, name)
                if address.version != _VERSIONS[family]:
                    text = f"calls use {family} (link.over)"
                    location = ("firewalls", number, name)
                    problems.append(contradiction(location, str(address), text))
        given = self.addresses.after_nat
        if given not in (None, self.public_address):
            text = f"others see {self.public_address}, "
            last = "the outside of the last firewall that translates"
            text += last if self.translating else "for no firewall translates"
            problems.append(contradiction(("own", family, "after_nat"), str(given), text))
        refuse(problems)
        return self

    @property
    def profile(self) -> Profile | None:
        """What is known of the other centre's MTA."""
        return PROFILES[self.peer.profile] if self.peer.profile else None

    @property
    def addresses(self) -> Addresses:
        """The MTA's addresses in the version of IP that calls use."""
        found: Addresses = getattr(self.own, self.link.over)
        return found

    @property
    def proxies(self) -> tuple[Between, ...]:
        """The firewalls that open connections of their own."""
        return tuple(each for each in self.firewalls if each.method == "proxy")

    @property
    def translating(self) -> tuple[Between, ...]:
        """The firewalls whose outside stands for what is behind: proxies, and those with NAT."""
        return tuple(each for each in self.firewalls if each.method != "pass-through")

    @property
    def public_address(self) -> IPAddress:
        """The address that the other centre calls, and sees calls come from."""
        return self.translating[-1].outside if self.translating else self.addresses.before_nat

    def stack_address(self, other: "Sheet") -> IPAddress:
        """The address that this centre's connector has for the other centre.

        Behind a proxy the Stack page names the proxy's near side (Q199326).
        """
        if self.peer.address is not None:
            return self.peer.address
        return self.proxies[0].inside if self.proxies else other.public_address


def load_sheet(path: Path) -> Sheet:
    """Read a sheet's file.

    Raises ConfigurationError with a line for every field that is wrong, or that an MTA of the
    peer's profile does not speak.
    """
    sheet = load(path, Sheet)
    if profile := sheet.profile:
        link = sheet.link
        problems = [
            at(link.place(field), f"the peer is of the profile {profile.name}: must be {allowed}")
            for field, allowed in not_spoken(profile, link.dialogue_mode, link.conformance)
        ]
        if problems:
            raise ConfigurationError("\n".join(problems))
    return sheet
