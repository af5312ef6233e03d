"""All modes, both dialogues, either MTA as the caller: mail on real sockets; Wireshark judges."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    Octets,
    RtOpen,
    RtOpenAccept,
    RtPrimitive,
    RtTransfer,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.spdu import Spdu, decode_tsdu
from mta_emu.osi.tpkt import TpktReader
from mta_emu.osi.transport.tpdu import DT
from mta_emu.osi.transport.tpdu import decode as decode_tpdu
from mta_emu.tap import TapFile
from mta_lab.capture.scene import Scene
from mta_lab.capture.sockets import write_conversations

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
PORT = 10888
LONG = "All work and no play makes Jack a dull boy.\n" * 2000  # three checkpoints

SCENE = Scene(
    networks={"loopback": IPv4Network("127.0.0.0/8")},
    names={IPv4Address("127.0.113.88"): ["A"], IPv4Address("127.0.100.88"): ["B"]},
    port=PORT,
)
#: What Wireshark shows when it cannot read something, or doubts it (severity warning and up).
COMPLAINTS = (
    "_ws.malformed or _ws.short or _ws.expert.severity >= 6291456 or data or ber.unknown_data or "
    "ber.unknown_octetstring or ber.unknown.primitive or ber.unknown.OCTETSTRING or "
    "ber.unknown.OID or ber.unknown.INTEGER or ber.unknown.IA5String or ber.unknown.BITSTRING"
)
#: Wireshark 4.0 takes the bare values of DT and PT in X.410-1984 mode for presentation's, those of
#: ISODE too; what they carry is shown to it in normal mode.
BARE = {1, 2}
IN_X410_MODE = f"({COMPLAINTS}) and not ses.type in {{{', '.join(map(str, sorted(BARE)))}}}"
_LAYERS = {"tpkt", "cotp", "ses", "pres", "p1"}
#: By mode: the layers (RTSE shows inside of presentation in X.410-1984 mode), the application
#: protocol that RTORQ names (X.419 13.1.1.1), the complaints.
MODES = {
    "1984": (_LAYERS, {"1"}, IN_X410_MODE),
    "1988-x410": (_LAYERS, {"12"}, IN_X410_MODE),
    "1988-normal": (_LAYERS | {"acse", "rtse"}, set(), COMPLAINTS),
}


@pytest.mark.parametrize("caller", ["A", "B"])
@pytest.mark.parametrize("two_way", [False, True], ids=["monologue", "two-way"])
@pytest.mark.parametrize("mode", MODES)
async def test_mail_both_ways(
    start: Start,
    a_document: dict[str, Any],
    b_document: dict[str, Any],
    tmp_path: Path,
    tshark: Callable[..., list[dict[str, list[str]]]],
    agree_with_tshark: Callable[[Path, int], int],
    mode: str,
    two_way: bool,
    caller: str,
) -> None:
    documents = {"A": a_document, "B": b_document}
    for document in documents.values():
        document["connectors"][0]["advanced"] = {"conformance": mode, "two_way_alternate": two_way}
        # MOTIS's trace of MTAs in P1 of 1984 is a member that Wireshark does not know
        document["connectors"][0]["heuristics"] = {"strip_internal_trace_information": True}
    called = "B" if caller == "A" else "A"
    if two_way:  # what the called side sends must go by the turn
        documents[called]["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    log = tmp_path / "tap"
    tap = TapFile(log)
    running = {
        name: await start(document, tap=tap if name == caller else None)
        for name, document in documents.items()
    }
    to = {"A": SMITH, "B": JONES}
    for name, count in ((called, 1), (caller, 2)):
        await running[name].send(to[name], count=count, subject=f"From {name}", text=LONG)
    for name, count in ((caller, 1), (called, 2)):
        mta = running[name]
        await mta.until(lambda mta=mta, count=count: len(mta.all("delivered")) == count)
    await asyncio.gather(*(mta.stop() for mta in running.values()))
    assert [mta.events for mta in running.values()] == [[], []]
    initiated = running[called].all("association", initiated="locally", state="open")
    assert bool(initiated) is not two_way

    layers, protocols, complaints = MODES[mode]
    capture = judged_by_tshark(log, tmp_path, tshark, complaints)
    fields = ("rtse.dialogueMode", "rtse.applicationProtocol", "ses.serial_number")
    packets = tshark(capture, "frame.protocols", *fields, where="tpkt", port=PORT)
    seen = {layer for packet in packets for layer in packet["frame.protocols"][0].split(":")}
    assert layers <= seen
    assert ("acse" in seen) is ("acse" in layers)
    assert _values(packets, "rtse.applicationProtocol") >= protocols
    assert _values(packets, "rtse.dialogueMode") == ({"1"} if two_way else set())
    assert _values(packets, "ses.serial_number") >= {"1", "2"}  # checkpoints

    if mode != "1988-normal":
        capture = _in_normal_mode(list(_transferred(log)), tmp_path)
        assert tshark(capture, "frame.number", where=COMPLAINTS, port=PORT) == []
    assert agree_with_tshark(capture, PORT)
    packets = tshark(capture, "p22.subject", "p1.MTS_APDU", where="p1", port=PORT)
    assert _values(packets, "p22.subject") == {
        *(f"From {caller} ({number} of 2)" for number in (1, 2)),
        f"From {called}",
    }


def judged_by_tshark(
    log: Path,
    directory: Path,
    tshark: Callable[..., list[dict[str, list[str]]]],
    complaints: str = COMPLAINTS,
) -> Path:
    """The capture of what a tap has, in which Wireshark finds nothing to complain about."""
    capture = directory / "capture.pcapng"
    write_conversations(capture, SCENE, [log])
    assert tshark(capture, "frame.number", where=complaints, port=PORT) == []
    return capture


def _values(packets: list[dict[str, list[str]]], field: str) -> set[str]:
    return {value for packet in packets for value in packet.get(field, [])}


def _transferred(log: Path) -> Iterator[bytes]:
    """The APDUs that went over the tapped sockets in X.410-1984 mode, off the octets."""
    streams: dict[tuple[str, str, str], tuple[TpktReader, bytearray, bytearray]] = {}
    for line in log.read_text("ascii").splitlines():
        happening = json.loads(line)
        key = happening["local"], happening["remote"], happening["what"]
        reader, tsdu, apdu = streams.setdefault(key, (TpktReader(), bytearray(), bytearray()))
        for octets in reader.feed(base64.b64decode(happening.get("data", ""))):
            tpdu = decode_tpdu(octets)
            if tpdu.code != DT:
                continue
            tsdu += tpdu.user_data
            if not tpdu.option & 0x80:
                continue
            for unit in decode_tsdu(bytes(tsdu)):
                if unit.spdu is Spdu.DT:
                    apdu += unit.user_data
                if unit.spdu is Spdu.AE:
                    yield bytes(apdu)
                    apdu.clear()
            tsdu.clear()


def _in_normal_mode(apdus: list[bytes], directory: Path) -> Path:
    """A capture of an association in normal mode that transfers these APDUs."""
    log = directory / "normal-mode"
    tap, ends = TapFile(log), ("127.0.113.88:40000", f"127.0.100.88:{PORT}")
    calling, called = RtseConnection(initiator=True), RtseConnection(initiator=False)

    def talk() -> None:
        while True:
            onward, back = calling.data_to_send(), called.data_to_send()
            if not onward and not back:
                return
            for what, octets, receiver in (("sent", onward, called), ("received", back, calling)):
                if octets:
                    tap.record(*ends, what, octets)
                    for indication in receiver.receive_data(octets):
                        answer(indication)

    def answer(indication: RtPrimitive) -> None:
        if isinstance(indication, RtOpen):
            called.request(RtOpenAccept(bind.encode_result(Credentials("B", b"x"))))
        if isinstance(indication, RtTransferEnd):
            called.request(RtTransferSecured())

    tap.record(*ends, "open")
    nobody = Selectors()
    calling.request(RtOpen(nobody, nobody, bind.encode_argument(Credentials("A", b"x"))))
    talk()
    for apdu in apdus:
        calling.request(RtTransfer(Octets(apdu)))
        talk()
    tap.record(*ends, "close")
    capture = directory / "normal-mode.pcapng"
    write_conversations(capture, SCENE, [log])
    return capture
