"""Arrows: what was sent, as the decoder reads it, and what it decides about its call."""

from collections import defaultdict
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from labkit.text import visible
from mta_emu.decode.association import Association
from mta_emu.decode.ladder import what
from mta_emu.decode.steps import Finding as Found
from mta_emu.decode.steps import Layer as Decoded
from mta_emu.decode.steps import LayerName, Note, Side, Step
from mta_lab.capture.calls import call_of
from mta_lab.topology.disposition import Disposition
from mta_lab.web.model import page
from mta_lab.web.model.filters import of_frame
from mta_lab.web.model.writing import Writing

#: What the packet that decided about a call says of it.
_DECIDES: Mapping[Disposition, page.Outcome] = {
    Disposition.DELIVERED: "accepted",
    Disposition.REFUSED: "refused",
    Disposition.REJECTED: "accepted",  # the called side does; the caller's answer is an abort
    Disposition.CUT_OFF: "cut off",
    Disposition.UNREACHABLE: "unanswered",
}
#: What ends a connection before its time, whenever it comes.
_ENDS: Mapping[str, page.Outcome] = {"RST": "reset", "AB": "cut off"}


class _About(NamedTuple):
    """What an arrow depends on, but for its step, which stays as it is."""

    at: tuple[int, int, int]
    way: tuple[int, int]
    zero: int
    outcome: page.Outcome
    findings: tuple[page.Finding, ...]


@dataclass(frozen=True)
class Drawn:
    """An arrow, and what it is of."""

    step: Step
    about: _About
    arrow: page.Arrow


def arrows(
    association: Association,
    at: tuple[int, int, int],
    way: tuple[int, int],
    writing: Writing,
    known: MutableMapping[int, Drawn] | None = None,
) -> list[Drawn]:
    """The arrows of one leg, in order.

    `at` has the places of the call and of the leg in it, and the number of its legs; `way` the
    columns of the calling and the called end. `known` has those that were drawn before, by the
    identity of the step; the new ones are added.
    """
    call, leg, legs = at
    outcomes = _outcomes(association)
    findings = _findings(association, writing)
    drawn = []
    for step in association.steps:
        outcome, found = outcomes.get(id(step), ""), tuple(findings.get(id(step), ()))
        about = _About(at, way, writing.zero, outcome, found)
        before = known.get(id(step)) if known else None
        if before and before.about == about:
            drawn.append(before)
            continue
        top = step.layers[-1]
        sender, receiver = way if step.sender is Side.CALLING else way[::-1]
        said_on = 0 if step.sender is Side.CALLING else legs - 1
        arrow = page.Arrow(
            call=call,
            leg=leg,
            frame=step.frame,
            time=writing.moment(step.time),
            sender=sender,
            receiver=receiver,
            source=writing.end(association.ends[step.sender]),
            destination=writing.end(association.ends[step.sender.other]),
            name=f"{top.primitive} {top.kind.value[0]}".rstrip(),
            text=visible("\n".join(what(step)), lines=True),
            outcome=outcome,
            passed_on=leg != said_on and top.name != LayerName.NETWORK,
            mail=top.name == LayerName.MTS and top.primitive.endswith("TRANSFER"),
            filter=of_frame(step.frame),
            layers=tuple(map(_layer, step.layers)),
            findings=found,
            brought=(),
        )
        drawn.append(Drawn(step, about, arrow))
    if known is not None:
        known.update((id(each.step), each) for each in drawn)
    return drawn


def _outcomes(association: Association) -> dict[int, page.Outcome]:
    """What steps decide, by their identity."""
    found: dict[int, page.Outcome] = {}
    call = call_of(association)
    for step in association.steps:
        pdus = [layer.pdu for layer in step.layers]
        for pdu in pdus:
            if pdu in _ENDS:
                found[id(step)] = _ENDS[pdu]
        if call and step.frame == call.frame and id(step) not in found:
            found[id(step)] = _DECIDES[call.disposition]
            call = None
    return found


def _layer(layer: Decoded) -> page.Layer:
    return page.Layer(
        layer=layer.name,
        primitive=layer.primitive,
        kind=layer.kind.name.lower(),
        pdu=layer.pdu,
        summary=visible(layer.summary, lines=True),
        parameters=shown(layer.parameters),
    )


def shown(value: Any) -> Any:
    """A value for JSON, with no text that could not be shown."""
    if isinstance(value, str):
        return visible(value, lines=True)
    if isinstance(value, dict):
        return {visible(str(name)): shown(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [shown(each) for each in value]
    return value


def _findings(association: Association, writing: Writing) -> dict[int, list[page.Finding]]:
    """What is wrong, by the identity of the step where it stands: its sender's in its frame.

    Where there is none, and of a note, which is nobody's, it is the last one up to that frame.
    """
    found: dict[int, list[page.Finding]] = defaultdict(list)
    everything: list[Found | Note] = [*association.findings, *association.notes]
    for each in everything:
        before = [step for step in association.steps if step.frame <= each.frame]
        before = before or association.steps[:1]
        if isinstance(each, Note):
            finding = page.Finding(severity="note", layer="", text=writing.text(each.text), count=1)
        else:
            before = [
                step for step in before if (step.frame, step.sender) == (each.frame, each.sender)
            ] or before
            finding = page.Finding(
                severity=each.severity.value,
                layer=each.layer,
                text=writing.text(each.text),
                count=each.count,
            )
        if before:
            found[id(before[-1])].append(finding)
    return found
