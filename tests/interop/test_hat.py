"""Associations with a stack that nobody here wrote: COTP, session, presentation and ACSE of
hat-drivers, as client and as server, over real sockets.

That stack asks for full duplex and for nothing that RTSE needs, so association control is the
top here. Where it departs from the standards a test says how, and what we make of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hat import asn1
from hat.asn1.ber import Entity, PrimitiveContent
from hat.drivers import acse as hat_acse
from hat.drivers import copp as hat_copp
from hat.drivers import cosp as hat_cosp
from hat.drivers import cotp as hat_cotp
from hat.drivers import net as hat_net
from hat.drivers import tpkt as hat_tpkt

from mta_emu.osi import acse, ber
from mta_emu.osi.acse import (
    AAbort,
    AAssociate,
    AAssociateAccept,
    AAssociateReject,
    AcseConnection,
    AcsePrimitive,
    APAbort,
    ARelease,
    AReleaseAccept,
)
from mta_emu.osi.presentation.connection import PresentationConnection
from mta_emu.osi.presentation.primitives import Context, PData, Pdv, Primitive
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import FunctionalUnit
from mta_emu.osi.session.spdu import Spdu, decode_tsdu
from mta_emu.osi.transport.options import TransportOptions
from tests.patience import PATIENCE

HOST = "127.0.77.1"
APPLICATION, SYNTAX = "1.3.9999.1", "1.3.9999.2"
HAT_APPLICATION, HAT_SYNTAX = (1, 3, 9999, 1), (1, 3, 9999, 2)
CONTEXT = 3  # of SYNTAX, in what either stack proposes
DUPLEX = FunctionalUnit.DUPLEX


def hats(octets: bytes) -> tuple[Any, Entity]:
    """An OCTET STRING in the presentation context of SYNTAX, as hat has it."""
    return HAT_SYNTAX, Entity(asn1.ClassType.UNIVERSAL, 4, PrimitiveContent(octets))


def pdv(octets: bytes) -> Pdv:
    """The same, as we have it."""
    return Pdv(CONTEXT, ber.tlv(b"\x04", octets))


class Association:
    """Association control on a socket: the pure layers, and octets moved between them and it."""

    def __init__(
        self,
        initiator: bool,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        **options: Any,
    ) -> None:
        self.session = SessionConnection(initiator, required=DUPLEX, **options)
        syntaxes = frozenset((acse.ABSTRACT_SYNTAX, SYNTAX))
        self.presentation = PresentationConnection(self.session, syntaxes)
        self.acse = AcseConnection(self.presentation, frozenset((APPLICATION,)))
        self._heard: list[AcsePrimitive | Primitive] = []
        self._reader, self._writer = reader, writer

    async def request(self, primitive: AcsePrimitive | Primitive) -> None:
        self.acse.request(primitive)
        await self._flush()

    async def receive(self) -> AcsePrimitive | Primitive:
        """The next indication."""
        async with asyncio.timeout(PATIENCE):
            while not self._heard:
                octets = await self._reader.read(65536)
                session = self.session
                below = session.receive_data(octets) if octets else session.receive_eof()
                self._heard += self.acse.indications(self.presentation.indications(below))
                await self._flush()
                if not octets and not self._heard:
                    raise EOFError
        return self._heard.pop(0)

    async def close(self) -> None:
        await self._flush()
        self._writer.close()

    async def _flush(self) -> None:
        self._writer.write(self.session.data_to_send())
        await self._writer.drain()


Answer = Callable[[Association], Any]


@asynccontextmanager
async def our_server(answer: Answer, **options: Any) -> AsyncIterator[tuple[Any, list[Any]]]:
    """A server of ours, and what its callers' handlers came to (an exception, or a result)."""
    results: list[Any] = []
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        association = Association(False, reader, writer, **options)
        try:
            results.append(await answer(association))
        except Exception as error:
            results.append(error)
        await association.close()
        done.set()

    server = await asyncio.start_server(serve, HOST, 0)
    address = hat_net.TcpAddress(*server.sockets[0].getsockname())
    async with server:
        yield address, results
        async with asyncio.timeout(PATIENCE):
            await done.wait()


async def accept(association: Association) -> AAssociate:
    """Hear an association and accept it."""
    heard = await association.receive()
    assert isinstance(heard, AAssociate), heard
    await association.request(AAssociateAccept(pdv(b"welcome"), functional_units=DUPLEX))
    return heard


async def call(address: Any, **parameters: Any) -> Any:
    """hat's client, calling."""
    return await hat_acse.connect(
        address, [HAT_SYNTAX], HAT_APPLICATION, hats(b"hello"), **parameters
    )


# hat calls, we are called


