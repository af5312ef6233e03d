"""Labs whose mail is stopped, for what mends them."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from mta_lab.rehearsal.report import flows_of
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.edit import Edit
from mta_lab.rehearsal.suggest.search import Edits
from mta_lab.rehearsal.suggest.stop import Stop, stops
from mta_lab.rehearsal.suggest.suggestion import Suggestions, suggest
from mta_lab.rehearsal.suggest.waiting import Wanted
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab

INWARD, SOUTHWARD = ("EXTERNAL", "INTERNAL"), ("NORTH", "SOUTH")


def stop(name: str, ends: tuple[str, str], *settings: str) -> Stop:
    """What stops a flow of a lab that has settings."""
    topology = lab(name, *settings)
    flow = next(each for each in flows_of(topology, NOW) if (each.sender, each.receiver) == ends)
    return next(stops(topology, flow))


def texts(generator: Callable[[Stop], Iterator[Edit]], stopped: Stop) -> list[str]:
    """What a generator proposes, in words."""
    return [each.text for each in generator(stopped)]


def mends(generator: Callable[[Stop], Iterator[Edit]], stopped: Stop) -> list[str]:
    """What a generator proposes that lets the flow be delivered, in words."""
    file = TopologyFile.read(LABS / f"{stopped.topology.name}.yaml")
    ends = stopped.flow.sender, stopped.flow.receiver
    return [
        edit.text
        for edit in generator(stopped)
        for flow in flows_of(file.topology((edit,)), NOW)
        if (flow.sender, flow.receiver) == ends and flow.disposition == "delivered"
    ]


def changed_file(directory: Path, name: str, *replacements: tuple[str, str]) -> TopologyFile:
    """A copy of a lab's file with texts replaced, each of which must be there."""
    text = (LABS / f"{name}.yaml").read_text("utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path = directory / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return TopologyFile.read(path)


def suggested(
    file: TopologyFile | str, ends: tuple[str, str] | None = None, most: int = 3
) -> tuple[Suggestions, list[Edits]]:
    """What is suggested for a file, or for a lab by its name."""
    if isinstance(file, str):
        return _suggested(file, ends, most)
    now = file.topology().starts or NOW
    return suggest(file, now, Wanted(ends, delivered=ends is not None), most, lambda: True)


@cache
def _suggested(
    name: str, ends: tuple[str, str] | None, most: int
) -> tuple[Suggestions, list[Edits]]:
    return suggested(TopologyFile.read(LABS / f"{name}.yaml"), ends, most)
