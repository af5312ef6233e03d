"""A message from MTA to MTA: routes, schedules, the other side's call, relays, reports."""

from datetime import timedelta

import pytest

from mta_lab.rehearsal.predict import NO_FAULTS, predict
from mta_lab.topology.faults import Fault, Faults
from mta_lab.topology.play import faults_at_start
from tests.mta_lab.rehearsal.changed import NOW, lab, predicted

NORTH_TO = "NORTH.connectors.SOUTH"
RIGHT = "q166308-all-right"


def test_the_seed_is_collected_when_the_other_side_calls() -> None:
    prediction = predicted(lab("q196381"), "EXTERNAL", "INTERNAL")
    (leg,) = prediction.legs
    assert prediction.disposition == "collected"
    assert leg.over
    assert (leg.over.caller, leg.over.called) == ("INTERNAL", "EXTERNAL")
    assert leg.next_move == NOW + timedelta(seconds=600)


@pytest.mark.parametrize("scale", [1, 600, 86_400])
def test_mail_is_collected_at_any_time_scale(scale: int) -> None:
    """Who calls has mail: it is no idle association whose lifetime is over before we ask."""
    topology = lab("q190022-one-calls").model_copy(update={"time_scale": scale})
    prediction = predicted(topology)
    assert prediction.disposition == "collected"
    assert prediction.legs[0].over


def test_mail_is_collected_before_a_lifetime_of_no_time_is_over() -> None:
    """Who has received asks for the turn behind its answer, before the caller releases."""
    settings = f"{NORTH_TO}.override.lifetime=0", f"{NORTH_TO}.stack.incoming={{s: X}}"
    prediction = predicted(lab(RIGHT, *settings), "SOUTH", "NORTH")
    assert prediction.disposition == "collected"
    assert prediction.legs[0].over


def test_mail_that_no_connector_is_for_is_not_taken_and_nobody_gets_a_report() -> None:
    prediction = predicted(lab(RIGHT, f"{NORTH_TO}.address_space=[]"))
    (leg,) = prediction.legs
    assert (prediction.disposition, leg.taken) == ("no connector", False)
    assert prediction.reason.check == "ADDRESS_SPACE"
    assert (prediction.report, dict(prediction.events)) == ((), {})


def test_without_two_way_alternate_nothing_is_collected() -> None:
    prediction = predicted(
        lab(
            "q196381",
            "INTERNAL.connectors.FIREWALL.advanced.two_way_alternate=false",
            "EXTERNAL.connectors.FIREWALL.advanced.two_way_alternate=false",
        ),
        "EXTERNAL",
        "INTERNAL",
    )
    assert prediction.disposition == "refused"


@pytest.mark.parametrize(
    ("receiver", "disposition"), [("always", "collected"), ("remote-initiated", "waiting")]
)
def test_a_schedule_that_opens_later_says_when(receiver: str, disposition: str) -> None:
    schedule = '{activation: selected-times, selected_times: {monday: ["13:00-14:00"]}}'
    topology = lab(
        RIGHT,
        f"{NORTH_TO}.schedule={schedule}",
        f"SOUTH.connectors.NORTH.schedule.activation={receiver}",
    )
    prediction = predicted(topology)
    assert prediction.disposition == disposition
    assert prediction.next_move == NOW.replace(hour=13)
    assert prediction.attempts == ()


def test_where_no_side_calls_the_schedule_is_the_reason() -> None:
    prediction = predicted(lab("q190022-both-remote-initiated"))
    assert (prediction.disposition, prediction.next_move) == ("never called", None)
    assert prediction.reason.check == "schedule"
    assert prediction.reason.place
    assert prediction.reason.place.line


def test_a_failed_call_is_rerouted() -> None:
    """Q193322: over the dear connector."""
    (leg,) = predicted(lab("q193322-reroute")).legs
    assert [each.disposition for each in leg.attempts] == ["unreachable", "delivered"]
    assert leg.disposition == "delivered"


def test_a_relay_makes_two_legs_with_a_source_each() -> None:
    prediction = predicted(lab("q196381-dmz-relay"), "EXTERNAL", "INTERNAL")
    assert [(leg.sender, leg.receiver) for leg in prediction.legs] == [
        ("EXTERNAL", "RELAY"),
        ("RELAY", "INTERNAL"),
    ]
    assert [str(each.source_seen) for each in prediction.attempts] == ["192.0.2.1", "198.51.100.1"]


def test_a_relay_that_refuses_decides_about_the_whole_way() -> None:
    never = "INTERNAL.connectors.RELAY.schedule.activation=never"
    prediction = predicted(lab("q196381-dmz-relay", never), "EXTERNAL", "INTERNAL")
    assert [leg.disposition for leg in prediction.legs] == ["delivered", "refused"]
    assert prediction.disposition == "refused"
    assert prediction.reason.check == "schedule"


def test_a_loop_ends_with_event_290() -> None:
    prediction = predicted(lab("q164838-loop"), "NORTH", None)
    assert prediction.disposition == "looping"
    assert prediction.events == {"NORTH": (290,)}


def test_no_connector_takes_messages_from_the_originator() -> None:
    reject = f"{NORTH_TO}.delivery_restrictions={{reject_from: [{{surname: Jones}}]}}"
    prediction = predicted(lab(RIGHT, reject))
    assert prediction.disposition == "reported"
    assert prediction.reason.check == "RESTRICTIONS"
    assert prediction.events == {"NORTH": (290,)}


def test_a_mailbox_may_end_it_with_a_report() -> None:
    box = (
        'SOUTH.server.mailboxes=[{country: US, administration_domain: " ", '
        "private_domain: Contoso, organization: South, restrictions: {reject_from: "
        "[{surname: Jones}]}}]"
    )
    prediction = predicted(lab(RIGHT, box))
    assert prediction.disposition == "reported"


def test_a_mailbox_may_redirect_mail_to_another_mta() -> None:
    box = (
        'SOUTH.server.mailboxes=[{country: US, administration_domain: " ", '
        "private_domain: Contoso, organization: South, "
        'redirect_to: "C=US;A= ;P=Contoso;O=North;S=Y"}]'
    )
    prediction = predicted(lab(RIGHT, box))
    assert [(leg.sender, leg.receiver) for leg in prediction.legs] == [
        ("NORTH", "SOUTH"),
        ("SOUTH", "NORTH"),
    ]
    assert prediction.disposition == "collected"  # over the association of the way there


def test_a_message_that_is_larger_than_gets_through_stalls_and_so_nothing_is_fetched() -> None:
    topology = lab("trap-black-hole")
    faults = faults_at_start(topology.play)
    outward, inward = predict(topology, NOW, faults)
    assert (outward.disposition, outward.reason.check) == ("stalled", "packet size")
    assert outward.events == {"EXTERNAL": (1294,), "INTERNAL": (1294,)}
    assert inward.disposition == "never called"
    assert inward.legs[0].steps[-1].question == "the other side's own mail"


def test_without_faults_the_length_of_a_message_is_not_asked_for() -> None:
    outward, inward = predict(lab("trap-black-hole"), NOW, NO_FAULTS)
    assert (outward.disposition, inward.disposition) == ("delivered", "collected")


def test_mail_that_nobody_fetches_is_tried_again_by_its_own_connector() -> None:
    faults = Faults(faults=(Fault(on="outside", larger_than=600),))
    outward, _ = predict(lab("q196381"), NOW, faults)
    assert outward.disposition == "refused"
    assert outward.next_move == NOW + timedelta(seconds=600)
