"""`mta-emu serve`: an MTA until SIGTERM."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from labkit.lines import BackgroundLines
from labkit.loop import run
from labkit.records import Record, as_json, as_text
from labkit.sharing import RecordsFile, Watch
from labkit.watching import watched
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.log import libraries
from mta_emu.serving import OUTPUT, Serving

_STANDARD_OUTPUT = 1  # its file descriptor

app = typer.Typer(add_completion=False)


class _Output(NamedTuple):
    """Where records go: what people call it, its file descriptor, and how a line is written."""

    name: str
    descriptor: int
    render: Callable[[Record], str]


@app.command()
def serve(
    config: Annotated[Path, typer.Argument(help="A configuration file, by property pages.")],
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
    tap: Annotated[
        Path | None, typer.Option(help="Record here what the sockets send and receive.")
    ] = None,
    records: RecordsFile = None,
    watch: Watch = False,
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
        outputs = [_Output(OUTPUT, _STANDARD_OUTPUT, as_json if as_json_lines else as_text)]
        with ExitStack() as opened:
            if records:
                file = opened.enter_context(records.open("ab", buffering=0))
                outputs.append(_Output(str(records), file.fileno(), as_json))
            run(_serve(Serving(config, data, tap), outputs, config if watch else None))


async def _serve(serving: Serving, outputs: Sequence[_Output], watch: Path | None) -> None:
    """Serve until a signal, and write records; a file that is watched is read again by itself."""
    loop, journal, stopped = asyncio.get_running_loop(), serving.journal, asyncio.Event()

    def soon(work: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(work, *arguments)

    def lines_of(output: _Output) -> BackgroundLines:
        name = output.name
        return BackgroundLines(
            output.descriptor,
            failed=lambda error: soon(journal.failed, name, error),
            works=lambda lost: soon(journal.works, name, f"{lost} records were not written"),
        )

    written = [(lines_of(each), each.render) for each in outputs]

    def report(record: Record) -> None:
        for lines, render in written:
            lines.write(render(record))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGHUP, serving.reload)
    async with AsyncExitStack() as opened:
        for lines, _ in written:
            opened.callback(lines.close)
        if watch:
            await opened.enter_async_context(watched(watch, serving.reload))
        with libraries.taken(partial(soon, journal.failed)):
            await serving.run(report, stopped)
