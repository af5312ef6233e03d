"""Errors as people read them."""

import os


class ConfigurationError(Exception):
    """What cannot be used as it was given, one line per problem: where, what, what is right."""


def in_words(error: Exception) -> str:
    """What an error says; of one of the system: at which file, and what is wrong with it."""
    if isinstance(error, OSError) and isinstance(error.filename, str | bytes) and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)
