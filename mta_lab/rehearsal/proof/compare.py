"""Compares a prediction with what was seen of it, call by call.

What only a firewall's own log would distinguish is one thing to a caller: where nothing connects,
whether a firewall or nobody was there; where a connection ends without a word, who ended it.
"""

from collections.abc import Iterator
from itertools import zip_longest

from mta_lab.rehearsal.prediction import Attempt
from mta_lab.rehearsal.proof.proof import Compared
from mta_lab.rehearsal.proof.rules import rules
from mta_lab.rehearsal.proof.script import Script
from mta_lab.rehearsal.proof.witness import Seen
from mta_lab.topology.disposition import Disposition
from mta_lab.verdict.attempts import Attempt as SeenAttempt
from mta_lab.verdict.result import STEP_SUCCEEDS, Difference

NOTHING = "none"
_NOT_CONNECTED = frozenset({Disposition.UNREACHABLE, Disposition.BLOCKED})
_ENDED = frozenset({Disposition.CUT_OFF, *_NOT_CONNECTED})


def compare(script: Script, seen: Seen) -> Iterator[Compared]:
    """A line for all that was predicted, and for what nobody predicted."""
    for difference in seen.observation.differences:
        if _foreseen(script, difference):
            continue
        observed = f"{difference.where}: {difference.observed}"
        yield Compared("the play", str(difference.expected), observed, agrees=False)
    modelled = Disposition.NOT_MODELLED not in _words(script)
    if not script.first and not seen.first:
        yield Compared("calls", NOTHING, NOTHING, agrees=True)
    yield from _calls(script.first, seen.first, seen)
    yield from _calls(script.later, those(seen.later, script.later), seen)
    if modelled:
        yield from _events(script, seen)
        yield from _report(script, seen)
    yield _disposition(script, seen)


def _words(script: Script) -> set[Disposition]:
    """The dispositions of the message and of all calls."""
    return {script.becomes, *(each.disposition for each in script.first + script.later)}


def those(later: list[SeenAttempt], predicted: tuple[Attempt, ...]) -> list[SeenAttempt]:
    """Of the calls for everybody's mail, those that are predicted for the message's."""
    wanted = [(each.caller, each.connector) for each in predicted]
    found: list[SeenAttempt] = []
    for each in later:
        if wanted and (each.caller, each.connector) == wanted[0]:
            found.append(each)
            del wanted[0]
    return found


def _calls(
    predicted: tuple[Attempt, ...], seen: list[SeenAttempt], all_seen: Seen
) -> Iterator[Compared]:
    for call, made in zip_longest(predicted, seen):
        if call and call.disposition is Disposition.NOT_MODELLED:
            yield _not_modelled(call, made, all_seen)
            return  # what comes after that is not predicted
        frame = all_seen.frame(made) if made else None
        if call is None or made is None or _who(call) != (made.caller, made.connector):
            words = _in_words(call), _in_words(made)
            yield Compared("a call", *words, agrees=False, frame=frame)
            continue
        what = f"{call.caller} calls over {call.connector}"
        alike = _alike(call, made, all_seen)
        yield Compared(what, call_word(call.disposition), call_word(made.disposition), alike, frame)
        yield from rules(call, made, all_seen, frame)
        yield from _answer(call, made, all_seen, frame)


def _answer(
    call: Attempt, made: SeenAttempt, all_seen: Seen, frame: int | None
) -> Iterator[Compared]:
    """Which MTA was reached, what it saw, and what it decided."""
    if made.answer and made.called != call.called:
        reached = str(call.called or NOTHING), str(made.called)
        yield Compared("called MTA", *reached, agrees=False, frame=frame)
    source = made.source_seen and all_seen.placement.in_file(made.source_seen)
    if call.source_seen or source:
        observable = made.answer or call.recorded  # without a control block nothing is logged
        agrees = source == call.source_seen if observable or not call.source_seen else None
        what = f"source seen by {call.called or made.called}"
        predicted, observed = str(call.source_seen or NOTHING), str(source or NOTHING)
        yield Compared(what, predicted, observed, agrees, frame)
    if made.answer and call.accepted and made.accepted:
        taken_for = str(call.called_connector), str(made.answer.connector)
        agrees = call.called_connector == made.answer.connector
        yield Compared(f"taken for, by {made.called}", *taken_for, agrees, frame)
    decided = made.made if call.disposition is Disposition.REJECTED else made.answer
    if decided and decided.check and call.steps:
        check = call.reason.check
        yield Compared("deciding check", check, decided.check, check == decided.check, frame)


