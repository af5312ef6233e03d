"""What is fuzzed: a table of targets, each a function of the octets that an attacker chooses.

A decoder may raise ProtocolError and nothing else. A state machine may raise nothing at all, must
not answer a little with a lot, and is silent once it has ended. Whatever escapes is a finding.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from fuzz import conversations
from fuzz.conversations import answer
from mta_emu.mts import bind, envelope, ipm, oraddress
from mta_emu.mts.apdu import ApduReader
from mta_emu.osi import ber, transport
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.external import ExternalReader
from mta_emu.osi.session import spdu
from mta_emu.osi.tpkt import HEADER_LENGTH, MAX_LENGTH, TpktReader, frame

_DT = bytes((2, transport.DT, 0x80))
_ANSWER_ALLOWANCE = 1 << 17  # octets that a machine may send because of one input


@dataclass(frozen=True)
class Target:
    """One thing to fuzz: what runs on an input, and the first inputs."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]


# Decoders


def _decoder(decode: Callable[[bytes], object], seeds: Callable[[], Sequence[bytes]]) -> Target:
    def run(octets: bytes) -> None:
        with suppress(ProtocolError):
            decode(octets)

    return Target(run, seeds)


def _cut_tpkts(octets: bytes) -> None:
    """The same TPDUs must come of a stream in one piece and octet by octet."""
    whole: list[bytes] = []
    with suppress(ProtocolError):
        whole.extend(TpktReader().feed(octets))
    reader, piecemeal = TpktReader(), list[bytes]()
    with suppress(ProtocolError):
        for octet in octets:
            piecemeal.extend(reader.feed(bytes((octet,))))
    assert whole == piecemeal


def _make_definite(octets: bytes) -> None:
    """What was made definite stays as it is."""
    value = ber.definite(octets)
    assert ber.definite(value) == value


def _stream(make: Callable[[], ApduReader | ExternalReader]) -> Callable[[bytes], None]:
    """A streaming reader, fed in pieces of the size that the first octet gives."""

    def decode(octets: bytes) -> None:
        reader = make()
        size = octets[0] + 1 if octets else 1
        for start in range(1, len(octets), size):
            reader.feed(octets[start : start + size])

    return decode


def _read_address(octets: bytes) -> None:
    """What is read from text is written so that it reads the same, as text and as BER."""
    try:
        address = oraddress.ORAddress.parse(octets.decode("latin-1"))
    except ValueError:
        return
    assert oraddress.ORAddress.parse(str(address)) == address
    oraddress.decode(oraddress.encode(address))


def _types(modules: Sequence[str], *names: str) -> Callable[[bytes], None]:
    """The type that the first octet chooses."""
    codec = compile_modules("mta_emu.osi.asn1", *modules)

    def decode(octets: bytes) -> None:
        if octets:
            codec.decode(names[octets[0] % len(names)], octets[1:])

    return decode


def _tpdus() -> list[bytes]:
    return [octets[HEADER_LENGTH:] for octets in _tpkts()]


def _tpkts() -> list[bytes]:
    return [frame(tpdu) for octets in conversations.bursts() for tpdu in TpktReader().feed(octets)]


def _tsdus() -> list[bytes]:
    return [tpdu[len(_DT) :] for tpdu in _tpdus() if tpdu[1] == transport.DT]


def _user_data() -> list[bytes]:
    """The presentation's PDUs in what was recorded."""
    units = [unit for tsdu in _tsdus() for unit in spdu.decode_tsdu(tsdu)]
    return [unit.user_data for unit in units if unit.user_data]


def _numbered(count: int, seeds: Callable[[], Sequence[bytes]]) -> Callable[[], Sequence[bytes]]:
    return lambda: [bytes((n,)) + octets for n in range(count) for octets in seeds()]


def _binds() -> list[bytes]:
    return [
        conversations.OPEN.user_data,
        conversations.ACCEPT.user_data,
        conversations.REJECT.user_data,
        b"\x02\x01\x02",  # the bare INTEGER that one old stack sends
    ]


def _read_bind(octets: bytes) -> None:
    for decode in (bind.decode_argument, bind.decode_result, bind.decode_error):
        with suppress(ProtocolError):
            decode(octets)


# State machines


def _chunks(octets: bytes) -> Iterator[bytes]:
    """What arrives: each chunk has its length before it, and is a TSDU unless the top bit is set.

    With a stream of octets alone the fuzzer would have to find out three framings first.
    """
    while len(octets) >= 2:
        head = int.from_bytes(octets[:2], "big")
        chunk, octets = octets[2 : 2 + (head & 0x7FFF)], octets[2 + (head & 0x7FFF) :]
        yield chunk if head & 0x8000 else _framed(chunk)


