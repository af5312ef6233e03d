"""A play, step by step."""

from typing import Any

import pytest

from mta_lab.rehearsal.play import PredictedPlay, play
from mta_lab.topology.play import PlayStep
from tests.mta_lab.rehearsal.changed import NOW, lab

MAIL = {
    "at": "NORTH",
    "from": "C=US;A= ;P=Contoso;O=North;S=Jones",
    "to": "C=US;A= ;P=Contoso;O=South;S=Smith",
}


def played(*steps: dict[str, Any], name: str = "q166308-all-right") -> PredictedPlay:
    """Predict other steps than the file has."""
    parsed = tuple(PlayStep.model_validate(each) for each in steps)
    return play(lab(name).model_copy(update={"play": parsed}), NOW)


def test_messages_of_steps_in_a_row_are_queued_before_the_first_call() -> None:
    found = played({"send": {**MAIL, "count": 51}}, {"await": "settled"})
    assert len(found.predictions) == 51
    assert sum(each.accepted for each in found.attempts) == 2  # the threshold is 50
    assert found.waiting == {("NORTH", "SOUTH"): 0, ("SOUTH", "NORTH"): 0}


@pytest.mark.parametrize(
    ("step", "failed"),
    [
        ({"queued": {"NORTH": 1}}, "step 2 of the play: 0 messages are queued at NORTH, and not 1"),
        (
            {"await": {"event": 290, "at": "NORTH"}},
            "step 2 of the play: nothing brings about what it waits for: for event 290 at NORTH",
        ),
        (
            {"await": {"delivered": 2, "at": "SOUTH"}},
            "step 2 of the play: nothing brings about what it waits for: until SOUTH has "
            "delivered 2",
        ),
        (
            {"set": {"NORTH.server.local_mta_name": "X"}},
            "step 2 of the play: server.local_mta_name: changes only when the MTA is started again",
        ),
    ],
)
def test_a_step_that_cannot_be_is_named(step: dict[str, Any], failed: str) -> None:
    assert played({"send": MAIL}, step).failed == [failed]


def test_a_wrong_figure_does_not_end_the_play() -> None:
    found = played({"queued": {"NORTH": 1}}, {"send": MAIL}, {"await": "settled"})
    assert len(found.failed) == 1
    assert found.predictions[0].disposition == "delivered"


@pytest.mark.parametrize(
    "setting", ["", "NORTH.server.alternate_recipient='C=US;A= ;P=Contoso;O=North;S=A'"]
)
def test_mail_that_no_connector_takes_is_not_submitted(setting: str) -> None:
    """Nor where an alternate recipient is assigned, which the mail of a play does not allow."""
    step = PlayStep.model_validate({"send": {**MAIL, "to": "C=FR;A= ;P=X;S=Y", "stray": True}})
    topology = lab("q166308-all-right", *filter(None, [setting]))
    found = play(topology.model_copy(update={"play": (step,)}), NOW)
    assert found.failed == [
        "step 1 of the play: no mailbox at NORTH and no connector there for C=FR;A= ;P=X;S=Y"
    ]


@pytest.mark.parametrize(("to", "says"), [("Smith", "delivered"), ("", "not delivered: ")])
def test_a_probe_is_answered_by_a_report(to: str, says: str) -> None:
    """Where there is no such mailbox the report says that a message could not be delivered."""
    everybody = {"country": "US", "administration_domain": " ", "private_domain": "Contoso"}
    mailboxes = {"SOUTH.server.mailboxes": [everybody | {"organization": "South"}] if to else []}
    steps = [
        {"set": mailboxes},
        {"send": MAIL | {"probe": True, "stray": True}},
        {"await": "settled"},
        {"queued": {"NORTH": 0, "SOUTH": 0}},
    ]
    found = played(*steps)
    assert found.failed == []
    (prediction,) = found.predictions
    assert prediction.reported_back.startswith(says)
    assert prediction.report[0].disposition.moves
    assert [each.caller for each in found.attempts] == ["NORTH", "SOUTH"]
    assert found.events("NORTH") == ()


def test_a_fault_under_an_open_association_is_not_modelled() -> None:
    hole = {"fault": {"on": "lan", "black_hole": True}}
    found = played({"send": MAIL}, {"await": "settled"}, hole)
    assert found.not_modelled.startswith("not modelled: step 3 of the play: fault on lan")


def test_a_delivery_is_waited_for_through_a_restart() -> None:
    steps: list[dict[str, Any]] = [
        {"fault": {"on": "lan", "black_hole": True}},
        {"send": MAIL},
        {"await": "settled"},
        {"queued": {"NORTH": 1}},
        {"restart": "NORTH"},
        {"fault": {"on": "lan", "lift": True}},
        {"await": {"delivered": 1, "at": "SOUTH"}},
    ]
    found = played(*steps)
    assert (found.failed, found.not_modelled) == ([], "")
    assert [each.disposition for each in found.attempts] == ["unreachable"] * 2 + ["delivered"]
