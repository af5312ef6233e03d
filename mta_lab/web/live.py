"""A lab that is up, as the page shows it: what its hosts have said and sent until now.

Records come from the files that the hosts write, packets from a capture of the kernel's into a
file that is read again. Whatever comes makes a new `version`; the page's JSON is made of it when
somebody asks, once for all who do.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from asyncinotify import Inotify, Mask

from labkit.loop import on_thread
from labkit.records import Record
from mta_lab.backends.registry import backend
from mta_lab.capture.folder import latest, new_file
from mta_lab.capture.kernel import KernelCapture
from mta_lab.capture.scene import Scene
from mta_lab.lab.directory import Lab
from mta_lab.lab.records import kinds_of
from mta_lab.play.follower import Follower
from mta_lab.web.model.build import of_lab
from mta_lab.web.model.growing import Growing
from mta_lab.web.news import News, ended_together


class Live(News):
    """What is known of a lab that is up. Needs the running event loop."""

    def __init__(self, lab: Lab, captures: Path | None) -> None:
        """Know nothing yet; `captures` has the files of its packets, if these can be seen."""
        super().__init__()
        self.lab = lab
        self._captures = captures
        self._records: dict[str, list[Record]] = defaultdict(list)
        self._making = asyncio.Lock()
        self._made: tuple[int, str] = (-1, "")
        self._growing = Growing((lab.placement.port,))

    @property
    def records(self) -> dict[str, list[Record]]:
        """What each host has said until now."""
        return {host: [*its] for host, its in self._records.items()}

    def hear(self, host: str, record: Record) -> None:
        """Take in what a host said."""
        self._records[host].append(record)
        self.changed()

    async def page(self) -> str:
        """The page's JSON (docs/page-json.md). Raises NotACapture or OSError."""
        async with self._making:
            version, made = self._made
            if version != self.version:
                version = self.version
                made = await on_thread(_page, self.lab, self.records, self._captures, self._growing)
                self._made = version, made
            return made


@asynccontextmanager
async def living(lab: Lab, captures: Path | None = None) -> AsyncIterator[Live]:
    """Hear a lab that is up, while the block runs. Raises OSError when it is not.

    Its packets are captured here, or by another process into the folder `captures`.
    """
    async with AsyncExitStack() as opened:
        folder = captures or opened.enter_context(_captured(lab))
        live = Live(lab, folder)
        opened.callback(live.end)
        tasks = await opened.enter_async_context(ended_together())
        if folder:
            tasks.append(asyncio.create_task(_told(live, folder)))
        for host in lab.topology.serving():
            kinds = kinds_of(lab.topology, host)
            follower = Follower(lab.files(host).records, kinds.read, partial(live.hear, host))
            opened.callback(follower.close)
            tasks.append(asyncio.create_task(_gone(live, follower)))
        yield live


def _page(
    lab: Lab, records: Mapping[str, Sequence[Record]], captures: Path | None, growing: Growing
) -> str:
    if captures is None:
        return of_lab(lab, records, None).model_dump_json()
    capture = latest(captures, lab.topology.name)
    why_none = f"no packets: {captures} has no capture of {lab.topology.name} that may be read"
    page = of_lab(lab, records, capture, why_none=why_none, growing=growing)
    return page.model_dump_json()


@contextmanager
def _captured(lab: Lab) -> Iterator[Path | None]:
    """The folder that the lab's packets are written into; None without CAP_NET_RAW."""
    with TemporaryDirectory(prefix="mta-lab-web-") as directory:
        file = new_file(Path(directory), lab.topology.name, datetime.now(UTC))
        points = backend(lab.placement.backend).capture_points(lab)
        capture = KernelCapture.open(file, points, Scene.of(lab.placement))
        try:
            yield file.parent if capture else None
        finally:
            if capture:
                capture.end()


async def _told(live: Live, captures: Path) -> None:
    """Report packets as they are written, into whichever file."""
    with Inotify() as changes:
        changes.add_watch(captures, Mask.MODIFY | Mask.CREATE)
        live.changed()  # what was written before
        async for _ in changes:
            live.changed()


async def _gone(live: Live, follower: Follower[Record]) -> None:
    """End it when the lab is down, which removes what its hosts said."""
    await follower.gone.wait()
    live.end(down=True)
