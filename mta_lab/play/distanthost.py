"""One host of a lab whose process is out of reach: in a container beside this one, for instance.

Its directory is shared. It reads its configuration by itself whenever that is written
(`serve --watch`), and writes its records there (`--records`).
"""

from labkit.config import ConfigurationError
from labkit.records import Record, RecordKinds
from mta_lab.lab.directory import HostFiles
from mta_lab.lab.records import Observer
from mta_lab.play.follower import Follower
from mta_lab.play.host import failure


class DistantHost:
    """The records that such a host wrote so far, with the methods of `Host`."""

    def __init__(self, name: str, files: HostFiles, kinds: RecordKinds, observer: Observer) -> None:
        """Read what it has written, and listen for more. Raises OSError when that is nothing."""
        self.name = name
        self.records: list[Record] = []
        self._observer = observer
        self._follower = Follower(files.records, kinds.read, self._hear)

    def leave(self) -> None:
        """Read no more of it."""
        self._follower.close()

    def check(self) -> None:
        """Raise HostFailedError when its records cannot be read; that it has ended is not seen."""
        if unreadable := self._follower.error:
            raise failure(self.name, None, "", unreadable)

    def reload(self) -> None:
        """Let it read its configuration: it does so as soon as that is written."""

    async def stop(self) -> None:
        """Raise ConfigurationError: who started it may end it."""
        raise ConfigurationError(cannot_restart(self.name))

    def _hear(self, record: Record) -> None:
        self.records.append(record)
        self._observer(self.name, record)


def cannot_restart(host: str) -> str:
    """Why a host is not started again from here, for people."""
    return f"{host} runs in a container of its own: docker compose restart starts it again"
