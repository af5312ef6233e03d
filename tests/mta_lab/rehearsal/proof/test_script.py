"""The mail that proves a prediction."""

import pytest

from mta_lab.rehearsal.predict import mail, predict
from mta_lab.rehearsal.proof.script import Script, brought_about, scripts
from mta_lab.topology.faults import Fault
from mta_lab.topology.play import PlayStep, faults_at_start
from tests.mta_lab.rehearsal.changed import NOW, lab


def script(name: str, sender: str, receiver: str | None, *settings: str) -> Script:
    topology = lab(name, *settings)
    made = scripts(predict(topology, NOW), mail(topology))
    ends = [(each.prediction.sender, each.prediction.receiver) for each in made]
    return made[ends.index((sender, receiver))]


def sent(made: Script) -> list[str]:
    return [step.send.at if step.send else str(step) for step in made.steps]


#: RELAY does not call INTERNAL, which may fetch mail by its own call.
FETCHED_FROM_RELAY = (
    "RELAY.connectors.INTERNAL.schedule.activation=remote-initiated",
    "RELAY.connectors.INTERNAL.advanced.two_way_alternate=true",
    "INTERNAL.connectors.RELAY.advanced.two_way_alternate=true",
)
SETTLED = "wait until nothing moves any more"


def test_what_is_delivered_needs_no_other_mail() -> None:
    made = script("q196381", "INTERNAL", "EXTERNAL")
    assert sent(made) == ["INTERNAL", SETTLED]
    assert [each.caller for each in made.first] == ["INTERNAL"]
    assert made.later == ()
    assert made.becomes == "delivered"


def test_where_mail_waits_the_other_side_gets_some_so_that_it_calls() -> None:
    made = script("q196381", "EXTERNAL", "INTERNAL")
    assert sent(made) == ["EXTERNAL", SETTLED, "INTERNAL", SETTLED]
    assert [(each.caller, each.disposition) for each in made.first] == [("EXTERNAL", "refused")]
    assert [(each.caller, each.disposition) for each in made.later] == [("INTERNAL", "delivered")]
    assert made.becomes == "collected"


def test_where_it_is_not_collected_the_other_side_gets_mail_all_the_same() -> None:
    made = script("q166308-wrong-password", "NORTH", "SOUTH")
    assert sent(made) == ["NORTH", SETTLED, "SOUTH", SETTLED]
    assert made.later == ()
    assert made.becomes == "refused"


def test_behind_a_relay_the_relay_is_the_other_side() -> None:
    """EXTERNAL's mail waits at RELAY, which INTERNAL's call would fetch it from."""
    made = script("q196381-dmz-relay", "EXTERNAL", "INTERNAL", *FETCHED_FROM_RELAY)
    assert sent(made) == ["EXTERNAL", SETTLED, "INTERNAL", SETTLED]
    assert [each.caller for each in made.first] == ["EXTERNAL"]
    assert [each.caller for each in made.later] == ["INTERNAL"]
    assert made.becomes == "collected"


@pytest.mark.parametrize(
    ("settings", "becomes"),
    [
        (("EXTERNAL.connectors.FIREWALL.schedule.activation=remote-initiated",), "never called"),
        ((), "refused"),
    ],
)
def test_where_nobody_has_mail_that_would_fetch_it_it_stays(
    settings: tuple[str, ...], becomes: str
) -> None:
    """INTERNAL's connector takes no address of EXTERNAL's, so it never has a reason to call."""
    nowhere = "{country: US, administration_domain: ' ', private_domain: X, cost: 1}"
    topology = lab("q196381", f"INTERNAL.connectors.FIREWALL.address_space=[{nowhere}]", *settings)
    topology = topology.model_copy(update={"play": ()})
    (made,) = scripts(predict(topology, NOW), mail(topology))
    assert made.prediction.disposition == "collected"  # if INTERNAL called
    assert made.later == ()
    assert made.becomes == becomes


def test_a_stray_message_is_sent_too() -> None:
    made = script("q164838-loop", "NORTH", None)
    assert made.steps[0].send is not None
    assert made.steps[0].send.stray
    assert made.becomes == "looping"


def test_a_report_on_mail_that_waits_first_is_not_among_the_first_calls() -> None:
    """INTERNAL ends it, when it has fetched it from RELAY: the report is made after that."""
    nobody = "INTERNAL.server.mailboxes=[{country: US, organization: Inside, restrictions: "
    settings = (*FETCHED_FROM_RELAY, f"{nobody}{{reject_from: [{{country: US}}]}}}}]")
    made = script("q196381-dmz-relay", "EXTERNAL", "INTERNAL", *settings)
    assert made.prediction.reported
    assert made.prediction.report
    assert [(each.caller, each.connector) for each in made.first] == [("EXTERNAL", "RELAY")]


def test_faults_come_before_the_message_and_what_stalls_is_waited_for_by_its_events() -> None:
    topology = lab("trap-black-hole")
    faults = faults_at_start(topology.play)
    outward, inward = scripts(predict(topology, NOW, faults), mail(topology), faults)
    fault = "fault on outside: larger than 900 octets"
    events = [f"wait for event 1294 at {name}" for name in ("EXTERNAL", "INTERNAL")]
    first, *waited, reply, settled = sent(outward)[1:]
    assert (first, {*waited}, reply, settled) == ("EXTERNAL", {*events}, "INTERNAL", SETTLED)
    assert (outward.becomes, outward.steps[0].fault) == ("stalled", faults.faults[0])
    assert sent(inward) == [fault, "INTERNAL", SETTLED]  # EXTERNAL's mail would bring nothing
    assert inward.becomes == "never called"


def test_a_fault_of_a_lab_that_is_up_does_not_end_while_it_is_proved() -> None:
    (step,) = brought_about([Fault.model_validate({"on": "outside", "reset": True, "for": 9})])
    assert step.fault
    assert (step.fault.effect, step.fault.lasting) == ("reset", None)


def test_of_a_probe_the_calls_for_its_report_are_predicted_too() -> None:
    topology = lab("q166308-all-right")
    play = [step.model_dump(by_alias=True, exclude_unset=True) for step in topology.play]
    play[0]["send"]["probe"] = True
    probing = topology.model_copy(
        update={"play": tuple(PlayStep.model_validate(each) for each in play)}
    )
    made, _ = scripts(predict(probing, NOW), mail(probing))
    assert made.message.probe
    assert made.steps[0].send
    assert made.steps[0].send.probe
    assert [each.caller for each in made.first] == ["NORTH", "SOUTH"]
    assert made.becomes == "delivered"
