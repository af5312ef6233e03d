"""Opens an association to a connector's remote MTA: TCP, bind, and the check of who answered.

Or recovers one whose connection was lost: TCP, and the word that the peer knows it still.
"""

import asyncio
import errno
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from labkit.addresses import End, IPAddress
from labkit.reason import Reason
from mta_emu.acceptor import EXHAUSTED
from mta_emu.endpoint import Endpoint, Ends
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.log import winsock
from mta_emu.mta.log.records import AssociationState
from mta_emu.mta.policy import failedcalls
from mta_emu.mta.policy.identity import bind_of, impostor
from mta_emu.mta.policy.names import other_version, resolve
from mta_emu.mts import bind
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.association import RtAssociation
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
    RtRecover,
    RtRecoverAccept,
    RtUAbort,
)
from mta_emu.osi.session.primitives import ConnectionIdentifier
from mta_emu.tap import Tap

PATIENCE = 30.0  # seconds of the wall that a peer has to connect, and to bind or answer a bind

_OCTET_STRING, _T61_STRING, _UTC_TIME = b"\x04", b"\x14", b"\x17"
_UNGUESSABLE = 12  # octets

#: The "failure reason provider" of event 1290: 0 is the MTA that was called, then the layers.
_PROVIDERS = ("user", "rtse", "acse", "presentation", "session", "transport")
#: The error that event 4284 gives.
_NO_ASSOCIATION = 8511
_ENDED_EARLY = "the connection ended before the bind was answered"


