"""May this caller bind? Exchange's checks as pure functions (facts: Q196381, Q193380, Q166308).

The caller's network address decides together with what the bind says: MTA name, password and
selectors pick the connectors that could be meant, and of these the one whose Stack page has the
caller's address is the one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from mta_emu.mta.pages import ConnectorConfig
from mta_emu.mta.schedule import may_accept
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors


@dataclass(frozen=True)
class Caller:
    """Who wants to bind: the address from the socket, its name by reverse look-up, the bind."""

    address: IPv4Address
    host_name: str | None
    selectors: Selectors
    credentials: Credentials
    two_way: bool
    mode: Mode = Mode.NORMAL_1988


@dataclass(frozen=True)
class Admitted:
    """The bind is accepted for a connector."""

    connector: ConnectorConfig


@dataclass(frozen=True)
class Refused:
    """The bind is refused: what the caller is told, and which events say why.

    `connector` is the one that was meant, None when the bind fits none.
    """

    error: BindError
    events: tuple[int, ...]
    connector: ConnectorConfig | None = None


def admit(connectors: Sequence[ConnectorConfig], caller: Caller) -> Admitted | Refused:
    """Decide about a bind."""
    meant = [connector for connector in connectors if _is_meant(connector, caller)]
    if not meant:
        return Refused(BindError.AUTHENTICATION_ERROR, (51,))
    there = [connector for connector in meant if _is_at(connector, caller)]
    if not there:
        return Refused(BindError.AUTHENTICATION_ERROR, (1293,), meant[0])
    connector = next((each for each in there if each.advanced.conformance is caller.mode), None)
    if connector is None:
        return Refused(BindError.AUTHENTICATION_ERROR, (1293,), there[0])
    if caller.two_way and not connector.advanced.two_way_alternate:
        return Refused(BindError.UNACCEPTABLE_DIALOGUE_MODE, (55,), connector)
    if not may_accept(connector.schedule):
        return Refused(BindError.AUTHENTICATION_ERROR, (37, 1293), connector)
    return Admitted(connector)


def is_remote_mta(connector: ConnectorConfig, credentials: Credentials) -> bool:
    """Whether these are the remote MTA's name and password.

    Between Exchange servers the name is not case-sensitive (Q165111), the password is.
    """
    general = connector.general
    return (
        credentials.name.casefold() == general.remote_mta_name.casefold()
        and credentials.password == general.remote_mta_password.encode("ascii")
    )


def travelling(selectors: Selectors, mode: Mode) -> Selectors:
    """What of a system's selectors travels: in the X.410 modes no P- and no S-selector.

    A connector that has one there can match no caller (Q152932, Q166308).
    """
    if mode is Mode.NORMAL_1988:
        return selectors
    return Selectors(transport=selectors.transport)


def _is_meant(connector: ConnectorConfig, caller: Caller) -> bool:
    expected = connector.stack.expected.for_stack()
    arrived = travelling(caller.selectors, caller.mode)
    return arrived == expected and is_remote_mta(connector, caller.credentials)


def _is_at(connector: ConnectorConfig, caller: Caller) -> bool:
    """Whether the Stack page has the caller's address, or its name."""
    address = connector.stack.address
    if isinstance(address, IPv4Address):
        return address == caller.address
    return caller.host_name is not None and address.casefold() == caller.host_name.casefold()
