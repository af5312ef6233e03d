"""May this caller come in? Exchange's checks, in their order, as pure functions.

A caller passes three doors: there must be a control block for it (controlblocks.py); its network
address must be one that the Stack pages know (`screen`); and its bind must fit a connector that
takes it (`admit`).

Where Stack pages hold names, an address that leads to none of them is sent away before it can bind
(Q193380). Where all hold addresses the bind is heard: name, password and selectors pick the
connectors that could be meant, and of these the one whose Stack page has the caller's address is
the one (Q196381).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.names import resolve, reverse
from mta_emu.mta.policy.schedule import may_accept
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors

#: Associations of a connector for normal and non-urgent mail; urgent mail has one more (Q194589).
ORDINARY_LIMIT = 9
ASSOCIATION_LIMIT = ORDINARY_LIMIT + 1


@dataclass(frozen=True)
class Dropped:
    """The transport connection is dropped: neither the address nor the name is known."""

    address: IPv4Address
    name: str


def screen(config: MtaConfig, address: IPv4Address) -> Dropped | None:
    """Tell whether a caller is dropped before any bind, for the address that it calls from.

    The name is the one that the address has by reverse look-up; without one, that of the
    connector which would be called at this address.
    """
    host_name = reverse(config.server, address)
    named = [each for each in config.connectors if isinstance(each.stack.address, str)]
    if not named or any(_is_at(each, address, host_name) for each in config.connectors):
        return None
    called = (each.stack.address for each in named)
    meant = next((name for name in called if resolve(config.server, name) == address), address)
    return Dropped(address, host_name or str(meant))


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


def admit(
    connectors: Sequence[ConnectorConfig], caller: Caller, associations: Mapping[str, int]
) -> Admitted | Refused:
    """Decide about a bind; `associations` tells how many each connector has open."""
    left: Sequence[ConnectorConfig] = connectors
    meant: ConnectorConfig | None = None
    for check, error, events in _CHECKS:
        left = [each for each in left if check(each, caller, associations)]
        if not left:
            return Refused(error, events, meant)
        meant = left[0]
    return Admitted(left[0])


def is_remote_mta(connector: ConnectorConfig, credentials: Credentials) -> bool:
    """Whether these are the remote MTA's name and password.

    Between Exchange servers the name is not case-sensitive (Q165111), towards a foreign MTA it is
    (Q169159): one whose connector does not allow Exchange contents. The password always is.
    """
    general = connector.general
    name, expected = credentials.name, general.remote_mta_name
    if connector.advanced.allow_exchange_contents:
        name, expected = name.casefold(), expected.casefold()
    return name == expected and credentials.password == general.remote_mta_password.encode("ascii")


def travelling(selectors: Selectors, mode: Mode) -> Selectors:
    """What of a system's selectors travels: in the X.410 modes no P- and no S-selector.

    A connector that has one there can match no caller (Q152932, Q166308).
    """
    if mode is Mode.NORMAL_1988:
        return selectors
    return Selectors(transport=selectors.transport)


# The checks of a bind


def _is_meant(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> bool:
    expected = connector.stack.expected.for_stack()
    arrived = travelling(caller.selectors, caller.mode)
    return arrived == expected and is_remote_mta(connector, caller.credentials)


def _calls_from_there(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> bool:
    return _is_at(connector, caller.address, caller.host_name)


def _is_at(connector: ConnectorConfig, address: IPv4Address, host_name: str | None) -> bool:
    """Whether the Stack page has the address, or its name."""
    configured = connector.stack.address
    if isinstance(configured, IPv4Address):
        return configured == address
    return host_name is not None and configured.casefold() == host_name.casefold()


def _speaks_its_mode(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> bool:
    return connector.advanced.conformance is caller.mode


def _allows_dialogue(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> bool:
    return connector.advanced.two_way_alternate or not caller.two_way


def _is_scheduled(connector: ConnectorConfig, _: Caller, __: Mapping[str, int]) -> bool:
    return may_accept(connector.schedule)


def _has_room(connector: ConnectorConfig, _: Caller, associations: Mapping[str, int]) -> bool:
    return associations.get(connector.name, 0) < ASSOCIATION_LIMIT


_UNKNOWN = BindError.AUTHENTICATION_ERROR

#: What a connector must pass, the answer when none does, and the events that tell of it.
_CHECKS: Sequence[
    tuple[Callable[[ConnectorConfig, Caller, Mapping[str, int]], bool], BindError, tuple[int, ...]]
] = (
    (_is_meant, _UNKNOWN, (51,)),
    (_calls_from_there, _UNKNOWN, (1293,)),
    (_speaks_its_mode, _UNKNOWN, (1293,)),
    (_allows_dialogue, BindError.UNACCEPTABLE_DIALOGUE_MODE, (55,)),
    (_is_scheduled, _UNKNOWN, (37, 1293)),
    (_has_room, BindError.BUSY, (57,)),
)
