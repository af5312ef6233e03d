"""What a test shows, in the same words whether it is predicted or seen on packets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mta_lab.rehearsal.proof.compare import call_word, those
from mta_lab.rehearsal.proof.script import Script
from mta_lab.rehearsal.proof.witness import Seen

_NOT_TAKEN = "not taken"


@dataclass(frozen=True)
class Call:
    """A call: what became of it, and the source address that the called MTA saw, if it saw one.

    `frame` is the number of the packet that decided; null where there is none, or nothing is seen.
    """

    caller: str
    called: str
    becomes: str
    source: str
    frame: int | None = None


@dataclass(frozen=True)
class Outcome:
    """The calls of a test, the events that each MTA logs, what a report says, and the mail's end.

    `report` is empty where none comes. Of a bind, `mail` is empty, too.
    """

    calls: tuple[Call, ...]
    events: Mapping[str, tuple[int, ...]]
    report: str
    mail: str

    def of_bind(self) -> "Outcome":
        """What it shows of the first call."""
        ends = {end for call in self.calls[:1] for end in (call.caller, call.called)}
        events = {name: logged for name, logged in self.events.items() if name in ends}
        return replace(self, calls=self.calls[:1], events=events, report="", mail="")


def predicted(script: Script) -> Outcome:
    """What is predicted of a test."""
    prediction = script.prediction
    made = tuple(
        Call(
            each.caller,
            each.called or each.led_to or each.connector,
            call_word(each.disposition),
            str(each.source_seen or ""),
        )
        for each in (*script.first, *script.later)
    )
    names = script.prediction.first_events
    return Outcome(made, _all(names), prediction.reported_back, script.becomes)


def observed(script: Script, seen: Seen) -> Outcome:
    """What was seen of it."""
    made = tuple(
        Call(
            str(each.caller),
            str(each.called or each.connector),
            call_word(each.disposition),
            str(seen.placement.in_file(each.source_seen)) if each.source_seen else "",
            seen.frame(each),
        )
        for each in (*seen.first, *those(seen.later, script.later))
    )
    return Outcome(made, _all(seen.events), seen.reported_back, str(seen.becomes or _NOT_TAKEN))


def _all(events: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """Of the MTAs that log something, by name."""
    return {name: tuple(events[name]) for name in sorted(events) if events[name]}
