"""What came of a switch: the mail and the calls since then, and what still waits."""

from collections.abc import Iterable

from labkit.config import Section
from mta_lab.lab.placement import Placement
from mta_lab.rehearsal.waiting import Waiting
from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.since import Observed


class ObservedFlow(Section):
    """The mail and the calls from one MTA to another."""

    sender: str
    """The first MTA."""
    receiver: str
    """The last MTA."""
    calls: int
    """How often the first called the last."""
    arrived: int
    """Messages of the first one that the last delivered."""
    disposition: Disposition | None
    """What became of these, else of the last call; null: nothing was tried."""
    source_seen: str
    """The source address that the last one saw of that call."""
    reason: str
    """Why it was not accepted."""


class Wait(Section):
    """Mail that waits."""

    host: str
    """Where."""
    connector: str
    """For which connector."""
    text: str
    """How much, until when, and what comes of a call as things are."""
    moves: bool
    """Whether it leaves by the next call."""


class Came(Section):
    """What was observed since a moment, and what waits now."""

    flows: tuple[ObservedFlow, ...]
    """The mail."""
    waiting: tuple[Wait, ...]
    """What waits."""


def came(flows: Iterable[Observed], left: Iterable[Waiting], placement: Placement) -> Came:
    """What was observed on the wire, with the addresses of the topology file."""
    text = placement.in_file_text
    return Came(
        flows=tuple(
            ObservedFlow(
                sender=each.sender,
                receiver=each.receiver,
                calls=each.calls,
                arrived=each.arrived,
                disposition=each.disposition,
                source_seen=str(placement.in_file(each.source_seen)) if each.source_seen else "",
                reason=text(each.reason),
            )
            for each in flows
        ),
        waiting=tuple(
            Wait(
                host=each.host,
                connector=each.connector,
                text=f"{each}; {text(_what_comes(each))}",
                moves=each.moves,
            )
            for each in left
        ),
    )


def _what_comes(each: Waiting) -> str:
    """What comes of the next call; the page has a button for it."""
    if each.moves:
        return "it moves then, or when it calls now"
    return f"a call is {each.disposition} as things are: {each.reason}"