def _framed(tsdu: bytes) -> bytes:
    assert len(tsdu) < MAX_LENGTH
    return frame(_DT + tsdu)


def _attack(octets: bytes) -> None:
    """Octets arrive at a stack in one of the states of a legal conversation."""
    if not octets:
        return
    states = conversations.snapshots()
    side = copy.deepcopy(states[octets[0] % len(states)])
    side.data_to_send()
    answered = 0
    for chunk in _chunks(octets[1:]):
        ended = side.closed
        answer(side, side.receive_data(chunk))
        said = side.data_to_send()
        answered += len(said)
        assert not (ended and said), "an ended stack still talks"
    assert answered < _ANSWER_ALLOWANCE + 64 * len(octets)
    answer(side, side.receive_eof())
    assert side.closed
    assert not side.receive_data(octets)


def _attack_seeds() -> list[bytes]:
    """In every state, what was said then, and a TSDU that belongs somewhere else."""
    seeds, tsdus = [], _tsdus()
    for state, side in enumerate(conversations.snapshots()):
        elsewhere = _chunk(tsdus[state % len(tsdus)], raw=False)
        said = _chunk(copy.deepcopy(side).data_to_send(), raw=True)
        seeds += [bytes((state,)) + elsewhere, bytes((state ^ 1,)) + said]
    return seeds


def _chunk(octets: bytes, *, raw: bool) -> bytes:
    return (len(octets) | raw << 15).to_bytes(2, "big") + octets


def _between(octets: bytes) -> None:
    """Two stacks talk over a wire that the input meddles with, one octet of it a burst.

    0 passes a burst on, 1 loses it, 2 sends it twice, 3 cuts it in two, 4 ends the connection;
    from 8 on one octet of it is changed.
    """
    if not octets:
        return
    pairs = [pair for heard in conversations.all_of_them() for pair in heard.snapshots]
    calling, called = copy.deepcopy(pairs[octets[0] % len(pairs)])
    script = iter(octets[1:])
    for _ in range(64):
        onward, back = calling.data_to_send(), called.data_to_send()
        if not onward and not back:
            break
        for side, burst in ((called, onward), (calling, back)):
            if burst:
                _meddle(side, burst, next(script, 0), script)


def _meddle(side: RtseConnection, burst: bytes, how: int, script: Iterator[int]) -> None:
    at = next(script, 0) * len(burst) // 256 if how > 2 else 0
    match how:
        case 1:
            pieces: list[bytes] = []
        case 2:
            pieces = [burst, burst]
        case 3:
            pieces = [burst[:at], burst[at:]]
        case 4:
            answer(side, side.receive_eof())
            return
        case _ if how >= 8:
            pieces = [burst[:at] + bytes((burst[at] ^ how,)) + burst[at + 1 :]]
        case _:
            pieces = [burst]
    for piece in pieces:
        answer(side, side.receive_data(piece))


def _meddling_seeds() -> list[bytes]:
    states = range(sum(len(heard.snapshots) for heard in conversations.all_of_them()))
    return [bytes((state, how, 128, how)) for state in states for how in (0, 1, 2, 3, 4, 9)]


TARGETS: dict[str, Target] = {
    "tpkt": Target(_cut_tpkts, conversations.bursts),
    "tpdu": _decoder(transport.decode, _tpdus),
    "spdu": _decoder(spdu.decode_tsdu, _tsdus),
    "ber": _decoder(_make_definite, _user_data),
    "ppdu": _decoder(
        _types(["presentation"], "CP-type", "CPA-PPDU", "CPR-PPDU", "Abort", "User-data"),
        _numbered(5, _user_data),
    ),
    "ppdu-x410": _decoder(
        _types(["rtse", "x410"], "CP-type", "CPA-PPDU", "Mode"), _numbered(3, _user_data)
    ),
    "acse": _decoder(_types(["acse"], "ACSE-apdu"), _numbered(1, _user_data)),
    "rtse": _decoder(_types(["rtse"], "RTSE-apdus"), _numbered(1, _user_data)),
    "external": _decoder(_stream(ExternalReader), _numbered(1, _user_data)),
    "bind": _decoder(_read_bind, _binds),
    "apdu": _decoder(_stream(ApduReader), lambda: [b"\x40" + conversations.apdu()]),
    "envelope": _decoder(envelope.decode, lambda: [conversations.envelope()]),
    "ipm": _decoder(ipm.decode, lambda: [conversations.content()]),
    "or-address": Target(_read_address, lambda: [str(conversations.SMITH).encode("ascii")]),
    "or-name": _decoder(oraddress.decode, lambda: [oraddress.encode(conversations.JONES)]),
    "stack": Target(_attack, _attack_seeds),
    "wire": Target(_between, _meddling_seeds),
}
