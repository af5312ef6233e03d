"""Fields of envelopes."""

from mta_emu.mts.fields import (
    EncodedInformationType,
    Indicators,
    ReportRequest,
    encoded_information_types,
)


def test_golden_encoded_information_types() -> None:
    # [APPLICATION 5] { [0] BIT STRING, bit 2 of 16; [4] SET OF { 2.6.1.4.11 } }
    assert encoded_information_types(
        EncodedInformationType.IA5_TEXT, extended=("2.6.1.4.11",)
    ) == bytes.fromhex("650d 8003 00 2000 a406 0604 5601040b")


def test_indicators() -> None:
    indicators = Indicators.asking(ReportRequest.DELIVERY, ReportRequest.AUDITED)
    assert indicators.octets == b"\xf0"
    assert indicators.with_responsibility(responsible=False).octets == b"\x70"
    assert Indicators().mta_report == Indicators().originator_report == ReportRequest.NON_DELIVERY
