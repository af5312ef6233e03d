"""PP and ISODE, as they were recorded, call a live MTA: what becomes of their mail."""

from typing import Any

import pytest

from mta_emu.mta.controlclient import ask
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.apdu import Head, decode_head
from mta_emu.mts.fields import PerMessageIndicators
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Report
from mta_emu.osi.session.spdu import Spdu
from tests.interop.live import (
    ELSEWHERE,
    EMUM,
    EMUT,
    M1,
    M2,
    PROBES,
    REFUSALS,
    SEED,
    TWA,
    Place,
    Start,
    address,
    call,
    head,
    is_called,
    page,
    proposed,
)
from tests.interop.test_peer_stack import in_place_of_the_called, recorded
from tests.mta_emu.mta.conftest import A, Running, start

__all__ = ["start"]


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


async def test_a_report_on_their_probe_returns_no_content(start: Start) -> None:
    """PP refused our reports for the returned content `81 00`, which its probes had asked for."""
    mta = await start(is_called((M2, 4), EMUM))
    await call(recorded(M2)[4])
    there, _ = in_place_of_the_called((M2, 4))
    probes = [each for each in map(head, there.inbox) if isinstance(each, Probe)]
    assert probes
    for each in probes:
        assert each.indicators & PerMessageIndicators.CONTENT_RETURN_REQUEST
        await mta.said("reported", mts_identifier=str(each.identifier))
    queues = Store.reader(mta.directory).queues
    waiting = [each for name in queues.lengths() for each in queues.waiting(name)]
    reports = [each for each in map(_report, waiting) if each]
    subjects = {str(each.content.subject_identifier): each for each in reports}
    for probe in probes:
        assert subjects[str(probe.identifier)].content.returned_content is None


def _report(entry: QueueEntry) -> Report | None:
    found = decode_head(entry.envelope)
    return found if isinstance(found, Report) else None


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
    mta = await start(expects(number))
    peer = await call(recorded(REFUSALS)[number])
    assert peer.heard == [Spdu.RF]
    refused = await mta.said("association", state="refused")
    assert refused["check"] == check
    await mta.said("event", id=51)


@pytest.mark.parametrize("number", [3, 6])
async def test_who_calls_from_another_connectors_address_is_refused(
    start: Start, number: int
) -> None:
    """The seed's case (Q196381): all is right but the address that the call comes from."""
    configuration = expects(number)
    other = {"directory_name": "OTHER", "remote_mta_name": "OTHER"}
    configuration["connectors"].append({"general": other, "stack": {"address": ELSEWHERE}})
    mta = await start(configuration)
    peer = await call(recorded(REFUSALS)[number], ELSEWHERE)
    assert peer.heard == [Spdu.RF]
    refused = await mta.said("association", state="refused")
    assert (refused["check"], refused["expected"], refused["seen"]) == ("address", A, ELSEWHERE)
    await mta.said("event", id=1293)


def expects(number: int) -> dict[str, Any]:
    """The configuration of a live MTA that one of the refused callers calls, with its name."""
    configuration = is_called((REFUSALS, 0), EMUT)
    proposal = proposed((REFUSALS, number))
    (connector,) = configuration["connectors"]
    connector["stack"]["incoming"] = page(proposal.calling)
    configuration["server"]["transport_stack"]["selectors"] = page(proposal.called)
    connector["general"]["remote_mta_name"] = {
        "1984": "PPA84",
        "1988-x410": "PPA88X",
        "1988-normal": "PPA88N",
    }[proposal.mode.value]
    connector["advanced"]["conformance"] = proposal.mode.value
    return configuration
