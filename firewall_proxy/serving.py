"""A firewall as `firewall-proxy serve` runs it: from a file, which it reads again when asked to."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from firewall_proxy.config import Configuration
from firewall_proxy.firewall import Firewall
from firewall_proxy.listeners import CannotStart
from labkit.config import ConfigurationError, load
from labkit.records import Record


class Serving:
    """A firewall and its configuration file."""

    def __init__(self, config: Path) -> None:
        """Read `config`. Raises ConfigurationError."""
        self._config = config
        self._configuration = load(config, Configuration)
        self._firewall: Firewall | None = None  # while it runs

    @property
    def log_file(self) -> Path | None:
        """The file that its records are to go to, too."""
        return self._configuration.log.file

    async def run(self, report: Callable[[Record], None], stopped: asyncio.Event) -> None:
        """Serve until `stopped` is set; `report` gets each record. Raises CannotStart, OSError."""
        async with Firewall(self._configuration, report) as firewall:
            self._firewall = firewall
            await stopped.wait()
            self._firewall = None

    def reload(self) -> None:
        """Read the configuration again; a record says how that went."""
        if self._firewall is None:
            return
        try:
            self._firewall.reload(load(self._config, Configuration))
        except (ConfigurationError, CannotStart) as error:
            self._firewall.refuse_reload(str(error))
