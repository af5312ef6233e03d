"""Puts the page together: of a run that was kept, a lab that is up, or a capture by others."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from labkit.text import visible
from mta_emu.decode.association import Association
from mta_emu.decode.dissector import X400_PORT, Dissection, examine
from mta_emu.decode.ladder import closing_lines
from mta_lab.lab.directory import Lab
from mta_lab.play import minutes as kept
from mta_lab.play.minutes import Minutes
from mta_lab.verdict.attempts import Attempt, Calls
from mta_lab.verdict.result import Result
from mta_lab.web.model.columns import Columns
from mta_lab.web.model.growing import Growing
from mta_lab.web.model.joined import Ends, began, joined
from mta_lab.web.model.ladder import CallResult, Ladder, draw
from mta_lab.web.model.octets import packets
from mta_lab.web.model.page import Arrow, Clock, Page, Played, Said
from mta_lab.web.model.queues import queues
from mta_lab.web.model.said import Records, passed, said
from mta_lab.web.model.writing import Writing, lab_time, moment_of, nanoseconds

NO_PACKETS = "no packets: to see them takes the capability CAP_NET_RAW (sudo)"


def of_capture(file: Path, ports: Collection[int] = (X400_PORT,)) -> Page:
    """The page of a capture by others. Raises NotACapture or OSError."""
    dissection = examine(file, ports)
    writing = Writing(min(_begun(dissection.associations), default=0))
    ladder = draw(joined(dissection.associations), Columns(), writing, {})
    return Page(
        title=visible(file.name),
        began=writing.began,
        capture=visible(file.name),
        notes=_notes(dissection),
        columns=ladder.columns,
        calls=ladder.calls,
        arrows=tuple(each.arrow for each in ladder.drawn),
        packets=packets(file, ladder.frames()),
    )


def of_run(minutes: Minutes, result: Result) -> Page:
    """The page of a run, from its minutes, its result and the capture file that this names.

    Raises NotACapture or OSError.
    """
    page = of_lab(minutes.lab, minutes.records, Path(result.capture.file), minutes.played)
    text = Writing(0, minutes.lab.placement).text
    return page.model_copy(
        update={
            "verdict": result.verdict,
            "differences": tuple(
                text(f"{each.where}: expected {each.expected}, observed {each.observed}")
                for each in result.differences
            ),
        }
    )


def of_lab(
    lab: Lab,
    records: Records,
    capture: Path | None,
    played: Sequence[kept.Played] = (),
    why_none: str = NO_PACKETS,
    growing: Growing | None = None,
) -> Page:
    """The page of what a lab's hosts have said and sent, over or not.

    Without a `capture` there are no packets, and a note says `why_none`. One that is still being
    written is read as far as it goes; `growing` keeps what was found in it for the next time.
    Raises NotACapture or OSError.
    """
    placement, clock = lab.placement, lab.clock
    topology = placement.topology
    dissection = _dissected(capture, placement.port, growing) if capture else None
    associations = dissection.associations if dissection else []
    through = [*passed(records)]
    heard = [nanoseconds(clock.on_wall(its[0].time)) for its in records.values() if its]
    begun = (*heard, *_begun(associations))
    writing = Writing(min(begun, default=nanoseconds(clock.origin)), placement)

    def moment(when: datetime) -> float:
        return writing.moment(nanoseconds(clock.on_wall(when)))

    of_mtas = {name: records.get(name, []) for name in topology.mtas}
    attempts = Calls(topology, of_mtas, [record for _, record in through]).attempts()
    columns = Columns.of_topology(topology)
    results = dict(map(_result, filter(_known, attempts)))
    known = growing.arrows if growing else None
    ladder = draw(joined(associations, through), columns, writing, results, known)
    everything = said(records, [*topology.mtas], associations, ladder, writing, moment)
    return Page(
        title=visible(topology.title),
        topology=topology.name,
        began=writing.began,
        clock=Clock(
            lab_began=lab_time(clock, moment_of(writing.zero)).isoformat(), scale=clock.scale
        ),
        capture=visible(capture.name) if capture else "",
        notes=_notes(dissection) if dissection else (visible(why_none),),
        addresses={
            str(ours): str(wire) for ours, wire in placement.addresses.items() if ours != wire
        },
        columns=ladder.columns,
        calls=ladder.calls,
        arrows=_with_effects(ladder, everything),
        packets=packets(capture, ladder.frames()) if capture else {},
        said=tuple(everything),
        queues=queues(records, moment),
        played=tuple(
            Played(time=moment(each.time), text=writing.text(each.text)) for each in played
        ),
    )


def _dissected(capture: Path, port: int, growing: Growing | None) -> Dissection:
    return growing.read(capture) if growing else examine(capture, (port,))


def _begun(associations: Iterable[Association]) -> Iterator[int]:
    return (began(each) for each in associations if each.steps)


def _notes(dissection: Dissection) -> tuple[str, ...]:
    return tuple(map(visible, closing_lines(dissection)))


def _known(attempt: Attempt) -> bool:
    """Whether the ends of a call are known, by which its packets are found."""
    return bool((attempt.made and attempt.made.local) or attempt.passed)


def _result(attempt: Attempt) -> tuple[Ends, CallResult]:
    """What became of a call, by its caller's ends. The one who decided knows best why."""
    made, passed_by = attempt.made, attempt.passed
    if made and made.local:
        ends = made.local, made.peer
    else:
        ends = passed_by[0].source, passed_by[0].destination
    firewalls = () if attempt.accepted else reversed(passed_by)
    told = filter(None, (attempt.answer, *firewalls, made))
    knows = next((each for each in told if each.reason), None)
    reason, place = (knows.reason, knows.place) if knows else ("", "")
    return ends, CallResult(attempt.disposition, reason, place)


def _with_effects(ladder: Ladder, everything: Sequence[Said]) -> tuple[Arrow, ...]:
    """The arrows, each with what it brought about."""
    brought: dict[int, list[int]] = {}
    for number, each in enumerate(everything):
        for cause in each.caused_by:
            brought.setdefault(cause, []).append(number)
    return tuple(
        drawn.arrow.model_copy(update={"brought": tuple(brought[number])})
        if number in brought
        else drawn.arrow
        for number, drawn in enumerate(ladder.drawn)
    )
