"""What cannot be done is said to the page in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import HTTPException
from pydantic import StringConstraints

from labkit.config import ConfigurationError
from labkit.errors import in_words
from labkit.text import visible
from mta_emu.mta.controlclient import ControlError
from mta_lab.play.process import HostFailedError, NotInTimeError

_REFUSED = 422  # the page asked for what cannot be
_LONGEST = 4000  # characters
#: A text that is read as YAML, which takes long.
ShortText = Annotated[str, StringConstraints(max_length=_LONGEST)]
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
        raise HTTPException(_REFUSED, visible(in_words(error), lines=True)) from error
