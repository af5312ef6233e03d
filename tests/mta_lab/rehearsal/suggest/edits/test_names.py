"""PTR records and address records."""

from mta_lab.rehearsal.suggest.edits.names import address_record, ptr_record
from tests.mta_lab.rehearsal.suggest.stopped import INWARD, SOUTHWARD, mends, stop, texts

NORTHWARD = SOUTHWARD[::-1]


def test_a_ptr_record_lets_a_name_be_known() -> None:
    assert mends(ptr_record, stop("q193380-no-ptr-record", SOUTHWARD)) == [
        "a PTR record: 203.0.113.10 is north.contoso.example"
    ]


def test_where_stack_pages_have_addresses_there_is_none() -> None:
    assert texts(ptr_record, stop("q196381", INWARD)) == []


def test_an_address_record_lets_a_name_be_called() -> None:
    assert mends(address_record, stop("q193380-no-ptr-record", NORTHWARD)) == [
        "an address record: north.contoso.example is 203.0.113.10"
    ]


def test_a_name_that_is_found_needs_none() -> None:
    wrong = "NORTH.connectors.SOUTH.general.remote_mta_password=x"
    assert texts(address_record, stop("q193380-ptr-record", NORTHWARD, wrong)) == []


def test_the_name_may_be_that_of_a_firewall() -> None:
    named = "EXTERNAL.connectors.FIREWALL.stack.address=firewall.example"
    assert texts(address_record, stop("q196381", INWARD, named)) == [
        "an address record: firewall.example is 198.51.100.10",
        "an address record: firewall.example is 203.0.113.1",
    ]
