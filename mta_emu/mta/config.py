"""The configuration of an MTA: its server, and each X.400 connector by Exchange's property pages.

The defaults are Exchange's; KB articles are cited where they gave them.
"""

import re
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address
from typing import Annotated, NamedTuple

from pydantic import (
    BeforeValidator,
    Field,
    NonNegativeInt,
    PlainSerializer,
    PositiveInt,
    model_validator,
)

from labkit.clock import Clock
from labkit.config import Section
from mta_emu.mta.events import Category, Definition, Level
from mta_emu.mts import oraddress
from mta_emu.mts.envelope import GlobalDomain
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors as StackSelectors

_MAX_SELECTOR = 32
_HEX = "0x"
_DAY = 24 * 60  # minutes


def parse_selector(value: str) -> bytes:
    """Read a selector: text, or hex digits after 0x. Raises ValueError."""
    octets = bytes.fromhex(value[2:]) if value.startswith(_HEX) else value.encode("ascii")
    if len(octets) > _MAX_SELECTOR:
        raise ValueError(f"{len(octets)} octets; at most {_MAX_SELECTOR} characters or 64 digits")
    return octets


def _selector_text(octets: bytes) -> str:
    """Write a selector so that `parse_selector` reads it."""
    plain = octets.isalnum() and not octets.startswith(_HEX.encode())
    return octets.decode("ascii") if plain or not octets else _HEX + octets.hex()


Selector = Annotated[
    bytes,
    BeforeValidator(lambda value: parse_selector(value) if isinstance(value, str) else value),
    PlainSerializer(_selector_text),
]
AddressText = Annotated[
    ORAddress,
    BeforeValidator(lambda value: ORAddress.parse(value) if isinstance(value, str) else value),
    PlainSerializer(str),
]
MtaName = Annotated[str, Field(pattern=r"^[ -~]+$", max_length=32)]
Password = Annotated[str, Field(pattern=r"^[ -~]*$", max_length=64)]
DirectoryName = Annotated[str, Field(pattern=r"^[^/=]+$", max_length=64)]
Cost = Annotated[int, Field(ge=1, le=100)]
HostName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$", max_length=253)
]


class Activation(StrEnum):
    """When a connector initiates (Q190022)."""

    ALWAYS = "always"
    SELECTED_TIMES = "selected-times"
    NEVER = "never"
    REMOTE_INITIATED = "remote-initiated"


class Day(StrEnum):
    """The rows of the week grid, in the order of `datetime.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class DetailView(StrEnum):
    """How long a slot of the week grid is."""

    HOUR = "1-hour"
    QUARTER = "15-minutes"

    @property
    def minutes(self) -> int:
        """The length of a slot."""
        return {DetailView.HOUR: 60, DetailView.QUARTER: 15}[self]


class Slots(NamedTuple):
    """Slots of one day that follow each other: minutes after midnight, `end` excluded."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "Slots":
        """Read `08:00-12:15`; a day ends at 24:00. Raises ValueError."""
        found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
        if found is None:
            raise ValueError(f"{text!r} is not HH:MM-HH:MM")
        hour, minute, end_hour, end_minute = map(int, found.groups())
        slots = cls(hour * 60 + minute, end_hour * 60 + end_minute)
        if minute > 59 or end_minute > 59 or not 0 <= slots.start < slots.end <= _DAY:
            raise ValueError(f"{text!r}: must lie between 00:00 and 24:00 and end after it begins")
        return slots

    def __str__(self) -> str:
        return "{:02}:{:02}-{:02}:{:02}".format(*divmod(self.start, 60), *divmod(self.end, 60))


SlotsText = Annotated[
    Slots,
    BeforeValidator(lambda value: Slots.parse(value) if isinstance(value, str) else value),
    PlainSerializer(str),
]


class Selectors(Section):
    """Transport, session and presentation selector of one system."""

    t: Selector = b""
    s: Selector = b""
    p: Selector = b""

    def for_stack(self) -> StackSelectors:
        """The selectors as the stack takes them."""
        return StackSelectors(presentation=self.p, session=self.s, transport=self.t)


class AddressSpace(Section):
    """A part of the O/R address space; each attribute given must match, `*` is a wildcard."""

    country: str = ""
    administration_domain: str = ""
    private_domain: str = ""
    organization: str = ""
    organizational_units: tuple[str, ...] = ()
    common_name: str = ""
    surname: str = ""
    given_name: str = ""
    initials: str = ""
    generation_qualifier: str = ""

    @cached_property
    def pattern(self) -> ORAddress:
        """The space as an address with wildcards."""
        return ORAddress(**{name: getattr(self, name) for name in AddressSpace.model_fields})

    def matches(self, address: ORAddress) -> bool:
        """Whether an address lies in it."""
        return oraddress.matches(self.pattern, address)


