"""The page of an exercise over HTTP, without a network: what tests ask it for."""

import httpx

from mta_lab.web.desk import Desk
from mta_lab.web.exercising import application
from tests.mta_lab.web.asking import ORIGIN, TOKEN


def exercise_client(desk: Desk) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(desk, TOKEN))
    return httpx.AsyncClient(transport=transport, base_url=f"{ORIGIN}/{TOKEN}/")
