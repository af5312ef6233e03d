"""Solves exercises with nothing but what a learner's directory holds: tshark, our decoder, text."""

import math
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labkit.addresses import End
from mta_emu.decode.association import Association
from mta_emu.decode.dissector import dissect
from mta_emu.mta.log.events import DEFINITIONS
from mta_lab.capture.pcapng import read_packets
from mta_lab.exercises.answers import FILE
from mta_lab.exercises.directory import check, grade
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.marking import by_digest
from mta_lab.exercises.sheet import Item, read_sheet

#: Each test gets the first of them; `make proof` gives them the others, too.
_QUICK, _ALL = int(os.environ.get("EXERCISE_SEEDS", "5")), 50


def _seeds(quick: int) -> list[Any]:
    return [
        pytest.param(str(seed), marks=() if seed < quick else pytest.mark.proof)
        for seed in range(_ALL)
    ]


SEEDS = _seeds(_QUICK)
#: Of exercises in network namespaces, where a seed takes four times as long.
SLOW_SEEDS = _seeds(min(_QUICK, 2))

#: Filters that somebody tries who does not know what to look for; one of them may be right.
_GUESSED_FILTERS = 12

Solver = Callable[["Given"], dict[str, Any]]


@dataclass(frozen=True)
class Given:
    """A learner's directory, read as a learner can."""

    directory: Path

    @property
    def hosts(self) -> dict[tuple[str, str], str]:
        """(host, outside or inside) and its address, from the table of exercise.md."""
        text = (self.directory / "exercise.md").read_text("utf-8")
        rows = re.findall(r"^\| (\S+) \| (.*) \| (\S+) \|$", text, re.MULTILINE)
        return {(name, what.split()[-1]): address for name, what, address in rows[1:]}

    def mta(self, side: str) -> str:
        """The name of the MTA outside or inside."""
        return next(name for name, where in self.hosts if where == side and name != "WALL")

    def address(self, side: str) -> str:
        """The address of the MTA outside or inside."""
        return self.hosts[self.mta(side), side]

    @property
    def pair(self) -> tuple[str, str]:
        """The addresses of the caller and the called MTA that the page speaks of first."""
        caller, called, *_ = self.hosts.values()
        return caller, called

    def item(self, name: str) -> Item:
        found = read_sheet(self.directory).item(name)
        assert found
        return found

    def choice(self, question: str, part: str) -> str:
        """The only choice with that in it."""
        found = [each for each in self.item(question).choices if part in each]
        assert len(found) == 1, found
        return found[0]

    def configuration(self, host: str) -> Any:
        return YAML(typ="safe").load(self.file(host).read_text("utf-8"))

    def file(self, host: str) -> Path:
        return self.directory / "hosts" / f"{host}.yaml"

    def change(self, host: str, change: Callable[[Any], None]) -> None:
        """Edit a host's file."""
        document = self.configuration(host)
        change(document)
        YAML(typ="safe").dump(document, self.file(host))

    def associations(self, capture: str = "capture.pcapng") -> list[Association]:
        return dissect(self.directory / capture)

    def packets(self, where: str, *fields: str, capture: str = "capture.pcapng") -> list[list[str]]:
        """The values of tshark's fields in each packet that a display filter selects."""
        options = [option for field in fields for option in ("-e", field)]
        done = subprocess.run(
            ["tshark", "-n", "-r", self.directory / capture, "-Y", where, "-T", "fields", *options],
            check=True,
            capture_output=True,
            text=True,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    def between(self, where: str, *fields: str) -> list[list[str]]:
        """The same, of the packets between the caller and the called MTA."""
        caller, called = self.pair
        return self.packets(f"({where}) && ip.addr == {caller} && ip.addr == {called}", *fields)

    def answer(self, answers: dict[str, Any]) -> None:
        with (self.directory / FILE).open("w", encoding="utf-8") as stream:
            YAML(typ="safe").dump(answers, stream)


def assert_solved(
    made: Callable[[str, str, Path], Path], name: str, seed: str, where: Path, solve: Solver
) -> Path:
    """A solver gets full marks, and who answers at random under a fifth; return the directory."""
    directory = made(name, seed, where)
    answers = assert_full_marks(directory, solve)
    assert guessed(directory, answers) < 0.2
    return directory


def assert_full_marks(directory: Path, solve: Solver) -> dict[str, Any]:
    """Both the digests and the key computed again say that all is right; return the answers."""
    given = Given(directory)
    answers = solve(given)
    given.answer(answers)
    assert_nothing_is_given_away(directory)
    for marks in (check(directory), grade(directory)):
        wrong = [mark for mark in marks.marks if not mark.right]
        assert not wrong, wrong
        assert marks.points == marks.of
    return answers


def assert_nothing_is_given_away(directory: Path) -> None:
    """The frame that a wrong answer names is no right answer, to this question or another one."""
    items = read_sheet(directory).items
    for asked in (item for item in items if item.kind is Kind.FRAME):
        for each in (item for item in items if item.capture == asked.capture):
            assert not by_digest(asked, str(each.look)), (asked.name, each.name, each.look)


def guessed(directory: Path, answers: dict[str, Any]) -> float:
    """The part of the points that somebody gets on average who answers at random.

    A wild guess is made among what the directory shows: the frames of the capture, the ends of its
    packets, the choices, the events that there are, usual display filters. Nothing is repaired.
    `answers` are right ones: they show whether an address is asked for with its port.
    """
    items = read_sheet(directory).items
    points = sum(
        item.points * _chance(Given(directory), item, str(answers[item.name]))
        for item in items
        if item.kind is not Kind.REPAIR
    )
    return points / sum(item.points for item in items)


def _chance(given: Given, item: Item, answer: str) -> float:
    """How probable a right answer is."""
    match item.kind:
        case Kind.FRAME:
            return len(item.digests) / len([*read_packets(given.directory / item.capture)])
        case Kind.ADDRESS:
            ends = {end for call in given.associations(item.capture) for end in call.ends.values()}
            seen = ends if ":" in answer else {End.parse(str(end)).address for end in ends}
            return len(item.digests) / len(seen)
        case Kind.CAUSE | Kind.LAYER:
            return 1 / len(item.choices)
        case Kind.ORDER:
            return 1 / math.factorial(len(item.choices))
        case Kind.EVENT:
            return len(item.digests) / (len(DEFINITIONS) * 2)
        case Kind.FILTER:
            return 1 / _GUESSED_FILTERS
        case _:
            return 1 / 8  # names and values: as many as one sees in a packet
