"""Suggestions as people read them: each with what it mends, what else changes, and its diff."""

from collections.abc import Iterator

from mta_lab.rehearsal.cells import direction
from mta_lab.rehearsal.suggest.suggestion import Suggestion, Suggestions


def text(found: Suggestions) -> Iterator[str]:
    """The lines of all suggestions, the best first, and then of what is to be known of them."""
    for number, each in enumerate(found.suggestions, 1):
        yield f"{number}. {_edits(each)}"
        yield from (f"   {said}" for said in _effects(each))
        yield from each.diff.splitlines()
        yield ""
    yield from remarks(found)


def markdown(found: Suggestions) -> Iterator[str]:
    """The same in Markdown, for a change ticket."""
    for number, each in enumerate(found.suggestions, 1):
        yield f"### {number}. {_edits(each)}"
        yield from (f"- {said}" for said in _effects(each))
        yield ""
        yield "```diff"
        yield from each.diff.splitlines()
        yield "```"
        yield ""
    yield from remarks(found)


def remarks(found: Suggestions) -> Iterator[str]:
    """What was not mended, what was not tried, and what is never edited."""
    for flow in found.unmended:
        ends = direction(flow.sender, flow.receiver)
        yield f"{ends}: nothing found; {flow.disposition}: {flow.reason}"
    if not found.waiting:
        yield "nothing is to be mended"
    if found.more:
        yield f"{found.more} more were found, which are larger"
    if found.stopped:
        yield f"time was up after {found.tried} candidates, and there are more: --seconds"
    for name in found.not_edited:
        yield f"{name} has a configuration file of its own, which is not edited"


def _edits(suggestion: Suggestion) -> str:
    return "; and ".join(suggestion.edits)


def _effects(suggestion: Suggestion) -> Iterator[str]:
    places = "1 place" if suggestion.places == 1 else f"{suggestion.places} places"
    yield f"{places} of the file; mends {', '.join(suggestion.mends)}"
    for change in suggestion.others:
        yield f"also {direction(change.sender, change.receiver)}: {'; '.join(change.kinds)}"
    if not suggestion.others:
        yield "nothing else changes for the mail"
    if suggestion.proved:
        yield str(suggestion.proved)
