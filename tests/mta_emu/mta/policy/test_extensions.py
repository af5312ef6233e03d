"""What is done with each extension."""

import pytest

from mta_emu.mta.policy.extensions import HANDLING, Handling, unsupported
from mta_emu.mts.extension import Criticality, Extension, StandardExtension

TRANSFER, DELIVERY = Criticality.FOR_TRANSFER, Criticality.FOR_DELIVERY


def test_something_is_done_with_every_extension() -> None:
    assert set(HANDLING) == set(StandardExtension)


@pytest.mark.parametrize("critical", [TRANSFER, DELIVERY])
@pytest.mark.parametrize("kind", [*StandardExtension, 99, "1.2.3"])
def test_what_is_not_carried_out_is_unsupported_where_it_is_critical(
    kind: int | str, critical: Criticality
) -> None:
    refused = HANDLING.get(kind, Handling.REFUSED) is Handling.REFUSED
    assert unsupported((Extension(kind, criticality=critical),), critical) is refused
    other = TRANSFER | DELIVERY if critical is TRANSFER else TRANSFER
    assert not unsupported((Extension(kind, criticality=other & ~critical),), critical)
    assert not unsupported((Extension(kind),), critical)


@pytest.mark.element("message security labelling", "refused")
@pytest.mark.element("content confidentiality", "refused")
@pytest.mark.element("content integrity", "refused")
@pytest.mark.element("message origin authentication", "refused")
@pytest.mark.element("message sequence integrity", "refused")
@pytest.mark.element("proof of delivery", "refused")
@pytest.mark.element("probe origin authentication", "refused")
@pytest.mark.element("non-repudiation of origin", "refused")
@pytest.mark.element("non-repudiation of delivery", "refused")
@pytest.mark.parametrize(
    "kind",
    [
        StandardExtension.MESSAGE_TOKEN,  # with sequence integrity and non-repudiation in it
        StandardExtension.CONTENT_CONFIDENTIALITY_ALGORITHM_IDENTIFIER,
        StandardExtension.CONTENT_INTEGRITY_CHECK,
        StandardExtension.MESSAGE_ORIGIN_AUTHENTICATION_CHECK,
        StandardExtension.MESSAGE_SECURITY_LABEL,
        StandardExtension.PROOF_OF_DELIVERY_REQUEST,
        StandardExtension.PROBE_ORIGIN_AUTHENTICATION_CHECK,
    ],
)
def test_security_is_refused_where_it_is_critical(kind: StandardExtension) -> None:
    assert HANDLING[kind] is Handling.REFUSED


@pytest.mark.element("report origin authentication", "carried")
def test_the_check_of_a_report_is_carried_to_who_reads_it() -> None:
    assert HANDLING[StandardExtension.REPORT_ORIGIN_AUTHENTICATION_CHECK] is Handling.CARRIED


@pytest.mark.element("additional physical rendition", "refused")
@pytest.mark.element("counter collection", "refused")
@pytest.mark.element("counter collection with advice", "refused")
@pytest.mark.element("delivery via bureaufax service", "refused")
@pytest.mark.element("EMS (express mail service)", "refused")
@pytest.mark.element("ordinary mail", "refused")
@pytest.mark.element("physical delivery notification by MHS", "refused")
@pytest.mark.element("physical delivery notification by PDS", "refused")
@pytest.mark.element("physical forwarding prohibited", "refused")
@pytest.mark.element("registered mail", "refused")
@pytest.mark.element("registered mail to addressee in person", "refused")
@pytest.mark.element("request for forwarding address", "refused")
@pytest.mark.element("special delivery", "refused")
@pytest.mark.element("undeliverable mail with return of physical message", "refused")
@pytest.mark.parametrize("number", range(7, 15))
def test_physical_delivery_is_refused_where_it_is_critical(number: int) -> None:
    assert HANDLING[StandardExtension(number)] is Handling.REFUSED
