"""The configuration file of an MTA: its server, and its connectors."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import model_validator

from labkit.config import Section
from labkit.problems import Location, contradiction, instead, refuse, unknown
from mta_emu.mta.configuration.pages import ConnectorConfig, RemoteConnector
from mta_emu.mta.configuration.server import Server
from mta_emu.osi.transport.options import TransportOptions


class MtaConfig(Section):
    """A configuration file of `mta-emu serve`."""

    server: Server
    """The server."""
    connectors: tuple[ConnectorConfig, ...] = ()
    """Its X.400 connectors."""
    remote_connectors: tuple[RemoteConnector, ...] = ()
    """Connectors of other servers of the site, which routing knows too (Q193322)."""

    @model_validator(mode="after")
    def _names(self) -> "MtaConfig":
        names: dict[str, str] = {}
        problems = []
        for location, name in self._directory_names():
            if name in names:
                text = f"{names[name]} has this directory name already"
                problems.append(contradiction(location, name, text))
            names.setdefault(name, ".".join(map(str, location[:2])))
        refuse(problems)
        return self

    def _directory_names(self) -> Iterator[tuple[Location, str]]:
        for number, connector in enumerate(self.connectors):
            yield ("connectors", number, "general", "directory_name"), connector.name
        for number, remote in enumerate(self.remote_connectors):
            yield ("remote_connectors", number, "directory_name"), remote.directory_name

    @model_validator(mode="after")
    def _transport_stacks(self) -> "MtaConfig":
        stack = self.server.transport_stack.name
        refuse(
            [
                contradiction(
                    ("connectors", number, "general", "mta_transport_stack"),
                    connector.general.mta_transport_stack,
                    f"the server has one transport stack, {stack}",
                )
                for number, connector in enumerate(self.connectors)
                if connector.general.mta_transport_stack not in (None, stack)
            ]
        )
        return self

    @model_validator(mode="after")
    def _stack_ip_address_overrides(self) -> "MtaConfig":
        addresses = self.server.transport_stack.addresses
        connectors = [connector.name for connector in self.connectors]
        problems = []
        for name, address in self.server.registry.stack_ip_address_override.items():
            location = ("server", "registry", "stack_ip_address_override", name)
            if name not in connectors:
                problems.append(unknown(location, name, "connector", connectors))
            if address not in addresses:
                own = ", ".join(map(str, addresses))
                text = f"must be an address of this host: {own}"
                problems.append(contradiction(location, str(address), text))
        refuse(problems)
        return self

    @model_validator(mode="after")
    def _home_servers(self) -> "MtaConfig":
        servers = [each.general.remote_mta_name for each in self.connectors]
        refuse(
            [
                contradiction(
                    ("remote_connectors", number, "home_server"),
                    remote.home_server,
                    f"no connector here has this remote_mta_name; "
                    f"{instead(remote.home_server, servers)}",
                )
                for number, remote in enumerate(self.remote_connectors)
                if self.connector_to(remote.home_server) is None
            ]
        )
        return self

    def connector_to(self, remote_mta_name: str) -> ConnectorConfig | None:
        """The first connector that leads to an MTA directly."""
        wanted = remote_mta_name.casefold()
        return next(
            (each for each in self.connectors if each.general.remote_mta_name.casefold() == wanted),
            None,
        )

    @property
    def mta_distinguished_name(self) -> str:
        """This MTA's name as the events have it."""
        server = self.server
        return (
            f"/O={server.organization}/OU={server.site}"
            f"/CN=Configuration/CN=Servers/CN={server.name}/CN=Microsoft MTA"
        )

    def duplicates_kept(self) -> timedelta:
        """How long it is known which messages have come.

        At least as long as the connectors here would retry, since the other ends may be alike.
        """
        retries = (
            each.override.max_open_retries * each.override.open_interval for each in self.connectors
        )
        days = timedelta(days=self.server.retention.duplicates_days)
        return max([days, *(timedelta(seconds=each) for each in retries)])

    def transport_options(self, *, expedited_data: bool = False) -> TransportOptions:
        """How transport connections are made here."""
        stack = self.server.transport_stack
        size = 2048 if self.server.registry.supports_2k_tpdu else TransportOptions.max_tpdu_size
        return TransportOptions(size, expedited_data, stack.tpkt_reserved_octet, stack.strict_tpkt)

    def distinguished_name(self, connector: ConnectorConfig) -> str:
        """A connector's name as the events have it."""
        server = self.server
        return (
            f"/O={server.organization}/OU={server.site}"
            f"/CN=Configuration/CN=Connections/CN={connector.name}"
        )

    def called_port(self, connector: ConnectorConfig) -> int:
        """The port at which a connector calls the remote system."""
        return connector.stack.port or self.server.transport_stack.port

    def local_credentials(self, connector: ConnectorConfig) -> tuple[str, bytes]:
        """The MTA name and password that this MTA shows to a connector's remote MTA."""
        server, override = self.server, connector.override
        name = override.local_mta_name or server.mta_name
        password = override.local_mta_password
        return name, (server.local_mta_password if password is None else password).encode("ascii")