class NotOpened(Exception):  # noqa: N818, mostly the peer's decision
    """No association came about.

    `state` is "refused", "aborted" or "unreachable"; `events` are the numbers of the events that
    say so (policy/failedcalls.py), each with the values that only this attempt knows; `ends` are
    the connection's, None when none was made.
    """

    def __init__(
        self,
        state: AssociationState,
        reason: Reason,
        events: Sequence[int] = (),
        values: Mapping[int, dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(str(reason))
        self.state = state
        self.reason = reason
        self.events = tuple((number, (values or {}).get(number, {})) for number in events)
        self.ends: Ends | None = None


class NotGenuine(NotOpened):
    """The bind was accepted, but not by the MTA that was meant."""


async def open_association(
    config: MtaConfig, connector: ConnectorConfig, source: IPAddress, tap: Tap | None
) -> Endpoint:
    """Open an association over a connector, from the address `source`. Raises NotOpened."""
    endpoint = await _connect(config, connector, source, tap)
    try:
        async with asyncio.timeout(PATIENCE):
            endpoint.request(_request(config, connector))
            _check(connector, await endpoint.receive())
    except TimeoutError:
        await _abort(endpoint)
        failure = _ended("no answer to the bind")
        failure.ends = endpoint.ends
        raise failure from None
    except NotOpened as failure:
        if endpoint.at_end:
            failure = _lost(Reason("bind", _ENDED_EARLY), endpoint.error)
        await (_release if isinstance(failure, NotGenuine) else _abort)(endpoint)
        failure.ends = endpoint.ends
        raise failure from None
    return endpoint


async def recover_association(
    config: MtaConfig,
    connector: ConnectorConfig,
    source: IPAddress,
    tap: Tap | None,
    association: RtAssociation,
) -> Endpoint | None:
    """Recover an association on another connection (X.228 7.8); None: the peer never will.

    Raises NotOpened when the peer cannot be reached, does not answer or is busy: it may do later.
    """
    endpoint = await _connect(config, connector, source, tap)
    endpoint.connection.adopt(association)
    name, _ = config.local_credentials(connector)
    request = RtRecover(
        association.called,
        association.calling,
        association.identifier,
        _connection_identifier(name, association.mode),
        association.mode,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            endpoint.request(request)
            answer = await endpoint.receive()
    except TimeoutError:
        answer = None
    if isinstance(answer, RtRecoverAccept):
        return endpoint
    await _abort(endpoint)
    if isinstance(answer, RtOpenReject) and answer.permanent:
        return None
    raise NotOpened("aborted", Reason("recovery", "no answer to the recovery"))


async def _connect(
    config: MtaConfig, connector: ConnectorConfig, source: IPAddress, tap: Tap | None
) -> Endpoint:
    """Connect to the remote MTA. Raises NotOpened."""
    address = resolve(config.server, connector.stack.address)
    if address is None:
        text = f"no address is known for {connector.stack.address}, the host name on the Stack page"
        place = connector.stack.place("address")
        raise NotOpened(
            "unreachable",
            Reason("address", text, place=place),
            failedcalls.NO_ADDRESS,
            {4284: {"error": _NO_ASSOCIATION}},
        )
    if wrong := other_version(connector, source, address):
        raise _not_connected(wrong, OSError(errno.EAFNOSUPPORT, wrong.text))
    to = End(address, config.called_port(connector))
    options = config.transport_options(expedited_data=connector.stack.expedited_data)
    try:
        async with asyncio.timeout(PATIENCE):
            return await Endpoint.connect(
                RtseConnection(
                    initiator=True,
                    transport=options,
                    session_versions=config.server.transport_stack.session_versions,
                ),
                str(to.address),
                to.port,
                source=str(source),
                tap=tap,
                keepalive=config.server.transport_stack.keepalive,
            )
    except ConnectionResetError as error:  # refused is another: the peer had accepted it already
        raise _lost(Reason("bind", _ENDED_EARLY), error) from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "timed out"
        if error.errno in EXHAUSTED:
            why = f"this machine can open no other connection: {why}"
        reason = Reason("connection", f"{to}: {why}", place=connector.stack.place("address"))
        raise _not_connected(reason, error) from error


def _not_connected(reason: Reason, error: OSError) -> NotOpened:
    """What there is to say where no connection was made."""
    values = {9215: {"error": winsock.number(error)}, 4284: {"error": _NO_ASSOCIATION}}
    return NotOpened("unreachable", reason, failedcalls.NOT_CONNECTED, values)


def _lost(reason: Reason, error: OSError | None) -> NotOpened:
    """What there is to say of a connection that ended before the bind was answered (Q193380)."""
    if error is None:
        return NotOpened("aborted", reason, failedcalls.HUNG_UP)
    values = {"error": winsock.number(error), "call": "recv"}
    return NotOpened("aborted", reason, failedcalls.RESET, {9224: values})


async def _release(endpoint: Endpoint) -> None:
    """Give up in good order: the called MTA has nothing to log (Q159182)."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            endpoint.request(RtClose())
            while not isinstance(await endpoint.receive(), RtCloseAccept | None):
                pass
    await endpoint.close()


async def _abort(endpoint: Endpoint) -> None:
    """Give up; what has already ended stays as it is."""
    endpoint.request(RtUAbort())
    await endpoint.close()


def _request(config: MtaConfig, connector: ConnectorConfig) -> RtOpen:
    brings = bind_of(config, connector)
    two_way, mode = brings.two_way, brings.mode
    return RtOpen(
        called=brings.called,
        calling=brings.calling,
        user_data=bind.encode_argument(brings.credentials, mode),
        dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE if two_way else DialogueMode.MONOLOGUE,
        checkpoint_size=connector.override.checkpoint_size,
        window_size=connector.override.window_size,
        identifier=_connection_identifier(brings.credentials.name, mode),
        mode=mode,
    )


def _connection_identifier(name: str, mode: Mode) -> ConnectionIdentifier:
    """Who connects and when, by the wall, and which call of this second it is.

    Whoever knows it may recover the association without a password: behind the name stands what
    nobody can guess. The form of the name is the mode's (X.228 9.1); 64 octets are all that the
    reference has room for, and two characters the additional one (X.225 8.3.1.7).
    """
    form = _OCTET_STRING if mode is Mode.NORMAL_1988 else _T61_STRING
    now = datetime.now(UTC).strftime("%y%m%d%H%M%SZ")
    return ConnectionIdentifier(
        ber.tlv(form, f"{name}/{secrets.token_hex(_UNGUESSABLE)}".encode("ascii")),
        ber.tlv(_UTC_TIME, now.encode("ascii")),
        ber.tlv(_T61_STRING, f"{secrets.randbelow(100):02}".encode("ascii")),
    )


def _check(connector: ConnectorConfig, answer: RtPrimitive | None) -> None:
    """Raise NotOpened unless the right MTA accepted (Q159182)."""
    match answer:
        case RtOpenAccept(user_data):
            try:
                wrong = impostor(connector, bind.decode_result(user_data))
            except ProtocolError as error:
                raise _ended(str(error)) from error
            if wrong:
                raise NotGenuine("refused", wrong, failedcalls.NOT_GENUINE)
        case RtOpenReject(user_data, layer, reason, text):
            values = {"provider": _PROVIDERS.index(layer), "reason": reason}
            check, why = f"{layer} connect", f"{layer}: {text}"
            if layer == "user":
                check, why = "bind", bind.error_in_words(user_data, reason)
            raise NotOpened("refused", Reason(check, why), failedcalls.REFUSED, {1290: values})
        case RtPAbort():
            raise _ended(str(answer))
        case _:
            raise _ended("by the peer MTA")


def _ended(why: str) -> NotOpened:
    """What there is to say of a connection that ended instead of an answer to the bind."""
    return NotOpened("aborted", Reason("bind", why), failedcalls.NO_ANSWER)
