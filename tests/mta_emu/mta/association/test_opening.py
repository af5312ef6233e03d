"""A call to a remote MTA: who answers, and what is said when nobody does, or another one."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.endpoint import Endpoint
from mta_emu.mta.association import opening
from mta_emu.mta.association.opening import (
    NotGenuine,
    NotOpened,
    open_association,
    recover_association,
)
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mts import bind
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.rtse.apdus import RefuseReason
from mta_emu.osi.rtse.primitives import (
    Mode,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPrimitive,
    RtRecover,
    RtRecoverAccept,
    RtUAbort,
)
from tests.mta_emu.mta.conftest import Listen

Start = Callable[..., Awaitable[Any]]
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"
A, B = IPv4Address("127.0.113.88"), "127.0.100.88"
GENUINE = RtOpenAccept(bind.encode_result(Credentials("B", b"secret")))
UNREACHABLE = [1294, 4284, 289]


async def call(document: dict[str, Any]) -> Endpoint:
    config = parse(document, MtaConfig, "a.yaml")
    return await open_association(config, config.connectors[0], A, None)


async def failure(document: dict[str, Any]) -> NotOpened:
    with pytest.raises(NotOpened) as failed:
        await call(document)
    return failed.value


def numbers(failed: NotOpened) -> list[int]:
    return [number for number, _ in failed.events]


Answering = Callable[..., list[RtPrimitive | None]]


@pytest.fixture
def answering(listen: Listen) -> Answering:
    """Let B answer each primitive with the next of these; what it was asked."""

    def begin(*answers: RtPrimitive) -> list[RtPrimitive | None]:
        asked: list[RtPrimitive | None] = []

        async def serve(endpoint: Endpoint) -> None:
            for answer in answers:
                asked.append(await endpoint.receive())
                endpoint.request(answer)
            await endpoint.close()

        listen(B, serve)
        return asked

    return begin


async def test_the_mta_that_was_meant_accepts(
    a_document: dict[str, Any], answering: Answering
) -> None:
    a_document["connectors"][0]["stack"]["outgoing"] = {"t": "remote"}
    asked = answering(GENUINE)
    endpoint = await call(a_document)
    (request,) = asked
    assert isinstance(request, RtOpen)
    assert bind.decode_argument(request.user_data) == Credentials("A", b"secret")
    assert request.called.transport == b"remote"
    assert endpoint.ends.local.startswith(f"{A}:")
    endpoint.drop()


async def test_an_impostor_is_left_in_good_order(
    a_document: dict[str, Any], answering: Answering
) -> None:
    """Q159182: 48 here, and nothing to log there."""
    other = RtOpenAccept(bind.encode_result(Credentials("B", b"another")))
    asked = answering(other, RtCloseAccept())
    failed = await failure(a_document)
    assert isinstance(failed, NotGenuine)
    assert (failed.state, numbers(failed)) == ("refused", [48])
    assert failed.reason.check == "password"
    assert isinstance(asked[1], RtClose)


@pytest.mark.parametrize(
    ("answer", "state", "events", "why"),
    [
        (
            RtOpenReject(
                bind.encode_error(BindError.AUTHENTICATION_ERROR),
                reason=BindError.AUTHENTICATION_ERROR,
            ),
            "refused",
            [1290, 289, 1294],
            "authentication error (2)",
        ),
        (RtUAbort(), "aborted", [289, 1294], None),
        (RtOpenAccept(b"\x04\x00"), "aborted", [289, 1294], None),  # no bind result
    ],
    ids=["refused", "aborted", "nonsense"],
)
async def test_an_answer_that_is_no_acceptance(
    a_document: dict[str, Any],
    answering: Answering,
    answer: RtPrimitive,
    state: str,
    events: list[int],
    why: str | None,
) -> None:
    answering(answer)
    failed = await failure(a_document)
    assert (failed.state, numbers(failed)) == (state, events)
    assert failed.ends
    assert str(failed.ends.peer_address) == B
    assert why in (None, failed.reason.text)
    if state == "refused":
        assert dict(failed.events)[1290] == {"provider": 0, "reason": 0}


async def test_nobody_listens(a_document: dict[str, Any]) -> None:
    failed = await failure(a_document)
    assert (failed.state, failed.ends) == ("unreachable", None)
    assert failed.events[0] == (9215, {"error": 10061})
    assert numbers(failed)[1:] == UNREACHABLE
    assert failed.reason.text == f"{B}:10888: Connection refused"
    assert failed.reason.place
    assert failed.reason.place.path == "connectors.TO-B.stack.address"


async def test_a_reset_is_one_whether_or_not_the_connection_was_noticed_before(
    a_document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall lets the kernel accept, and resets: it is chance which of the two is seen first.

    A port without a listener refuses; so who is reset was connected.
    """

    async def connect(*_: object, **__: object) -> Endpoint:
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    monkeypatch.setattr(Endpoint, "connect", connect)
    failed = await failure(a_document)
    assert (failed.state, numbers(failed)) == ("aborted", [9224, 1294])


