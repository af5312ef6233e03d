"""A logbook as an HTML page to print and sign."""

from collections.abc import Iterator

from mta_lab.rehearsal.cells import NOBODY
from mta_lab.sheet.document import document, text
from mta_lab.sheet.logbook.logbook import Logbook, Row
from mta_lab.sheet.logbook.outcome import Outcome

_COLUMNS = ("No.", "Test", "From, to", "Predicted", "Observed", "Agree", "Capture")
_AGREE = {True: "yes", False: "NO", None: "-"}
_DATE = "%Y-%m-%d %H:%M:%S UTC"


def page(logbook: Logbook) -> str:
    """The logbook as an HTML document."""
    return document(f"Logbook of {logbook.topology}", _parts(logbook))


def _parts(logbook: Logbook) -> Iterator[str]:
    yield f"<p>{text(logbook.title)}</p>\n"
    versions = ", ".join(f"{name} {number}" for name, number in logbook.versions.items())
    where = logbook.backend or "nowhere: predicted, and not proved"
    facts = {
        "Made": f"{logbook.made:{_DATE}}",
        "Lab time": f"{logbook.at:{_DATE}}",
        "Played on": where,
        "Versions": versions,
    }
    for name, value in facts.items():
        yield f"<p>{name}: {text(value)}</p>\n"
    headings = "".join(f"<th>{text(each)}</th>" for each in _COLUMNS)
    yield f"<table>\n<thead><tr>{headings}</tr></thead>\n<tbody>\n"
    for number, row in enumerate(logbook.rows, 1):
        cells = "".join(f"<td>{text(each)}</td>" for each in _cells(number, row))
        yield f"<tr>{cells}</tr>\n"
    yield "</tbody>\n</table>\n"


def _cells(number: int, row: Row) -> Iterator[str]:
    yield str(number)
    yield "\n".join(filter(None, (row.subject, row.change)))
    yield f"{row.sender}\nto {row.receiver or NOBODY}"
    yield "\n".join(outcome_lines(row.predicted)) if row.predicted else row.not_proved
    yield "\n".join(outcome_lines(row.observed)) if row.observed else row.not_proved
    yield _AGREE[row.agrees]
    rule = f"\ndecode as {row.decode_as}" if row.decode_as else ""
    yield f"{row.capture}{rule}" if row.capture else "-"


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """What a test shows, line by line."""
    for call in outcome.calls:
        frame = f" (frame {call.frame})" if call.frame else ""
        yield f"{call.caller} calls {call.called}: {call.becomes}{frame}"
        yield f"source address seen: {call.source or 'none'}"
    if not outcome.calls:
        yield "no call"
    logged = "; ".join(
        f"{name} {' '.join(map(str, numbers))}" for name, numbers in outcome.events.items()
    )
    yield f"events: {logged or 'none'}"
    if outcome.mail:
        yield f"report: {outcome.report or 'none'}"
        yield f"the mail: {outcome.mail}"
