"""The hosts of a lab that is built, whoever plays on them, and the capture of it all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from labkit.records import Record
from mta_lab.backends.registry import backend
from mta_lab.capture import Capture, Recorder
from mta_lab.capture.scene import Scene
from mta_lab.lab.directory import Lab
from mta_lab.play.audience import Audience
from mta_lab.play.hosts import Hosts
from mta_lab.play.player import Player
from mta_lab.verdict.judge import Observation


class Stage:
    """Captures from its beginning to its end; `player` starts the hosts, and plays."""

    def __init__(
        self, lab: Lab, capture: Path, audience: Audience, patience: float, *, tasks: bool
    ) -> None:
        """Capture into the file `capture`; no wait takes longer than `patience` wall seconds.

        With `tasks`, hosts are tasks of this process where they can be. Raises OSError.
        """
        self._lab, self._file = lab, capture
        where = backend(lab.placement.backend)
        capture.parent.mkdir(parents=True, exist_ok=True)
        self._recorder = Recorder(capture, where.capture_points(lab), Scene.of(lab.placement))
        self.tapped = self._recorder.needs_taps
        self.hosts = Hosts(lab, where, patience, audience.hear, tasks=tasks)
        self.player = Player(lab, self.hosts, audience)

    async def end(self) -> Observation:
        """End the hosts, then the capture; what was seen. Raises OSError."""
        ended = self._lab.clock.now()
        await self.player.stop()
        taps = [self._lab.files(name).tap for name in self._lab.topology.mtas]
        finished = self._recorder.finish([tap for tap in taps if tap.exists()])
        return self._observation(ended, finished)

    def so_far(self) -> Observation:
        """What has been seen while the hosts run; the packets are counted at the end."""
        method: Literal["kernel", "sockets"] = "sockets" if self.tapped else "kernel"
        capture = Capture(self._file, method, 0, 0, self._lab.placement.port)
        return self._observation(self._lab.clock.now(), capture)

    def said_by_mtas(self) -> Mapping[str, Sequence[Record]]:
        """The records of each MTA."""
        return {name: self.hosts.records.get(name, []) for name in self._lab.topology.mtas}

    def _observation(self, ended: datetime, capture: Capture) -> Observation:
        player = self.player
        return Observation(self.hosts.records, player.sent_mail, ended, player.differences, capture)
