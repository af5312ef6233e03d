"""What is fuzzed: a table of targets, each a function of the octets that an attacker chooses.

A decoder may raise ProtocolError and nothing else. A state machine may raise nothing at all, and
oracle.py says what else it must and must not. Whatever escapes is a finding.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Generic

from fuzz import caller, captures, contents, conversations, delivery
from fuzz.chunks import RAW, chunk, chunks, framed
from fuzz.conversations import Conversation, Machine
from fuzz.mutation import mutate_conversation, mutate_tsdu, mutate_value
from fuzz.oracle import Watched
from mta_emu.decode.transport import Tsdus
from mta_emu.mts import bind, envelope, oraddress, probe, report
from mta_emu.mts.apdu import ApduReader
from mta_emu.osi import ber
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.external import ExternalReader
from mta_emu.osi.session import spdu
from mta_emu.osi.tpkt import HEADER_LENGTH, TpktReader, frame
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE
from mta_emu.osi.transport.tpdu import DT
from mta_emu.osi.transport.tpdu import decode as decode_tpdu


@dataclass(frozen=True)
class Target:
    """One thing to fuzz: what runs on an input, and the first inputs.

    `mutate` changes an input by what it is made of, beside what libFuzzer does with octets.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    mutate: Callable[[bytes, Random], bytes] | None = None


# Decoders


def _decoder(
    decode: Callable[[bytes], object],
    seeds: Callable[[], Sequence[bytes]],
    mutate: Callable[[bytes, Random], bytes] | None = None,
) -> Target:
    def run(octets: bytes) -> None:
        with suppress(ProtocolError):
            decode(octets)

    return Target(run, seeds, mutate)


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


def _relayed(codec: Any) -> Callable[[bytes], None]:
    """What passed this MTA reads as what it read and the trace that it added."""

    def decode(octets: bytes) -> None:
        value = codec.decode(octets).passed(conversations.DOMAIN, "RELAY", conversations.NOON)
        assert codec.decode(codec.encode(value)) == value

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
    joining = Tsdus()
    dts = [tpdu for tpdu in map(decode_tpdu, _tpdus()) if tpdu.code == DT]
    return [whole[0] for dt in dts if (whole := joining.feed(dt))]


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


@cache
def _states(heard: Callable[[], Sequence[Conversation[Any]]]) -> list[bytes]:
    """The pairs of machines on the way through conversations, pickled, each state once."""
    return list(dict.fromkeys(pair for each in heard() for pair in each.snapshots))


_GT_DT = b"\x01\x00\x01"
_STRIDE = 7  # between the kinds of TSDU that a state hears first


@dataclass(frozen=True)
class _Attack(Generic[Machine]):
    """Octets arrive at a machine in one of the states of legal conversations."""

    heard: Callable[[], list[Conversation[Machine]]]
    answer: Callable[[Machine, Iterable[Any]], None]
    kept: int = MAX_TSDU_SIZE  # octets of a TSDU or SSDU; a longer one comes in parts

    def __call__(self, octets: bytes) -> None:
        if not octets:
            return
        states = _states(self.heard)
        pair = pickle.loads(states[(octets[0] >> 1) % len(states)])
        watched = Watched(pair[octets[0] & 1], self.answer)
        machine = watched.machine
        machine.data_to_send()
        session = machine.session if isinstance(machine, RtseConnection) else machine
        session.transport._max_tsdu_size = session._joiner._limit = self.kept
        for bits, said in chunks(octets[1:]):
            watched.receive(said if bits & RAW else framed(said, self.kept))
        watched.end()

    def seeds(self) -> list[bytes]:
        """To every state some TSDUs, and every kind of TSDU to some state.

        With a small bound, to every state the data that go beyond it.
        """
        states = range(min(256, 2 * len(_states(self.heard))))
        kinds = list({tsdu[:5]: tsdu for tsdu in _tsdus()}.values())
        long = [tsdu for tsdu in kinds if tsdu.startswith(_GT_DT) and len(tsdu) > self.kept]
        if long:
            return [bytes((state,)) + chunk(tsdu) for state in states for tsdu in long]
        return [
            bytes((state,)) + chunk(kinds[(state + step * _STRIDE) % len(kinds)])
            for state in states
            for step in range(3)
        ]


_STACK = _Attack(conversations.associations, conversations.answer)
_PARTS = _Attack(conversations.associations, conversations.answer, kept=24)
_SESSION = _Attack(conversations.sessions, conversations.answer_session)


