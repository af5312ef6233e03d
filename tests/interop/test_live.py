"""PP and ISODE, as they were recorded, against a live MTA: what becomes of the mail.

The live MTA has the name, the password and the mailboxes of the one that was recorded, and its
connector the selectors of the foreign one: so names and identifiers stay octets of theirs.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from mta_emu.mta.controlclient import ask
from mta_emu.mta.store.store import Store
from mta_emu.mts import bind
from mta_emu.mts.apdu import ApduReader, Head, decode_head
from mta_emu.mts.bind import Credentials
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Report
from mta_emu.osi.rtse.primitives import DialogueMode, RtOpen, RtOpenAccept
from mta_emu.osi.selectors import Selectors, selector_text
from mta_emu.osi.session.spdu import Spdu
from mta_emu.ping import Call, Target, ping
from tests.interop.foreign import Foreign
from tests.interop.replay import Step, spdus
from tests.interop.test_peer_stack import (
    Association,
    answered,
    in_place_of_the_called,
    opening,
    recorded,
)
from tests.mta_emu.mta.conftest import PORT, A, B, Running, document, start
from tests.patience import PATIENCE

__all__ = ["start"]

Start = Callable[..., Awaitable[Running]]
Answering = Callable[[list[list[Step]]], Awaitable[list[Foreign]]]
M1, M2, TWA = "m1_emu_to_pp_84_mono.pcap", "m2_pp_to_emu_88n_mono.pcap", "m2_pp_to_emu_88n_twa.pcap"
PROBES = "probes_emu_to_pp_88_unfixed.pcap"
CHECKPOINT_0 = "connector_checkpoint_size_0_to_pp.pcap"
REFUSED = "emu_recover_refused_by_pp_88n.pcap"


@dataclass(frozen=True)
class Place:
    """Where the mail of a recording comes from and goes to: organizations in one domain."""

    here: str
    there: str
    country: str = "US"
    administration_domain: str = " "
    private_domain: str = "Contoso"


EMUM, EMUT = Place("EMUM", "PPA"), Place("EMUT", "PPA")
SEED = Place("Outside", "Inside")


def head(apdu: bytes) -> Head:
    reader = ApduReader()
    reader.feed(apdu)
    return decode_head(reader.head)


def proposed(association: Association) -> RtOpen:
    """How the recorded caller opened the association."""
    proposal = opening(association)
    assert isinstance(proposal, RtOpen)
    return proposal


def accepted(association: Association) -> RtOpenAccept:
    """How the recorded called side answered."""
    answer, _ = answered(association)
    assert isinstance(answer, RtOpenAccept)
    return answer


def page(selectors: Selectors) -> dict[str, str]:
    values = selectors.transport, selectors.session, selectors.presentation
    return dict(zip("tsp", map(selector_text, values), strict=True))


def configured(
    live: Credentials, foreign: Credentials, proposal: RtOpen, place: Place
) -> dict[str, Any]:
    """The configuration of the live MTA: its one connector leads to the foreign one."""
    found = document(live.name, foreign.name, B, A)
    server, (connector,) = found["server"], found["connectors"]
    server["local_mta_password"] = live.password.decode()
    server["global_domain"] = {
        "country": place.country,
        "administration_domain": place.administration_domain,
        "private_domain": place.private_domain,
    }
    server["mailboxes"] = [{"country": place.country, "organization": place.here}]
    connector["general"]["remote_mta_password"] = foreign.password.decode()
    connector["address_space"] = [{"country": place.country, "organization": place.there}]
    connector["advanced"] = {
        "conformance": proposal.mode.value,
        "two_way_alternate": proposal.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE,
    }
    return found


def is_called(association: Association, place: Place) -> dict[str, Any]:
    """The configuration of a live MTA that the recorded caller calls."""
    proposal, answer = proposed(association), accepted(association)
    foreign = bind.decode_argument(proposal.user_data)
    found = configured(bind.decode_result(answer.user_data), foreign, proposal, place)
    (connector,) = found["connectors"]
    connector["stack"]["incoming"] = page(proposal.calling)
    connector["override"] = {
        "checkpoint_size": answer.checkpoint_size,
        "window_size": answer.window_size,
    }
    found["server"]["transport_stack"]["selectors"] = page(proposal.called)
    return found


async def call(steps: list[Step]) -> Foreign:
    """Let the recorded caller call the live MTA, until it has said all."""
    peer = Foreign(steps, is_caller=True)
    await peer.speak(*await asyncio.open_connection(B, PORT, local_addr=(A, 0)))
    return peer


# The foreign MTA calls


@pytest.mark.parametrize(
    ("name", "number", "place"),
    [
        (M1, 3, EMUM),
        (M1, 11, EMUM),
        (M2, 4, EMUM),
        (TWA, 3, EMUT),
        (TWA, 15, EMUT),
        ("pp_original_extension_encoding_to_emu_88n.pcap", 4, EMUM),
        ("pp_original_extension_encoding_to_emu_88n.pcap", 10, EMUM),
        ("pp_msg_88n_100k.pcap", 0, Place("ppb88n", "ppa", "GB", "TEST", "PRTEST")),
        (PROBES, 2, EMUM),
        (PROBES, 8, EMUM),
        ("seed_pp_inside_88n_transparency_on.pcap", 6, SEED),
        ("seed_pp_inside_88n_transparency_on.pcap", 7, SEED),
    ],
)
async def test_what_they_send_is_delivered_or_reported(
    start: Start, name: str, number: int, place: Place
) -> None:
    there, _ = in_place_of_the_called((name, number))
    assert there.inbox
    mta = await start(is_called((name, number), place))
    await call(recorded(name)[number])
    for apdu in there.inbox:
        await ends_well(mta, head(apdu), place)


async def ends_well(mta: Running, each: Head, place: Place) -> None:
    """Wait for what is right: a delivery, a report to its originator, or a report that is made."""
    if isinstance(each, Report):
        await mta.said("report", mts_identifier=str(each.content.subject_identifier))
        return
    for recipient in each.recipients:
        known = recipient.address.organization == place.here
        words = {"mts_identifier": str(each.identifier), "recipient": str(recipient.address)}
        if known and not isinstance(each, Probe):
            await mta.said("delivered", **words)
        else:
            made = await mta.said("reported", **words)
            assert made["outcome"].startswith("delivered" if known else "not delivered: ")


async def test_mail_that_they_collect_is_theirs(start: Start) -> None:
    """ISODE's RTSE calls, gives the turn, takes three messages and leaves."""
    name, number = "seed_isode_rtse_twa_pickup_88n.pcap", 2
    configuration = is_called((name, number), SEED)
    configuration["connectors"][0]["schedule"] = {"activation": "remote-initiated"}
    mta = await start(configuration)
    request = {"command": "submit", "from": address("jones", SEED.here), "count": 3}
    sent = await ask(mta.directory, request | {"to": [address("smith", SEED.there)], "text": "Hi"})
    peer = await call(recorded(name)[number])
    assert peer.heard.count(Spdu.AS) == peer.heard.count(Spdu.AE) == 3
    for identifier in sent["mts_identifiers"]:
        await mta.said("transfer", direction="out", mts_identifier=identifier)
    assert Store.reader(mta.directory).queues.lengths() == {}


