"""Who may see the page: whoever has its whole address, and no other site.

Whoever sees the page sees the mail of the lab. Its address begins with a token, so that relative
addresses have it, too, and no cookie is needed which a browser would send for another site. Other
sites cannot send it requests (Sec-Fetch-Site), frame it or be told its address (Referrer-Policy),
and no other script than the page's own runs in it. In front of that stands `mta_emu.doors.guard`,
which asks for a Host that cannot be rebound and an Origin that is the page's own, and lets nothing
be changed without the token in a head that no form can send. Nor is anything changed without an
Origin, or by what is not JSON: no form can send that either.
"""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mta_emu.doors.guard import Guard

#: Go with every answer, a refusal too.
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_OUR_SITES = (None, "none", "same-origin")  # of a program, of whoever typed it, of the page
_WHOLE_ADDRESS = "the page needs its whole address, as it was printed when it began"
_NO_ORIGIN = "what changes a lab names its Origin, as every browser does"
_READING = {"GET", "HEAD", "OPTIONS"}
_JSON = "application/json"
_OTHER_SITE = "no other site leads here: paste the page's address into the browser"


def new_token() -> str:
    """A token that nobody guesses, as it stands in an address."""
    return secrets.token_urlsafe(24)


def guarded(app: ASGIApp, token: str) -> ASGIApp:
    """An application of which each path begins with /`token`/, behind all that is asked first."""
    in_address = "between the first two slashes of the path"
    return _Gate(Guard(app, token, names=(), token_is=in_address), token)


def refusal(method: str, path: str, headers: Headers, token: str) -> tuple[int, str] | None:
    """The status and the reason, for people, when a request is refused."""
    given = path.removeprefix("/").partition("/")[0]
    if not secrets.compare_digest(given.encode(), token.encode()):
        return 403, _WHOLE_ADDRESS
    if headers.get("sec-fetch-site") not in _OUR_SITES:
        return 403, _OTHER_SITE
    if method in _READING:
        return None
    if "origin" not in headers:
        return 403, _NO_ORIGIN
    kind = headers.get("content-type", "").partition(";")[0].strip().casefold()
    return None if kind == _JSON else (415, f"Content-Type {kind!r}: {_JSON} is what changes a lab")


class _Gate:
    """Refuses requests, and gives every answer its heads."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application do so."""
        if scope["type"] != "http":
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = refusal(scope["method"], scope["path"], Headers(scope=scope), self._token)
        if refused:
            status, why = refused
            await PlainTextResponse(why, status)(scope, receive, sent)
        else:
            await self._app(scope, receive, sent)
