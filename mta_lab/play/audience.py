"""Who watches a run: nobody, the story, every record, or a reader who stops it at each step."""

from labkit.records import Record
from mta_lab.lab.directory import Lab
from mta_lab.topology.play import PlayStep


class Audience:
    """Sees a run go by, and says nothing: the others begin here."""

    def begin(self, lab: Lab) -> None:
        """The lab is there, and its hosts are about to start."""

    def hear(self, host: str, record: Record) -> None:
        """Take in a record that a host wrote."""

    async def before(self, number: int, step: PlayStep) -> None:
        """Look, or wait, before a step of the play; `number` begins with 0."""

    async def over(self) -> None:
        """Look, or wait, when the last step is over and the hosts still run."""

    def end(self) -> None:
        """The hosts have ended."""
