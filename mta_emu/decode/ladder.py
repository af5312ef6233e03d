"""Associations as ladders for people, and as JSON for programs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from labkit.console import Column, Table, Text, line
from mta_emu.decode.association import Association
from mta_emu.decode.dissector import Dissection
from mta_emu.decode.joining import Chain
from mta_emu.decode.steps import Finding, Layer, LayerName, Note, Severity, Side, Step
from mta_emu.decode.why import explain

_MODES = {True: "X.410-1984 mode", False: "normal mode"}
_NANOSECONDS = 10**9
_ARROWS = {Side.CALLING: "──▶", Side.CALLED: "◀──"}
_OCTETS_ONLY = "DT"  # of TPDUs and SPDUs: what they hold is said by the layer above


def visible(association: Association, deepest: LayerName) -> Iterator[Step | Finding | Note]:
    """Everything of an association in order, as far up as the layer `deepest`.

    What travels in one TSDU is one step when nothing above the transport is wanted.
    """
    layers_from_below = list(LayerName)
    shown = layers_from_below[: layers_from_below.index(deepest) + 1]
    last_tsdu = 0
    for event in _in_order(association):
        if not isinstance(event, Step):
            yield event
            continue
        layers = tuple(layer for layer in event.layers if layer.name in shown)
        again = event.tsdu == last_tsdu and layers == event.layers[:1] != event.layers
        if layers and not again:
            yield Step(event.frame, event.time, event.sender, layers, event.tsdu)
        last_tsdu = event.tsdu if len(event.layers) > 1 else last_tsdu


def _in_order(association: Association) -> list[Step | Finding | Note]:
    """By frame; what is said about a frame follows what it brought."""
    events: list[Step | Finding | Note] = [
        *association.steps,
        *association.findings,
        *association.notes,
    ]
    return sorted(events, key=lambda event: event.frame)


def ladder(numbers: Sequence[int], chain: Chain, deepest: LayerName) -> Table:
    """A column for each end and for each proxy between them, and what passed between the columns.

    `numbers` are those of the associations in the chain, which mostly is one.
    """
    table = Table(
        Column("frame", justify="right"),
        Column("time", no_wrap=True),
        Column("+ms", justify="right"),
        *_columns(chain),
        "what",
        title=_title(numbers, chain),
    )
    legs = len(chain)
    events = [(leg, event) for leg in range(legs) for event in visible(chain[leg], deepest)]
    before: int | None = None
    for leg, event in sorted(events, key=lambda found: found[1].frame):
        if isinstance(event, Step):
            since = "" if before is None else f"{(event.time - before) / 1e6:.3f}"
            before = event.time
            cells = _rungs(event, leg, legs)
            table.add_row(str(event.frame), _clock(event.time), since, *cells)
        else:
            mark, style, what = _said(event)
            cells = [*[""] * (2 * leg), mark, *[""] * (2 * (legs - leg)), what]
            table.add_row(str(event.frame), _clock(event.time), "", *cells, style=style)
    return table


def _title(numbers: Sequence[int], chain: Chain) -> str:
    calling, called = _end(chain, Side.CALLING), _end(chain, Side.CALLED)
    plural = "s" if len(numbers) > 1 else ""
    title = f"association{plural} {' and '.join(map(str, numbers))}: {calling} calls {called}"
    first = chain[0]
    if first.x410 is not None:
        title += f", {_MODES[first.x410]}"
    if first.steps:
        title += f", {_moment(first.steps[0].time):%Y-%m-%d} UTC"
    return title


def _columns(chain: Chain) -> Iterator[Column | str]:
    """The caller, the proxies with both of their ends, the called side; arrows between them."""
    yield Column(str(chain[0].ends[Side.CALLING]), justify="right")
    for leg, onward in pairwise(chain):
        yield ""
        yield f"{leg.ends[Side.CALLED]}, onward {onward.ends[Side.CALLING]}"
    yield ""
    yield str(chain[-1].ends[Side.CALLED])


def _said(event: Finding | Note) -> tuple[str, str, str]:
    """What to call a finding or a note, its style, and its text."""
    if isinstance(event, Note):
        return "note", "yellow", event.text
    times = f" ({event.count} times, the first here)" if event.count > 1 else ""
    style = "red" if event.severity is Severity.BROKEN else "yellow"
    return event.severity.value, style, f"{event.layer}: {event.text}{times}"


def _end(chain: Chain, side: Side) -> str:
    """The caller, or the called side, by name where one of the connections has it."""
    address = str(chain[0 if side is Side.CALLING else -1].ends[side])
    name = next((leg.mta_names[side] for leg in chain if side in leg.mta_names), "")
    return f"{name} ({address})" if name else address


def _rungs(step: Step, leg: int, legs: int) -> list[Text | str | list[str]]:
    """The cells of a step on one leg of a chain; what it holds is said where it first passed."""
    top = step.layers[-1]
    at_sender, at_receiver = (f"{top.primitive} {role}".rstrip() for role in top.kind.value)
    left, right = at_sender, at_receiver
    first = 0
    if step.sender is Side.CALLED:
        left, right = right, left
        first = legs - 1
    style = _style(top)
    passed_on = leg != first and top.name != LayerName.NETWORK
    before, after = [""] * (2 * leg), [""] * (2 * (legs - leg - 1))
    rung = line((left, style)), _ARROWS[step.sender], line((right, style))
    return [*before, *rung, *after, ["passed on"] if passed_on else what(step)]


def _style(layer: Layer) -> str:
    if "ABORT" in layer.primitive or layer.parameters.get("outcome") == "refused":
        return "red"
    return "bold" if layer.name == "mts" else ""


def what(step: Step) -> list[str]:
    """The summaries of the layers, the highest first."""
    *lower, top = step.layers
    lines = [top.summary]
    lines += [
        f"{layer.primitive}: {layer.summary}"
        for layer in reversed(lower)
        if layer.summary and layer.pdu != _OCTETS_ONLY
    ]
    return list(filter(None, lines))


def _clock(nanoseconds: int) -> str:
    return f"{_moment(nanoseconds):%H:%M:%S.%f}"


def _moment(nanoseconds: int) -> datetime:
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def records(number: int, association: Association, deepest: LayerName) -> Iterator[dict[str, Any]]:
    """One object for the association, then one for each step, finding and note."""
    yield {
        "kind": "association",
        "association": number,
        "mode": None if association.x410 is None else _MODES[association.x410],
        **{
            side.value: {
                "address": str(association.ends[side]),
                "mta_name": association.mta_names.get(side),
            }
            for side in Side
        },
    }
    before: int | None = None
    for event in visible(association, deepest):
        record: dict[str, Any] = {
            "kind": type(event).__name__.lower(),
            "association": number,
            "frame": event.frame,
            "time": f"{_moment(event.time):%Y-%m-%dT%H:%M:%S}.{event.time % _NANOSECONDS:09d}Z",
        }
        match event:
            case Step():
                since = 0 if before is None else event.time - before
                before = event.time
                record |= {"delta": since / 1e9, "sender": event.sender.value}
                record["layers"] = [_layer(layer) for layer in event.layers]
            case Finding():
                record |= {
                    "sender": event.sender.value,
                    "layer": event.layer,
                    "severity": event.severity.value,
                    "count": event.count,
                    "text": event.text,
                }
            case Note():
                record["text"] = event.text
        yield record


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "layer": layer.name,
        "primitive": layer.primitive,
        "kind": layer.kind.name.lower(),
        "pdu": layer.pdu,
        "parameters": layer.parameters,
    }


def why_lines(number: int, association: Association) -> Iterator[str]:
    """Why it failed, with the causes that look like that; nothing when it did not."""
    explanation = explain(association)
    if explanation is None:
        return
    alike = "; on the wire these look alike" if len(explanation.causes) > 1 else ""
    yield f"association {number}: {explanation.failure}{alike}:"
    for cause in explanation.causes:
        article = f" ({cause.article})" if cause.article else ""
        yield f"  - {cause.text}{article}"
        yield f"    look at: {cause.look}"


def why_record(number: int, association: Association) -> dict[str, Any] | None:
    """The same for programs; None when it did not fail."""
    explanation = explain(association)
    if explanation is None:
        return None
    causes = [cause._asdict() for cause in explanation.causes]
    failure = explanation.failure
    return {"kind": "why", "association": number, "failure": failure, "causes": causes}


def joined_records(chains: Iterable[Sequence[int]]) -> Iterator[dict[str, Any]]:
    """One object for each proxied call: the numbers of its associations, the caller's first."""
    for numbers in chains:
        if len(numbers) > 1:
            yield {"kind": "joined", "associations": list(numbers)}


