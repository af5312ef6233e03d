"""Whose mail is predicted."""

import time

from mta_lab.rehearsal.predict import mail, predict
from mta_lab.topology.reading import load_topology
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab
from tests.mta_lab.topologies import chain, in_a_row
from tests.scaling import assert_linear


def test_every_two_mtas_have_mail_where_a_connector_leads() -> None:
    pairs = [*mail(lab("q193322-route-selection"))]
    assert pairs == [("NORTH", "SOUTH"), ("SOUTH", "NORTH"), ("WEST", "NORTH"), ("WEST", "SOUTH")]


def test_the_messages_of_the_play_are_taken() -> None:
    message = mail(lab("q196381"))["EXTERNAL", "INTERNAL"]
    assert message.originator.surname == "Jones"


def test_mail_to_nobody_is_predicted_too() -> None:
    assert ("NORTH", None) in mail(lab("q164838-loop"))


def test_relays_have_no_mail_of_their_own() -> None:
    assert not any("RELAY" in pair for pair in mail(lab("q196381-dmz-relay")))


def test_a_play_is_not_needed() -> None:
    assert mail(in_a_row()) == {}  # their connectors lead elsewhere


def test_the_time_is_in_proportion_to_the_flows() -> None:
    assert_linear(lambda topology: predict(topology, NOW), chain, start=8)


def test_all_labs_take_milliseconds_each() -> None:
    topologies = [load_topology(each) for each in LABS.glob("*.yaml")]
    begun = time.process_time()
    for topology in topologies:
        assert predict(topology, NOW)
    assert (time.process_time() - begun) / len(topologies) < 0.05


def test_what_a_mailbox_leaves_open_is_that_of_its_domain() -> None:
    """Somebody at `{organization: South}` has a country and administration domain all the same."""
    topology = lab("q166308-all-right", "SOUTH.server.mailboxes=[{organization: South}]")
    topology = topology.model_copy(update={"play": ()})
    recipients = {receiver: str(each.recipient) for (_, receiver), each in mail(topology).items()}
    assert recipients["SOUTH"] == "C=US;A= ;P=Contoso;O=South;S=Somebody"
