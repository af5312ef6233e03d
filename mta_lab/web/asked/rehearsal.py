"""Rehearsal on the page: what is predicted of a lab, of other settings, and what mends it."""

from dataclasses import dataclass
from time import monotonic
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from labkit.config import ConfigurationError
from labkit.loop import on_thread
from mta_lab.lab.current import as_it_is
from mta_lab.lab.directory import Lab
from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.suggestion import suggest
from mta_lab.rehearsal.suggest.waiting import Wanted
from mta_lab.rehearsal.whatif import Base, cases, combinations
from mta_lab.topology.settings import parse_choices
from mta_lab.verdict.since import since
from mta_lab.web.asked.refusals import ShortText, in_words_to_the_page
from mta_lab.web.live import Live
from mta_lab.web.model.came import ObservedFlow, came
from mta_lab.web.model.rehearsed import Cell, Mend, Tried, cell, mend, tried

_MOST_CASES = 64  # combinations of what-if at a time
_MOST_CHOICES = 10  # settings that are varied
_MOST_EDITS = 3
_SECONDS = 10.0  # wall seconds of a search


class Variation(BaseModel):
    """Which values which settings may have, each as `mta-lab what-if --vary` takes it."""

    vary: Annotated[list[ShortText], Field(max_length=_MOST_CHOICES)]


class Search(BaseModel):
    """A search for what mends the mail; it has no choices."""


@dataclass(frozen=True)
class Rehearsed:
    """What is predicted of each flow, and what has been observed since the lab came up."""

    cells: list[Cell]
    observed: tuple[ObservedFlow, ...]


def paths(live: Live) -> APIRouter:
    """`rehearsal.json`, `what-if` and `suggest`."""
    found = APIRouter()
    lab = live.lab

    @found.get("/rehearsal.json")
    async def rehearsal() -> Rehearsed:
        with in_words_to_the_page():
            cells = await on_thread(_cells, lab)
            begun = lab.clock.start or lab.clock.origin
            flows = await on_thread(since, begun, as_it_is(lab).topology, live.records)
        return Rehearsed(cells, came(flows, (), lab.placement).flows)

    @found.post("/what-if")
    async def what_if(wanted: Variation) -> list[Tried]:
        with in_words_to_the_page():
            return await on_thread(_tried, lab, wanted.vary)

    @found.post("/suggest")
    async def suggestions(_: Search) -> list[Mend]:
        with in_words_to_the_page():
            return await on_thread(_mends, lab)

    return found


def _cells(lab: Lab) -> list[Cell]:
    now = as_it_is(lab)
    flows = flows_of(now.topology, now.at, now.faults)
    return [cell(each, lab.placement) for each in flows]


def _tried(lab: Lab, vary: list[str]) -> list[Tried]:
    """What becomes of the mail for each combination. Raises ConfigurationError."""
    if not vary:
        raise ConfigurationError("nothing to vary: write PATH=VALUE,VALUE")
    choices = {
        path: [lab.placement.value_on_wire(value) for value in values]
        for path, values in parse_choices(vary).items()
    }
    settings = combinations(choices)
    if len(settings) > _MOST_CASES:
        raise ConfigurationError(
            f"{len(settings)} combinations, and the page predicts {_MOST_CASES} at most; "
            "mta-lab what-if has more"
        )
    now = as_it_is(lab)
    return [tried(each) for each in cases(Base(now.topology, now.at, now.faults), settings)]


def _mends(lab: Lab) -> list[Mend]:
    """What mends the topology file, which `set` does not change. Raises ConfigurationError."""
    name = lab.topology.place("name").file
    file = TopologyFile.read(lab.folder / name, name)
    until = monotonic() + _SECONDS
    found, _ = suggest(file, lab.clock.now(), Wanted(), _MOST_EDITS, lambda: monotonic() < until)
    return [mend(each) for each in found.suggestions]