async def test_an_ipv4_host_calls_no_ipv6_address(a_document: dict[str, Any]) -> None:
    a_document["connectors"][0]["stack"]["address"] = "2001:db8::1"
    failed = await failure(a_document)
    assert (failed.state, failed.ends) == ("unreachable", None)
    assert failed.events[0] == (9215, {"error": 10047})  # WSAEAFNOSUPPORT
    assert failed.reason.text == (
        f"2001:db8::1 is IPv6, and {A}, where the call comes from, is IPv4"
    )


async def test_a_host_name_that_nobody_knows(a_document: dict[str, Any]) -> None:
    a_document["connectors"][0]["stack"]["address"] = "nowhere.example"
    failed = await failure(a_document)
    assert (failed.state, numbers(failed)) == ("unreachable", UNREACHABLE)
    assert failed.reason.text.startswith("no address is known for nowhere.example")


async def test_a_peer_that_never_answers_has_its_time(
    a_document: dict[str, Any], listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.2)
    heard: asyncio.Queue[RtPrimitive | None] = asyncio.Queue()

    async def listen_only(endpoint: Endpoint) -> None:
        for _ in range(2):
            heard.put_nowait(await endpoint.receive())
        await endpoint.close()

    listen(B, listen_only)
    failed = await failure(a_document)
    assert (failed.state, failed.reason.text) == ("aborted", "no answer to the bind")
    assert failed.ends
    assert isinstance(heard.get_nowait(), RtOpen)
    assert isinstance(await heard.get(), RtUAbort)


async def test_a_connection_that_just_ends_is_no_refusal(
    a_document: dict[str, Any], listen: Listen
) -> None:
    """Q193380: 1294 alone."""

    async def hang_up(endpoint: Endpoint) -> None:
        await endpoint.receive()
        await endpoint.hang_up(linger=0)

    listen(B, hang_up)
    failed = await failure(a_document)
    assert (failed.state, numbers(failed)) == ("aborted", [1294])


@pytest.mark.parametrize("mode", Mode)
def test_no_two_calls_have_the_same_identifier_and_none_is_too_long(mode: Mode) -> None:
    made = [opening._connection_identifier("N" * 32, mode) for _ in range(150)]
    assert len(set(made)) == len(made)
    for each in made:
        assert len(each.ss_user_reference) <= 64  # X.225 8.3.1.3
        assert len(each.additional_reference) <= 4


# Recovery


@pytest.mark.parametrize(
    ("answer", "comes"),
    [
        (RtRecoverAccept(), True),
        (RtOpenReject(reason=RefuseReason.CANNOT_RECOVER), None),
        (RtUAbort(), False),
    ],
    ids=["accepted", "refused", "aborted"],
)
async def test_an_association_is_recovered_refused_for_good_or_later(
    a_document: dict[str, Any], listen: Listen, answer: RtPrimitive, comes: bool | None
) -> None:
    asked: list[RtPrimitive | None] = []
    opened: list[Endpoint] = []

    async def serve(endpoint: Endpoint) -> None:
        asked.append(request := await endpoint.receive())
        if isinstance(request, RtOpen):
            opened.append(endpoint)
            endpoint.request(GENUINE)
        elif isinstance(answer, RtRecoverAccept):
            endpoint.connection.adopt(opened[0].connection.association)
            endpoint.request(answer)
        else:
            endpoint.request(answer)
        await endpoint.receive()

    listen(B, serve)
    first = await call(a_document)
    config = parse(a_document, MtaConfig, "a.yaml")
    connector, association = config.connectors[0], first.connection.association
    first.drop()
    if comes is False:
        with pytest.raises(NotOpened, match="no answer to the recovery"):
            await recover_association(config, connector, A, None, association)
        return
    recovered = await recover_association(config, connector, A, None, association)
    assert (recovered is not None) is bool(comes)
    assert isinstance(asked[1], RtRecover)
    if recovered:
        recovered.drop()


# The port


async def test_a_connector_calls_the_port_of_its_stack_page(
    start: Start, a_document: Any, b_document: Any
) -> None:
    """B listens at another port than A; B's own Stack page has A's."""
    b_document["server"]["transport_stack"]["port"] = 10889
    b_document["connectors"][0]["stack"]["port"] = 10888
    a_document["connectors"][0]["stack"]["port"] = 10889
    for document in (a_document, b_document):
        document["connectors"][0]["advanced"] = {"two_way_alternate": False}
    a, b = await start(a_document), await start(b_document)
    (sent,) = await a.send(SMITH)
    await b.said("delivered", mts_identifier=sent)
    (back,) = await b.send("C=US;A= ;P=Contoso;O=A;S=Jones")
    await a.said("delivered", mts_identifier=back)
    assert (await a.said("association", initiated="locally", state="open"))["peer"].endswith(
        ":10889"
    )


async def test_a_call_that_fails_names_the_port(start: Start, a_document: Any) -> None:
    a_document["connectors"][0]["stack"]["port"] = 10890
    a = await start(a_document)
    await a.send(SMITH)
    failed = await a.said("association", state="unreachable")
    assert failed["reason"].startswith("127.0.100.88:10890: ")
