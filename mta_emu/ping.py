"""`mta-emu ping`: how far does an association get? Layer by layer, without an MTA of one's own.

What the peer says is read by the same code that reads captures (decode/), so that the layer which
spoke last is known, and its reason has the same words.
"""

import asyncio
import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from labkit import sockets
from labkit.addresses import parse_address, split
from labkit.hosts import looked_up
from labkit.reason import Reason
from mta_emu.decode.overheard import Overheard
from mta_emu.decode.steps import Layer, LayerName, Side
from mta_emu.endpoint import Endpoint
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.policy.identity import impostor, travelling
from mta_emu.mta.policy.names import resolve, source_address
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
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
)
from mta_emu.osi.selectors import Selectors, parse_selector

PORT = 102

#: The layers in the order in which they answer, as decode calls them.
_NAMES = {LayerName.NETWORK: "tcp", LayerName.MTS: "mts bind"}
LAYERS = tuple(_NAMES.get(layer, layer.value) for layer in LayerName)
_TCP, _BIND = LAYERS[0], LAYERS[-1]
_ONLY_IN_NORMAL_MODE = ("acse",)
_HINT = (
    "; name and password are as configured here: look at the address that the MTA sees, and at "
    "its own configuration"
)

#: Whether the MTA that accepted is the one that was meant: None when it is.
Check = Callable[[Credentials], Reason | None]


