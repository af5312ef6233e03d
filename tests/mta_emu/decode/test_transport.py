"""TPDUs in words, and TSDUs from their segments."""

from typing import Any

import pytest

from mta_emu.decode import transport
from mta_emu.decode.steps import Kind
from mta_emu.osi.transport.tpdu import DT, Tpdu, decode


def tpdu(octets: str) -> Tpdu:
    return decode(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "pdu", "primitive", "kind", "summary", "parameters"),
    [
        (
            "13 e0 0000 708e 00 c0010b c1020102 c20458343030",
            "CR",
            "T-CONNECT",
            Kind.REQUEST,
            "class 0, TPDU size 2048, called T-selector 0x58343030, calling T-selector 0x0102",
            {
                "source_reference": 0x708E,
                "destination_reference": 0,
                "class": 0,
                "tpdu_size": 2048,
                "calling_t_selector": "0102",
                "called_t_selector": "58343030",
            },
        ),
        (
            "06 d0 0001 0002 00",
            "CC",
            "T-CONNECT",
            Kind.RESPONSE,
            "class 0",
            {"source_reference": 2, "destination_reference": 1, "class": 0},
        ),
        (
            "06 80 0001 0002 82",
            "DR",
            "T-DISCONNECT",
            Kind.REQUEST,
            "connection negotiation failed",
            {
                "source_reference": 2,
                "destination_reference": 1,
                "reason": 130,
                "text": "connection negotiation failed",
            },
        ),
        (
            "06 80 0001 0002 09",
            "DR",
            "T-DISCONNECT",
            Kind.REQUEST,
            "reason 9",
            {
                "source_reference": 2,
                "destination_reference": 1,
                "reason": 9,
                "text": "reason 9",
            },
        ),
        (
            "04 70 0001 03",
            "ER",
            "T-DISCONNECT",
            Kind.PROVIDER,
            "invalid parameter value",
            {
                "source_reference": 0,
                "destination_reference": 1,
                "reason": 3,
                "text": "invalid parameter value",
            },
        ),
        ("02 10 80 abcd", "ED", "T-EXPEDITED-DATA", Kind.REQUEST, "2 octets", {"octets": 2}),
    ],
)
def test_tpdus(
    octets: str, pdu: str, primitive: str, kind: Kind, summary: str, parameters: dict[str, Any]
) -> None:
    layer = transport.describe(tpdu(octets))
    assert (layer.name, layer.pdu, layer.primitive) == ("transport", pdu, primitive)
    assert (layer.kind, layer.summary, layer.parameters) == (kind, summary, parameters)


@pytest.mark.parametrize(("segments", "summary"), [(1, "7 octets"), (3, "7 octets in 3 TPDUs")])
def test_a_tsdu_in_words(segments: int, summary: str) -> None:
    layer = transport.describe_data(7, segments)
    assert (layer.pdu, layer.summary) == ("DT", summary)
    assert layer.parameters == {"octets": 7, "tpdus": segments}


def test_segments_are_joined_and_counted() -> None:
    joining = transport.Tsdus()
    assert joining.feed(Tpdu(DT, option=0, user_data=b"ab")) is None
    assert joining.feed(Tpdu(DT, option=0x80, user_data=b"c")) == (b"abc", 2)
    assert joining.feed(Tpdu(DT, option=0x80, user_data=b"d")) == (b"d", 1)


def test_after_a_loss_the_beginning_is_forgotten() -> None:
    joining = transport.Tsdus()
    joining.feed(Tpdu(DT, option=0, user_data=b"ab"))
    joining.lost()
    assert joining.feed(Tpdu(DT, option=0x80, user_data=b"c")) == (b"c", 1)
