"""Which connector does a message take? Exchange's route selection (Q193322).

The routing table (gwart.py) says which connectors lead to the recipient; the seven criteria then
eliminate in their order. Everything here is a pure function: the MTA routes by `select`, and
`mta-emu routes` explains a `Decision`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from labkit.config import Section
from labkit.reason import Place, Reason
from mta_emu.mta.configuration.addressspace import RoutedAddressSpace
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig, DeliveryRestrictions
from mta_emu.mta.policy.gwart import space_text
from mta_emu.mta.policy.schedule import ActivationState, activation_state
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress, closeness

_SOONEST = tuple(ActivationState)
_NO_LIMIT = 1 << 31
_KB = 1024


@dataclass(frozen=True)
class Route:
    """A connector as a way that mail may take, and how it stands now."""

    name: str
    queue: str  # the local connector whose queue leads there: itself, for one that is local
    spaces: tuple[RoutedAddressSpace, ...]
    state: ActivationState
    waiting: bool = False  # for its open retry timer
    max_open_retries: int = _NO_LIMIT
    restrictions: DeliveryRestrictions = field(default_factory=DeliveryRestrictions)
    size_limit: int | None = None  # KB
    domain: GlobalDomain | None = None  # that the remote system lies in
    config: Section | None = field(default=None, compare=False, repr=False)

    def place(self, criterion: "Criterion") -> Place | None:
        """Where it is configured what a criterion looks at; None: nowhere."""
        if self.config is None or criterion not in _PLACES:
            return None
        *pages, name = _PLACES[criterion]
        section: Section = self.config
        for page in pages:
            section = getattr(section, page)
        return section.place(name)

    @property
    def local(self) -> bool:
        """Whether the connector is one of this server's own."""
        return self.queue == self.name


@dataclass(frozen=True)
class RoutingQuestion:
    """What is known of a message when its way is chosen."""

    recipient: ORAddress
    came_by: str | None = None  # the connector that it came in by
    originator: ORAddress | None = None
    octets: int = 0
    domains: frozenset[GlobalDomain] = frozenset()  # that it has passed
    tries: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # that failed


class Criterion(Enum):
    """What is asked of a connector, in this order; the numbers are those of Q193322."""

    ADDRESS_SPACE = "leads to the recipient"
    RESTRICTIONS = "takes messages from the originator"
    SIZE = "takes messages of that size"
    INBOUND = "1. is not where the message came from"
    MAX_OPEN_RETRIES = "2. is not at its max open retries"
    SOONEST = "3. connects the soonest"
    FEWEST_TRIES = "4. was tried the fewest times"
    NOT_WAITING = "5. is not waiting to retry"
    COST = "6. has the closest address space at the lowest cost"
    LOCAL = "7. is local"

    @property
    def words(self) -> str:
        """What is asked, without the number."""
        return self.value.lstrip("1234567. ")


#: The page and the field that a criterion looks at, where there is one.
_PLACES: Mapping[Criterion, tuple[str, ...]] = {
    Criterion.ADDRESS_SPACE: ("address_space",),
    Criterion.RESTRICTIONS: ("delivery_restrictions", ""),
    Criterion.SIZE: ("advanced", "message_size_limit"),
    Criterion.MAX_OPEN_RETRIES: ("override", "max_open_retries"),
    Criterion.SOONEST: ("schedule", "activation"),
    Criterion.COST: ("address_space",),
}


@dataclass(frozen=True)
class CriterionResult:
    """One criterion: the connectors that it eliminated, and why, and those that it left."""

    criterion: Criterion
    eliminated: Mapping[str, Reason]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """The connector that was chosen, if any, and how it came to that.

    Of several that no criterion distinguishes, it is the first in the configuration.
    """

    chosen: Route | None
    steps: tuple[CriterionResult, ...]

    @property
    def failed_at(self) -> Criterion | None:
        """The criterion that left no connector; None when one was chosen."""
        return None if self.chosen else self._decisive

    @property
    def reason(self) -> Reason:
        """What the choice came down to: the last criterion that eliminated anybody."""
        criterion = self._decisive
        who = f"connector {self.chosen.name}" if self.chosen else "no connector"
        place = self.chosen.place(criterion) if self.chosen else None
        return Reason(criterion.name, f"{who} {criterion.words}", criterion.value, who, place)

    @property
    def _decisive(self) -> Criterion:
        decisive = (step.criterion for step in reversed(self.steps) if step.eliminated)
        return next(decisive, Criterion.ADDRESS_SPACE)


