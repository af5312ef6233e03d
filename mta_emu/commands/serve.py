"""`mta-emu serve`: an MTA until SIGTERM."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from labkit.lines import BackgroundLines
from labkit.loop import run
from labkit.records import Record, as_json, as_text
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.log import libraries
from mta_emu.serving import OUTPUT, Serving

_STANDARD_OUTPUT = 1  # its file descriptor

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    config: Annotated[Path, typer.Argument(help="A configuration file, by property pages.")],
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
    tap: Annotated[
        Path | None, typer.Option(help="Record here what the sockets send and receive.")
    ] = None,
) -> None:
    """Serve an MTA until SIGTERM: listen, bind, transfer, retry, log.

    SIGHUP reads the configuration again: connectors that did not change keep their associations,
    and a file that is wrong changes nothing.

    Nobody else can read what it keeps. A door or a log that fails does not stop mail: it is
    reported once, and tried again.

    Exit status 2: the configuration is wrong, its address cannot be listened on, or another MTA
    has the data directory.
    """
    os.umask(0o077)
    with errors_for_people():
        run(_serve(Serving(config, data, tap), as_json if as_json_lines else as_text))


async def _serve(serving: Serving, render: Callable[[Record], str]) -> None:
    """Serve until a signal, and write records to standard output."""
    loop, journal, stopped = asyncio.get_running_loop(), serving.journal, asyncio.Event()

    def soon(work: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(work, *arguments)

    output = BackgroundLines(
        _STANDARD_OUTPUT,
        failed=lambda error: soon(journal.failed, OUTPUT, error),
        works=lambda lost: soon(journal.works, OUTPUT, f"{lost} records were not written"),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGHUP, serving.reload)
    try:
        with libraries.taken(partial(soon, journal.failed)):
            await serving.run(lambda record: output.write(render(record)), stopped)
    finally:
        output.close()
