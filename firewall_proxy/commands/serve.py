"""`firewall-proxy serve`: pass connections on."""

import asyncio
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from firewall_proxy.commands import EXIT_CANNOT_START, ConfigurationFile, fail
from firewall_proxy.listeners import CannotStart
from firewall_proxy.log import Journal, journal
from firewall_proxy.serving import Serving
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError
from labkit.errors import in_words
from labkit.loop import run
from labkit.sharing import RecordsFile, Watch
from labkit.watching import watched


def serve(
    config: ConfigurationFile,
    json_lines: Annotated[
        bool, typer.Option("--json", help="Write the log as JSON, one object per line.")
    ] = False,
    records: RecordsFile = None,
    watch: Watch = False,
) -> None:
    """Pass connections on until SIGTERM or SIGINT; log one line per connection, at its end.

    SIGHUP reads CONFIG again: the services change, and open connections stay as they are. When
    CONFIG is wrong, the log says so, and the services stay as they were.

    Exit status: 0 stopped by a signal, 1 cannot start, 2 wrong configuration.
    """
    try:
        serving = Serving(config)
        with journal(json_lines=json_lines, file=serving.log_file, records=records) as log:
            run(_serve(serving, log, config if watch else None))
    except ConfigurationError as error:
        fail(str(error), EXIT_BAD_CONFIGURATION)
    except (CannotStart, OSError) as error:
        fail(in_words(error), EXIT_CANNOT_START)


async def _serve(serving: Serving, log: Journal, watch: Path | None) -> None:
    """Serve until a signal; a file that is watched is read again by itself."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, serving.reload)
    async with watched(watch, serving.reload) if watch else nullcontext():
        await serving.run(log.write, stop)