@dataclass(frozen=True)
class Target:
    """The MTA to call."""

    host: str
    port: int = PORT

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read HOST, HOST:PORT, an IPv6 address, or one in brackets with :PORT.

        Raises ValueError.
        """
        return cls(*split(text, PORT))


@dataclass(frozen=True)
class Answer:
    """The result of a layer: `outcome` is "ok", "failed" or "-" (it was not reached)."""

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


@dataclass(frozen=True)
class Call:
    """The address to call, and what to ask for; `is_wrong` judges who accepted."""

    target: Target
    source: str | None = None  # the address to call from; None: the kernel's choice
    mta_name: str = ""
    password: str = ""
    called: Selectors = Selectors()
    calling: Selectors = Selectors()
    two_way: bool = False
    mode: Mode = Mode.NORMAL_1988
    checkpoint_size: int = 0  # KB
    window_size: int = 3
    is_wrong: Check = lambda _: None
    as_configured: bool = False  # name and password are those of the MTA's configuration

    @classmethod
    def of_connector(cls, config: MtaConfig, name: str) -> "Call":
        """The call that a connector makes, as its pages say. Raises ValueError."""
        connector = next((each for each in config.connectors if each.name == name), None)
        if connector is None:
            names = ", ".join(each.name for each in config.connectors) or "none"
            raise ValueError(f"no connector {name!r} in the configuration; there are: {names}")
        stack, advanced = connector.stack, connector.advanced
        address = resolve(config.server, stack.address)
        if address is None:
            raise ValueError(f"no address is known for {stack.address} ({stack.place('address')})")
        mta_name, password = config.local_credentials(connector)
        local = config.server.transport_stack
        return cls(
            Target(str(address), config.called_port(connector)),
            source=str(source_address(config, connector, 0).address),
            mta_name=mta_name,
            password=password.decode("ascii"),
            called=travelling(stack.outgoing.for_stack(), advanced.conformance),
            calling=travelling(local.selectors.for_stack(), advanced.conformance),
            two_way=advanced.two_way_alternate,
            mode=advanced.conformance,
            checkpoint_size=connector.override.checkpoint_size,
            window_size=connector.override.window_size,
            is_wrong=partial(impostor, connector),
            as_configured=True,
        )

    @property
    def opening(self) -> RtOpen:
        """The RT-OPEN that it asks for. Raises ValueError for what is not IA5 text."""
        for what, text in (("MTA name", self.mta_name), ("password", self.password)):
            if not text.isascii():
                raise ValueError(f"{what} {text!r}: must be IA5 text (ASCII)")
        credentials = Credentials(self.mta_name, self.password.encode("ascii"))
        two_way = DialogueMode.TWO_WAY_ALTERNATE if self.two_way else DialogueMode.MONOLOGUE
        return RtOpen(
            called=self.called,
            calling=self.calling,
            user_data=bind.encode_argument(credentials, self.mode),
            dialogue_mode=two_way,
            checkpoint_size=self.checkpoint_size,
            window_size=self.window_size,
            mode=self.mode,
        )


async def ping(call: Call, patience: float) -> list[Answer]:
    """Open an association and release it: the result of each layer, within `patience` seconds.

    Raises ValueError when the call cannot be made.
    """
    attempt = _Attempt(call, patience)
    await attempt.make(call.opening)
    if call.mode is Mode.NORMAL_1988:
        return attempt.answers
    return [answer for answer in attempt.answers if answer.layer not in _ONLY_IN_NORMAL_MODE]


async def _addresses(target: Target, source: str | None) -> list[str]:
    """The addresses of a host, of the family of `source`. Raises OSError.

    They are asked for in a thread that nobody waits for: a name server that is silent takes longer
    than anybody's patience, and asyncio waits for its own threads.
    """
    family = socket.AF_UNSPEC
    if source is not None:
        family = sockets.family(parse_address(source))
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def answer(addresses: list[str], error: OSError | None) -> None:
        if found.done():
            return
        if error:
            found.set_exception(error)
        else:
            found.set_result(addresses)

    def ask() -> None:
        addresses: list[str] = []
        problem = None
        try:
            host = looked_up(target.host) or target.host
            infos = socket.getaddrinfo(host, target.port, family, socket.SOCK_STREAM)
            addresses = [str(info[4][0]) for info in infos]
        except OSError as error:
            problem = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(answer, addresses, problem)

    threading.Thread(target=ask, daemon=True).start()
    return await found


class _Attempt:
    """One association; a tap on its own socket."""

    def __init__(self, call: Call, patience: float) -> None:
        self.answers: list[Answer] = []
        self._call = call
        self._patience = patience
        self._overheard: Overheard | None = None

    def record(self, local: str, remote: str, what: str, octets: bytes = b"") -> None:
        """Take one thing that happened on the socket; see Tap."""
        self._overheard = self._overheard or Overheard(local, remote, we_call=True)
        self._overheard.record(what, octets, time.time_ns())

    async def make(self, opening: RtOpen) -> None:
        """Call, and note the result of each layer."""
        target, source = self._call.target, self._call.source
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        endpoint: Endpoint | None = None
        try:
            async with asyncio.timeout_at(deadline):
                endpoint = await self._connect(target, source)
                await self._open(endpoint, opening)
        except TimeoutError:
            if not self.answers:  # else only the release is not answered
                self._not_answered(f"no answer within {self._patience:g} s")
        except OSError as error:
            resolving = isinstance(error, socket.gaierror)
            known = error.errno in errno.errorcode and not resolving
            text = os.strerror(error.errno or 0) if known else error.strerror or str(error)
            self._failed(_TCP, text)
        if endpoint:
            if loop.time() >= deadline:
                endpoint.drop()
            await endpoint.close(linger=max(0.0, deadline - loop.time()))

    async def _connect(self, target: Target, source: str | None) -> Endpoint:
        """Connect to the first of the target's addresses that answers. Raises OSError."""
        *others, last = await _addresses(target, source)
        for address in others:
            with suppress(OSError):
                return await self._connect_to(address, target.port, source)
        return await self._connect_to(last, target.port, source)

    async def _connect_to(self, address: str, port: int, source: str | None) -> Endpoint:
        return await Endpoint.connect(RtseConnection(initiator=True), address, port, source, self)

    async def _open(self, endpoint: Endpoint, opening: RtOpen) -> None:
        endpoint.request(opening)
        answer = await endpoint.receive()
        match answer:
            case RtOpenAccept():
                await self._accepted(endpoint, answer)
            case RtOpenReject(user_data, "user", reason):
                hint = _HINT if self._call.as_configured else ""
                self._failed(_BIND, f"refused: {bind.error_in_words(user_data, reason)}{hint}")
            case RtPAbort(by_peer=False) if not _is_ending(self._last_layers()):
                self._failed(_name(answer.layer), f"its answer is wrong: {answer.reason}")
            case _:
                self._ended(endpoint)

    async def _accepted(self, endpoint: Endpoint, accept: RtOpenAccept) -> None:
        try:
            who = bind.decode_result(accept.user_data)
        except ProtocolError as error:
            self._failed(_BIND, f"its answer is wrong: {error}")
            return
        text = (
            f"accepted by {who.name or 'an MTA without a name'}, "
            f"checkpoint size {accept.checkpoint_size} KB, window {accept.window_size}"
        )
        outcome = "ok"
        if wrong := self._call.is_wrong(who):
            outcome, text = "failed", f"{text}; but the connector does not take it: {wrong}"
        self._noted(len(LAYERS) - 1, outcome, f"{text}; not released")
        endpoint.request(RtClose())
        if isinstance(await endpoint.receive(), RtCloseAccept):
            self._noted(len(LAYERS) - 1, outcome, f"{text}; released")

    def _ended(self, endpoint: Endpoint) -> None:
        """The peer refused, aborted, or ended the connection."""
        said = self._overheard.association.findings if self._overheard else []
        wrong = [each for each in said if each.sender is Side.CALLED]
        layers = self._last_layers()
        if _is_ending(layers):
            self._failed(_name(layers[-1].name), _in_words(layers))
        elif wrong:
            self._failed(_name(wrong[0].layer), f"its answer is wrong: {wrong[0].text}")
        else:
            ending = "reset" if endpoint.error else "closed"
            self._not_answered(f"the MTA {ending} the TCP connection without an answer")

    def _last_layers(self) -> tuple[Layer, ...]:
        """What the peer's last word is to each layer; TCP's own where it has said nothing."""
        steps = self._overheard.association.steps if self._overheard else []
        spoken = [step.layers for step in steps if step.sender is Side.CALLED]
        above = [layers for layers in spoken if layers[-1].name != LayerName.NETWORK]
        return (above or spoken)[-1]

    def _not_answered(self, text: str) -> None:
        """The layer above the one that spoke last has not answered."""
        if self._overheard is None:
            self._failed(_TCP, text)
            return
        last = _name(self._last_layers()[-1].name)
        self._failed(LAYERS[min(LAYERS.index(last) + 1, len(LAYERS) - 1)], text)

    def _failed(self, layer: str, text: str) -> None:
        self._noted(LAYERS.index(layer), "failed", text)

    def _noted(self, at: int, outcome: str, text: str) -> None:
        self.answers = [Answer(layer, "ok") for layer in LAYERS[:at]]
        self.answers.append(Answer(LAYERS[at], outcome, text))
        self.answers += [Answer(layer, "-") for layer in LAYERS[at + 1 :]]


def _name(layer: str) -> str:
    return _NAMES.get(LayerName(layer), layer)


#: How the PDUs end an association, by their names in decode.
_ENDINGS = {"DR": "refused", "ER": "rejected", "RF": "refused", "AB": "aborted"}
_CODES = ("reason", "provider_reason", "refuse_reason", "abort_reason", "diagnostic")


def _is_ending(layers: tuple[Layer, ...]) -> bool:
    """Whether what a peer said refuses or ends the association."""
    return any(layer.pdu in _ENDINGS for layer in layers)


def _in_words(layers: tuple[Layer, ...]) -> str:
    """How the peer ended the association, and why, as far as its layers say."""
    at = next(at for at, layer in enumerate(layers) if layer.pdu in _ENDINGS)
    ending, above = _ENDINGS[layers[at].pdu], layers[at:]
    for layer in reversed(above):
        if text := layer.parameters.get("text"):
            found = (layer.parameters[each] for each in _CODES if each in layer.parameters)
            code = next(found, None)
            return f"{ending}: {text}" + (f" ({code})" if code is not None else "")
    summary = next((layer.summary for layer in reversed(above) if layer.summary), "")
    return f"{ending}: {summary}" if summary else f"{ending}, without a reason"
