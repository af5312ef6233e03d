"""Every value of what was recorded, 1 and 8 times as often: linear time to the end of the way.

Here it is read, relayed and shown; `make proof` lets each be delivered to a whole MTA as well.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest

from fuzz import conversations, delivery, growth
from fuzz.contents import convert_content, show
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError
from tests.hostile.test_scaling import relay
from tests.scaling import cost

RECORDED = growth.recorded()
MANY = 10_000  # octets that 1x has about
MOST = 110_000  # 8 times as many are almost all that an envelope may have
LIMIT = 14  # how much dearer 8x may be: 8 is linear, 64 is quadratic
NOTHING = 0.003  # seconds that are not measured well
ATTEMPTS = 3


def much(make: Callable[[int], bytes], octets: int) -> bytes:
    """The octets with so many of a value that about so many octets are made."""
    once = max(1, len(make(2)) - len(make(1)))
    return make(1 + octets // once)


def assert_linear(
    run: Callable[[bytes], object], make: Callable[[int], bytes], many: int = MANY
) -> None:
    small, large = much(make, many), much(make, 8 * many)
    told = []
    for _ in range(ATTEMPTS):
        once, eight = cost(run, small), cost(run, large)
        if eight < LIMIT * max(once, NOTHING):
            return
        told.append(f"{once * 1000:.1f} ms, {eight * 1000:.1f} ms")
    raise AssertionError(f"at 1x and 8x: {told}")


def read(apdu: bytes) -> None:
    """What becomes of an APDU without a store."""
    head, content = split(apdu)
    relay(head)
    with suppress(ProtocolError):
        show(content)
    with suppress(ProtocolError):
        convert_content(content)


def split(apdu: bytes) -> tuple[bytes, bytes]:
    """The envelope and the content of a message; another APDU has no content."""
    if apdu[:1] != b"\xa0":
        return apdu, b""
    with suppress(ProtocolError):
        envelope, content, *_ = (*ber.elements(ber.contents(apdu)), b"", b"")
        return envelope, ber.contents(content) if content else b""
    return apdu, b""


def test_a_value_is_repeated_in_its_place() -> None:
    values = dict(growth.grown(bytes.fromhex("3006 020105 020106")))
    assert values["/0:30"](2) == bytes.fromhex("3006 020105 020106 3006 020105 020106")
    assert values["/0:30/1:02"](3) == bytes.fromhex("300c 020105 020106 020106 020106")


def test_what_is_repeated_once_is_what_was_recorded() -> None:
    assert RECORDED["message/0:a0"](1) == conversations.short_apdu()
    assert len(RECORDED) > 100


@pytest.mark.parametrize("place", RECORDED)
def test_reading_takes_linear_time(place: str) -> None:
    assert_linear(read, RECORDED[place])


@pytest.mark.proof
@pytest.mark.parametrize("place", RECORDED)
def test_the_whole_way_takes_linear_time(place: str) -> None:
    assert_linear(delivery.deliver, RECORDED[place], MOST)
