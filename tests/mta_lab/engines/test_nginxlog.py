"""Lines of nginx's error log, as version 1.22 writes them."""

from mta_lab.engines.box import Box
from mta_lab.engines.nginx import read
from mta_lab.engines.nginxlog import NginxLog
from mta_lab.engines.records import Decided, SynOutcome

CONFIGURATION = """\
events { }
stream {
    server {
        listen 203.0.113.1:102;
        proxy_bind $remote_addr transparent;
        proxy_pass 192.0.2.2:102;
    }
    server {
        listen 103;
        deny all;
        proxy_pass 192.0.2.2:102;
    }
}
"""
BEGIN = "2026/11/28 19:42:17 [info] 3871#3871: "
CLIENT = f"{BEGIN}*1 client 203.0.113.50:54988 connected to 203.0.113.1:102"
PROXY = f"{BEGIN}*1 proxy 203.0.113.50:35442 connected to 192.0.2.2:102"
OTHER = f"{BEGIN}*3 client 203.0.113.51:57542 connected to 203.0.113.1:103"
FORBIDDEN = (
    f"{BEGIN}*3 access forbidden by rule while initializing session, client: 203.0.113.51, "
    "server: 0.0.0.0:103"
)
REFUSED = (
    f"{BEGIN}*1 connect() failed (111: Connection refused) while connecting to upstream, client: "
    '203.0.113.50, server: 203.0.113.1:102, upstream: "192.0.2.2:102"'
)


def told(*lines: str) -> list[Decided]:
    log = NginxLog(read(Box({}), CONFIGURATION, "site.conf"))
    return [each for line in lines for each in log.decided(line)]


def test_a_connection_onward_has_both_ends_and_the_lines_that_led_there() -> None:
    (found,) = told(CLIENT, PROXY)
    assert found.outcome is SynOutcome.PROXIED
    assert (found.source, found.destination) == ("203.0.113.50:54988", "203.0.113.1:102")
    assert (found.onward_source, found.onward_destination) == (
        "203.0.113.50:35442",
        "192.0.2.2:102",
    )
    assert [each.split("site.conf:")[1].split(" ")[0] for each in found.rules] == ["4", "6", "5"]
    assert (found.check, found.place.split(" ")[0]) == ("proxy_bind", "site.conf:5")


def test_connections_at_the_same_time_are_told_apart() -> None:
    passed, closed = told(CLIENT, OTHER, PROXY, FORBIDDEN)
    assert (passed.outcome, closed.outcome) == (SynOutcome.PROXIED, SynOutcome.CLOSED)
    assert closed.source == "203.0.113.51:57542"
    assert closed.place.startswith("site.conf:9 ")


def test_a_server_that_refuses_closes_the_clients_connection() -> None:
    (found,) = told(CLIENT, REFUSED)
    assert (found.outcome, found.onward_destination) == (SynOutcome.UNREACHABLE, None)


def test_what_is_about_no_connection_is_passed_over() -> None:
    assert told(f"{BEGIN}start worker processes", PROXY, f"{BEGIN}*9 upstream disconnected") == []
