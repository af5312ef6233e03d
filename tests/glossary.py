"""docs/glossary.md and docs/events.md: the words for what becomes of mail, and the events.

`python -m tests.references` writes the pages, and tests/test_references.py compares.
"""

from collections.abc import Iterator
from pathlib import Path

from labkit.descriptions import meanings
from mta_emu.mta.log.events import DEFINITIONS, SOURCE, Definition, Level
from mta_lab.topology.disposition import Disposition

DOCS = Path(__file__).parent.parent / "docs"

_GLOSSARY = """\
# What becomes of mail: the words

All commands, files, tables and JSON use the same words for what becomes of the mail from one MTA
to another. Over relays the word is that of the first leg that mail does not leave by.

| Word | Mail leaves | When |
|---|---|---|
{rows}

`python -m tests.references` writes this page from `mta_lab/topology/disposition.py`.
"""
_EVENTS = """\
# The events

What an MTA here writes to its event log, as the Application log of Windows NT showed it: source
{source}. `mta-emu events` shows the log of a running MTA: each event with the reason of the
decision, and the line of the file that it comes from. A word in braces is a value that varies.

Warnings and errors are always logged. An information event is logged when diagnostics logging of
its category is turned up, with `server.diagnostics_logging` in [the MTA's file](mta-config.md).

`python -m tests.references` writes this page from `mta_emu/mta/log/events.toml`.
"""


def documents() -> Iterator[tuple[Path, str]]:
    """Each page, and what it has to hold."""
    words = meanings(Disposition)
    rows = "\n".join(
        f"| {each.value} | {'yes' if each.moves else ''} | {' '.join(words[each.name].split())} |"
        for each in Disposition
    )
    yield DOCS / "glossary.md", _GLOSSARY.format(rows=rows)
    events = [_event(number, each) for number, each in DEFINITIONS.items()]
    yield DOCS / "events.md", "\n".join((_EVENTS.format(source=SOURCE), *events))


def _event(number: int, definition: Definition) -> str:
    shown = f", logged from level {definition.level}" if definition.level != Level.NONE else ""
    ours = definition.reconstructed
    notes = [
        f"Articles: {definition.articles}." if definition.articles else "",
        f"No article shows its {ours.replace(', ', ' and ')} whole: it is like others."
        if ours
        else "",
    ]
    return "\n\n".join(
        (
            f"## {number}",
            f"{definition.type}, {definition.category}{shown}.",
            f"> {definition.text}",
            " ".join(filter(None, (definition.cause, *notes))) + "\n",
        )
    )
