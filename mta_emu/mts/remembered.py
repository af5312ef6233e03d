"""Remembers what short octets were read as: the same trace elements and sites come all the time."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

Value = TypeVar("Value")

_SHORT = 256  # octets: no peer can make much be kept
_MOST = 256  # that are remembered


def remembered(read: Callable[[bytes], Value]) -> Callable[[bytes], Value]:
    """A function that reads octets as `read` does; what that raises is not remembered."""
    known = lru_cache(maxsize=_MOST)(read)
    return lambda octets: known(octets) if len(octets) <= _SHORT else read(octets)