async def test_hat_calls_and_is_accepted() -> None:
    async def answer(association: Association) -> Any:
        heard = await accept(association)
        echoed = await association.receive()
        assert isinstance(echoed, PData)
        await association.request(PData(tuple(reversed(echoed.user_data))))
        return heard, await association.receive()

    selectors = {"remote_tsel": 1, "remote_ssel": 2, "remote_psel": 3, "local_tsel": 4}
    async with our_server(answer, local_t_selector=b"\x00\x01") as (address, results):
        connection = await call(address, **selectors)
        assert connection.conn_res_user_data == hats(b"welcome")
        await connection.send(hats(b"data"))
        assert await connection.receive() == hats(b"data")
        await connection.async_close()
    heard, ended = results[0]
    assert heard.application_context == APPLICATION
    assert heard.user_information == pdv(b"hello")
    assert heard.contexts == (Context(CONTEXT, SYNTAX),)
    assert heard.called == Selectors(b"\x00\x00\x00\x03", b"\x00\x02", b"\x00\x01")
    assert heard.calling == Selectors(transport=b"\x00\x04")
    # hat closes with the PPDU of an abort in a FINISH, which X.226 7.6 does not have
    assert isinstance(ended, APAbort)
    assert ended.layer == "presentation"
    assert "not a User-data" in ended.reason


