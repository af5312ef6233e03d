"""Compares predictions with a capture of the live site: which of the calls were seen, and how.

A capture of one network or of several shows a call as it is there: each predicted call is looked
for on every network of its way. From an address that is not the predicted one it is a call that
nobody predicted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from labkit.addresses import End, IPAddress
from mta_lab.capture.calls import Call, Chain
from mta_lab.rehearsal.prediction import Attempt, Prediction
from mta_lab.rehearsal.proof.compare import call_word
from mta_lab.rehearsal.proof.proof import Compared
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology

_SECOND = 1_000_000_000  # nanoseconds
NOT_THERE = "not in the capture"
_NO_CALL = "no call"
#: A caller who got no answer cannot tell these from one another.
_NO_ANSWER = frozenset({Disposition.UNREACHABLE, Disposition.BLOCKED, Disposition.CUT_OFF})

Ends = tuple[IPAddress, End]  # the calling address, and the called end


@dataclass(frozen=True)
class Sighting:
    """The predictions for a topology at a time, beside a capture of the live site."""

    topology: str
    capture: str
    at: datetime
    lines: tuple[Compared, ...]
    agrees: bool  # no call was seen to be otherwise, and none that nobody predicted


def sight(
    name: str,
    predictions: Iterable[Prediction],
    capture: Path,
    chains: Sequence[Chain],
    at: datetime,
) -> Sighting:
    """Look for each predicted call, and for the prediction of each call in the capture."""
    attempts = _attempts(predictions)
    meant = [(chain, _meant(chain, attempts)) for chain in chains]
    lines: list[Compared] = []
    for attempt in attempts:
        lines += _lines(attempt, [chain for chain, can_be in meant if attempt in can_be])
    lines += _unpredicted([chain for chain, can_be in meant if not can_be])
    agrees = all(each.agrees is not False for each in lines)
    return Sighting(name, str(capture), at, tuple(lines), agrees)


def ports(topology: Topology) -> list[int]:
    """The ports that X.400 is called at."""
    called = {mta.server.transport_stack.port for mta in topology.mtas.values()}
    called |= {
        mta.called_port(connector) for mta in topology.mtas.values() for connector in mta.connectors
    }
    return sorted(called)


def began(chains: Sequence[Chain]) -> datetime | None:
    """When the first call of a capture began; None: it has none."""
    first = min((chain[0].began for chain in chains), default=None)
    return None if first is None else datetime.fromtimestamp(first / _SECOND, UTC)


def _attempts(predictions: Iterable[Prediction]) -> list[Attempt]:
    """The calls that may be seen, each once: those of senders, and those that fetch mail."""
    found: dict[tuple[object, ...], Attempt] = {}
    for prediction in predictions:
        for leg in (*prediction.legs, *prediction.report):
            over = (leg.over,) if leg.over else ()
            for attempt in (*leg.attempts, *over):
                for each in (attempt, *attempt.alternatives):
                    found.setdefault((each.caller, each.connector, each.travels), each)
    return [each for each in found.values() if each.travels]


def _meant(chain: Chain, attempts: Sequence[Attempt]) -> list[Attempt]:
    """The predicted calls that a call can be: those whose way has most of its connections.

    Several connectors may call the same address; then those that predict what was seen.
    """
    matching = [(_matches(chain, each), each) for each in attempts]
    most = max((number for number, _ in matching), default=0)
    can_be = [each for number, each in matching if most and number == most]
    return [each for each in can_be if _alike(each, chain)] or can_be


def _matches(chain: Chain, attempt: Attempt) -> int:
    """How many connections of a chain are the predicted call on a network of its way."""
    ways = {(each.source, End(each.destination, each.port)) for each in attempt.travels}
    return sum(_ends(call) in ways for call in chain)


def _lines(attempt: Attempt, seen: Sequence[Chain]) -> Iterator[Compared]:
    """What was predicted of a call, and how often which was seen of it."""
    what = f"{attempt.caller} calls over {attempt.connector}"
    predicted = call_word(attempt.disposition)
    if not seen:
        yield Compared(what, predicted, NOT_THERE, agrees=None)
        return
    wrong = [chain for chain in seen if not _alike(attempt, chain)]
    agrees = None if attempt.disposition is Disposition.NOT_MODELLED else not wrong
    yield Compared(what, predicted, _counted(seen), agrees, (wrong or seen)[0][0].frame)
    yield from _source(attempt, seen)


def _alike(attempt: Attempt, chain: Chain) -> bool:
    """Whether packets show what was predicted, as far as its caller can see it."""
    seen = chain[0].disposition
    if attempt.disposition is seen:
        return True
    return attempt.called is None and {attempt.disposition, seen} <= _NO_ANSWER


def _source(attempt: Attempt, seen: Sequence[Chain]) -> Iterator[Compared]:
    """The source address at the called MTA, where the capture has its network."""
    last = attempt.travels[-1]
    at = End(last.destination, last.port)
    there = [call for chain in seen for call in chain if call.called == at]
    if there and attempt.called:
        sources = sorted({str(call.calling.address) for call in there})
        wrong = [call for call in there if call.calling.address != attempt.source_seen]
        what, predicted = f"source seen by {attempt.called}", str(attempt.source_seen)
        yield Compared(what, predicted, " ".join(sources), not wrong, (wrong or there)[0].frame)


def _unpredicted(strays: Iterable[Chain]) -> Iterator[Compared]:
    """The calls that nobody predicted, those from one address to the same end in one line."""
    by_ends: dict[Ends, list[Chain]] = {}
    for chain in strays:
        by_ends.setdefault(_ends(chain[0]), []).append(chain)
    for (source, called), found in by_ends.items():
        what = f"{source} calls {called}"
        yield Compared(what, _NO_CALL, _counted(found), agrees=False, frame=found[0][0].frame)


def _ends(call: Call) -> Ends:
    return call.calling.address, call.called


def _counted(seen: Sequence[Chain]) -> str:
    """What was seen, and how often."""
    counts = Counter(call_word(chain[0].disposition) for chain in seen)
    if len(seen) == 1:
        return next(iter(counts))
    return ", ".join(f"{word} ({count} times)" for word, count in counts.most_common())
