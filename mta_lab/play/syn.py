"""Calls from a host of a lab of namespaces, and what came of it: as its kernel shows it."""

import errno
import select
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

from firewall_proxy.request import Request
from labkit.addresses import End
from labkit.interrupts import interruptible
from labkit.sockets import family
from mta_emu.osi.tpkt import HEADER_LENGTH, VERSION, frame
from mta_emu.osi.transport.tpdu import CALLED, CR, DR, ER, Tpdu, encode
from mta_lab.engines.answer import Answer, Answered
from mta_lab.engines.decision import Icmp
from mta_lab.lab.namespaces import entered

#: Of linux/in.h and linux/in6.h: keep ICMP errors, which are read with MSG_ERRQUEUE.
_RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
_ERROR = struct.Struct("@IBBBBII")  # struct sock_extended_err of linux/errqueue.h
_FROM_ICMP = (2, 3)  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_ANSWER = 64  # octets of what a peer says first
_LOOK_AGAIN = 0.02  # seconds, while it is open whether the call has arrived or is closed again


def call(
    namespace: Path,
    source: End,
    to: End,
    arrived: Callable[[], bool],
    patience: float,
    request: Request | None = None,
) -> Answered:
    """Call, and hang up when it is known what comes of it; `request` is said first, if it is given.

    `arrived` says whether the host that is meant has the call. After `patience` seconds without
    anything it is silence. Raises OSError when the call cannot be made.
    """
    with entered(namespace):
        client = socket.socket(family(to.address))
    with client:
        client.setblocking(False)
        client.setsockopt(*_RECVERR[client.family], 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind((str(source.address), source.port))
        code = client.connect_ex((str(to.address), to.port))
        if code in (errno.ENETUNREACH, errno.EHOSTUNREACH):  # at once: nothing was sent
            return Answered(Answer.NO_ROUTE)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, f"{source} cannot call {to}")
        deadline = time.monotonic() + patience
        if not _ready(client, select.POLLOUT, patience):
            return Answered(Answer.SILENCE)
        if code := client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return _refused(client, code)
        try:
            client.send(_octets(request) if request else b"")
        except ConnectionError:  # it was closed before
            return Answered(Answer.CLOSED)
        return _accepted(client, arrived, deadline)


def _accepted(client: socket.socket, arrived: Callable[[], bool], deadline: float) -> Answered:
    """The call was accepted: by the host that is meant, or by a proxy that may close it again."""
    while time.monotonic() < deadline:
        if arrived():
            return Answered(Answer.CONNECTED)
        if _ready(client, select.POLLIN, _LOOK_AGAIN):
            try:
                octets = client.recv(_ANSWER)
            except OSError:  # reset
                octets = b""
            if not octets:
                return Answered(Answer.CLOSED)
            arrived()  # it may have been too early to see that
            return Answered(Answer.REFUSED if _is_refusal(octets) else Answer.CONNECTED)
    return Answered(Answer.HUNG)


def _octets(request: Request) -> bytes:
    """A CR of class 0 (X.224 13.3)."""
    called = () if request.called is None else ((CALLED, request.called),)
    return frame(encode(Tpdu(CR, source=1, parameters=called)))


def _is_refusal(octets: bytes) -> bool:
    """Whether a TPDU is a DR or an ER, the answers of a transport that does not take the call."""
    code = octets[HEADER_LENGTH + 1 : HEADER_LENGTH + 2]
    return octets[:1] == bytes((VERSION,)) and code in (bytes((DR,)), bytes((ER,)))


def _refused(client: socket.socket, code: int) -> Answered:
    """A reset has no ICMP error; where there is one, it says which."""
    try:
        _, control, *_ = client.recvmsg(1, 1024, socket.MSG_ERRQUEUE)
    except BlockingIOError:
        control = []
    for level, kind, octets in control:
        if (level, kind) == _RECVERR[client.family]:
            _, origin, icmp_type, icmp_code, *_ = _ERROR.unpack(octets[: _ERROR.size])
            if origin in _FROM_ICMP:
                return Answered(Answer.ICMP, Icmp(icmp_type, icmp_code))
    if code == errno.ECONNREFUSED:
        return Answered(Answer.RESET)
    if code == errno.ECONNRESET:  # it was accepted before we could look
        return Answered(Answer.CLOSED)
    if code == errno.ETIMEDOUT:
        return Answered(Answer.SILENCE)
    raise OSError(code, "the call failed")


def _ready(client: socket.socket, what: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(client, what)
    with interruptible():
        return bool(poll.poll(seconds * 1000))
