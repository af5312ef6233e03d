"""What the commands that serve a page share: where they do, and what they need for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Annotated

import typer

from labkit.addresses import End
from labkit.config import ConfigurationError
from labkit.output import say

#: Where a page is served unless another place is given.
HERE = End(ip_address("127.0.0.1"), 0)

At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="ADDRESS:PORT",
        help="Where the page is served.  [default: 127.0.0.1 and a free port]",
    ),
]


@contextmanager
def web_extra() -> Iterator[None]:
    """Let the block import what serves a page. Raises ConfigurationError without the extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"no {error.name}: pip install 'x400-firewall-lab[web]' brings what serves a page"
        ) from error


def end_of(option: str, text: str) -> End:
    """The address and port that an option gives. Raises ConfigurationError."""
    try:
        return End.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {error}") from error


def warn_of_others(end: End) -> None:
    """Say so when others reach the page."""
    if not end.address.is_loopback:
        say("others reach this page over the network, and it is not encrypted", error=True)
