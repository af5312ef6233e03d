"""Remembers what short values were read as: the same addresses, trace elements, sites come again.

Whatever is remembered of what a peer says goes by here: it could make long values be kept.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

_SHORT = 256  # octets or characters: no peer can make much be kept
_MOST = 256  # that are remembered


def remembered(
    read: Callable[[Key], Value], most: int = _MOST, size: Callable[[Any], int] = len
) -> Callable[[Key], Value]:
    """A function that reads a value as `read` does; what that raises is not remembered.

    `size` is that of a value, in octets or characters; a long one is read each time.
    """
    known: Callable[[Any], Value] = lru_cache(maxsize=most)(read)
    return lambda value: known(value) if size(value) <= _SHORT else read(value)
