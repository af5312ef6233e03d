"""P1 as PP 6 wrote it (../shared/captures/peer), read and relayed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mta_emu.decode import mts
from mta_emu.decode.dissector import dissect
from mta_emu.mta.policy import reports
from mta_emu.mta.policy.reports import LOOP, ThisMta
from mta_emu.mts import extension
from mta_emu.mts.apdu import ApduReader, Head, decode_head, encode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.identifiers import GlobalDomain
from tests.shared import shared

PEER = shared("captures/peer")
DOMAIN = GlobalDomain("US", " ", "Contoso")
NOW = datetime(2026, 11, 28, 15, 20, tzinfo=UTC)


@pytest.fixture
def heads(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[tuple[bytes, Head]]]:
    """The heads of all MTS-APDUs in a capture, as they came and as they are read."""

    def read(capture: str) -> list[tuple[bytes, Head]]:
        readers: list[ApduReader] = []
        monkeypatch.setattr(mts, "ApduReader", lambda: readers.append(ApduReader()) or readers[-1])
        list(dissect(PEER / capture))
        found = [reader.head for reader in readers if reader.complete]
        return [(head, decode_head(head)) for head in found]

    return read


def test_extensions_with_explicitly_tagged_types(
    heads: Callable[[str], list[tuple[bytes, Head]]],
) -> None:
    found = heads("pp_original_extension_encoding_to_emu_88n.pcap")
    assert len(found) == 2
    for octets, envelope in found:
        assert isinstance(envelope, Envelope)
        assert encode_head(envelope) == octets
        names = [each.mta_name for each in envelope.internal_trace]
        assert names[-1] == "ppa.test"
        assert reports.refusal(envelope, ThisMta(DOMAIN, "ppa.test"), NOW) == LOOP
        assert reports.refusal(envelope, ThisMta(DOMAIN, "ELSEWHERE"), NOW) is None
        correlator = extension.find(envelope.extensions, StandardExtension.CONTENT_CORRELATOR)
        assert correlator
        assert b"Subject: orig ext" in correlator.value
        relayed = envelope.passed(DOMAIN, "ELSEWHERE", NOW)
        assert [each.mta_name for each in relayed.internal_trace] == [*names, "ELSEWHERE"]
        # the types stay as they came: [0] EXPLICIT INTEGER 23 and 38
        kinds = [each.explicit for each in decode_head(encode_head(relayed)).extensions]
        assert kinds == [True, True]
