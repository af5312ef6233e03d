"""May this caller come in? Exchange's checks, in their order, as pure functions.

A caller passes three doors: there must be a control block for it (control_blocks_used_up); its
network address must be one that the Stack pages know (`screen`); and its bind must fit a connector
that takes it (`admit`).

Where Stack pages hold names, an address that leads to none of them is sent away before it can bind
(Q193380). Where all hold addresses the bind is read: name, password and selectors pick the
connectors that could be meant, and of these the one whose Stack page has the caller's address is
the one (Q196381).

Every check compares what the caller brought with what a connector's pages say (comparison.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.configuration.server import Registry
from mta_emu.mta.policy.calling import ASSOCIATION_LIMIT
from mta_emu.mta.policy.comparison import Comparison, reason_of
from mta_emu.mta.policy.identity import compare_name, compare_password, compare_selectors
from mta_emu.mta.policy.names import resolve
from mta_emu.mta.policy.schedule import may_accept
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.selectors import Selectors


def control_blocks_used_up(registry: Registry) -> Reason:
    """Why a caller is turned away, or a call not made: no control block is free (Q166602)."""
    count = registry.tcp_ip_control_blocks
    return Reason(
        "control blocks",
        f"all {count} TCP/IP control blocks are in use",
        "a free control block",
        f"{count} in use",
        registry.place("tcp_ip_control_blocks"),
    )


def share_used_up(registry: Registry, address: IPAddress, share: int) -> Reason:
    """Why a caller is turned away that has as many control blocks as one may have."""
    count = registry.tcp_ip_control_blocks
    return Reason(
        "control blocks",
        f"caller's address {address} has {share} of the {count} TCP/IP control blocks, its share",
        f"fewer than {share} in use by one address",
        str(address),
        registry.place("tcp_ip_control_blocks"),
    )


def no_control_block(registry: Registry, address: IPAddress, held: int, share: int) -> Reason:
    """Why a caller from an address that holds so many control blocks is turned away."""
    if held >= share:
        return share_used_up(registry, address, share)
    return control_blocks_used_up(registry)


@dataclass(frozen=True)
class Dropped:
    """The transport connection is dropped: neither the address nor the name is known."""

    address: IPAddress
    name: str
    reason: Reason
    events: tuple[int, ...] = (9301, 9301, 9202)  # by address, then by name (Q193380)


def screen(config: MtaConfig, address: IPAddress, host_name: str | None) -> Dropped | None:
    """Decide whether a caller is dropped before any bind, for the address that it calls from.

    `host_name` is the name that the address has by reverse look-up. Without one, the name in the
    event is that of the connector which would be called at this address.
    """
    named = [each for each in config.connectors if isinstance(each.stack.address, str)]
    if not named or any(_is_at(each, address, host_name) for each in config.connectors):
        return None
    meant = next(
        (each for each in named if resolve(config.server, each.stack.address) == address), None
    )
    why = f", nor is {host_name}, its name by reverse look-up"
    reason = Reason(
        "known address",
        f"caller's address {address} is on no Stack page"
        + (why if host_name else ", and reverse look-up finds no name for it"),
        ", ".join(str(each.stack.address) for each in config.connectors),
        f"{address} ({host_name})" if host_name else str(address),
        (meant or named[0]).stack.place("address"),
    )
    return Dropped(address, host_name or str(meant.stack.address if meant else address), reason)


@dataclass(frozen=True)
class Caller:
    """Who wants to bind: the address from the socket, its name by reverse look-up, the bind."""

    address: IPAddress
    host_name: str | None
    selectors: Selectors
    credentials: Credentials
    two_way: bool
    mode: Mode = Mode.NORMAL_1988


@dataclass(frozen=True)
class Admitted:
    """The bind is accepted for a connector; `passed` are its reasons, one for each check."""

    connector: ConnectorConfig
    passed: tuple[Reason, ...]

    @property
    def reason(self) -> Reason:
        """Why, in short: the check that a firewall between the two decides about."""
        return next(each for each in self.passed if each.check == "address")


@dataclass(frozen=True)
class Refused:
    """The bind is refused: what the caller gets, which events are logged, and why.

    `connector` is the one that was meant, None when the bind fits none. `passed` are the checks
    before the one that `reason` is about.
    """

    error: BindError
    events: tuple[int, ...]
    reason: Reason
    connector: ConnectorConfig | None = None
    passed: tuple[Reason, ...] = ()


def admit(
    connectors: Sequence[ConnectorConfig], caller: Caller, associations: Mapping[str, int]
) -> Admitted | Refused:
    """Decide about a bind; `associations` says how many each connector has open."""
    if not connectors:
        name = caller.credentials.name
        text = f"MTA name {name} fits no connector, because none is configured"
        return Refused(_UNKNOWN, (51,), Reason("MTA name", text, seen=name))
    left = [_Candidate(each) for each in connectors]
    for check in _CHECKS:
        for each in left:
            each.compared.append(check.compare(each.connector, caller, associations))
        fitting = [each for each in left if each.compared[-1].fits]
        if not fitting:
            reason = reason_of([each.compared[-1] for each in left])
            meant = left[0].connector if check.known else None
            return Refused(check.error, check.events, reason, meant, left[0].passed)
        left = fitting
    return Admitted(left[0].connector, left[0].passed)


@dataclass
class _Candidate:
    """A connector that may be the one, and how the checks so far came out for it."""

    connector: ConnectorConfig
    compared: list[Comparison] = field(default_factory=list)

    @property
    def passed(self) -> tuple[Reason, ...]:
        return tuple(reason_of([each]) for each in self.compared if each.fits)


# The checks of a bind


def _name(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> Comparison:
    return compare_name(connector, caller.credentials)


def _password(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> Comparison:
    return compare_password(connector, caller.credentials)


def _selectors(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> Comparison:
    return compare_selectors(connector, caller.selectors, caller.mode)


def _address(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> Comparison:
    configured = connector.stack.address
    seen = str(caller.address)
    if isinstance(configured, str):
        seen = f"{seen} ({caller.host_name or 'no name by reverse look-up'})"
    kind = "host name" if isinstance(configured, str) else "address"
    return Comparison(
        "address",
        _is_at(connector, caller.address, caller.host_name),
        f"caller's address {seen}",
        f"{configured}, the {kind} on the Stack page of connector {connector.name}",
        str(configured),
        seen,
        connector.stack.place("address"),
    )


def _is_at(connector: ConnectorConfig, address: IPAddress, host_name: str | None) -> bool:
    """Whether the Stack page has the address, or its name."""
    configured = connector.stack.address
    if isinstance(configured, str):
        return host_name is not None and configured.casefold() == host_name.casefold()
    return configured == address


def _conformance(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> Comparison:
    advanced = connector.advanced
    expected, seen = advanced.conformance.value, caller.mode.value
    return Comparison(
        "conformance mode",
        advanced.conformance is caller.mode,
        f"conformance mode {seen}",
        f"{expected}, the conformance on the Advanced page of connector {connector.name}",
        expected,
        seen,
        advanced.place("conformance"),
    )


def _dialogue(connector: ConnectorConfig, caller: Caller, _: Mapping[str, int]) -> Comparison:
    two_way = connector.advanced.two_way_alternate
    expected = "monologue or two-way alternate" if two_way else "monologue"
    seen = "two-way alternate" if caller.two_way else "monologue"
    return Comparison(
        "dialogue mode",
        two_way or not caller.two_way,
        f"dialogue mode {seen}",
        f"one that the Advanced page of connector {connector.name} allows ({expected})",
        expected,
        seen,
        connector.advanced.place("two_way_alternate"),
    )


def _schedule(connector: ConnectorConfig, _: Caller, __: Mapping[str, int]) -> Comparison:
    schedule = connector.schedule
    activation = schedule.activation.value
    return Comparison(
        "schedule",
        may_accept(schedule),
        "the caller",
        f"let in by connector {connector.name}, whose activation on the Schedule page is "
        f"{activation}",
        "any activation but never",
        activation,
        schedule.place("activation"),
    )


def _limit(connector: ConnectorConfig, _: Caller, associations: Mapping[str, int]) -> Comparison:
    count = associations.get(connector.name, 0)
    return Comparison(
        "association limit",
        count < ASSOCIATION_LIMIT,
        "another association",
        f"allowed on connector {connector.name}: {count} are open, of at most {ASSOCIATION_LIMIT}",
        f"at most {ASSOCIATION_LIMIT}",
        str(count),
        connector.place(),
    )


_UNKNOWN = BindError.AUTHENTICATION_ERROR


class _Check(NamedTuple):
    """What a connector must pass, the answer when none does, and the events that are logged.

    `known`: whether a caller that fails here has shown before which connector is meant.
    """

    compare: Callable[[ConnectorConfig, Caller, Mapping[str, int]], Comparison]
    error: BindError
    events: tuple[int, ...]
    known: bool = True


_CHECKS: Sequence[_Check] = (
    _Check(_name, _UNKNOWN, (51,), known=False),
    _Check(_password, _UNKNOWN, (51,), known=False),
    _Check(_selectors, _UNKNOWN, (51,), known=False),
    _Check(_address, _UNKNOWN, (1293,)),
    _Check(_conformance, _UNKNOWN, (1293,)),
    _Check(_dialogue, BindError.UNACCEPTABLE_DIALOGUE_MODE, (55,)),
    _Check(_schedule, _UNKNOWN, (37, 1293)),
    _Check(_limit, BindError.BUSY, (57,)),
)
