"""Where programs print their tables; apart, because what only serves prints none."""

from rich.console import Console

_PLAIN_WIDTH = 120  # columns where the output is not a terminal


def console(plain_width: int = _PLAIN_WIDTH, *, stderr: bool = False) -> Console:
    """Where tables go; `plain_width` columns where that is not a terminal, as in logs."""
    chosen = Console(stderr=stderr, highlight=False)
    if chosen.is_terminal:
        return chosen
    return Console(stderr=stderr, highlight=False, width=plain_width)
