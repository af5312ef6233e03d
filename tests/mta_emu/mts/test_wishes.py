"""What an originator wishes in extensions."""

from datetime import UTC, datetime

import pytest

from mta_emu.mts import extension
from mta_emu.mts.extension import Extension, StandardExtension
from mta_emu.mts.wishes import (
    DeliveryMethod,
    delivery_methods,
    latest_delivery,
    latest_delivery_time,
    prohibition,
    prohibits,
    requesting_methods,
)
from mta_emu.osi.errors import ProtocolError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LOSS = StandardExtension.CONVERSION_WITH_LOSS_PROHIBITED


def test_golden_octets() -> None:
    # { standard-extension [0] 5, criticality [1] for-delivery, value [2] UTCTime }
    octets = bytes.fromhex("3018 800105 81020520 a20f 170d 3236303130313132303030305a")
    assert extension.encode(latest_delivery(NOON)) == octets
    # the same of 4, conversion with loss prohibited: ENUMERATED 1
    octets = bytes.fromhex("300c 800104 81020520 a203 0a0101")
    assert extension.encode(prohibition(LOSS)) == octets
    # 6, requested delivery method: SEQUENCE { INTEGER 2, physical, INTEGER 1, MHS }
    wish = requesting_methods([DeliveryMethod.PHYSICAL, DeliveryMethod.MHS])
    octets = bytes.fromhex("300d 800106 a208 3006 020102 020101")
    assert extension.encode(wish) == octets


def test_what_is_wished_is_read() -> None:
    assert latest_delivery_time((latest_delivery(NOON),)) == NOON
    assert prohibits((prohibition(LOSS),), LOSS)
    assert not prohibits((Extension(LOSS, b"\x0a\x01\x00"),), LOSS)
    wish = requesting_methods([DeliveryMethod.PHYSICAL, DeliveryMethod.MHS])
    assert delivery_methods((wish,)) == (2, 1)


def test_nothing_is_wished_by_itself() -> None:
    assert latest_delivery_time(()) is None
    assert not prohibits((), LOSS)
    assert delivery_methods(()) == ()


@pytest.mark.parametrize("value", ["", "0500", "0a", "30 03 0a0101", "30 05 0201"])
def test_what_is_no_wish_is_a_protocol_error(value: str) -> None:
    octets = bytes.fromhex(value)
    with pytest.raises(ProtocolError):
        prohibits((Extension(LOSS, octets),), LOSS)
    with pytest.raises(ProtocolError):
        delivery_methods((Extension(StandardExtension.REQUESTED_DELIVERY_METHOD, octets),))
    with pytest.raises(ProtocolError):
        latest_delivery_time((Extension(StandardExtension.LATEST_DELIVERY_TIME, octets),))


def test_methods_are_bounded() -> None:
    wish = requesting_methods([DeliveryMethod.MHS] * 257)
    with pytest.raises(ProtocolError, match="more than 256 methods"):
        delivery_methods((wish,))
