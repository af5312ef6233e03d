"""The switches of a lab: what each would do to the mail, how it is set, and what came of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from labkit.config import ConfigurationError, parse
from labkit.loop import on_thread
from mta_lab.backends import refuse_faults
from mta_lab.backends.registry import BackendName
from mta_lab.lab.current import as_it_is
from mta_lab.lab.directory import Lab
from mta_lab.play.changing import change, disturb
from mta_lab.play.connectors import connectors
from mta_lab.rehearsal.changes import Kind, changes, in_file
from mta_lab.rehearsal.dryrun import Flows, dry_fault, dry_run
from mta_lab.rehearsal.report import Flow
from mta_lab.rehearsal.waiting import waiting
from mta_lab.topology.faults import Fault
from mta_lab.topology.settings import parse_settings
from mta_lab.verdict.since import since
from mta_lab.web.asked.refusals import ShortText, in_words_to_the_page
from mta_lab.web.live import Live
from mta_lab.web.model.came import Came, came
from mta_lab.web.model.switches import Board, board

_PATIENCE = 10.0  # wall seconds that a host has to take a setting, as `mta-lab set` has it
_MOST = 100  # settings at a time


class Wanted(BaseModel):
    """What is to be switched: settings, as `mta-lab set` takes them, or a fault."""

    settings: Annotated[dict[ShortText, ShortText], Field(max_length=_MOST)] = {}
    fault: dict[str, Any] | None = None
    restart: bool = False


@dataclass(frozen=True)
class Foreseen:
    """What would change for the mail from one MTA to another; `kinds` is empty: nothing."""

    sender: str
    receiver: str | None
    before: Flow | None
    after: Flow | None
    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class Thrown:
    """When, in lab time, hosts had taken what was wanted."""

    since: datetime


def paths(live: Live) -> APIRouter:
    """`switches.json`, `foresee`, `throw` and `observed.json`."""
    found = APIRouter()
    lab = live.lab
    one_at_a_time = asyncio.Lock()

    @found.get("/switches.json")
    async def switches() -> Board:
        with in_words_to_the_page():
            now = as_it_is(lab)
        faults = tuple(map(str, now.faults.faults))
        return board(now.topology, lab.placement, faults, _why_no_faults(lab))

    @found.post("/foresee")
    async def foresee(wanted: Wanted) -> list[Foreseen]:
        with in_words_to_the_page():
            return await on_thread(_foreseen, lab, wanted)

    @found.post("/throw")
    async def throw(wanted: Wanted) -> Thrown:
        with in_words_to_the_page():
            async with one_at_a_time:
                moment = lab.clock.now()
                if wanted.fault is not None:
                    await disturb(lab, _fault(wanted.fault))
                else:
                    given = _settings(lab, wanted.settings)
                    await change(lab, given, _PATIENCE, restart=wanted.restart)
        live.changed()
        return Thrown(moment)

    @found.get("/observed.json")
    async def observed(moment: Annotated[AwareDatetime, Query(alias="since")]) -> Came:
        with in_words_to_the_page():
            now = as_it_is(lab)
            flows = await on_thread(since, moment, now.topology, live.records)
            left = waiting(now.topology, now.faults, await connectors(lab))
        return came(flows, left, lab.placement)

    return found


def _foreseen(lab: Lab, wanted: Wanted) -> list[Foreseen]:
    """What would change for every flow. Raises ConfigurationError for what cannot be."""
    now = as_it_is(lab)
    if wanted.fault is not None:
        before, after = dry_fault(now, _fault(wanted.fault))
    else:
        before, after = dry_run(now, _settings(lab, wanted.settings), restart=wanted.restart)
    kinds = {(each.sender, each.receiver): each.kinds for each in changes(before, after)}
    old, new = _by_ends(lab, before), _by_ends(lab, after)
    return [
        Foreseen(*ends, old.get(ends), new.get(ends), kinds.get(ends, ()))
        for ends in {**old, **new}
    ]


def _by_ends(lab: Lab, flows: Flows) -> Mapping[tuple[str, str | None], Flow]:
    return {(each.sender, each.receiver): in_file(each, lab.placement) for each in flows}


def _settings(lab: Lab, texts: Mapping[str, str]) -> dict[str, Any]:
    """The settings as hosts take them: values read, with the addresses on the wire."""
    if not texts:
        raise ConfigurationError("which setting? give PATH and VALUE, or a fault")
    given = parse_settings(f"{path}={value}" for path, value in texts.items())
    return {path: lab.placement.value_on_wire(value) for path, value in given.items()}


def _fault(given: Mapping[str, Any]) -> Fault:
    return parse(given, Fault, "fault")


def _why_no_faults(lab: Lab) -> str:
    """Why its networks can have no faults; empty: they can."""
    name = lab.placement.backend
    if name == BackendName.NETNS:
        return ""
    try:
        refuse_faults(name)
    except ConfigurationError as error:
        return str(error)