def routes(
    config: MtaConfig, now: datetime, waiting: frozenset[str] = frozenset()
) -> tuple[Route, ...]:
    """Every way that mail may take at lab time `now`, in the order of the configuration.

    `waiting` names the connectors whose open retry timer runs.
    """
    return (
        *(_local(each, now, waiting=each.name in waiting) for each in config.connectors),
        *_remote(config, now),
    )


def _local(connector: ConnectorConfig, now: datetime, *, waiting: bool) -> Route:
    advanced = connector.advanced
    return Route(
        connector.name,
        connector.name,
        connector.spaces,
        activation_state(connector.schedule, now),
        waiting,
        connector.override.max_open_retries,
        connector.delivery_restrictions,
        advanced.message_size_limit,
        advanced.remote_global_domain.for_trace() if advanced.remote_global_domain else None,
        connector,
    )


def _remote(config: MtaConfig, now: datetime) -> Iterator[Route]:
    for remote in config.remote_connectors:
        if through := config.connector_to(remote.home_server):
            state = activation_state(remote.schedule, now)
            yield Route(
                remote.directory_name, through.name, remote.address_space, state, config=remote
            )


def select(routes: Iterable[Route], question: RoutingQuestion) -> Decision:
    """Choose the route that a message for a recipient takes."""
    found = [(route, _best_space(route, question.recipient)) for route in routes]
    left = [_Candidate(route, space) for route, space in found if space]
    texts = {
        route.name: "none of its address spaces has the recipient"
        for route, space in found
        if not space
    }
    steps = [_result(Criterion.ADDRESS_SPACE, [route for route, _ in found], texts)]
    for criterion, eliminate in _ELIMINATIONS.items():
        texts = dict(eliminate(left, question))
        steps.append(_result(criterion, [each.route for each in left], texts))
        left = [each for each in left if each.route.name not in texts]
    return Decision(left[0].route if left else None, tuple(steps))


def _result(
    criterion: Criterion, asked: Sequence[Route], eliminated: Mapping[str, str]
) -> CriterionResult:
    if not eliminated:
        return CriterionResult(criterion, {}, tuple(each.name for each in asked))
    return CriterionResult(
        criterion,
        {
            each.name: Reason(
                criterion.name,
                eliminated[each.name],
                criterion.value,
                each.name,
                each.place(criterion),
            )
            for each in asked
            if each.name in eliminated
        },
        tuple(each.name for each in asked if each.name not in eliminated),
    )


def leads(config: MtaConfig, recipient: ORAddress) -> bool:
    """Whether there is a mailbox here, or any connector at any time, for a recipient."""
    local = (connector.spaces for connector in config.connectors)
    remote = (connector.address_space for connector in config.remote_connectors)
    return config.server.delivers_to(recipient) or any(
        space.matches(recipient) for spaces in (*local, *remote) for space in spaces
    )


def answer(
    config: MtaConfig, request: Mapping[str, Any], now: datetime, waiting: frozenset[str]
) -> dict[str, Any]:
    """Which route mail `to` an address takes, and why.

    The request may also say who it is `from`, the connector that it `came_by`, how many `octets`
    it has, and by connector the `tries` that failed. Raises ValueError for what is no O/R address.
    """
    question = RoutingQuestion(
        ORAddress.parse(request["to"]),
        request.get("came_by"),
        ORAddress.parse(request["from"]) if request.get("from") else None,
        request.get("octets", 0),
        tries=request.get("tries", {}),
    )
    if config.server.delivers_to(question.recipient):
        return {"outcome": "mailbox", "steps": []}
    decision = select(routes(config, now, waiting), question)
    steps = [
        {
            "criterion": step.criterion.value,
            "eliminated": {name: str(why) for name, why in step.eliminated.items()},
            "left": list(step.left),
        }
        for step in decision.steps
    ]
    if chosen := decision.chosen:
        outcome = "connector" if chosen.local else "remote connector"
        way = {"connector": chosen.name, "queue": chosen.queue}
        return {"outcome": outcome, "steps": steps, **way}
    failed_at = decision.failed_at.value if decision.failed_at else ""
    return {"outcome": "none", "steps": steps, "failed_at": failed_at}


