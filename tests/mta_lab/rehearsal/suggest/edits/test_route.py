"""Address spaces."""

from mta_lab.rehearsal.suggest.edit import Add
from mta_lab.rehearsal.suggest.edits.route import address_space
from tests.mta_lab.rehearsal.suggest.stopped import SOUTHWARD, stop


def test_a_connector_leads_to_the_mailboxes_of_the_recipients_mta() -> None:
    found = stop("q166308-all-right", SOUTHWARD, "NORTH.connectors.SOUTH.address_space=[]")
    assert found.flow.disposition == "no connector"
    (edit,) = address_space(found)
    assert edit.text == "connector SOUTH of NORTH: leads to the addresses of SOUTH"
    (added,) = edit.operations
    assert isinstance(added, Add)
    assert added.keys == ("mtas", "NORTH", "connectors", 0, "address_space")
    assert added.value["organization"] == "South"
    assert "redirect_to" not in added.value
