"""What cannot be done is said to the page in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException

from labkit.config import ConfigurationError
from labkit.errors import in_words
from mta_emu.mta.controlclient import ControlError
from mta_lab.play.process import HostFailedError, NotInTimeError

_REFUSED = 422  # the page asked for what cannot be
#: What is no fault of ours: wrong settings, a host that refuses, has ended or does not answer.
_WORDS = (
    ConfigurationError,
    ControlError,
    HostFailedError,
    NotInTimeError,
    ValueError,
    OSError,
    sqlite3.Error,
)


@contextmanager
def in_words_to_the_page() -> Iterator[None]:
    """Turn what goes wrong in the block into an answer. Raises HTTPException."""
    try:
        yield
    except _WORDS as error:
        raise HTTPException(_REFUSED, in_words(error)) from error
