"""An MTA that stops, or reads its configuration again, while a message is under way."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector import connector
from mta_emu.mta.controlclient import ask
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action
from tests.patience import PATIENCE

from .configuration.test_reload import connector as another

Start = Callable[..., Awaitable[Any]]
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"
LONG = "All work and no play. " * 25_000  # 550 KB: more checkpoints than a window has


class Gate:
    """Keeps an MTA from securing what comes, and so its peer from going on, until it is opened."""

    def __init__(self, running: Any) -> None:
        store = running.mta.store
        self._secure, store.secure = store.secure, self
        self._reached, self._opened = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self._reached.set()
        await self._opened.wait()
        await self._secure()

    async def reached(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._reached.wait()

    def open(self) -> None:
        self._opened.set()


def states(running: Any) -> list[str]:
    return [each["state"] for each in running.all("association")]


async def test_what_can_be_finished_is_finished(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document), await start(b_document)
    gate = Gate(b)
    (sent,) = await a.send(SMITH)
    await gate.reached()  # it is all there, and not yet confirmed
    stopping = asyncio.create_task(a.stop())
    await a.until(lambda: a.mta._connectors["TO-B"].closing)
    gate.open()
    await stopping
    assert a.all("transfer", direction="out", mts_identifier=sent)
    await b.said("association", state="released")
    assert Store.reader(a.directory).queues.lengths() == {}
    assert len(b.all("delivered")) == 1
    assert states(a) == states(b) == ["open", "released"]
    assert a.events == b.events == []


@contextmanager
def serving(configuration: Path, data: Path) -> Iterator[subprocess.Popen[str]]:
    """An MTA process that gets SIGTERM at the end, and then ends well."""
    command = [sys.executable, "-m", "mta_emu", "serve", str(configuration), "--data", str(data)]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


async def test_sigterm_gives_up_the_activity_in_hand_and_it_comes_once_after_the_next_start(
    start: Start, a_document: Any, b_document: Any, tmp_path: Path
) -> None:
    """The activity is discarded and the association released: nobody logs a thing."""
    b = await start(b_document)
    gate = Gate(b)
    configuration, data = tmp_path / "a.json", tmp_path / "A"
    configuration.write_text(json.dumps(a_document))

    def serve_until_the_gate_is_reached(loop: asyncio.AbstractEventLoop) -> str:
        with serving(configuration, data) as process:
            assert process.stdout
            assert json.loads(process.stdout.readline())["kind"] == "listening"
            request = {"command": "submit", "from": JONES, "to": [SMITH], "text": LONG}
            reply = asyncio.run(ask(data, request))
            asyncio.run_coroutine_threadsafe(gate.reached(), loop).result(20)
        (sent,) = reply["mts_identifiers"]
        return str(sent)

    loop = asyncio.get_running_loop()
    sent = await asyncio.to_thread(serve_until_the_gate_is_reached, loop)
    await b.said("association", state="released")
    assert b.all("delivered") == []
    store = Store.reader(data)
    assert [each.mts_identifier for each in store.queues.waiting("TO-B")] == [sent]
    steps = [step.what for step in store.tracking.follow(sent)]
    assert steps[-2:] == [Action.TRIED, Action.NOT_TRANSFERRED]
    assert [*store.events.read()] == []
    gate.open()
    again = await start(a_document)
    await b.said("delivered", mts_identifier=sent)
    await again.until(lambda: not again.mta.store.queues.lengths())
    assert len(b.all("delivered")) == len(list(b.mta.store.mailbox.read())) == 1
    assert b.events == []


async def test_a_receiver_that_stops_gets_the_message_once_after_its_next_start(
    start: Start, a_document: Any, b_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The called side cannot release the association: it ends by an abort, as a fault does."""
    monkeypatch.setattr(connector, "_RELEASE_SECONDS", 0.1)
    a, b = await start(a_document, scale=1000), await start(b_document)
    gate = Gate(b)
    (sent,) = await a.send(SMITH, text=LONG)
    await gate.reached()
    await b.stop()
    await a.said("event", id=1294)
    again = await start(b_document)
    await again.said("delivered", mts_identifier=sent)
    await a.until(lambda: not a.mta.store.queues.lengths())
    assert b.all("delivered") == []
    assert len(list(again.mta.store.mailbox.read())) == 1


async def test_a_reload_leaves_a_transfer_of_an_unchanged_connector_alone(
    start: Start, a_document: Any, b_document: Any
) -> None:
    a, b = await start(a_document), await start(b_document)
    gate = Gate(b)
    (sent,) = await a.send(SMITH, text=LONG)
    await gate.reached()
    a_document["connectors"].append(another("NEW"))
    await a.mta.reload(parse(a_document, MtaConfig, "test"))
    assert a.all("reloaded", added=["NEW"], changed=[], removed=[])
    assert [each.associations for each in a.mta.queues()] == [1, 0]
    gate.open()
    await b.said("delivered", mts_identifier=sent)
    assert states(a) == states(b) == ["open"]
    assert a.all("recovery") == b.all("resumed") == []
    assert a.events == b.events == []


async def test_a_connector_that_changes_finishes_what_comes_and_lets_callers_wait(
    start: Start, a_document: Any, b_document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "_RELEASE_SECONDS", 1)
    a, b = await start(a_document), await start(b_document)
    gate = Gate(b)
    (sent,) = await a.send(SMITH)
    await gate.reached()
    b_document["connectors"][0]["general"]["display_name"] = "Changed"
    reloading = asyncio.create_task(b.mta.reload(parse(b_document, MtaConfig, "test")))
    await b.until(lambda: b.mta._connectors["TO-A"].closing)
    (urgent,) = await a.send(SMITH, priority="urgent")  # on an association of its own
    sending = asyncio.create_task(b.send(JONES))
    await b.said("submitted")
    assert b.mta.store.queues.lengths() == {"TO-A": 1}
    gate.open()
    (back,) = await sending
    await b.said("delivered", mts_identifier=sent)
    await reloading
    assert b.all("reloaded")[0]["changed"] == ["TO-A"]
    await b.said("delivered", mts_identifier=urgent)
    await a.said("delivered", mts_identifier=back)
    assert b.all("protocol-error") == b.all("association", state="refused") == []
