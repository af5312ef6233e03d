"""What the MTA says while it runs: one record a happening, to whoever listens."""

import json
from collections.abc import Callable
from typing import Any

from labkit.clock import LabClock
from labkit.output import say_document
from labkit.reason import Reason
from labkit.text import visible

Record = dict[str, Any]
Listener = Callable[[Record], None]

#: How a record reads for people; the fields are those that docs/architecture.md lists.
_TEXTS = {
    "listening": "listening on {address}",
    "event": "{type} {id} [{category}] {text}",
    "association": "association {association} with {connector} initiated {initiated}, "
    "peer {peer}: {state}: {reason}",
    "recovery": "association {association} of {connector} {state} {reason}",
    "resumed": "transfer on association {association} of {connector} goes on after {octets} octets",
    "turn": "turn {what} on association {association} of {connector}",
    "transfer": "message {mts_identifier} transferred {direction} over association {association} "
    "of {connector} ({octets} octets)",
    "submitted": "message {mts_identifier} submitted",
    "deferred": "message {mts_identifier} deferred until {until}",
    "released": "message {mts_identifier} released",
    "redirected": "message {mts_identifier} to {recipient} redirected to {alternate}: {reason}",
    "delivered": "message {mts_identifier} delivered to {recipient}: {subject}",
    "downgraded": "message {mts_identifier} leaves over {connector} without: {dropped}",
    "reported": "message {mts_identifier} to {recipient}: reporting that it was {outcome}",
    "report": "report for {originator} on {mts_identifier} to {recipient}: {text}",
    "rerouted": "message {mts_identifier} rerouted to {connector} instead of {instead_of}",
    "discarded": "report {mts_identifier} on {subject} discarded: {reason}",
    "connector": "connector {connector}: {state}, {queued} queued, {associations} associations",
    "reloaded": "configuration reloaded: added {added}, changed {changed}, removed {removed}",
    "reload-refused": "configuration not reloaded, the old one holds: {reason}",
    "door": "{door} door open on {address}",
    "disk": "disk of {directory}: {state}",
    "protocol-error": "protocol error by {peer} in {layer}: {reason}",
}


class Journal:
    """Passes each record to the listeners, in the order in which things happened."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self._listeners: list[Listener] = []
        self.count = 0

    def publish(self, kind: str, **fields: Any) -> None:
        """Tell the listeners that something of `kind` happened now."""
        self.count += 1
        record = {"time": self._clock.now().isoformat(timespec="milliseconds"), "kind": kind}
        record.update(fields)
        for listener in tuple(self._listeners):
            listener(record)

    def listen(self, listener: Listener) -> None:
        """Pass every record from now on to `listener`."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Stop passing records to `listener`."""
        self._listeners.remove(listener)


def reason_fields(reason: Reason) -> Record:
    """The fields of a record that say why: the text, its parts, and where that is configured."""
    return {
        "reason": reason.text,
        "check": reason.check,
        "expected": reason.expected,
        "seen": reason.seen,
        "place": str(reason.place or ""),
    }


def as_text(record: Record) -> str:
    """A record as a line for people; control characters in it are written out."""
    text = _TEXTS[record["kind"]].format_map(record).rstrip(" :")
    place = f" ({record['place']})" if record.get("place") else ""
    return visible(f"{record['time']} {text}{place}")


def print_records(render: Callable[[Record], str] = as_text) -> Listener:
    """A listener that writes each record to standard output as one line."""

    def show(record: Record) -> None:
        say_document(render(record))

    return show


def as_json(record: Record) -> str:
    """A record as one line for programs."""
    return json.dumps(record)
