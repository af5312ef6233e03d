"""An MTA in somebody else's program: `async with Mta(config) as mta`, on the running event loop."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

from labkit.config import load, parse
from labkit.records import Record
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import EventLogged, Listening
from mta_emu.mta.log.status import MtaStatus
from mta_emu.mta.mta import Mta as RunningMta
from mta_emu.mta.store.mailbox import Mail

RecordT = TypeVar("RecordT", bound=Record)


class Mta:
    """An MTA that serves while the block runs; several may run on one event loop."""

    def __init__(
        self, config: MtaConfig | Mapping[str, Any] | Path, directory: Path | None = None
    ) -> None:
        """Take a configuration, or the file that has it: docs/mta-config.md has the fields.

        Everything is kept in `directory`; without one it is gone at the end. Raises
        ConfigurationError.
        """
        if isinstance(config, Path):
            config = load(config, MtaConfig)
        elif not isinstance(config, MtaConfig):
            config = parse(config, MtaConfig, "configuration")
        self.config: MtaConfig = config
        self.records: list[Record] = []
        """Everything that it has said, in order."""
        self._directory = directory
        self._opened = ExitStack()
        self._stopped = asyncio.Event()
        self._happened = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Serve: it listens when this returns.

        Raises DirectoryInUseError, and OSError when the address to listen on cannot be had.
        """
        with ExitStack() as opened:
            directory = self._directory or Path(opened.enter_context(TemporaryDirectory()))
            directory.mkdir(parents=True, exist_ok=True)
            journal = Journal(self.config.server.clock.lab_clock())
            journal.listen(self._hear)
            self._mta = RunningMta(self.config, directory, journal)
            self._run = asyncio.create_task(self._mta.run(self._stopped))
            self._run.add_done_callback(lambda _: self._happened.set())
            try:
                await self.heard(Listening)
            except BaseException:
                self._run.cancel()
                await asyncio.wait([self._run])
                raise
            self._opened = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Release what is open, and end. Raises what the database raised when its disk failed."""
        self._stopped.set()
        with self._opened:
            await self._run

    async def submit(
        self, sender: str, *to: str, subject: str = "", text: str = ""
    ) -> Sequence[str]:
        """Take a message of a user here, to O/R addresses as text; its MTS identifiers.

        Raises ValueError when it could not leave.
        """
        request = {"from": sender, "to": [*to], "subject": subject, "text": text}
        identifiers: Sequence[str] = (await self._mta.commands["submit"](request))[
            "mts_identifiers"
        ]
        return identifiers

    async def heard(self, kind: type[RecordT], count: int = 1) -> list[RecordT]:
        """Wait until it has said so many records of a kind, as Delivered; all of them until now.

        Raises what has ended the MTA.
        """
        while len(found := [each for each in self.records if isinstance(each, kind)]) < count:
            if self._run.done():
                self._run.result()
                raise RuntimeError("the MTA has stopped")
            self._happened.clear()
            await self._happened.wait()
        return found

    @property
    def mailbox(self) -> list[Mail]:
        """What was delivered here, oldest first."""
        return [*self._mta.store.mailbox.read()]

    @property
    def events(self) -> list[int]:
        """The IDs of the events that it logged, in order."""
        return [each.id for each in self.records if isinstance(each, EventLogged)]

    @property
    def status(self) -> MtaStatus:
        """How its queues stand, and whether anything moves."""
        return self._mta.status()

    def _hear(self, record: Record) -> None:
        self.records.append(record)
        self._happened.set()