def closing_records(found: Dissection) -> Iterator[dict[str, Any]]:
    """One object for each other user of TPKT, one for the file, and the verdict."""
    for user, number, first in found.others:
        yield {
            "kind": "other",
            "user": user.name,
            "sign": user.sign,
            "connections": number,
            "calling": str(first.calling),
            "called": str(first.called),
        }
    capture = found.capture
    yield {
        "kind": "capture",
        "packets": capture.packets,
        "tcp_segments": capture.segments_read,
        "not_read": dict(capture.unread),
        "cut_short": capture.cut_short,
    }
    yield {
        "kind": "verdict",
        "associations": len(found.associations),
        "findings": found.broken,
        "deviations": found.deviations,
        "complete": found.complete,
    }


def closing_lines(found: Dissection) -> Iterator[str]:
    """What there is to say about the file as a whole; the verdict comes last."""
    for user, number, first in found.others:
        whose = f"{first.calling} calls {first.called}"
        count = f"{number} connections, the first: {whose}" if number > 1 else whose
        yield f"not X.400 but {user.name}, and not judged: {count} ({user.sign})"
    capture = found.capture
    if capture.cut_short:
        yield f"the file is cut short or damaged: {capture.cut_short}"
    hidden = {what: count for what, count in capture.unread.items() if what in capture.hidden}
    if hidden and capture.segments_read:
        yield f"not read: {_counts(hidden, capture.packets)}"
    yield _verdict(found)


def _counts(what: Mapping[str, int], of: int) -> str:
    named = ", ".join(f"{count} {name}" for name, count in sorted(what.items()))
    return f"of {of} packets {named}"


def _verdict(found: Dissection) -> str:
    number, capture = len(found.associations), found.capture
    if not number and not capture.packets:
        return "no packet in it"
    if not number and not capture.segments_read:
        return f"no TCP in it that could be read: {_counts(capture.unread, capture.packets)}"
    if not number and found.others:
        return "no X.400 association in it"
    if not number:
        return "no X.400 association in it (is it on another port? see --port)"
    count = "one association" if number == 1 else f"{number} associations"
    if found.broken:
        return f"{count}, the protocol is broken {_times(found.broken)}"
    text = f"{count}, the protocol is kept"
    if found.deviations:
        text += f", but for deviations that do no harm ({_times(found.deviations)}),"
    if not found.complete:
        text += " as far as the capture shows: it lacks something, see the notes"
    return text.removesuffix(",")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
