"""A field of a sheet as it is shown: what is left out, and what of a password may be seen."""

from enum import Enum

LEFT_OUT = "left out"
_SPECIAL = {"": "empty", " ": "a single space"}


def password_shown(password: object) -> str:
    """What may be shown of a password: whether there is one, and two that look like none."""
    return LEFT_OUT if password is None else _SPECIAL.get(str(password), "given")


def text_of(value: object) -> str:
    """A value as the file has it."""
    return str(value.value if isinstance(value, Enum) else value)
