"""`mta-emu ping`: how far does an association get? Layer by layer, without an MTA of one's own."""

import asyncio
from dataclasses import dataclass

from mta_emu.endpoint import Endpoint
from mta_emu.mta.configuration.fields import parse_selector
from mta_emu.mts import bind
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPAbort,
    RtPrimitive,
)
from mta_emu.osi.selectors import Selectors

_PORT = 102

#: The layers in the order in which they answer.
LAYERS = ("tcp", "transport", "session", "presentation", "acse", "rtse", "mts bind")
_ONLY_IN_NORMAL_MODE = ("acse",)


@dataclass(frozen=True)
class Target:
    """The MTA to call."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read HOST or HOST:PORT. Raises ValueError."""
        host, _, port = text.partition(":")
        if not host or (port and not (port.isdigit() and 0 < int(port) < 65536)):
            raise ValueError(f"{text!r}: must be HOST or HOST:PORT")
        return cls(host, int(port or _PORT))


@dataclass(frozen=True)
class Step:
    """What came of a layer: `outcome` is "ok", "failed" or "-" (not reached)."""

    layer: str
    outcome: str
    text: str = ""


def parse_selectors(text: str) -> Selectors:
    """Read T/S/P selectors, each text or hex after 0x. Raises ValueError."""
    parts = [parse_selector(part) for part in text.split("/")]
    if len(parts) > 3:
        raise ValueError(f"{text!r}: more than the three selectors T/S/P")
    transport, session, presentation = [*parts, b"", b"", b""][:3]
    return Selectors(presentation=presentation, session=session, transport=transport)


def request(
    mta_name: str,
    password: str,
    *,
    called: Selectors,
    calling: Selectors,
    two_way: bool,
    mode: Mode,
) -> RtOpen:
    """The RT-OPEN that a ping asks for. Raises ValueError for a password that is not IA5."""
    credentials = Credentials(mta_name, password.encode("ascii"))
    return RtOpen(
        called=called,
        calling=calling,
        user_data=bind.encode_argument(credentials, mode),
        dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE if two_way else DialogueMode.MONOLOGUE,
        mode=mode,
    )


async def ping(target: Target, opening: RtOpen, source: str | None, patience: float) -> list[Step]:
    """Open an association, release it, and tell what each layer answered."""
    steps = await _ping(target, opening, source, patience)
    if opening.mode is Mode.NORMAL_1988:
        return steps
    return [step for step in steps if step.layer not in _ONLY_IN_NORMAL_MODE]


async def _ping(target: Target, opening: RtOpen, source: str | None, patience: float) -> list[Step]:
    connection = RtseConnection(initiator=True)
    try:
        async with asyncio.timeout(patience):
            endpoint = await Endpoint.connect(connection, target.host, target.port, source=source)
    except TimeoutError:
        return _steps("tcp", f"no answer within {patience:g} s")
    except OSError as error:
        return _steps("tcp", error.strerror or str(error))
    try:
        async with asyncio.timeout(patience):
            await endpoint.request(opening)
            return await _outcome(endpoint, await endpoint.receive())
    except TimeoutError:
        layer = "transport" if not connection.session.transport.established else "session"
        return _steps(layer, f"no answer within {patience:g} s")
    finally:
        await endpoint.close(linger=patience)


async def _outcome(endpoint: Endpoint, answer: RtPrimitive | None) -> list[Step]:
    match answer:
        case RtOpenAccept(user_data, checkpoint_size, window_size):
            try:
                name = bind.decode_result(user_data).name or "an MTA without a name"
            except ProtocolError as error:
                return _steps("mts bind", str(error))
            await endpoint.request(RtClose())
            released = isinstance(await endpoint.receive(), RtCloseAccept)
            text = (
                f"accepted by {name}, checkpoint size {checkpoint_size} KB, "
                f"window {window_size}; {'released' if released else 'not released'}"
            )
            return _steps(None, text)
        case RtOpenReject(user_data, "user", reason):
            return _steps("mts bind", f"refused: {_bind_error(user_data, reason)}")
        case RtOpenReject(_, layer, reason, text):
            return _steps(layer, f"refused, reason {reason}, {text}")
        case RtPAbort(reason, _):
            established = endpoint.connection.session.transport.established
            return _steps("session" if established else "transport", reason)
        case _:
            return _steps("rtse", "aborted by the MTA")


def _steps(failed: str | None, text: str) -> list[Step]:
    """All layers, given the one that failed; None: all answered."""
    at = LAYERS.index(failed) if failed else len(LAYERS) - 1
    steps = [Step(layer, "ok") for layer in LAYERS[:at]]
    steps.append(Step(LAYERS[at], "failed" if failed else "ok", text))
    return steps + [Step(layer, "-") for layer in LAYERS[at + 1 :]]


def _bind_error(user_data: bytes, reason: int) -> str:
    """The bind error; in the X.410 modes the refuse reason, which has its values."""
    if not user_data and not reason:
        return "without a reason"
    try:
        error = bind.decode_error(user_data) if user_data else reason
    except ProtocolError as problem:
        return str(problem)
    names = {int(known): known.name.lower().replace("_", " ") for known in BindError}
    return f"{names.get(error, 'unknown error')} ({error})"
