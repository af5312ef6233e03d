"""`mta-lab page`: a capture on a page."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.output import say, say_document
from mta_emu.decode.pcap import NotACapture
from mta_lab.commands import AsJson, errors_for_people
from mta_lab.web.model.build import of_capture
from mta_lab.web.report import write

_X400_PORT = 102


def page(
    capture: Annotated[
        Path, typer.Argument(dir_okay=False, help="A pcap or pcapng file, of whatever origin.")
    ],
    html: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="The page's file.  [default: CAPTURE's name and .html]"),
    ] = None,
    port: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            max=65535,
            help="Take every connection on this port for X.400; may be repeated. What begins like "
            "X.400 on another port is found by itself.  [default: 102]",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the ladder of a capture as one page, which a browser opens offline.

    Both sides of a call through a firewall are joined by their octets and times. What the MTAs
    logged is on the page of a run: mta-lab run FILE --html REPORT.html. With --json the page's
    object is printed, and no file is written unless --html names one (docs/page-json.md).

    Exit status 0, or 2: the file is not a capture.
    """
    with errors_for_people():
        try:
            found = of_capture(capture, port or (_X400_PORT,))
        except NotACapture as error:
            raise ConfigurationError(str(error)) from error
        if as_json:
            say_document(found.model_dump_json())
        if html or not as_json:
            file = html or capture.with_suffix(".html")
            file.parent.mkdir(parents=True, exist_ok=True)
            write(found, file)
            say(f"the capture as a page: {file}", error=True)
