"""What a decoder raises."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

import mta_emu.mts
from mta_emu.osi.errors import ProtocolError, decoder


@decoder
def read(octets: bytes) -> int:
    """Reads a number."""
    first, _ = octets
    return {1: first}[first] // 0 if first > 1 else 0


@pytest.mark.parametrize("octets", [b"", b"\2\0", b"123", None])
def test_whatever_it_raises_is_the_peers_fault(octets: bytes) -> None:
    with pytest.raises(ProtocolError, match="test_errors: cannot be read: ") as raised:
        read(octets)
    assert raised.value.__cause__


def test_a_protocol_error_stays_as_it_is() -> None:
    @decoder
    def refuse() -> None:
        raise ProtocolError("no")

    with pytest.raises(ProtocolError, match=r"^no$"):
        refuse()


def test_what_is_not_the_peers_goes_on() -> None:
    @decoder
    def fail() -> None:
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        fail()


def test_what_it_reads_is_given() -> None:
    assert read(b"\1\0") == 0


def _of(package: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    """The public functions of a package that say they raise ProtocolError."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            ours = function.__module__ == module.__name__ and not name.startswith("_")
            if ours and "Raises ProtocolError" in (inspect.getdoc(function) or ""):
                yield f"{found.name}.{name}", function


def test_what_reads_messages_is_marked() -> None:
    """So that no decoder of a peer's octets is forgotten."""
    found = dict(_of(mta_emu.mts))
    assert len(found) > 20
    assert [name for name, each in found.items() if not hasattr(each, "__wrapped__")] == []