def _not_modelled(call: Attempt, made: SeenAttempt | None, seen: Seen) -> Compared:
    what = f"{call.caller} calls over {call.connector}"
    frame = seen.frame(made) if made else None
    return Compared(what, call.disposition, _in_words(made), None, frame)


def _events(script: Script, seen: Seen) -> Iterator[Compared]:
    """The events of each MTA, before the other side had mail."""
    predicted = script.prediction.first_events
    last = next((frame for each in seen.first[::-1] if (frame := seen.frame(each))), None)
    for name, observed in seen.events.items():
        expected = predicted.get(name, ())
        if expected or observed:
            words = _numbers(expected), _numbers(observed)
            stalls = any(_foreseen(script, each) for each in seen.observation.differences)
            unseen = (script.stalls and stalls) or _by_chance(script, seen)
            agrees = expected == observed or (None if unseen else False)
            yield Compared(f"events of {name}", *words, agrees, last)


def _report(script: Script, seen: Seen) -> Iterator[Compared]:
    """What a report says to the originator."""
    predicted, observed = script.prediction.reported_back, seen.reported_back
    if predicted or observed:
        agrees = predicted == observed
        yield Compared("report", predicted or NOTHING, observed or NOTHING, agrees)


def _foreseen(script: Script, difference: Difference) -> bool:
    """Whether a play was given up for what is predicted: a transfer stalls, or mail is not taken.

    The idle limit that ends a transfer, two hours if it is not set, is longer than a play waits.
    """
    in_the_play = difference.where.startswith("play.")  # and not at the start of a host
    given_up = in_the_play and difference.expected == STEP_SUCCEEDS
    return given_up and (script.stalls or not script.taken)


def _by_chance(script: Script, seen: Seen) -> bool:
    """Whether chance decides how a caller hears the end of its call.

    A proxy of others that ends what it has accepted does not wait for what the client sends: the
    client's connect call fails, or it hears a reset or an end (seen on packets).
    """
    return seen.unlogged and any(
        each.connected and each.disposition in _ENDED for each in script.first
    )


def _disposition(script: Script, seen: Seen) -> Compared:
    """What becomes of the message in the end."""
    predicted, observed = script.becomes, seen.becomes
    agrees: bool | None = predicted is observed
    if predicted is Disposition.NOT_MODELLED:
        agrees = None
    elif observed is None:
        agrees = not script.taken
    elif observed in _ENDED and script.first and seen.first:
        agrees = agrees or _alike(script.first[-1], seen.first[-1], seen)
    frame = next((frame for each in seen.first[::-1] if (frame := seen.frame(each))), None)
    return Compared("the mail", predicted, str(observed or "not taken"), agrees, frame)


def _alike(call: Attempt, made: SeenAttempt, seen: Seen) -> bool:
    """Whether what was seen of a call is what was predicted, as far as it can be seen."""
    if call.disposition is made.disposition:
        return True
    if made.answer or not seen.unlogged:
        connected = call.connected
        return not connected and {call.disposition, made.disposition} <= _NOT_CONNECTED
    return {call.disposition, made.disposition} <= _ENDED


def _who(call: Attempt) -> tuple[str, str]:
    return call.caller, call.connector


def _in_words(call: Attempt | SeenAttempt | None) -> str:
    if call is None:
        return "no call"
    return f"{call_word(call.disposition)} ({call.caller} over {call.connector})"


def call_word(disposition: Disposition) -> str:
    """The word for a call: one by which mail can leave is accepted."""
    return "accepted" if disposition is Disposition.DELIVERED else disposition.value


def _numbers(events: tuple[int, ...]) -> str:
    return " ".join(map(str, events)) or NOTHING
