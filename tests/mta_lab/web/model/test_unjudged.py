"""The page of an exercise's capture says what packets hold, and not what they mean."""

from mta_lab.web.model.build import of_capture
from mta_lab.web.model.unjudged import of_exercise
from tests.mta_lab.web.conftest import Ran


def test_what_is_seen_stays_and_what_it_means_goes(seed: Ran) -> None:
    page = of_exercise(seed.capture)
    port = seed.minutes.lab.placement.port
    judged = of_capture(seed.capture, (port,))
    assert [arrow.frame for arrow in page.arrows] == [arrow.frame for arrow in judged.arrows]
    assert [arrow.layers for arrow in page.arrows] == [arrow.layers for arrow in judged.arrows]
    assert page.packets == judged.packets
    assert any(arrow.outcome for arrow in judged.arrows)
    assert not any(arrow.outcome or arrow.findings or arrow.passed_on for arrow in page.arrows)
    assert judged.judged
    assert not page.judged
    assert page.notes == ()


def test_each_connection_stands_alone_between_two_addresses(seed: Ran) -> None:
    """The judged page joins both sides of the firewall, and names the columns."""
    page = of_exercise(seed.capture)
    judged = of_capture(seed.capture, (seed.minutes.lab.placement.port,))
    assert {len(call.legs) for call in page.calls} == {1}
    assert max(len(call.legs) for call in judged.calls) == 2
    assert {column.name for column in judged.columns} & {"EXTERNAL", "INTERNAL"}
    for column in page.columns:
        assert (column.name, column.kind) == (column.addresses[0], "address")
    for call in page.calls:
        given = call.mode, call.disposition, call.reason, call.configured, call.filter
        assert given == ("", "", "", "", "")
