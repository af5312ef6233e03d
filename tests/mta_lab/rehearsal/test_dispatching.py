"""What an MTA makes of what comes, and why."""

import pytest

from mta_lab.rehearsal.dispatching import Kept
from tests.mta_lab.rehearsal.changed import lab, predicted

RIGHT = "q166308-all-right"
SOUTH = 'country: US, administration_domain: " ", private_domain: Contoso, organization: South'


def test_contents_are_read_by_their_numbers() -> None:
    kept = Kept()
    first, second = kept.keep(b"first"), kept.keep(b"second")
    assert kept.reader(second, 6)(2, 3) == b"con"
    assert kept.short(first, 5) == b"first"
    assert kept.short(None, 5) is None
    assert kept.reader(99, 5)(0, 5) == b""


@pytest.mark.parametrize(
    ("setting", "disposition", "check"),
    [
        (
            f"SOUTH.server.mailboxes=[{{{SOUTH}, restrictions: "
            "{reject_from: [{surname: Jones}]}}]",
            "reported",
            "report",
        ),
        (
            "NORTH.connectors.SOUTH.delivery_restrictions={reject_from: [{surname: Jones}]}",
            "reported",
            "RESTRICTIONS",
        ),
        (
            "NORTH.connectors.SOUTH.address_space=[{country: DE}]",
            "no connector",
            "ADDRESS_SPACE",
        ),
    ],
)
def test_an_end_has_the_word_of_its_report_and_a_reason(
    setting: str, disposition: str, check: str
) -> None:
    prediction = predicted(lab(RIGHT, setting))
    assert prediction.disposition == disposition
    assert prediction.reason.check == check


def test_a_list_is_expanded_where_it_is() -> None:
    """Its member here gets it, its member there by another leg."""
    members = ['"C=US;A= ;P=Contoso;O=South;S=One"', '"C=US;A= ;P=Contoso;O=North;S=Two"']
    lists = f'[{{address: "C=US;A= ;P=Contoso;O=South;S=Smith", members: [{", ".join(members)}]}}]'
    prediction = predicted(lab(RIGHT, f"SOUTH.server.distribution_lists={lists}"))
    assert [(leg.sender, leg.receiver) for leg in prediction.legs] == [
        ("NORTH", "SOUTH"),
        ("SOUTH", "NORTH"),
    ]


def test_mail_that_only_goes_back_where_it_came_from_is_looping() -> None:
    """As the report of the MTA says: no connector is left but the one that it came by."""
    back = f"SOUTH.connectors.NORTH.address_space=[{{{SOUTH.replace('South', 'Nowhere')}}}]"
    nowhere = lab("q164838-loop", "SOUTH.connectors.EAST.address_space=[]", back)
    prediction = predicted(nowhere, "NORTH", None)
    assert (prediction.disposition, prediction.reason.check) == ("looping", "INBOUND")
