"""Proofs as people read them: a table of 80 columns for each flow, and Markdown for a ticket."""

import re
from collections.abc import Iterator, Sequence

from labkit.console import Column, Table, Text, line
from mta_lab.rehearsal.cells import BAD, NOBODY, NOTHING, direction, row
from mta_lab.rehearsal.proof.proof import Compared, Proof, ProvedFlow
from mta_lab.rehearsal.proof.sighting import NOT_THERE, Sighting

#: The columns, and how wide they are: together they fit into 80.
_COLUMNS = {"predicted": 17, "observed": 17, "agree": 7}
_WHAT, _FRAME = 27, 6
_PLACE = re.compile(r"(?:\S*/)?(?P<file>[^\s/]+):(?P<line>\d+) ")
_AGREE = {True: ("yes", "green"), False: ("NO", BAD), None: ("-", "")}


def tables(proof: Proof) -> Iterator[Text | Table]:
    """For each flow a line, and a table with a row for all that was predicted."""
    for flow in proof.flows:
        yield _headline(flow)
        yield table(flow.lines)


def table(compared: Sequence[Compared]) -> Table:
    """A row for each thing that was compared."""
    made = Table(
        Column("", width=_WHAT),
        *(Column(heading, width=width) for heading, width in _COLUMNS.items()),
        Column("frame", width=_FRAME, justify="right"),
    )
    made.padding = 0
    for each in compared:
        agree = line(_AGREE[each.agrees])
        words = map(_short, (each.predicted, each.observed))
        made.add_row(each.what, *words, agree, _frame(each))
    return made


def remarks(proof: Proof) -> Iterator[str]:
    """What it comes to, and where the captures with the frames of differences are."""
    differ = [flow for flow in proof.flows if not flow.agrees]
    for flow in differ:
        rule = f"-d {flow.decode_as} " if flow.decode_as else ""
        frames = [each.frame for each in flow.lines if each.agrees is False and each.frame]
        at = f", at frame {frames[0]}" if frames else ""
        yield f"{direction(flow.sender, flow.receiver)} differs{at}:"
        yield f"  wireshark {rule}{flow.capture}"
    unknown = sum(each.agrees is None for flow in proof.flows for each in flow.lines)
    agree = len(proof.flows) - len(differ)
    yield f"{agree} of {len(proof.flows)} flows agree with the prediction" + (
        f"; {unknown} lines are not judged: not modelled, or nobody can see it" if unknown else ""
    )


def markdown(proof: Proof) -> Iterator[str]:
    """The lines of one table in Markdown."""
    yield row(("from", "to", "what", "predicted", "observed", "agree", "frame"))
    yield row(["---"] * 7)
    for flow in proof.flows:
        for each in flow.lines:
            word, _ = _AGREE[each.agrees]
            ends = flow.sender, flow.receiver or NOBODY
            yield row((*ends, each.what, each.predicted, each.observed, word, _frame(each)))


def sighting_remarks(sighting: Sighting) -> Iterator[str]:
    """What a comparison with a capture of the live site comes to."""
    judged = [each for each in sighting.lines if each.agrees is not None]
    wrong = [each for each in judged if not each.agrees]
    missing = sum(each.observed == NOT_THERE for each in sighting.lines)
    right = len(judged) - len(wrong)
    yield f"{right} of {len(judged)} things that the capture shows are as predicted"
    if missing:
        yield f"{missing} of the predicted calls are not in the capture"
    if wrong:
        yield f"  wireshark {sighting.capture}"


def sighting_markdown(sighting: Sighting) -> Iterator[str]:
    """The lines of its table in Markdown."""
    yield row(("what", "predicted", "observed", "agree", "frame"))
    yield row(["---"] * 5)
    for each in sighting.lines:
        word, _ = _AGREE[each.agrees]
        yield row((each.what, each.predicted, each.observed, word, _frame(each)))


def _headline(flow: ProvedFlow) -> Text:
    ends = direction(flow.sender, flow.receiver)
    verdict = _AGREE[True] if flow.agrees else ("DIFFERS", BAD)
    word = ("agrees", verdict[1]) if flow.agrees else verdict
    return line((ends, "bold"), f": predicted {flow.predicted}, ", word)


def _short(text: str) -> str:
    """A place without directory and field: they would not fit."""
    place = _PLACE.match(text)
    return f"{place['file']}:{place['line']}" if place else text


def _frame(compared: Compared) -> str:
    return str(compared.frame) if compared.frame else NOTHING
