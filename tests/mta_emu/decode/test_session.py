"""SPDUs in words: every one has a primitive, every parameter a name."""

from typing import Any

import pytest

from mta_emu.decode import session
from mta_emu.decode.steps import Kind
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu


@pytest.mark.parametrize("spdu", Spdu)
def test_every_spdu_has_a_name_and_a_primitive(spdu: Spdu) -> None:
    layer = session.describe(Unit(spdu))
    assert (layer.name, layer.pdu) == ("session", spdu.name)
    assert layer.primitive
    roles = ("", "") if layer.kind is Kind.PDU else ("indication", "confirm")
    assert layer.kind.value[1] in roles


@pytest.mark.parametrize(
    ("unit", "primitive", "summary", "parameters"),
    [
        (
            Unit(
                Spdu.CN,
                {
                    Pi.CALLING_REFERENCE: bytes.fromhex("14 03 4d5441"),
                    Pi.VERSION_NUMBER: b"\x03",
                    Pi.USER_REQUIREMENTS: b"\x02\x49",
                    Pi.TSDU_MAXIMUM_SIZE: b"\x10\x00\x08\x00",
                    Pi.CALLED_SELECTOR: b"S1",
                    Pi.DATA_OVERFLOW: b"\x01",
                },
                b"data",
            ),
            "S-CONNECT",
            "version 1 or 2, functional units half-duplex, minor-synchronize, "
            "activity-management, exceptions",
            {
                "calling_ss_user_reference": "MTA",
                "versions": [1, 2],
                "functional_units": [
                    "half-duplex",
                    "minor-synchronize",
                    "activity-management",
                    "exceptions",
                ],
                "tsdu_maximum_size": [4096, 2048],
                "called_s_selector": "5331",
                "data_overflow": True,
                "user_data_octets": 4,
            },
        ),
        (
            Unit(Spdu.RF, {Pi.REASON: b"\x81"}),
            "S-CONNECT",
            "refused, session selector unknown",
            {"outcome": "refused", "reason": 129, "text": "session selector unknown"},
        ),
        (
            Unit(Spdu.RF, {}),
            "S-CONNECT",
            "refused, without a known reason",
            {"outcome": "refused", "text": "without a known reason"},
        ),
        (
            Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x03"}),
            "S-U-ABORT",
            "",
            {"transport_disconnect": 3},
        ),
        (
            Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x05"}),
            "S-P-ABORT",
            "protocol error",
            {"transport_disconnect": 5},
        ),
        (
            Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x01"}),
            "S-P-ABORT",
            "no reason given",
            {"transport_disconnect": 1},
        ),
        (
            Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x07"}),
            "S-ACTIVITY-START",
            "activity 7",
            {"activity": 7},
        ),
        (
            Unit(
                Spdu.AR,
                {
                    Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x02",
                    Pi.OLD_ACTIVITY_IDENTIFIER: b"raw",
                    Pi.SERIAL_NUMBER: b"12",
                },
            ),
            "S-ACTIVITY-RESUME",
            "activity 2, going on with activity 726177, point 12",
            {"activity": 2, "old_activity": "726177", "serial_number": 12},
        ),
        (
            Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"x1", Pi.SYNC_TYPE: b"\x01"}),
            "S-SYNC-MINOR",
            "point 7831",
            {"serial_number": "7831", "confirmation_optional": True},
        ),
        (
            Unit(Spdu.PT, {Pi.TOKEN_ITEM: b"\x05"}),
            "S-TOKEN-PLEASE",
            "tokens data, minor-synchronize",
            {"tokens": ["data", "minor-synchronize"]},
        ),
        (
            Unit(Spdu.ED, {Pi.REASON: b"\x06"}),
            "S-U-EXCEPTION-REPORT",
            "procedural error",
            {"reason": 6, "text": "procedural error"},
        ),
        (
            Unit(Spdu.ED, {Pi.REASON: b"\x63"}),
            "S-U-EXCEPTION-REPORT",
            "reason 99",
            {"reason": 99, "text": "reason 99"},
        ),
        (Unit(Spdu.DT, {}, b"abc"), "S-DATA", "3 octets", {"user_data_octets": 3}),
    ],
)
def test_spdus(unit: Unit, primitive: str, summary: str, parameters: dict[str, Any]) -> None:
    layer = session.describe(unit)
    assert (layer.primitive, layer.summary) == (primitive, summary)
    assert layer.parameters == parameters


def test_a_reference_that_is_no_text_is_shown_in_hex() -> None:
    unit = Unit(Spdu.CN, {Pi.COMMON_REFERENCE: b"\x17\x02\x1b["})
    assert session.describe(unit).parameters["common_reference"] == "17021b5b"


def test_a_connect_from_its_octets() -> None:
    octets = bytes.fromhex("0d 0b 05 03 16 01 02 14 02 02 49 c1 00")
    (unit,) = decode_tsdu(octets)
    assert session.describe(unit).parameters["versions"] == [2]
