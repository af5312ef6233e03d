"""The minutes of a run: who said what, and what was played when, for whoever reads it later."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from labkit.records import Record
from mta_lab.lab.directory import Lab
from mta_lab.play.audience import Audience
from mta_lab.topology.play import PlayStep

OVER = "the play is over, and the hosts are stopped"


@dataclass(frozen=True)
class Played:
    """A step of the play in words, and the lab time at which it began."""

    time: datetime
    text: str


class Minutes(Audience):
    """Keeps a run, while another audience watches it."""

    lab: Lab  # as soon as the run has begun

    def __init__(self, watching: Audience) -> None:
        """Keep what `watching` sees, too."""
        self.records: dict[str, list[Record]] = defaultdict(list)
        self.played: list[Played] = []
        self._watching = watching

    def begin(self, lab: Lab) -> None:
        """Keep which lab it is."""
        self.lab = lab
        self._watching.begin(lab)

    def hear(self, host: str, record: Record) -> None:
        """Keep a record."""
        self.records[host].append(record)
        self._watching.hear(host, record)

    async def before(self, number: int, step: PlayStep) -> None:
        """Keep when a step begins: after the other audience has let it."""
        await self._watching.before(number, step)
        self._note(f"{number + 1}. {step}")

    async def over(self) -> None:
        """Keep when the play was over."""
        await self._watching.over()
        self._note(OVER)

    def end(self) -> None:
        """Pass it on."""
        self._watching.end()

    def _note(self, text: str) -> None:
        self.played.append(Played(self.lab.clock.now(), text))
