"""The page of the seed over HTTP, without a network: what tests ask it for."""

import httpx

from mta_lab.web.live import Live
from mta_lab.web.server import application
from tests.mta_lab.web.conftest import Ran

TOKEN = "t0ken"
ORIGIN = "http://127.0.0.1"
#: The heads that the page sends when it wants something changed.
AS_THE_PAGE = {"Authorization": f"Bearer {TOKEN}", "Origin": ORIGIN}


def live_of(seed: Ran) -> Live:
    """The seed, as if it were up and had come to its end; none of its hosts runs."""
    live = Live(seed.minutes.lab, seed.capture.parent)
    for host, its in seed.minutes.records.items():
        for record in its:
            live.hear(host, record)
    return live


def client(live: Live) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(live, TOKEN))
    return httpx.AsyncClient(transport=transport, base_url=f"{ORIGIN}/{TOKEN}/")
