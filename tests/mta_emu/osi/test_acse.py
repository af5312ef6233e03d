"""Association control, X.227."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.acse import (
    AAbort,
    AAssociate,
    AAssociateAccept,
    AAssociateReject,
    AcseConnection,
    APAbort,
    ARelease,
    AReleaseAccept,
)
from mta_emu.osi.presentation.primitives import (
    Context,
    PConnect,
    PConnectAccept,
    PConnectRefuse,
    Pdv,
    PPAbort,
    PRelease,
    PReleaseAccept,
    PUAbort,
)
from mta_emu.osi.selectors import Selectors

MTS_TRANSFER = "2.6.0.1.6"
INFORMATION = Pdv(3, b"\x05\x00")

#: AARQ [APPLICATION 0] { [1] 2.6.0.1.6, [30] { EXTERNAL { 2.1.1, 3, [0] NULL } } }
AARQ = "6017 a106 0604 56000106 be0d 280b 06025101 020103 a0020500"


class Presentation:
    """Stands for the presentation connection: keeps what it is asked for."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def request(self, primitive: Any) -> None:
        self.requests.append(primitive)


def acse(*application_contexts: str) -> tuple[AcseConnection, Presentation]:
    below = Presentation()
    known = frozenset(application_contexts or (MTS_TRANSFER,))
    return AcseConnection(below, known), below  # type: ignore[arg-type]


def associate() -> AAssociate:
    contexts = (Context(3, "2.6.0.2.12"),)
    return AAssociate(Selectors(), Selectors(), MTS_TRANSFER, contexts, INFORMATION)


def test_golden_aarq() -> None:
    calling, below = acse()
    calling.request(associate())
    (connect,) = below.requests
    assert connect.contexts[0] == Context(1, "2.2.1.0.1")
    assert connect.user_data == (Pdv(1, bytes.fromhex(AARQ)),)


def test_associate_and_accept() -> None:
    calling, above_calling = acse()
    called, above_called = acse()
    calling.request(associate())
    assert called.indications(above_calling.requests) == [associate()]
    called.request(AAssociateAccept(INFORMATION))
    assert calling.indications(above_called.requests) == [AAssociateAccept(INFORMATION)]


def test_reject_is_permanent_and_by_the_user() -> None:
    called, below = acse()
    calling, above = acse()
    calling.request(associate())
    called.indications(above.requests)
    called.request(AAssociateReject(INFORMATION))
    (refusal,) = below.requests
    # result [2] 1 rejected-permanent; diagnostic [3] { user [1] 1 no-reason-given }
    assert bytes.fromhex("a203020101 a305a103020101") in refusal.user_data[0].value
    assert calling.indications([refusal]) == [AAssociateReject(INFORMATION, permanent=True)]


def test_an_unknown_application_context_is_rejected() -> None:
    called, below = acse("1.2.3")
    calling, above = acse()
    calling.request(associate())
    (why,) = called.indications(above.requests)
    assert isinstance(why, APAbort)
    assert why.reason == "application context 2.6.0.1.6 is not known here"
    (told,) = calling.indications(below.requests)
    assert told == AAssociateReject(
        None, "user", 2, permanent=True
    )  # application context name not supported


def _connect(aarq: str, context: int = 1) -> PConnect:
    contexts = (Context(1, "2.2.1.0.1"), Context(3, "2.6.0.2.12"))
    return PConnect(Selectors(), Selectors(), contexts, (Pdv(context, bytes.fromhex(aarq)),))


def test_an_aarq_may_have_what_later_editions_added() -> None:
    """Requirements, mechanism, a password [12] { [0] } and a list of application contexts."""
    later = "8a020780 8b03520301 ac048002 7077 ad06 0604 56000106"
    called, _ = acse()
    aarq = "6028 a106 0604 56000106" + later + "be07 2805 020103 8100"
    octets = bytes.fromhex(aarq)
    aarq = (octets[:1] + bytes((len(octets) - 2,)) + octets[2:]).hex()
    (heard,) = called.indications([_connect(aarq)])
    assert isinstance(heard, AAssociate)
    assert heard.user_information == Pdv(3, b"")


def test_only_version_1_is_here() -> None:
    """AARQ with protocol-version [0] {}: rejected by the provider, no-common-acse-version."""
    called, below = acse()
    (heard,) = called.indications([_connect("600c 80020700 a106 0604 56000106")])
    assert isinstance(heard, APAbort)
    calling, _ = acse()
    (told,) = calling.indications(below.requests)
    assert told == AAssociateReject(
        None, "acse", 2, "by the peer's association control", permanent=True
    )


def test_an_aarq_outside_of_its_context_is_aborted() -> None:
    called, _ = acse()
    (heard,) = called.indications([_connect(AARQ, context=3)])
    assert isinstance(heard, APAbort)
    assert heard.reason == "context 3 where 1 must be"


def test_a_refusal_from_below_keeps_its_layer() -> None:
    calling, _ = acse()
    (told,) = calling.indications([PConnectRefuse((), "transport", 3, "why")])
    assert told == AAssociateReject(None, "transport", 3, "why")


def test_a_release_that_is_confirmed_without_an_rlre_is_one() -> None:
    calling, _ = acse()
    assert calling.indications([PReleaseAccept(())]) == [AReleaseAccept()]


def test_release_goes_by_rlrq_and_rlre() -> None:
    calling, below = acse()
    called, above = acse()
    calling.request(ARelease())
    assert below.requests == [PRelease((Pdv(1, bytes.fromhex("6203800100")),))]
    assert called.indications(below.requests) == [ARelease()]
    called.request(AReleaseAccept())
    assert calling.indications(above.requests) == [AReleaseAccept()]


@pytest.mark.parametrize("information", [None, INFORMATION])
def test_abort(information: Pdv | None) -> None:
    calling, below = acse()
    calling.request(AAbort(information))
    assert acse()[0].indications(below.requests) == [AAbort(information)]
    assert acse()[0].indications([PUAbort()]) == [AAbort()]


def test_a_provider_abort_passes() -> None:
    abort = PPAbort("lost", by_peer=True, layer="session")
    assert acse()[0].indications([abort]) == [APAbort("lost", by_peer=True, layer="session")]
    abrt = PUAbort((Pdv(1, bytes.fromhex("6403800101")),))  # abort-source 1, the provider
    (told,) = acse()[0].indications([abrt])
    assert isinstance(told, APAbort)


@pytest.mark.parametrize(
    "user_data",
    [(), (Pdv(1, b"\x05\x00"),), (Pdv(1, bytes.fromhex("6203800100")),)],
    ids=["nothing", "no APDU", "RLRQ"],
)
def test_a_wrong_apdu_is_aborted_by_the_provider(user_data: tuple[Pdv, ...]) -> None:
    for primitive in (
        PConnect(Selectors(), Selectors(), (), user_data),
        PConnectAccept(user_data),
    ):
        called, below = acse()
        (told,) = called.indications([primitive])
        assert isinstance(told, APAbort)
        assert not told.by_peer
        assert below.requests == [PUAbort((Pdv(1, bytes.fromhex("6403800101")),))]


@given(st.binary(max_size=60))
def test_whatever_comes_never_raises(octets: bytes) -> None:
    pdvs = (Pdv(1, octets),)
    for primitive in (PConnectAccept(pdvs), PConnectRefuse(pdvs), PRelease(pdvs), PUAbort(pdvs)):
        acse()[0].indications([primitive])
    acse()[0].indications([PConnect(Selectors(), Selectors(), (), pdvs)])
