"""An X.400 connector by Exchange's property pages, with Exchange's defaults.

A page is a class, a field of it a field of the page; KB articles are cited where they describe it.
"""

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from labkit.config import Section
from labkit.fields import HostAddress
from mta_emu.mta.configuration.addressspace import (
    AddressSpace,
    ConnectedSite,
    Domain,
    RoutedAddressSpace,
)
from mta_emu.mta.configuration.fields import (
    DirectoryName,
    MtaName,
    Password,
    Selector,
    SlotsText,
)
from mta_emu.mts.conversion import Conversion, MessageText
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors as StackSelectors


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


class Selectors(Section):
    """Transport, session and presentation selector of one system: text, or hex after 0x."""

    t: Selector = b""
    """T selector, at most 32 characters."""
    s: Selector = b""
    """S selector; the X.410 modes have none (Q152932)."""
    p: Selector = b""
    """P selector; the 1984 mode has none (Q166308)."""

    def for_stack(self) -> StackSelectors:
        """The selectors as the stack takes them."""
        return StackSelectors(presentation=self.p, session=self.s, transport=self.t)


# The pages, in the order of their tabs


class General(Section):
    """The General page."""

    display_name: str = ""
    """What people are shown for the connector; its directory name when it is not given."""
    directory_name: DirectoryName
    """The last part of its distinguished name, which the events have."""
    remote_mta_name: MtaName
    """The name that the remote MTA binds with; at most 32 characters (Q166308, Q165111)."""
    remote_mta_password: Password = ""
    """The password that it binds with; case-sensitive, at most 64 characters (Q166308)."""
    mta_transport_stack: str | None = None
    """The server's transport stack that the connector uses; there is one, and it is the default."""
    word_wrap: PositiveInt | None = None
    """Column at which the text of messages from here is wrapped; without it never."""
    remote_clients_support_mapi: bool = True
    """Whether rich text goes along, as TNEF in a file winmail.dat, when it goes as P2 or P22."""


class Schedule(Section):
    """The Schedule page (Q190022). The week grid is in UTC, as lab time is."""

    activation: Activation = Activation.ALWAYS
    """When the connector calls; never also means that it does not answer (Q169716)."""
    detail_view: DetailView = DetailView.HOUR
    """How long the slots of the week grid are."""
    selected_times: dict[Day, tuple[SlotsText, ...]] = Field(default_factory=dict)
    """The slots that are selected, by day, each as HH:MM-HH:MM."""

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
    """The Stack page: where the remote system is, and its selectors (Q152934)."""

    address: HostAddress
    """The remote system's IP address or host name; calls from others are refused (Q196381)."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The remote system's port; that of this MTA's transport stack when not given."""
    outgoing: Selectors = Selectors()
    """The selectors that the remote system is called by."""
    incoming: Selectors = Selectors()
    """The selectors that it calls with; the outgoing ones when none of them is given."""
    expedited_data: bool = False
    """Whether the use of expedited data is proposed; class 0 over TCP can do without."""

    @property
    def expected(self) -> Selectors:
        """The selectors that a caller must bring."""
        return self.incoming if self.incoming != Selectors() else self.outgoing


class Override(Section):
    """The Override page (Q234157).

    Sizes in KB, intervals in seconds of lab time, transfer timeouts in seconds a KB.
    """

    local_mta_name: MtaName | None = None
    """The name to bind with, in place of the server's."""
    local_mta_password: Password | None = None
    """The password to bind with, in place of the server's."""

    # RTS values
    checkpoint_size: Annotated[NonNegativeInt, Field(le=1024)] = 30
    """KB between two checkpoints; 0: none."""
    recovery_timeout: NonNegativeInt = 60
    """How long after an error the checkpointed part of a message is kept for a reconnection."""
    window_size: Annotated[PositiveInt, Field(le=64)] = 5
    """How many checkpoints may be unacknowledged."""

    # Connection retry values
    max_open_retries: PositiveInt = 144
    """How often an association is tried to be opened before mail is not delivered (Q157630)."""
    max_transfer_retries: NonNegativeInt = 2
    """How often a message is tried to be transferred over open associations."""
    open_interval: PositiveInt = 600
    """How long to wait before opening again after an error (Q157630)."""
    transfer_interval: PositiveInt = 120
    """How long to wait before transferring again after an error."""

    # Association parameters
    lifetime: NonNegativeInt = 300
    """How long an association stays open after a message was sent."""
    disconnect: NonNegativeInt = 120
    """How long to wait for the end of a connection whose association has ended."""
    threshold: PositiveInt = 50
    """Another association is opened for each this many messages in the queue (Q194589)."""

    # Transfer timeouts
    transfer_timeout_urgent: PositiveInt = 1000
    """Seconds a KB until an urgent message is not delivered."""
    transfer_timeout_normal: PositiveInt = 2000
    """Seconds a KB until a normal message is not delivered."""
    transfer_timeout_non_urgent: PositiveInt = 3000
    """Seconds a KB until a non-urgent message is not delivered."""


