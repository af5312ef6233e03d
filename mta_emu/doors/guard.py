"""What the HTTP door asks of every request before the API sees it.

A web page that a user of this machine looks at can send requests here, and with DNS rebinding read
the answers. So the Host must be an address or a name that is ours, an Origin the door itself, and
what changes something must carry the token. A request has so many octets and so much time.
"""

import asyncio
import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_BODY = 8 << 20  # octets of a request; a submitted text travels in one
MAX_HEADERS = 16 << 10  # octets of its head
TIMEOUT = 10.0  # wall seconds until a request must have come whole
_PATIENCE = 1.0  # wall seconds for the rest of a request that was refused
TOKEN_FILE = "http-token"  # noqa: S105, its name
_SAFE = {"GET", "HEAD", "OPTIONS"}


def token_in(directory: Path) -> str:
    """The token in a data directory, made when there is none; only its owner reads it."""
    path = directory / TOKEN_FILE
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()


class Guard:
    """An ASGI application that lets only sound requests through to another."""

    def __init__(
        self, app: ASGIApp, token: str, names: Collection[str], token_is: str = f"in {TOKEN_FILE}"
    ) -> None:
        """Ask for `token`; be known by `names` beside addresses and localhost.

        `token_is` says to who has no token where it is.
        """
        self._app = app
        self._token = token
        self._token_is = token_is
        self._names = {"localhost", *(name.casefold() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the API do so."""
        if scope["type"] != "http":
            return
        body = _Body(receive)
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal:
            status, why = refusal
            await body.pass_over()
            await JSONResponse({"detail": why}, status)(scope, receive, send)
            return
        answered = False

        async def sent(message: Message) -> None:
            nonlocal answered
            if body.refused and not answered:  # whatever the API makes of half a request
                return
            answered = True
            await send(message)

        await self._app(scope, body.receive, sent)
        if body.refused and not answered:
            status, why = body.refused
            await body.pass_over()
            headers = {"Connection": "close"}
            await JSONResponse({"detail": why}, status, headers)(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        """The status and the reason when a request is not let through."""
        host = headers.get("host", "")
        if not self._is_ours(host):
            return 421, f"Host {host!r} is not this door: use its address or localhost"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.casefold() != host.casefold():
            return 403, f"Origin {origin!r} is another site"
        if method not in _SAFE and not self._has_token(headers):
            return 401, f"a token is needed: Authorization: Bearer, and what is {self._token_is}"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY:
            return 413, f"a request has at most {MAX_BODY} octets"
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether a Host names this door; an address cannot be rebound to another."""
        with suppress(ValueError):
            name = urlsplit(f"//{host}").hostname or ""
            if name in self._names:
                return True
            return bool(ip_address(name))
        return False

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return scheme.casefold() == "bearer" and secrets.compare_digest(
            given.strip().encode(), self._token.encode()
        )


class _Body:
    """The body of a request as it comes, with its bounds."""

    def __init__(self, receive: Receive) -> None:
        self.refused: tuple[int, str] | None = None
        self._receive = receive
        self._octets = 0
        self._whole = False
        self._until = asyncio.get_running_loop().time() + TIMEOUT

    async def receive(self) -> Message:
        """The next part; a request that is too long or too slow ends as if its client had gone."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(408, f"the request was not whole after {TIMEOUT:g} s")
        self._octets += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._octets > MAX_BODY:
            return self._refuse(413, f"a request has at most {MAX_BODY} octets")
        return message

    async def pass_over(self) -> None:
        """Read for a while what is still on its way, so that the client can read the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while not self._whole:
                    message = await self._receive()
                    self._whole = not message.get("more_body", False)

    def _refuse(self, status: int, why: str) -> Message:
        self.refused = status, why
        return {"type": "http.disconnect"}


class Protocol(H11Protocol):
    """HTTP on a connection, which is closed when the head of a request does not come in time.

    uvicorn has a limit only for the time between two requests.
    """

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take octets; once the head of a request is whole the API has it."""
        super().data_received(data)
        if self._waiting and self._in_hand():
            self._waiting.cancel()
            self._waiting = None

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if not self._in_hand():
            self._wait()

    def _in_hand(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(TIMEOUT, self._give_up)

    def _give_up(self) -> None:
        self._waiting = None
        if not self._in_hand():
            self.transport.close()