@pytest.mark.parametrize("size", [2000, 300_000])
@pytest.mark.parametrize(
    "options", [{}, {"transport": TransportOptions(128)}, {"max_tsdu_size": 1024}]
)
async def test_much_data_goes_both_ways(size: int, options: dict[str, Any]) -> None:
    """In TPDUs of 2048 octets, of 128, and in segments of an SSDU."""
    octets = bytes(range(256)) * (size // 256)

    async def answer(association: Association) -> Any:
        await accept(association)
        got = await association.receive()
        await association.request(PData((pdv(octets),)))
        return got

    async with our_server(answer, **options) as (address, results):
        connection = await call(address)
        await connection.send(hats(octets))
        assert await connection.receive() == hats(octets)
        await connection.async_close()
    assert results == [PData((pdv(octets),))]


async def test_hat_calls_and_is_rejected() -> None:
    async def answer(association: Association) -> Any:
        heard = await association.receive()
        await association.request(AAssociateReject(pdv(b"no"), reason=1))
        return heard

    async with our_server(answer) as (address, results):
        with pytest.raises(Exception, match="not of type AC"):  # it reads no REFUSE
            await call(address)
    assert isinstance(results[0], AAssociate)


async def test_hats_decoders_read_our_rejection() -> None:
    """CPR and AARE of our REFUSE, that came over hat's transport and is read by its codecs."""

    async def answer(association: Association) -> Any:
        await association.receive()
        await association.request(AAssociateReject(pdv(b"no"), reason=1))

    async with our_server(answer) as (address, _):
        connection = await hat_cotp.connect(address)
        await connection.send(hat_connect())
        (refusal,) = decode_tsdu(await connection.receive())
        await connection.async_close()
    assert refusal.spdu is Spdu.RF
    kind, cpr = hat_copp._decode("CPR-PPDU", refusal.user_data)
    assert kind == "normal-mode-parameters"
    (value,) = cpr["user-data"][1]
    name, aare = hat_acse._decode(value["presentation-data-values"][1])
    assert name == "aare"
    assert (aare["result"], aare["result-source-diagnostic"]) == (1, ("acse-service-user", 1))
    assert aare["user-information"][0].data == hats(b"no")[1]


def hat_connect() -> bytes:
    """A CONNECT SPDU in hat's octets, down from its AARQ."""
    names = hat_copp.SyntaxNames([hat_acse._acse_syntax_name, HAT_SYNTAX])
    aarq = hat_acse._aarq_apdu(names, HAT_APPLICATION, None, None, None, None, hats(b"hello"))
    value = hat_acse._acse_syntax_name, hat_acse._encode(aarq)
    cp = hat_copp._encode("CP-type", hat_copp._cp_ppdu(names, None, None, value))
    connect = hat_cosp.common.Spdu(
        type=hat_cosp.common.SpduType.CN,
        extended_spdus=False,
        version_number=2,
        requirements=b"\x00\x02",
        user_data=cp,
    )
    return bytes(hat_cosp.encoder.encode(connect))


async def test_an_unknown_application_context_is_rejected() -> None:
    async def answer(association: Association) -> Any:
        return await association.receive()

    async with our_server(answer) as (address, results):
        with pytest.raises(Exception, match="not of type AC"):
            await hat_acse.connect(address, [HAT_SYNTAX], (1, 2, 3), hats(b"hello"))
    assert isinstance(results[0], acse.APAbort)  # it was refused without the user


async def test_hat_calls_a_selector_that_is_not_there() -> None:
    """It is told so by a DR with reason 3, address unknown (X.224 13.5.3)."""

    async def answer(association: Association) -> Any:
        return await association.receive()

    async with our_server(answer, local_t_selector=b"\x00\x01") as (address, results):
        connection = await hat_tpkt.connect(address)
        cr = hat_cotp.common.CR(0x1234, 0, None, 9, 2048, None)
        await connection.send(hat_cotp.encoder.encode(cr))
        dr = hat_cotp.encoder.decode(memoryview(await connection.receive()))
        await connection.async_close()
        assert dr == hat_cotp.common.DR(dst=0x1234, src=0, reason=3)
        with pytest.raises(Exception, match="not of type CC"):
            await call(address, remote_tsel=9)
    assert isinstance(results[0], APAbort)


async def test_an_mta_refuses_hat_for_it_offers_duplex_only() -> None:
    """RTSE needs half-duplex, minor synchronize, activities and exceptions (X.228 8.1)."""
    refused = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stack = RtseConnection(initiator=False)
        while octets := await reader.read(65536):
            for indication in stack.receive_data(octets):
                if "implementation restriction (134)" in getattr(indication, "reason", ""):
                    refused.set()
            writer.write(stack.data_to_send())
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        address = hat_net.TcpAddress(*server.sockets[0].getsockname())
        with pytest.raises(Exception, match="not of type AC"):
            await call(address)
        async with asyncio.timeout(PATIENCE):
            await refused.wait()


# We call, hat is called


@asynccontextmanager
async def hat_server(validate: Any, serve: Any = None) -> AsyncIterator[hat_net.TcpAddress]:
    async def ignore(connection: Any) -> None:
        await connection.wait_closing()

    address = hat_net.TcpAddress(HOST, 0)
    server = await hat_acse.listen(validate, serve or ignore, address)
    try:
        yield server.info.addresses[0]
    finally:
        await server.async_close()


@asynccontextmanager
async def association_with(
    address: hat_net.TcpAddress, **options: Any
) -> AsyncIterator[Association]:
    reader, writer = await asyncio.open_connection(*address)
    association = Association(True, reader, writer, **options)
    selectors = Selectors(b"\x00\x00\x00\x03", b"\x00\x02", b"\x00\x01")
    request = AAssociate(
        called=selectors,
        calling=Selectors(),
        application_context=APPLICATION,
        contexts=(Context(CONTEXT, SYNTAX),),
        user_information=pdv(b"hello"),
        functional_units=DUPLEX,
    )
    await association.request(request)
    try:
        yield association
    finally:
        await association.close()


def welcoming(_: Any, user_data: Any) -> Any:
    assert user_data == hats(b"hello")
    return hats(b"welcome")


async def echo(connection: Any) -> None:
    while True:
        try:
            await connection.send(await connection.receive())
        except ConnectionError:
            return


@pytest.mark.parametrize("size", [128, 8192, 65531])
async def test_we_call_hat_and_are_accepted(size: int) -> None:
    options = TransportOptions(size)
    async with (
        hat_server(welcoming, echo) as address,
        association_with(address, transport=options) as ours,
    ):
        assert await ours.receive() == AAssociateAccept(pdv(b"welcome"), functional_units=DUPLEX)
        octets = bytes(range(256)) * 400
        await ours.request(PData((pdv(octets),)))
        assert await ours.receive() == PData((pdv(octets),))
        await ours.request(ARelease())
        assert await ours.receive() == AReleaseAccept()  # hat confirms without an RLRE
        assert ours.session.closed


async def test_we_call_hat_and_abort() -> None:
    ended = asyncio.Event()

    async def serve(connection: Any) -> None:
        await connection.wait_closing()
        ended.set()

    async with hat_server(welcoming, serve) as address, association_with(address) as ours:
        await ours.receive()
        await ours.request(AAbort())
        async with asyncio.timeout(PATIENCE):
            await ended.wait()


async def test_hat_that_does_not_want_us_aborts() -> None:
    """Its server has no way to reject: it aborts the session without saying why."""

    def unwelcoming(*_: Any) -> Any:
        raise PermissionError("go away")

    async with hat_server(unwelcoming) as address, association_with(address) as ours:
        heard = await ours.receive()
    assert isinstance(heard, APAbort)
    assert (heard.layer, heard.by_peer) == ("session", True)
    assert heard.reason == "the peer's session aborted: no reason given"


async def test_a_rejection_in_hats_octets_is_heard() -> None:
    """CPR and AARE are hat's; the REFUSE around them is not, for it writes no reason."""

    async def serve(connection: Any) -> None:
        connect = hat_cosp.encoder.decode(memoryview(await connection.receive()))
        names = hat_copp._sytax_names_from_cp_ppdu(hat_copp._decode("CP-type", connect.user_data))
        name, aare = hat_acse._aare_apdu(names, hats(b"no"), None, None, None, None)
        aare |= {"result": 1, "result-source-diagnostic": ("acse-service-user", 3)}
        value = hat_acse._acse_syntax_name, hat_acse._encode((name, aare))
        parameters = {"user-data": hat_copp._user_data(names, value)}
        cpr = hat_copp._encode("CPR-PPDU", ("normal-mode-parameters", parameters))
        reason = bytes((0x32, len(cpr) + 1, 2)) + bytes(cpr)
        await connection.send(bytes((12, len(reason))) + reason)
        await connection.wait_closing()

    server = await hat_cotp.listen(serve, hat_net.TcpAddress(HOST, 0))
    try:
        async with association_with(server.info.addresses[0]) as ours:
            heard = await ours.receive()
    finally:
        await server.async_close()
    assert heard == AAssociateReject(pdv(b"no"), "user", 3, permanent=True)
