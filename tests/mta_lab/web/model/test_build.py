"""The page of a run, and that of its capture as a stranger would have it."""

from pathlib import Path

import pytest

from mta_emu.decode.dissector import dissect
from mta_emu.decode.joining import chains
from mta_emu.decode.pcap import NotACapture
from mta_lab.play.minutes import OVER
from mta_lab.web.model.build import NO_PACKETS, of_capture, of_lab, of_run
from mta_lab.web.model.page import Arrow, Page
from tests.mta_lab.web.conftest import Ran


def first_call(page: Page) -> list[Arrow]:
    return [arrow for arrow in page.arrows if arrow.call == 0]


def test_the_seeds_refusal_is_seen_at_both_sides_of_the_firewall(seed: Ran) -> None:
    page = seed.page
    assert [column.name for column in page.columns] == ["EXTERNAL", "firewall", "INTERNAL"]
    call, second = page.calls
    assert [(leg.sender, leg.receiver) for leg in call.legs] == [(0, 1), (1, 2)]
    assert {leg.calling.rpartition(":")[0] for leg in call.legs} == {"203.0.113.10"}
    assert call.disposition == "refused"
    assert call.configured.endswith("mtas.INTERNAL.connectors.FIREWALL.stack.address")
    assert "203.0.113.10 is not 198.51.100.1" in call.reason
    assert [leg.calling.rpartition(":")[0] for leg in second.legs] == [
        "198.51.100.10",
        "203.0.113.1",  # rewritten
    ]
    assert second.disposition == "delivered"
    refusals = [arrow for arrow in first_call(page) if arrow.outcome == "refused"]
    assert [(arrow.leg, arrow.passed_on) for arrow in refusals] == [(1, False), (0, True)]


def test_a_packet_and_its_event_lead_to_each_other(seed: Ran) -> None:
    page = seed.page
    at = next(n for n, said in enumerate(page.said) if said.event == 1293)
    (cause,) = page.said[at].caused_by
    assert page.arrows[cause].name == "MTA-BIND response"
    assert page.arrows[cause].leg == 1
    for number, arrow in enumerate(page.arrows):
        assert all(number in page.said[effect].caused_by for effect in arrow.brought)
    events = [said for said in page.said if said.event]
    for host, logged in (("INTERNAL", [1293]), ("EXTERNAL", [1290, 289, 1294, 301])):
        assert [said.event for said in events if said.host == host] == logged
    assert all(said.caused_by for said in events)
    delivered = [said for said in page.said if said.kind == "delivered"]
    assert len(delivered) == 6
    assert all(page.arrows[said.caused_by[0]].mail for said in delivered)


def test_queues_and_the_play_lie_on_the_same_axis(seed: Ran) -> None:
    page = seed.page
    queue = next(queue for queue in page.queues if queue.host == "EXTERNAL")
    assert max(depth for _, depth in queue.points) == 5
    assert queue.points[-1][1] == 0
    assert [step.text.partition(" ")[0] for step in page.played[:2]] == ["1.", "2."]
    assert page.played[-1].text == OVER
    moments = [
        *(arrow.time for arrow in page.arrows),
        *(said.time for said in page.said),
        *(time for each in page.queues for time, _ in each.points),
    ]
    assert all(moment >= -0.002 for moment in moments)
    assert page.clock is not None
    assert page.clock.scale == 1
    assert page.addresses["203.0.113.10"] == str(
        seed.result.addresses[
            next(each for each in seed.result.addresses if str(each) == "203.0.113.10")
        ]
    )


def test_a_strangers_capture_shows_the_same_ladder(seed: Ran) -> None:
    found = of_capture(seed.capture, (seed.result.capture.port,))
    ours = [(a.frame, a.sender, a.receiver, a.name, a.outcome) for a in seed.page.arrows]
    assert [(a.frame, a.sender, a.receiver, a.name, a.outcome) for a in found.arrows] == ours
    kinds = [column.kind for column in found.columns]
    assert kinds == ["address", "firewall", "address"]
    assert [column.name for column in found.columns][::2] == ["EXTERNAL", "INTERNAL"]
    assert [call.disposition for call in found.calls] == ["refused", "delivered"]
    assert found.said == found.queues == found.played == ()
    assert found.clock is None


def test_it_joins_what_decode_joins(seed: Ran) -> None:
    found = dissect(seed.capture, (seed.result.capture.port,))
    numbers = {id(each): number for number, each in enumerate(found, 1)}
    joined = [tuple(numbers[id(leg)] for leg in chain) for chain in chains(found)]
    assert [tuple(leg.number for leg in call.legs) for call in seed.page.calls] == joined


def test_the_same_run_gives_the_same_page(seed: Ran) -> None:
    assert of_run(seed.minutes, seed.result) == seed.page


def test_a_lab_that_is_up_has_the_same_page_without_what_was_played_and_judged(seed: Ran) -> None:
    minutes = seed.minutes
    page = of_lab(minutes.lab, minutes.records, seed.capture)
    assert page == seed.page.model_copy(update={"verdict": "", "differences": (), "played": ()})


def test_without_a_capture_there_is_what_the_hosts_said(seed: Ran) -> None:
    page = of_lab(seed.minutes.lab, seed.minutes.records, None)
    assert page.notes == (NO_PACKETS,)
    assert page.capture == ""
    assert page.arrows == page.calls == ()
    assert page.packets == {}
    words = [(said.host, said.kind, said.text) for said in page.said]
    assert words == [(said.host, said.kind, said.text) for said in seed.page.said]
    assert [queue.host for queue in page.queues] == [queue.host for queue in seed.page.queues]


def test_before_anybody_has_said_something_it_begins_with_the_lab(seed: Ran) -> None:
    lab = seed.minutes.lab
    page = of_lab(lab, {}, None)
    assert page.began == lab.origin.isoformat()
    assert [column.name for column in page.columns] == ["EXTERNAL", "firewall", "INTERNAL"]
    assert page.said == page.queues == ()


def test_a_capture_that_is_being_written_is_read_as_far_as_it_goes(
    seed: Ran, tmp_path: Path
) -> None:
    """Each part of the capture shows a beginning of what the whole one shows."""
    minutes, octets = seed.minutes, seed.capture.read_bytes()
    part, frames = tmp_path / "part.pcapng", [arrow.frame for arrow in seed.page.arrows]
    for eighths in range(1, 8):
        part.write_bytes(octets[: len(octets) * eighths // 8])
        page = of_lab(minutes.lab, minutes.records, part)
        seen = [arrow.frame for arrow in page.arrows]
        assert seen == frames[: len(seen)]
        assert [said.text for said in page.said] == [said.text for said in seed.page.said]


def test_what_is_no_capture_is_named(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no packets here")
    with pytest.raises(NotACapture, match=r"notes\.txt"):
        of_capture(other)