# The criteria: functions that yield the connectors to eliminate, and why


@dataclass(frozen=True)
class _Candidate:
    route: Route
    space: RoutedAddressSpace  # by which it leads to the recipient


_Elimination = Iterator[tuple[str, str]]
_Left = list[_Candidate]


def _best_space(route: Route, recipient: ORAddress) -> RoutedAddressSpace | None:
    matching = (space for space in route.spaces if space.matches(recipient))
    return min(matching, key=_distance, default=None)


def _distance(space: RoutedAddressSpace) -> tuple[list[int], int]:
    return [-level for level in closeness(space.pattern)], space.cost


def _restrictions(left: _Left, question: RoutingQuestion) -> _Elimination:
    originator = question.originator
    if originator is None:
        return
    for each in left:
        page = each.route.restrictions
        if any(space.matches(originator) for space in page.reject_from):
            yield each.route.name, f"it rejects messages from {originator}"
        elif page.accept_from and not any(each.matches(originator) for each in page.accept_from):
            yield each.route.name, f"it does not accept messages from {originator}"


def _size(left: _Left, question: RoutingQuestion) -> _Elimination:
    for each in left:
        limit = each.route.size_limit
        if limit is not None and question.octets > limit * _KB:
            yield each.route.name, f"{question.octets} octets are more than its limit of {limit} KB"


def _inbound(left: _Left, question: RoutingQuestion) -> _Elimination:
    for each in left:
        if each.route.queue == question.came_by:
            yield each.route.name, "the message came in by it"
        elif each.route.domain in question.domains:
            yield each.route.name, f"the message has passed its domain {each.route.domain}"


def _at_max_open_retries(left: _Left, question: RoutingQuestion) -> _Elimination:
    for each in left:
        tries, most = question.tries.get(each.route.name, 0), each.route.max_open_retries
        if tries >= most:
            yield each.route.name, f"tried {tries} times, of at most {most}"


def _soonest(left: _Left, _: RoutingQuestion) -> _Elimination:
    return _all_but_lowest(
        left, lambda each: _SOONEST.index(each.route.state), lambda each: each.route.state.value
    )


def _fewest_tries(left: _Left, question: RoutingQuestion) -> _Elimination:
    def tries(each: _Candidate) -> int:
        return question.tries.get(each.route.name, 0)

    return _all_but_lowest(left, tries, lambda each: f"tried {tries(each)} times")


def _not_waiting(left: _Left, _: RoutingQuestion) -> _Elimination:
    if not all(each.route.local for each in left):
        return iter(())  # only this server's timers are known: the criterion is passed over
    return _all_but_lowest(
        left, lambda each: each.route.waiting, lambda _: "its open retry timer runs"
    )


def _lowest_cost(left: _Left, _: RoutingQuestion) -> _Elimination:
    """A closer address space goes before the cost (Q193322, note)."""
    return _all_but_lowest(
        left,
        lambda each: _distance(each.space),
        lambda each: f"cost {each.space.cost} to {space_text(each.space)}",
    )


def _local_first(left: _Left, _: RoutingQuestion) -> _Elimination:
    return _all_but_lowest(
        left, lambda each: not each.route.local, lambda each: f"remote, through {each.route.queue}"
    )


def _all_but_lowest(
    left: _Left, rank: Callable[[_Candidate], Any], why: Callable[[_Candidate], str]
) -> _Elimination:
    lowest = min(map(rank, left), default=None)
    return ((each.route.name, why(each)) for each in left if rank(each) != lowest)


_ELIMINATIONS: Mapping[Criterion, Callable[[_Left, RoutingQuestion], _Elimination]] = {
    Criterion.RESTRICTIONS: _restrictions,
    Criterion.SIZE: _size,
    Criterion.INBOUND: _inbound,
    Criterion.MAX_OPEN_RETRIES: _at_max_open_retries,
    Criterion.SOONEST: _soonest,
    Criterion.FEWEST_TRIES: _fewest_tries,
    Criterion.NOT_WAITING: _not_waiting,
    Criterion.COST: _lowest_cost,
    Criterion.LOCAL: _local_first,
}
