"""The backends by name."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from mta_lab.backends import Backend
from mta_lab.backends.compose_up import NAME as COMPOSED

# ruff: noqa: PLC0415 - a module is loaded when its backend is wanted: what one needs is slow to load


class BackendName(StrEnum):
    """The names that --backend takes."""

    LOOPBACK = "loopback"
    NETNS = "netns"
    COMPOSE = "compose"


def _loopback() -> Backend:
    from mta_lab.backends.loopback import Loopback

    return Loopback()


def _netns() -> Backend:
    from mta_lab.backends.netns import Netns

    return Netns()


def _compose() -> Backend:
    from mta_lab.backends.compose import Compose

    return Compose()


def _composed() -> Backend:
    from mta_lab.backends.composed import Composed

    return Composed()


_MAKERS: Mapping[str, Callable[[], Backend]] = {
    BackendName.LOOPBACK: _loopback,
    BackendName.NETNS: _netns,
    BackendName.COMPOSE: _compose,
    COMPOSED: _composed,
}


def backend(name: str) -> Backend:
    """The backend of that name."""
    return _MAKERS[name]()
