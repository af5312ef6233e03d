"""Where the commands print their tables; apart, because an MTA that is served prints none."""

from rich.console import Console

_PLAIN_WIDTH = 120  # columns where the output is not a terminal


def console(plain_width: int = _PLAIN_WIDTH) -> Console:
    """Where tables go; `plain_width` columns where that is not a terminal."""
    chosen = Console(highlight=False)
    return chosen if chosen.is_terminal else Console(highlight=False, width=plain_width)
