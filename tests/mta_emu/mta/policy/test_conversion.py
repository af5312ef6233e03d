"""What goes over a connector of a probe, which has no content that could be converted."""

from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.conversion import copy, obstacle
from mta_emu.mts import probe as probes
from mta_emu.mts.fields import EXCHANGE_CONTENTS, ContentType, PerMessageIndicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Diagnostic, NotDelivered, Reason
from mta_emu.mts.subject import Recipient
from mta_emu.osi import ber

P2, P22 = ContentType.INTERPERSONAL_MESSAGING_1984, ContentType.INTERPERSONAL_MESSAGING_1988
NOBODY = ORAddress(country="US")
PROHIBITED = PerMessageIndicators.IMPLICIT_CONVERSION_PROHIBITED


def connector(**advanced: Any) -> ConnectorConfig:
    document = {
        "general": {"directory_name": "TO-B", "remote_mta_name": "B"},
        "stack": {"address": "127.0.0.1"},
        "advanced": advanced,
    }
    return parse(document, ConnectorConfig, "test")


def probe(content_type: int | str, indicators: PerMessageIndicators) -> Probe:
    identifier = MtsIdentifier(GlobalDomain("US", " "), "P")
    return Probe(identifier, NOBODY, (Recipient(NOBODY),), content_type, indicators=indicators)


@pytest.mark.parametrize(
    ("advanced", "kind", "element"),
    [
        ({"conformance": "1984"}, P22, "46 01 02"),  # [APPLICATION 6] 2
        ({"conformance": "1984"}, P2, "46 01 02"),
        ({"conformance": "1984"}, EXCHANGE_CONTENTS, "46 01 02"),
        ({"conformance": "1984"}, ContentType.UNIDENTIFIED, "46 01 00"),
        ({}, P22, "46 01 16"),
        ({}, P2, "46 01 02"),
        ({"allow_exchange_contents": False}, EXCHANGE_CONTENTS, "46 01 16"),
        ({"allow_exchange_contents": False}, "1.2.3", "06 02 2a 03"),
    ],
)
def test_a_probe_has_the_content_type_that_its_message_would_have(
    advanced: dict[str, Any], kind: int | str, element: str
) -> None:
    asked = probe(kind, PerMessageIndicators.NONE)
    assert obstacle(connector(**advanced), asked, asked.recipients[0], None) is None
    octets = copy(connector(**advanced), asked, None).octets
    assert bytes.fromhex(element) in ber.elements(ber.contents(octets))
    assert probes.decode(octets).recipients == asked.recipients


def test_a_probe_of_what_must_not_be_converted_is_answered_like_its_message() -> None:
    asked = probe(EXCHANGE_CONTENTS, PROHIBITED)
    assert obstacle(connector(conformance="1984"), asked, asked.recipients[0], None) == (
        NotDelivered(Reason.CONVERSION_NOT_PERFORMED, Diagnostic.IMPLICIT_CONVERSION_PROHIBITED)
    )
