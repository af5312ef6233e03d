"""Address spaces and restrictions."""

import pytest

from mta_lab.rehearsal.suggest.edit import Add, Remove
from mta_lab.rehearsal.suggest.edits.route import address_space, mailbox, restrictions
from tests.mta_lab.rehearsal.suggest.stopped import SOUTHWARD, stop, texts


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


SMITH = "{country: US, administration_domain: ' ', private_domain: Contoso, organization: North}"


@pytest.mark.parametrize(
    ("page", "operation", "keys"),
    [
        (f"{{reject_from: [{SMITH}]}}", Remove, ("reject_from", 0)),
        (f"{{reject_from: [{{organization: X}}, {SMITH}]}}", Remove, ("reject_from", 1)),
        ("{accept_from: [{organization: X}]}", Add, ("accept_from",)),
    ],
)
def test_a_connector_takes_what_the_originator_sends(
    page: str, operation: type, keys: tuple[str | int, ...]
) -> None:
    setting = f"NORTH.connectors.SOUTH.delivery_restrictions={page}"
    (edit,) = restrictions(stop("q166308-all-right", SOUTHWARD, setting))
    assert edit.text == "connector SOUTH of NORTH: takes mail of NORTH"
    (found,) = edit.operations
    assert isinstance(found, operation)
    assert found.keys == ("mtas", "NORTH", "connectors", 0, "delivery_restrictions", *keys)
    if isinstance(found, Add):
        assert found.value["organization"] == "North"


def test_a_mailbox_takes_what_the_originator_sends() -> None:
    south = SMITH.removesuffix("}").replace("North", "South")
    limits = f"restrictions: {{reject_from: [{SMITH}]}}, content_types: [P2]"
    boxes = f"SOUTH.server.mailboxes=[{south}, {limits}}}]"
    found = stop("q166308-all-right", SOUTHWARD, boxes)
    assert found.flow.disposition == "reported"
    assert texts(mailbox, found) == [
        "the mailbox of SOUTH: takes mail of NORTH",
        "the mailbox of SOUTH: without content_types",
    ]


def test_where_nothing_is_restricted_nothing_is_lifted() -> None:
    found = stop("q166308-wrong-password", SOUTHWARD)
    assert texts(restrictions, found) == texts(mailbox, found) == []
