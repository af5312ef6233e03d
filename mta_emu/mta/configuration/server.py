"""The server that an MTA runs on: its transport stack, registry values, names and doors."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from labkit.addresses import IPAddress
from labkit.clock import Clock
from labkit.config import Section
from labkit.fields import HostName
from labkit.problems import contradiction, refuse
from mta_emu.endpoint import KEEPALIVE
from mta_emu.mta.configuration.addressspace import Domain
from mta_emu.mta.configuration.fields import AddressText, DirectoryName, MtaName, Password
from mta_emu.mta.configuration.pages import Selectors
from mta_emu.mta.configuration.recipients import DistributionList, Mailbox
from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mts.oraddress import ORAddress


class TransportStack(Section):
    """The MTA transport stack: the local system's address and selectors."""

    name: str = "TCP"
    """Its name, which event 9301 has."""
    address: IPAddress
    """The host's address, which is listened at and called from."""
    other_addresses: tuple[IPAddress, ...] = ()
    """Further addresses of a multihomed host; calls come from all of them in turn (Q197378)."""
    port: Annotated[int, Field(ge=1, le=65535)] = 102
    """The RFC1006 port number, of this system, and of remote ones whose Stack page has none."""
    selectors: Selectors = Selectors()
    """The selectors that this system calls with and is called by."""
    idle_limit: NonNegativeInt = 7200
    """Seconds of silence after which a peer is taken for gone; 0: never.

    A connection may stay idle for long inside a transfer (Q140956), and that of a caller without
    mail for its lifetime: the limit must be above both.
    """
    keepalive: Annotated[int, Field(ge=1, le=32767)] = KEEPALIVE
    """Wall seconds of silence after which TCP probes a peer, and gives it up after as many more.

    A firewall that forwards and forgets idle connections keeps those that are probed sooner: with a
    timeout of 30 seconds there, `keepalive: 20`. These are seconds of the wall even where the lab
    clock runs faster, for the probes and the firewall's timeout are the kernels', which do not know
    it.
    """
    tpkt_reserved_octet: Annotated[int, Field(ge=0, le=255)] = 0
    """What each TPKT header has there; Exchange 4.0 before SP3 sent any value (Q157015)."""
    strict_tpkt: bool = False
    """Whether TPKTs with another reserved octet than 0 are refused, as some hosts do (Q157015)."""
    session_version: Annotated[int, Field(ge=1, le=2)] = 2
    """The highest version of the session protocol: stacks from before 1988 have version 1 alone."""

    @property
    def addresses(self) -> tuple[IPAddress, ...]:
        """Every address of the host."""
        return (self.address, *self.other_addresses)

    @property
    def session_versions(self) -> int:
        """The bits of all versions of the session protocol that there are here (X.225 8.3.1.9)."""
        return (1 << self.session_version) - 1


class Registry(Section):
    """Registry values of the MTA service."""

    tcp_ip_control_blocks: Annotated[int, Field(ge=2, le=1250)] = 20
    """One is taken by the listener and one by each association (Q166602)."""
    supports_2k_tpdu: bool = False
    """Whether TPDUs of 2048 octets are negotiated (Q165030); else the size is the stack's own."""
    work_queue_alarm_on: PositiveInt | None = None
    """Messages in all queues that are a backlog, 666; without it there is no alarm (Q163085)."""
    work_queue_alarm_off: NonNegativeInt | None = None
    """Messages that are none any more, 667; half of on when not given, or above it."""
    outbound_queue_alarm_on: PositiveInt | None = None
    """Messages in a connector's queue that are a backlog, 659."""
    outbound_queue_alarm_off: NonNegativeInt | None = None
    """Messages that are none any more, 660; half of on when not given, or above it."""
    urgent_mail_when_closed: bool = True
    """Whether urgent mail leaves over a schedule of selected times that is closed (Q217131).

    Exchange 5.5 does so from SP1 on, over an association of its own.
    """
    stack_ip_address_override: dict[DirectoryName, IPAddress] = Field(default_factory=dict)
    """By connector, the address that its calls come from on a multihomed host (Q197378)."""
    do_not_generate_bilateral_info: bool = False
    """Whether messages do not name this site, and go on though they come back to it (Q157358)."""
    request_return_of_content: bool = True
    """Whether messages from here ask for their content with a report of failure (Q298000)."""
    free_form_names: bool = True
    """Whether a heading also names users for people, by the display name that an address has.

    That is the common name, or given name and surname (Q163464).
    """
    ftbp_identifiers: bool = True
    """Whether file transfer body parts name what they are: TNEF, or any other file (Q169670)."""
    directory_names: bool = False
    """Whether who sends from here is named by a directory name too, as Exchange names its users.

    1984 has no place for it, and a heading with one is P22 (Q156716).
    """


