"""An MTA as `mta-emu serve` runs it: from a file, which it reads again when asked to."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from labkit.config import ConfigurationError, load
from labkit.records import Record
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.reload import NotReloadableError
from mta_emu.mta.configuration.server import Server
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.mta import Door, Mta
from mta_emu.tap import TapFile

OUTPUT = "standard output"


class Serving:
    """An MTA, its configuration file and its data directory."""

    def __init__(self, config: Path, data: Path, tap: Path | None = None) -> None:
        """Read `config`, and keep everything in `data`; `tap` gets what the sockets say.

        Raises ConfigurationError, and what `Mta` raises.
        """
        self._config = config
        configuration = load(config, MtaConfig)
        self.journal = Journal(configuration.server.clock.lab_clock())
        with ExitStack() as opened:
            tapped = TapFile(tap) if tap else None
            if tapped:
                opened.callback(tapped.close)
            self._mta = Mta(configuration, data, self.journal, tapped)
            self._opened = opened.pop_all()
        self._reloads: set[asyncio.Task[None]] = set()

    async def run(self, report: Callable[[Record], None], stopped: asyncio.Event) -> None:
        """Serve until `stopped` is set; `report` gets each record.

        Raises what `Mta.run` raises.
        """
        self.journal.listen(report, OUTPUT)
        with self._opened:
            await self._mta.run(stopped, _doors(self._mta.config.server))

    def reload(self) -> None:
        """Read the configuration again; a record says how that went."""
        task = asyncio.get_running_loop().create_task(self._reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload(self) -> None:
        try:
            await self._mta.reload(load(self._config, MtaConfig))
        except (ConfigurationError, NotReloadableError) as error:
            self._mta.refuse_reload(str(error))


def _doors(server: Server) -> list[Door]:
    """The doors that the configuration opens. Raises ConfigurationError without the extra."""
    doors: list[Door] = []
    try:
        if (http := server.http) is not None:
            from mta_emu.doors.http import serve_http  # noqa: PLC0415, it takes long to import

            doors.append(Door("http", partial(serve_http, door=http)))
        if (smtp := server.smtp) is not None:
            from mta_emu.doors.smtp import serve_smtp  # noqa: PLC0415, only where it is wanted

            doors.append(Door("smtp", partial(serve_smtp, door=smtp)))
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"server: no {error.name}; pip install 'x400-firewall-lab[doors]' brings the doors"
        ) from error
    return doors
