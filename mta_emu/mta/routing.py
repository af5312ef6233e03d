"""Which connector does a message take? Route selection as a pure function (Q193322)."""

from collections.abc import Iterator, Sequence

from mta_emu.mta.config import Activation, ConnectorConfig
from mta_emu.mts.oraddress import ORAddress

#: Who connects soonest: active now before remote initiated before never.
_SOONEST = (Activation.ALWAYS, Activation.REMOTE_INITIATED, Activation.NEVER)


def route(
    connectors: Sequence[ConnectorConfig],
    recipient: ORAddress,
    *,
    came_by: str | None = None,
    waiting: frozenset[str] = frozenset(),
) -> ConnectorConfig | None:
    """The connector for a recipient; None when no address space has it.

    Eliminates in Exchange's order: not the connector that the message `came_by`; the one that
    connects soonest; not one that is `waiting` on its open retry timer; the lowest cost.
    """
    candidates = [
        (_SOONEST.index(connector.schedule.activation), connector.name in waiting, cost, number)
        for number, connector in enumerate(connectors)
        if connector.name != came_by
        for cost in _costs(connector, recipient)
    ]
    return connectors[min(candidates)[-1]] if candidates else None


def _costs(connector: ConnectorConfig, recipient: ORAddress) -> Iterator[int]:
    return (space.cost for space in connector.address_space if space.matches(recipient))
