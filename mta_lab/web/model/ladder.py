"""The ladder: columns, calls with what became of each, and their arrows by frame."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mta_emu.decode.why import explain
from mta_lab.capture.calls import call_of
from mta_lab.topology.disposition import Disposition
from mta_lab.web.model import filters, page
from mta_lab.web.model.arrows import Drawn, arrows
from mta_lab.web.model.columns import Columns
from mta_lab.web.model.joined import Ends, Joined, began, ends
from mta_lab.web.model.writing import Writing

_MODES = {True: "X.410-1984 mode", False: "normal mode", None: ""}


class CallResult(NamedTuple):
    """What became of a call as its records have it, why, and where that is configured."""

    disposition: Disposition
    reason: str = ""
    place: str = ""


@dataclass(frozen=True)
class Ladder:
    """The ladder, and the steps that its arrows are of."""

    columns: tuple[page.Column, ...]
    calls: tuple[page.Call, ...]
    drawn: tuple[Drawn, ...]

    def arrow_of(self) -> dict[int, int]:
        """The place of each step's arrow, by the step's identity."""
        return {id(each.step): number for number, each in enumerate(self.drawn)}

    def frames(self) -> set[int]:
        """The packets that the arrows are of."""
        return {each.step.frame for each in self.drawn}


def draw(
    calls: Sequence[Joined],
    columns: Columns,
    writing: Writing,
    results: Mapping[Ends, CallResult],
    known: MutableMapping[int, Drawn] | None = None,
) -> Ladder:
    """The ladder of these calls; `results` has what records say of one, by its caller's ends.

    `known` are arrows that were drawn before, as `arrows` has them.
    """
    ways = columns.ways(calls)
    place_of = {id(line): number for number, line in enumerate(columns.lifelines)}
    found: list[page.Call] = []
    drawn: list[Drawn] = []
    for number, call in enumerate(calls):
        legs = []
        for leg, association in enumerate(call.legs):
            start, end = (place_of[id(line)] for line in ways[id(association)])
            at = (number, leg, len(call.legs))
            drawn += arrows(association, at, (start, end), writing, known)
            legs.append(
                page.Leg(
                    number=call.numbers[leg],
                    sender=start,
                    receiver=end,
                    calling=writing.end(ends(association)[0]),
                    called=writing.end(ends(association)[1]),
                )
            )
        found.append(_call(call, tuple(legs), results.get(ends(call.legs[0])), writing))
    return Ladder(
        tuple(
            page.Column(
                name=line.name,
                kind=line.kind,
                addresses=tuple(str(writing.address(each)) for each in line.addresses),
            )
            for line in columns.lifelines
        ),
        tuple(found),
        tuple(sorted(drawn, key=lambda each: each.step.frame)),
    )


def _call(
    call: Joined, legs: tuple[page.Leg, ...], result: CallResult | None, writing: Writing
) -> page.Call:
    first = call.legs[0]
    result = result or _seen(call)
    times = [step.time for leg in call.legs for step in leg.steps]
    return page.Call(
        legs=legs,
        mode=_MODES[first.x410],
        disposition="" if result is None else result.disposition.value,
        reason=writing.text(result.reason) if result else "",
        configured=result.place if result else "",
        filter=filters.of_call(call.legs),
        began=writing.moment(began(first)),
        ended=writing.moment(max(times, default=began(first))),
    )


def _seen(call: Joined) -> CallResult | None:
    """What became of a call as its packets show; None: the capture lacks its beginning."""
    found = call_of(call.legs[0])
    if found is None:
        return None
    explanation = explain(call.legs[0])
    failed = found.disposition is not Disposition.DELIVERED
    return CallResult(found.disposition, explanation.failure if explanation and failed else "")
