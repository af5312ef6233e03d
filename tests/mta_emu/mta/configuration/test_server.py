"""The server's pages: its addresses, its mailboxes and lists, its names."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from labkit.config import ConfigurationError, parse
from mta_emu.mta.configuration.server import Server
from mta_emu.mts.oraddress import ORAddress

SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Smith")
LIST = "C=US;A= ;P=Contoso;O=A;CN=Everybody"


def server(**fields: Any) -> Server:
    document = {
        "organization": "Contoso",
        "site": "Lab",
        "name": "A",
        "global_domain": {"country": "US", "private_domain": "Contoso"},
        "transport_stack": {"address": "127.0.113.88"},
    }
    return parse(document | fields, Server, "server")


def test_a_multihomed_host_has_all_its_addresses_the_first_one_first() -> None:
    stack = {"address": "127.0.113.88", "other_addresses": ["127.0.113.99"]}
    found = server(transport_stack=stack).transport_stack.addresses
    assert found == (IPv4Address("127.0.113.88"), IPv4Address("127.0.113.99"))


def test_the_mta_is_called_as_the_server_unless_it_has_a_name() -> None:
    assert server().mta_name == "A"
    assert server(local_mta_name="GATE").mta_name == "GATE"


def test_the_site_is_named_in_bilateral_information_unless_it_is_not_to_be() -> None:
    """Q157358."""
    assert server().site_name == "/O=Contoso/OU=Lab"
    assert server(registry={"do_not_generate_bilateral_info": True}).site_name == ""


def test_mail_is_for_the_first_mailbox_that_fits() -> None:
    here = server(mailboxes=[{"organization": "A", "surname": "Smith"}, {"organization": "A"}])
    jones = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")
    assert here.mailbox_of(SMITH) is here.mailboxes[0]
    assert here.mailbox_of(jones) is here.mailboxes[1]
    elsewhere = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
    assert here.mailbox_of(elsewhere) is None
    assert [here.delivers_to(each) for each in (SMITH, jones, elsewhere)] == [True, True, False]


def test_a_list_is_delivered_to_without_a_mailbox() -> None:
    here = server(distribution_lists=[{"address": LIST, "members": [str(SMITH)]}])
    everybody = ORAddress.parse(LIST)
    assert here.delivers_to(everybody)
    assert here.list_at(everybody) is here.distribution_lists[0]
    assert here.list_at(SMITH) is None
    assert not here.delivers_to(SMITH)


def test_a_list_cannot_own_a_list() -> None:
    lists = [{"address": LIST, "members": [str(SMITH)], "owner": LIST}]
    with pytest.raises(ConfigurationError, match=r"distribution_lists\.0\.owner.*go round"):
        server(distribution_lists=lists)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"transport_stack": {"address": "127.0.113.88", "port": 65536}}, "port"),
        ({"transport_stack": {"address": "127.0.113.88", "tpkt_reserved_octet": 256}}, "tpkt_res"),
        ({"registry": {"tcp_ip_control_blocks": 1}}, "tcp_ip_control_blocks"),
        ({"registry": {"tcp_ip_control_blocks": 1251}}, "tcp_ip_control_blocks"),
        ({"registry": {"work_queue_alarm_on": 0}}, "work_queue_alarm_on"),
        ({"retention": {"tracking_days": 0}}, "tracking_days"),
        ({"http": {"port": 0}}, "http.port"),
        ({"smtp": {"gateway": "no host"}}, "smtp.gateway"),
    ],
)
def test_values_have_bounds(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(ConfigurationError, match=where):
        server(**fields)