class RoutedAddressSpace(AddressSpace):
    """An address space that a connector leads to."""

    cost: Cost = 1


class ConnectedSite(Section):
    """A line of the Connected Sites page: another Exchange site, and the addresses routed there."""

    organization: DirectoryName
    site: DirectoryName
    routing_address: AddressSpace
    cost: Cost = 1

    @property
    def space(self) -> RoutedAddressSpace:
        """The site as an address space."""
        return RoutedAddressSpace(**dict(self.routing_address), cost=self.cost)


class DeliveryRestrictions(Section):
    """The Delivery Restrictions page: whose messages the connector takes.

    An originator whom `reject_from` has is rejected; where `accept_from` is not empty, so is
    everybody whom it does not have.
    """

    accept_from: tuple[AddressSpace, ...] = ()
    reject_from: tuple[AddressSpace, ...] = ()


class General(Section):
    """The General page.

    `word_wrap` is the column at which IA5 text of outgoing messages is wrapped; None: never.
    """

    display_name: str = ""
    directory_name: DirectoryName
    remote_mta_name: MtaName
    remote_mta_password: Password = ""
    word_wrap: Annotated[PositiveInt, Field(le=1024)] | None = None
    remote_clients_support_mapi: bool = True


class Schedule(Section):
    """The Schedule page. The week grid is in UTC, as lab time is."""

    activation: Activation = Activation.ALWAYS
    detail_view: DetailView = DetailView.HOUR
    selected_times: dict[Day, tuple[SlotsText, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _grid(self) -> "Schedule":
        minutes = self.detail_view.minutes
        for day, slots in self.selected_times.items():
            for each in slots:
                if each.start % minutes or each.end % minutes:
                    raise ValueError(
                        f"{day} {each} does not begin and end with a slot of {minutes} minutes"
                    )
        if self.activation is Activation.SELECTED_TIMES and not any(self.selected_times.values()):
            raise ValueError("selected-times without any selected_times; or say never")
        return self


class Stack(Section):
    """The Stack page: where the remote system is, and its selectors (Q152934).

    The incoming selectors are the outgoing ones when none of them is given.
    """

    address: Annotated[IPv4Address | HostName, Field(union_mode="left_to_right")]
    outgoing: Selectors = Selectors()
    incoming: Selectors = Selectors()

    @property
    def expected(self) -> Selectors:
        """The selectors that a caller must bring."""
        return self.incoming if self.incoming != Selectors() else self.outgoing


class Override(Section):
    """The Override page (Q234157).

    Sizes in KB, intervals in seconds of lab time, transfer timeouts in seconds a KB.
    """

    local_mta_name: MtaName | None = None
    local_mta_password: Password | None = None
    # RTS values
    checkpoint_size: Annotated[NonNegativeInt, Field(le=1024)] = 30
    recovery_timeout: NonNegativeInt = 60
    window_size: Annotated[PositiveInt, Field(le=64)] = 5
    # Connection retry values
    max_open_retries: NonNegativeInt = 144
    max_transfer_retries: NonNegativeInt = 2
    open_interval: PositiveInt = 600
    transfer_interval: PositiveInt = 120
    # Association parameters
    lifetime: NonNegativeInt = 300
    disconnect: NonNegativeInt = 120
    threshold: PositiveInt = 50
    # Transfer timeouts
    transfer_timeout_urgent: PositiveInt = 1000
    transfer_timeout_normal: PositiveInt = 2000
    transfer_timeout_non_urgent: PositiveInt = 3000


class Domain(Section):
    """The global domain identifier of the MTA's management domain."""

    country: Annotated[str, Field(pattern=r"^([A-Za-z]{2}|[0-9]{3})$")]
    administration_domain: Annotated[str, Field(min_length=1, max_length=16)] = " "
    private_domain: Annotated[str, Field(max_length=16)] = ""

    def for_trace(self) -> GlobalDomain:
        """The identifier as envelopes have it."""
        return GlobalDomain(self.country, self.administration_domain, self.private_domain)


class Advanced(Section):
    """The Advanced page. The message size limit is in KB; None: no limit.

    A message that has passed the remote system's global domain already is not sent there again.
    """

    two_way_alternate: bool = True
    conformance: Mode = Mode.NORMAL_1988
    message_size_limit: PositiveInt | None = None
    remote_global_domain: Domain | None = None


class ConnectorConfig(Section):
    """An X.400 connector, page by page."""

    general: General
    schedule: Schedule = Schedule()
    stack: Stack
    override: Override = Override()
    address_space: tuple[RoutedAddressSpace, ...] = ()
    connected_sites: tuple[ConnectedSite, ...] = ()
    delivery_restrictions: DeliveryRestrictions = DeliveryRestrictions()
    advanced: Advanced = Advanced()

    @property
    def name(self) -> str:
        """The connector's directory name."""
        return self.general.directory_name

    @cached_property
    def spaces(self) -> tuple[RoutedAddressSpace, ...]:
        """Everything that the connector leads to."""
        return (*self.address_space, *(site.space for site in self.connected_sites))


class RemoteConnector(Section):
    """A connector of another server of the site, as directory replication tells of it.

    Mail for it goes to its home server, over the local connector that leads to that MTA.
    """

    directory_name: DirectoryName
    home_server: MtaName
    schedule: Schedule = Schedule()
    address_space: tuple[RoutedAddressSpace, ...]


class TransportStack(Section):
    """The MTA transport stack: the local system's address and selectors.

    It listens at the address, and its calls come from there.
    """

    name: str = "TCP"
    address: IPv4Address
    port: Annotated[int, Field(ge=1, le=65535)] = 102
    selectors: Selectors = Selectors()


class Registry(Section):
    """Registry values of the MTA service (Q166602)."""

    tcp_ip_control_blocks: Annotated[int, Field(ge=2, le=1250)] = 20


class DiagnosticsLogging(Section):
    """The server's Diagnostics Logging page: a level for each category (Q165111)."""

    x400_service: Level = Level.NONE
    security: Level = Level.NONE
    resource: Level = Level.NONE
    configuration: Level = Level.NONE
    operating_system: Level = Level.NONE
    interoperability: Level = Level.NONE
    apdu: Level = Level.NONE

    def level(self, category: Category) -> Level:
        """How much is logged of a category."""
        chosen: Level = getattr(self, category.name.lower())
        return chosen

    def logs(self, definition: Definition) -> bool:
        """Whether an event is logged."""
        return self.level(definition.category).reaches(definition.level)


class Server(Section):
    """The server that the MTA runs on."""

    organization: str
    site: str
    name: MtaName
    local_mta_name: MtaName | None = None
    local_mta_password: Password = ""
    global_domain: Domain
    transport_stack: TransportStack
    hosts: dict[HostName, IPv4Address] = Field(default_factory=dict)
    reverse: dict[IPv4Address, HostName] = Field(default_factory=dict)
    registry: Registry = Registry()
    diagnostics_logging: DiagnosticsLogging = DiagnosticsLogging()
    clock: Clock = Field(default_factory=Clock)
    mailboxes: tuple[AddressSpace, ...] = ()


class MtaConfig(Section):
    """A configuration file of `mta-emu serve`."""

    server: Server
    connectors: tuple[ConnectorConfig, ...] = ()
    remote_connectors: tuple[RemoteConnector, ...] = ()

    @model_validator(mode="after")
    def _names(self) -> "MtaConfig":
        names = [connector.name for connector in self.connectors]
        names += [connector.directory_name for connector in self.remote_connectors]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two connectors have the directory name {min(twice)!r}")
        return self

    @model_validator(mode="after")
    def _home_servers(self) -> "MtaConfig":
        for number, remote in enumerate(self.remote_connectors):
            if self.connector_to(remote.home_server) is None:
                raise ValueError(
                    f"remote_connectors.{number}.home_server: no connector here has the "
                    f"remote_mta_name {remote.home_server!r}"
                )
        return self

    def connector_to(self, remote_mta_name: str) -> ConnectorConfig | None:
        """The first connector that leads to an MTA directly."""
        wanted = remote_mta_name.casefold()
        return next(
            (each for each in self.connectors if each.general.remote_mta_name.casefold() == wanted),
            None,
        )

    def distinguished_name(self, connector: ConnectorConfig) -> str:
        """A connector's name as the events have it."""
        server = self.server
        return (
            f"/O={server.organization}/OU={server.site}"
            f"/CN=Configuration/CN=Connections/CN={connector.name}"
        )

    def local_credentials(self, connector: ConnectorConfig) -> tuple[str, bytes]:
        """The MTA name and password that this MTA shows to a connector's remote MTA."""
        server, override = self.server, connector.override
        name = override.local_mta_name or server.local_mta_name or server.name
        password = override.local_mta_password
        return name, (server.local_mta_password if password is None else password).encode("ascii")
