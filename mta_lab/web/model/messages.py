"""The messages, probes and reports of a lab: where each began, and what was said of it last."""

from collections.abc import Callable, Mapping, Sequence

from labkit.config import Section
from labkit.records import Record
from mta_emu.mta.log.records import Submitted, Transfer

MOST = 500  # messages of a page, the newest


class Message(Section):
    """A message, probe or report, by its MTS identifier."""

    mts_identifier: str
    """Its name, which no other one has."""
    time: str
    """When it was first spoken of, lab time, ISO 8601."""
    origin: str
    """The MTA that said so first."""
    submitted: bool
    """Whether a user there submitted it: else it is a report, or came from elsewhere."""
    where: str
    """The MTA that spoke of it last."""
    latest: str
    """What that said."""


def messages(
    records: Mapping[str, Sequence[Record]], text: Callable[[str], str]
) -> tuple[Message, ...]:
    """The messages that MTAs spoke of, the newest first; `text` makes a text fit for people."""
    said = [
        (record.time, host, record, str(name))
        for host, its in records.items()
        for record in its
        if (name := getattr(record, "mts_identifier", None))
    ]
    found: dict[str, Message] = {}
    for time, host, record, name in sorted(said, key=lambda each: each[0]):
        before = found.get(name)
        if before and before.where != host and _left(record):
            continue  # and the MTA that it came to has spoken of it already
        found[name] = Message(
            mts_identifier=name,
            time=before.time if before else time.isoformat(timespec="milliseconds"),
            origin=before.origin if before else host,
            submitted=before.submitted if before else isinstance(record, Submitted),
            where=host,
            latest=text(str(record).replace(f"message {name} ", "")),
        )
    return tuple(reversed(list(found.values())))[:MOST]


def _left(record: Record) -> bool:
    """Whether an MTA says that a message has left it."""
    return isinstance(record, Transfer) and record.direction == "out"
