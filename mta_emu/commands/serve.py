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

from labkit.config import ConfigurationError, load
from labkit.lines import BackgroundLines
from labkit.loop import run
from labkit.records import Record, as_json, as_text
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.reload import NotReloadableError
from mta_emu.mta.configuration.server import Server
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.mta import Door, Mta
from mta_emu.tap import TapFile

_STANDARD_OUTPUT = 1  # its file descriptor
_PART = "standard output"

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
        configuration = load(config, MtaConfig)
        journal = Journal(configuration.server.clock.lab_clock())
        mta = Mta(configuration, data, journal, TapFile(tap) if tap else None)
        run(_serve(mta, config, as_json if as_json_lines else as_text))


async def _serve(mta: Mta, config: Path, render: Callable[[Record], str]) -> None:
    """Serve until a signal, and write records to standard output."""
    loop, journal = asyncio.get_running_loop(), mta.journal

    def soon(work: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(work, *arguments)

    output = BackgroundLines(
        _STANDARD_OUTPUT,
        failed=lambda error: soon(journal.failed, _PART, error),
        works=lambda lost: soon(journal.works, _PART, f"{lost} records were not written"),
    )
    journal.listen(lambda record: output.write(render(record)), _PART)
    try:
        await _until_signal(mta, config)
    finally:
        output.close()


async def _until_signal(mta: Mta, config: Path) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = loop.create_task(_reload(mta, config))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, reload)
    await mta.run(stopped, _doors(mta.config.server))


async def _reload(mta: Mta, config: Path) -> None:
    try:
        await mta.reload(load(config, MtaConfig))
    except (ConfigurationError, NotReloadableError) as error:
        mta.refuse_reload(str(error))


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