def _between(octets: bytes) -> None:
    """Two stacks talk over a wire that the input meddles with, one octet of it a burst.

    0 passes a burst on, 1 loses it, 2 sends it twice, 3 cuts it in two, 4 ends the connection;
    from 8 on one octet of it is changed.
    """
    if not octets:
        return
    states = _states(conversations.associations)
    calling, called = (
        Watched(side, conversations.answer)
        for side in pickle.loads(states[octets[0] % len(states)])
    )
    onward, back = calling.machine.data_to_send(), called.machine.data_to_send()
    script = iter(octets[1:])
    for _ in range(64):
        if not onward and not back:
            break
        answer = _meddle(called, onward, script)
        onward, back = _meddle(calling, back, script), answer
    calling.end()
    called.end()


def _meddle(side: Watched[RtseConnection], burst: bytes, script: Iterator[int]) -> bytes:
    """Let a burst arrive in some way; what the receiver says to it."""
    if not burst:
        return b""
    how = next(script, 0)
    at = next(script, 0) * len(burst) // 256 if how > 2 else 0
    match how:
        case 1:
            pieces: list[bytes] = []
        case 2:
            pieces = [burst, burst]
        case 3:
            pieces = [burst[:at], burst[at:]]
        case 4:
            side.machine.receive_eof()
            pieces = []
        case _ if how >= 8:
            pieces = [burst[:at] + bytes((burst[at] ^ how,)) + burst[at + 1 :]]
        case _:
            pieces = [burst]
    return b"".join(side.receive(piece) for piece in pieces)


def _meddling_seeds() -> list[bytes]:
    states = range(min(256, len(_states(conversations.associations))))
    return [bytes((state, how, 128, how)) for state in states for how in (0, 1, 2, 3, 4, 9)]


def _alone(content: Callable[[], bytes]) -> Callable[[], Sequence[bytes]]:
    return lambda: [content()]


def _behind_one(mutate: Callable[[bytes, Random], bytes]) -> Callable[[bytes, Random], bytes]:
    """Mutate what stands behind a first octet that chooses something."""
    return lambda octets, dice: octets[:1] + mutate(octets[1:], dice)


TARGETS: dict[str, Target] = {
    "tpkt": Target(_cut_tpkts, conversations.bursts),
    "tpdu": _decoder(decode_tpdu, _tpdus),
    "spdu": _decoder(spdu.decode_tsdu, _tsdus, mutate_tsdu),
    "ber": _decoder(_make_definite, _user_data),
    "ppdu": _decoder(
        _types(["presentation"], "CP-type", "CPA-PPDU", "CPR-PPDU", "Abort", "User-data"),
        _numbered(5, _user_data),
    ),
    "ppdu-x410": _decoder(
        _types(["rtse", "x410"], "CP-type", "CPA-PPDU", "Mode-selector"), _numbered(3, _user_data)
    ),
    "acse": _decoder(_types(["acse"], "ACSE-apdu"), _numbered(1, _user_data)),
    "rtse": _decoder(_types(["rtse"], "RTSE-apdus"), _numbered(1, _user_data)),
    "external": _decoder(_stream(ExternalReader), _numbered(1, _user_data)),
    "bind": _decoder(_read_bind, _binds, mutate_value),
    "apdu": _decoder(_stream(ApduReader), lambda: [b"\x40" + conversations.apdu()]),
    "envelope": _decoder(_relayed(envelope), _alone(conversations.envelope), mutate_value),
    "report": _decoder(_relayed(report), _alone(conversations.report), mutate_value),
    "probe": _decoder(_relayed(probe), _alone(conversations.probe), mutate_value),
    "ipm": _decoder(contents.show, contents.seeds, mutate_value),
    "conversion": _decoder(contents.convert_content, contents.seeds, mutate_value),
    "caller": Target(caller.call, caller.seeds, mutate_conversation),
    "delivery": Target(delivery.deliver, delivery.seeds, mutate_value),
    "maildir": Target(contents.deliver, contents.deliveries, _behind_one(mutate_value)),
    "mail": Target(contents.take_mail, contents.mails),
    "text": Target(contents.read_text, contents.texts),
    "or-address": Target(_read_address, lambda: [str(conversations.SMITH).encode("ascii")]),
    "or-name": _decoder(oraddress.decode, lambda: [oraddress.encode(conversations.JONES)]),
    "session": Target(_SESSION, _SESSION.seeds, _behind_one(mutate_conversation)),
    "stack": Target(_STACK, _STACK.seeds, _behind_one(mutate_conversation)),
    "parts": Target(_PARTS, _PARTS.seeds, _behind_one(mutate_conversation)),
    "wire": Target(_between, _meddling_seeds),
    "capture": Target(captures.decode_file, captures.captures),
    "packets": Target(captures.decode_packets, captures.links),
    "association": Target(
        captures.decode_conversation,
        captures.conversations_said,
        _behind_one(mutate_conversation),
    ),
}
