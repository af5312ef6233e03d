from ipaddress import ip_address

import pytest

from labkit.reason import Place
from mta_lab.engines.decision import ANY_PORT, Icmp, NotModelled, endpoint
from tests.mta_lab.engines.boxes import syn


@pytest.mark.parametrize(
    ("address", "port", "text"),
    [
        ("192.0.2.1", 102, "192.0.2.1:102"),
        ("2001:db8::1", 102, "[2001:db8::1]:102"),
        ("192.0.2.1", ANY_PORT, "192.0.2.1, any port"),
    ],
)
def test_an_endpoint_is_written_as_people_write_it(address: str, port: int, text: str) -> None:
    assert endpoint(ip_address(address), port) == text


def test_a_syn_says_from_where_to_where() -> None:
    assert str(syn("192.0.2.2")) == "203.0.113.50:40000 to 192.0.2.2:102"


def test_what_is_not_modelled_names_directive_and_place() -> None:
    found = NotModelled("queue num 1", Place("chain forward", "site.nft", 7))
    assert str(found) == "not modelled: queue num 1 at site.nft:7 chain forward"


def test_an_icmp_error_says_type_and_code() -> None:
    assert str(Icmp(3, 13)) == "type 3 code 13"
