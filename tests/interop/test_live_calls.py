"""A live MTA calls PP and ISODE, as they were recorded: they take its mail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from mta_emu.mta.controlclient import ask
from mta_emu.mta.store.store import Store
from mta_emu.mts import bind
from mta_emu.osi.rtse.primitives import DialogueMode
from mta_emu.osi.session.spdu import Spdu
from mta_emu.ping import Call, Target, ping
from tests.interop.foreign import Foreign
from tests.interop.live import (
    CHECKPOINT_0,
    EMUM,
    EMUT,
    M1,
    PROBES,
    REFUSED,
    Place,
    Start,
    accepted,
    address,
    configured,
    page,
    proposed,
)
from tests.interop.replay import Step, spdus
from tests.interop.test_peer_stack import Association, recorded
from tests.mta_emu.mta.conftest import PORT, A, B, Running, start
from tests.patience import PATIENCE

__all__ = ["start"]

Answering = Callable[[list[list[Step]]], Awaitable[list[Foreign]]]


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    """Recorded called sides at A: each connection gets the next, and none when they are used up."""
    servers: list[asyncio.Server] = []

    async def begin(recordings: list[list[Step]]) -> list[Foreign]:
        peers = [Foreign(each, is_caller=False) for each in recordings]
        left = iter(peers)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if peer := next(left, None):
                with suppress(OSError):
                    await peer.speak(reader, writer)
            writer.close()

        servers.append(await asyncio.start_server(answer, A, PORT))
        return peers

    yield begin
    for each in servers:
        each.close()
        await each.wait_closed()


def calls(association: Association, place: Place, **override: int) -> dict[str, Any]:
    """The configuration of a live MTA that calls the recorded called side."""
    proposal, answer = proposed(association), accepted(association)
    live = bind.decode_argument(proposal.user_data)
    found = configured(live, bind.decode_result(answer.user_data), proposal, place)
    (connector,) = found["connectors"]
    connector["stack"]["outgoing"] = page(proposal.called)
    connector["override"] = {
        "checkpoint_size": proposal.checkpoint_size,
        "window_size": proposal.window_size,
        "lifetime": 0,
        "open_interval": 1,
        "transfer_interval": 1,
    } | override
    return found


def of(association: Association) -> list[Step]:
    return recorded(association[0])[association[1]]


def spliced(opened: Association, used: Association) -> list[Step]:
    """The opening of one recorded association, and what came after it in another."""
    return [*of(opened)[: opened_at(opened)], *of(used)[opened_at(used) :]]


def opened_at(association: Association) -> int:
    """How many steps an opening takes: up to the AC."""
    steps = of(association)
    return 1 + next(at for at, each in enumerate(steps) if Spdu.AC in spdus([each.tpdu]))


async def sends(mta: Running, place: Place, **options: Any) -> str:
    request = {
        "command": "submit",
        "from": address("jones", place.here),
        "to": [address("smith", place.there)],
    }
    (identifier,) = (await ask(mta.directory, request | options))["mts_identifiers"]
    return str(identifier)


@pytest.mark.parametrize(
    ("association", "place", "options"),
    [
        ((M1, 0), EMUM, {"text": "Hello"}),
        ((M1, 5), EMUM, {"text": "x" * 103_760}),
        ((M1, 6), EMUM, {"text": "Hello"}),
        ((PROBES, 0), EMUM, {"probe": True}),
        ((PROBES, 4), EMUM, {"probe": True}),
        ((PROBES, 5), EMUT, {"probe": True}),
        ((PROBES, 6), EMUT, {"probe": True}),
    ],
)
async def test_they_take_what_we_send(
    start: Start,
    answering: Answering,
    association: Association,
    place: Place,
    options: dict[str, Any],
) -> None:
    (peer,) = await answering([of(association)])
    mta = await start(calls(association, place))
    sent = await sends(mta, place, **options)
    await mta.said("transfer", direction="out", mts_identifier=sent)
    await mta.said("association", state="released")
    assert peer.heard[-1] is Spdu.FN
    assert mta.events == []
    assert Store.reader(mta.directory).queues.lengths() == {}


@pytest.mark.parametrize(
    ("opened", "used"), [((CHECKPOINT_0, 0), (M1, 0)), ((CHECKPOINT_0, 1), (PROBES, 4))]
)
async def test_another_answer_to_a_checkpoint_size_of_0_is_taken(
    start: Start, answering: Answering, opened: Association, used: Association
) -> None:
    (peer,) = await answering([spliced(opened, used)])
    mta = await start(calls(opened, EMUM))
    assert proposed(opened).checkpoint_size == 0
    sent = await sends(mta, EMUM, text="Hello")
    await mta.said("transfer", direction="out", mts_identifier=sent)
    await mta.said("association", state="released")
    assert Spdu.AB not in peer.heard
    assert mta.events == []


@pytest.mark.parametrize("number", range(6))
async def test_ping_takes_another_answer_to_a_checkpoint_size_of_0(
    answering: Answering, number: int
) -> None:
    association = "ping_emu_to_pp_checkpoint0.pcap", number
    used = {"1984": (M1, 0), "1988-x410": (PROBES, 0), "1988-normal": (PROBES, 4)}
    proposal = proposed(association)
    credentials = bind.decode_argument(proposal.user_data)
    # PP's answer to a release is that of its other associations
    last = [
        each for each in of(used[proposal.mode.value]) if {Spdu.FN, Spdu.DN} & {*spdus([each.tpdu])}
    ]
    await answering([[*of(association)[: opened_at(association)], *last]])
    target = Call(
        Target(A, PORT),
        source=B,
        mta_name=credentials.name,
        password=credentials.password.decode(),
        called=proposal.called,
        calling=proposal.calling,
        two_way=proposal.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE,
        mode=proposal.mode,
        checkpoint_size=proposal.checkpoint_size,
        window_size=proposal.window_size,
    )
    answers = await ping(target, PATIENCE)
    assert {each.outcome for each in answers} == {"ok"}
    assert "checkpoint size 7 KB, window 3; released" in answers[-1].text


@pytest.mark.parametrize(
    ("broken", "refused", "at_last"),
    [
        ((M1, 7), (M1, 8), (M1, 0)),
        ((PROBES, 4), (REFUSED, 0), (PROBES, 4)),
        ((PROBES, 4), (REFUSED, 1), (PROBES, 4)),
    ],
)
async def test_a_recovery_refused_for_good_is_given_up_at_once(
    start: Start,
    answering: Answering,
    broken: Association,
    refused: Association,
    at_last: Association,
) -> None:
    """The connection is lost in a transfer; the message goes over a new association."""
    lost = of(broken)[: opened_at(broken) + 1]  # and no answer to the transfer
    peers = await answering([lost, of(refused), of(at_last)])
    mta = await start(calls(broken, EMUM))
    sent = await sends(mta, EMUM, text="Hello")
    await mta.said("transfer", direction="out", mts_identifier=sent)
    assert [each["state"] for each in mta.all("recovery")] == ["lost", "given up"]
    assert all(peer.heard for peer in peers)
