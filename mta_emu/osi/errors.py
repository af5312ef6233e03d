"""The two things that can go wrong in a layer: the peer's fault and our own."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: What plain code raises on octets that are not what it takes them for.
OF_BAD_OCTETS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class ProtocolError(Exception):
    """The peer sent what the standard does not allow; caught by the layer, never let out.

    The text is for people: what was found, where, and what would be right.
    """


class ServiceMisuse(Exception):  # noqa: N818, it is what the service user did
    """The local user asked for what the layer's state does not allow: a bug of ours."""


def decoder(decode: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that reads a peer's octets: whatever it raises becomes a ProtocolError.

    So octets that nobody thought of are refused as the standard says, and do not stop or freeze
    what reads them. The cause stays with the error, for whoever looks for the bug.
    """

    @wraps(decode)
    def read(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return decode(*arguments, **options)
        except OF_BAD_OCTETS as error:
            what = decode.__module__.rpartition(".")[2]
            raise ProtocolError(f"{what}: cannot be read: {error!r}") from error

    return read