class DeliveryRestrictions(Section):
    """The Delivery Restrictions page: whose messages the connector takes."""

    accept_from: tuple[AddressSpace, ...] = ()
    """When not empty, other originators are rejected."""
    reject_from: tuple[AddressSpace, ...] = ()
    """Originators who are rejected."""

    def allow(self, originator: ORAddress) -> bool:
        """Whether messages of an originator are taken."""
        if any(space.matches(originator) for space in self.reject_from):
            return False
        return not self.accept_from or any(each.matches(originator) for each in self.accept_from)


class Advanced(Section):
    """The Advanced page."""

    allow_bp15: bool = True
    """Whether files go in BP-15, with their names, and not in BP-14; 1984 has no BP-15."""
    allow_exchange_contents: bool = True
    """Whether the remote system is Exchange: takes its contents, and names without regard to case.

    Else rich messages are converted to P2 or P22, and MTA names are case-sensitive (Q169159).
    """
    body_part: MessageText = MessageText.IA5
    """The body part for the text of messages from here; what it lacks becomes a question mark."""
    two_way_alternate: bool = True
    """Whether the two sides of an association may take turns (Q171113, Q140958)."""
    conformance: Mode = Mode.NORMAL_1988
    """How P1 lies on the session (Q152932, Q166308)."""
    message_size_limit: PositiveInt | None = None
    """KB of the largest content that is taken; without it there is no limit."""
    remote_global_domain: Domain | None = None
    """The remote system's; what has passed that domain already is not sent there again."""

    @model_validator(mode="after")
    def _text_of_1984(self) -> "Advanced":
        if self.speaks_1984 and self.body_part is MessageText.ISO_8859_1:
            raise ValueError("body_part iso-8859-1 is an extended one, which 1984 lacks: ia5, t61")
        return self

    @property
    def speaks_1984(self) -> bool:
        """Whether P1 of 1984 is spoken, and P2."""
        return self.conformance is Mode.X410_1984


class Heuristics(Section):
    """What of the connector's heuristics property raw mode can set (Q177374)."""

    strip_bilateral_information: bool = False
    """0x400: whether per-domain bilateral information does not go over the connector."""
    strip_internal_trace_information: bool = False
    """0x800: whether the trace of MTAs does not go over it in 1984 mode, in the form of MOTIS."""


class ConnectorConfig(Section):
    """An X.400 connector, page by page."""

    general: General
    """The General page."""
    schedule: Schedule = Schedule()
    """The Schedule page."""
    stack: Stack
    """The Stack page."""
    override: Override = Override()
    """The Override page."""
    connected_sites: tuple[ConnectedSite, ...] = ()
    """The Connected Sites page."""
    address_space: tuple[RoutedAddressSpace, ...] = ()
    """The Address Space page."""
    delivery_restrictions: DeliveryRestrictions = DeliveryRestrictions()
    """The Delivery Restrictions page."""
    advanced: Advanced = Advanced()
    """The Advanced page."""
    heuristics: Heuristics = Heuristics()
    """What raw mode sets."""

    @property
    def name(self) -> str:
        """The connector's directory name."""
        return self.general.directory_name

    @property
    def display_name(self) -> str:
        """What people call the connector."""
        return self.general.display_name or self.name

    @property
    def conversion(self) -> Conversion:
        """What the remote system can take of an interpersonal message."""
        general, advanced = self.general, self.advanced
        return Conversion(
            advanced.body_part,
            general.word_wrap,
            bp15=advanced.allow_bp15 and not advanced.speaks_1984,
            rich_text=general.remote_clients_support_mapi,
        )

    @cached_property
    def spaces(self) -> tuple[RoutedAddressSpace, ...]:
        """Everything that the connector leads to."""
        return (*self.address_space, *(site.space for site in self.connected_sites))


class RemoteConnector(Section):
    """A connector of another server of the site, as known from directory replication.

    Mail for it goes to its home server, over the local connector that leads to that MTA.
    """

    directory_name: DirectoryName
    """Its directory name."""
    home_server: MtaName
    """The remote MTA name of a connector here."""
    schedule: Schedule = Schedule()
    """Its Schedule page."""
    address_space: tuple[RoutedAddressSpace, ...]
    """Its Address Space page."""
