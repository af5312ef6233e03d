"""The table of the logbook's tests: what each is about, what it changes, and who sends what."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import permutations

from labkit.config import ConfigurationError
from mta_lab.rehearsal.mail import Message, first_message
from mta_lab.rehearsal.predict import mail, predict
from mta_lab.rehearsal.proof.script import Pair, Script, scripts
from mta_lab.rehearsal.world import World
from mta_lab.sheet.logbook import changed
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology

_NO_RING = "a loop takes three MTAs, each with a connector to the next"


class Subject(StrEnum):
    """What a test is about."""

    BIND = "bind"
    MESSAGE = "message"
    REPORT = "report"
    PROBE = "probe"
    WRONG_PASSWORD = "wrong password"  # noqa: S105, no password
    UNLISTED = "from an unlisted address"
    LOOP = "loop"


@dataclass(frozen=True)
class Trial:
    """One play, and the tests that it is: `change` says what the topology has otherwise than usual.

    Without a `script` there is nothing to play, and `change` says why.
    """

    subjects: tuple[Subject, ...]
    sender: str
    receiver: str | None
    change: str
    topology: Topology
    script: Script | None = None


def trials(topology: Topology, at: datetime, faults: Faults) -> Iterator[Trial]:
    """The tests for a topology at a lab time: those of every two MTAs with mail, then the loops."""
    sent = {
        pair: replace(message, probe=False)
        for pair, message in mail(topology).items()
        if pair[1] is not None
    }

    def trial(
        subjects: tuple[Subject, ...],
        ends: Pair,
        message: Message,
        change: str = "",
        other: Topology = topology,
        *,
        stray: bool = False,
    ) -> Trial:
        pair = ends[0], None if stray else ends[1]
        script = _script(other, pair, message, at, faults)
        return Trial(subjects, *ends, change, other, script)

    for ends, message in sent.items():
        sender, receiver = ends
        usual = trial((Subject.BIND, Subject.MESSAGE), ends, message)
        yield usual
        without = changed.without_mailbox(topology, message.recipient)
        text = f"{receiver} has no mailbox for the recipient"
        yield trial((Subject.REPORT,), ends, message, text, without, stray=True)
        yield trial((Subject.PROBE,), ends, replace(message, probe=True))
        wrong = changed.with_wrong_password(topology, sender)
        text = f"{sender} binds with a password that is not the agreed one"
        yield trial((Subject.WRONG_PASSWORD,), ends, message, text, wrong)
        try:
            other, text = _unlisted(topology, usual)
        except ConfigurationError as error:
            yield Trial((Subject.UNLISTED,), *ends, str(error), topology)
        else:
            yield trial((Subject.UNLISTED,), ends, message, text, other)
    rings = _rings(topology)
    originators = {sender: message.originator for (sender, _), message in sent.items()}
    for ring in (each for each in rings if each[0] in originators):
        message = Message(originators[ring[0]], changed.NOWHERE)
        text = f"mail for nobody goes round: {' -> '.join((*ring, ring[0]))}"
        other = changed.with_ring(topology, ring)
        yield trial((Subject.LOOP,), (ring[0], None), message, text, other, stray=True)
    if not rings:
        yield Trial((Subject.LOOP,), next(iter(topology.mtas)), None, _NO_RING, topology)


def _script(
    topology: Topology, pair: Pair, message: Message, at: datetime, faults: Faults
) -> Script:
    """How a message, that is not the usual one of its pair, is predicted and proved."""
    world = World(topology, faults=faults)
    own = first_message(world, *pair, message, at)
    others = [
        each for each in predict(topology, at, faults) if (each.sender, each.receiver) != pair
    ]
    return scripts([own, *others], {**mail(topology), pair: message}, faults)[0]


def _unlisted(topology: Topology, usual: Trial) -> tuple[Topology, str]:
    """The topology in which the sender's call comes from an address that nobody has listed.

    Raises ConfigurationError where the sender does not call, or the topology does not say from
    where.
    """
    calls = (
        [each for each in usual.script.first if each.caller == usual.sender] if usual.script else []
    )
    if not calls:
        raise ConfigurationError(f"{usual.sender} does not call")
    own = topology.mtas[usual.sender].server.transport_stack.address
    other, address = changed.calling_from_elsewhere(topology, calls[0].source_seen or own)
    return other, f"the call comes from {address}, which no Stack page names"


def _rings(topology: Topology) -> list[tuple[str, ...]]:
    """Three MTAs of which each has a connector to the next; each ring once in each direction."""
    legs, places = topology.legs(), [*topology.mtas]
    return [
        (first, second, third)
        for first, second, third in permutations(places, 3)
        if places.index(first) < min(places.index(second), places.index(third))
        and {(first, second), (second, third), (third, first)} <= {*legs}
    ]