async def test_an_apdu_that_is_none_is_reported_and_harms_no_later_call(start: Start) -> None:
    name = "isode_rtse_garbage_to_emu_exception_report.pcap"
    mta = await start(is_called((name, 1), Place("PE2", "PE1")))
    peer = await call(recorded(name)[1])
    assert peer.heard[:2] == [Spdu.AC, Spdu.ED]
    peer = await call(recorded(name)[0])
    assert peer.heard == [Spdu.AC, Spdu.DN]
    assert mta.all("transfer") == []


@pytest.mark.parametrize(
    ("number", "check"),
    [(1, "password"), (2, "MTA name"), (4, "password"), (5, "password"), (7, "MTA name")],
)
async def test_who_may_not_bind_is_refused(start: Start, number: int, check: str) -> None:
    """Refused with 51; the first call there has the right name and password."""
    name = "bind_refusals_isode_to_emu.pcap"
    configuration = is_called((name, 0), EMUT)
    proposal = proposed((name, number))
    (connector,) = configuration["connectors"]
    connector["stack"]["incoming"] = page(proposal.calling)
    configuration["server"]["transport_stack"]["selectors"] = page(proposal.called)
    connector["general"]["remote_mta_name"] = {
        "1984": "PPA84",
        "1988-x410": "PPA88X",
        "1988-normal": "PPA88N",
    }[proposal.mode.value]
    connector["advanced"]["conformance"] = proposal.mode.value
    mta = await start(configuration)
    peer = await call(recorded(name)[number])
    assert peer.heard == [Spdu.RF]
    refused = await mta.said("association", state="refused")
    assert refused["check"] == check
    await mta.said("event", id=51)


# The live MTA calls


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


def address(surname: str, organization: str) -> str:
    return f"C=US;A= ;P=Contoso;O={organization};S={surname}"


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
