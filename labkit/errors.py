"""Errors as people read them."""

import os


def in_words(error: Exception) -> str:
    """What an error says; of one of the system: at which file, and what is wrong with it."""
    if isinstance(error, OSError) and isinstance(error.filename, str | bytes) and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)
