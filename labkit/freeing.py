"""Freeing what has very many parts, one part at a time.

When the last reference to a structure goes, all of it is freed at once, in 25 ms for a message for
16 000 recipients, and no other thread runs. Taken apart from outside, each part is freed alone.
"""

import gc
import sys

_OURS = 2  # references to a part that nobody else has: a variable and an argument


def take_apart(parts: list[object]) -> None:
    """Free what only this list holds, and what only that holds, part by part.

    Whatever somebody else holds stays whole. A thread that does this lets others run in between.
    """
    while parts:
        part = parts.pop()
        if sys.getrefcount(part) == _OURS:
            parts.extend(filter(gc.is_tracked, gc.get_referents(part)))