class Retention(Section):
    """How much the server keeps of what has happened, so that an MTA may run for years."""

    event_log_size: PositiveInt = 512
    """KB of the event log, of which the oldest events are overwritten as needed, as NT has it."""
    tracking_days: PositiveInt = 7
    """Days after which the message tracking log is removed, as Exchange has it."""
    duplicates_days: PositiveInt = 7
    """Days for which a message that comes again is known, or longer when connectors retry longer.

    By Exchange's defaults an MTA tries to send a message for 24 hours (144 opens, 600 s).
    """


class HttpDoor(Section):
    """Where the HTTP API and the metrics are served; needs the extra `doors`."""

    address: IPAddress = ip_address("127.0.0.1")
    """The address that it listens at."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8102
    """The TCP port."""
    names: tuple[HostName, ...] = ()
    """Host names that requests may use for the door, beside its address and localhost."""
    token: Password = ""
    """What requests that change something must carry; made, in the data directory, if not given."""


class SmtpDoor(Section):
    """Where mail clients submit, and read what came; needs the extra `doors`."""

    address: IPAddress = ip_address("127.0.0.1")
    """The address that it listens at."""
    port: Annotated[int, Field(ge=1, le=65535)] = 2525
    """The TCP port."""
    gateway: HostName = "gateway.example"
    """The mail domain whose addresses are O/R addresses: /C=US/ADMD= /S=Smith/@gateway.example."""
    maildir: Path | None = None
    """A Maildir that gets a copy of everything delivered here."""


class Server(Section):
    """The server that the MTA runs on."""

    organization: DirectoryName
    """The Exchange organization, the first part of distinguished names."""
    site: DirectoryName
    """The Exchange site."""
    name: MtaName
    """The server's name, at most 32 characters."""
    local_mta_name: MtaName | None = None
    """The MTA's name; the server's when it is not given."""
    local_mta_password: Password = ""
    """The password to bind with where a connector does not override it."""
    global_domain: Domain
    """The management domain that the trace information of messages names."""
    transport_stack: TransportStack
    """Where this system is, and its own selectors."""
    hosts: dict[HostName, IPAddress] = Field(default_factory=dict)
    """The hosts file, which is read both ways (Q193380)."""
    names: dict[HostName, IPAddress] = Field(default_factory=dict)
    """Address (A and AAAA) records of the DNS."""
    reverse: dict[IPAddress, HostName] = Field(default_factory=dict)
    """PTR records of the DNS (Q193380)."""
    registry: Registry = Registry()
    """Registry values of the MTA service."""
    diagnostics_logging: DiagnosticsLogging = DiagnosticsLogging()
    """How much is logged."""
    retention: Retention = Retention()
    """How long it is kept."""
    http: HttpDoor | None = None
    """The HTTP API; off unless it is given."""
    smtp: SmtpDoor | None = None
    """The SMTP door; off unless it is given."""
    clock: Clock = Field(default_factory=Clock)
    """Its time, which may run faster than the wall's."""
    mailboxes: tuple[Mailbox, ...] = ()
    """The addresses that this MTA delivers to."""
    distribution_lists: tuple[DistributionList, ...] = ()
    """The distribution lists that are expanded here."""
    alternate_recipient: AddressText | None = None
    """Who gets what cannot be delivered in this management domain, if its originator allows it."""

    @model_validator(mode="after")
    def _lists_have_owners(self) -> "Server":
        refuse(
            [
                contradiction(
                    ("distribution_lists", number, "owner"),
                    str(each.owner),
                    "is a distribution list here: reports would go round",
                )
                for number, each in enumerate(self.distribution_lists)
                if each.owner and self.list_at(each.owner)
            ]
        )
        return self

    def list_at(self, address: ORAddress) -> DistributionList | None:
        """The distribution list of an address, when there is one here."""
        return next((each for each in self.distribution_lists if each.is_at(address)), None)

    def delivers_to(self, recipient: ORAddress) -> bool:
        """Whether a recipient has a mailbox here, or is a list that is expanded here."""
        if self.distribution_lists and self.list_at(recipient):
            return True
        return self.mailbox_of(recipient) is not None

    def mailbox_of(self, recipient: ORAddress) -> Mailbox | None:
        """The first of the mailboxes that an address lies in."""
        return next((each for each in self.mailboxes if each.matches(recipient)), None)

    @property
    def mta_name(self) -> str:
        """The MTA's name, wherever no connector overrides it."""
        return self.local_mta_name or self.name

    @property
    def site_name(self) -> str:
        """The site's name in bilateral information; empty: it has none there."""
        silent = self.registry.do_not_generate_bilateral_info
        return "" if silent else f"/O={self.organization}/OU={self.site}"
