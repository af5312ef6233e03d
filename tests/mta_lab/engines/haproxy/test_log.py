"""Lines of HAProxy's log, as version 2.6 writes them."""

import pytest

from mta_lab.engines.haproxy.log import decided
from mta_lab.engines.haproxy.reader import Section, sections
from mta_lab.engines.records import Decided, SynOutcome
from tests.mta_lab.engines.boxes import needs

CONFIGURATION = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend outside
    bind 203.0.113.1:102
    default_backend inside
backend inside
    source 0.0.0.0 usesrc clientip
    server core 192.0.2.2:102
listen both
    bind 203.0.113.1:103
    server other 192.0.2.3:102
"""
OPENED = (
    "203.0.113.50:45994 [28/Nov/2026:19:40:33.704] outside inside/core 1/0/9 0 -- 1/1/0/0/0 0/0"
)
NOT = "203.0.113.50:41062 [28/Nov/2026:19:40:33.704] both both/other 1/-1/1001 0 CC 1/1/0/0/2 0/0"
DENIED = "203.0.113.50:41062 [28/Nov/2026:19:40:33.704] both both/<NOSRV> 0/-1/0 0 PR 1/1/0/0/0 0/0"


@pytest.fixture(name="read", scope="module")
def _read() -> list[Section]:
    needs("haproxy")
    return sections(CONFIGURATION, "site.cfg")


def only(line: str, read: list[Section]) -> Decided:
    (found,) = decided(line, read)
    return found


def test_a_connection_onward_names_the_lines_that_led_there(read: list[Section]) -> None:
    found = only(OPENED, read)
    assert found.outcome is SynOutcome.PROXIED
    assert (found.source, found.destination) == ("203.0.113.50:45994", "203.0.113.1:102")
    assert (found.onward_source, found.onward_destination) == (None, "192.0.2.2:102")
    assert [each.partition("site.cfg:")[2].partition(" ")[0] for each in found.rules] == [
        "7",
        "10",
        "11",
    ]
    assert found.reason == "server core 192.0.2.2:102"
    assert found.place == "site.cfg:11 backend inside server"


def test_a_client_of_ipv6_is_written_as_everywhere(read: list[Section]) -> None:
    """HAProxy writes address and port without brackets."""
    line = OPENED.replace("203.0.113.50:", "2001:db8:113::50:")
    assert only(line, read).source == "[2001:db8:113::50]:45994"


def test_a_prefix_of_syslog_is_passed_over(read: list[Section]) -> None:
    assert only(f"<134>Nov 28 19:40:33 haproxy[7]: {OPENED}", read) == only(OPENED, read)


@pytest.mark.parametrize(
    ("line", "outcome"), [(NOT, SynOutcome.UNREACHABLE), (DENIED, SynOutcome.CLOSED)]
)
def test_what_was_not_connected_onward_says_why(
    read: list[Section], line: str, outcome: SynOutcome
) -> None:
    assert only(line, read).outcome is outcome


def test_who_refused_is_the_proxy_where_no_server_was_chosen(read: list[Section]) -> None:
    found = only(DENIED, read)
    assert (found.onward_destination, found.place) == (None, "site.cfg:13 listen both bind")


def test_without_a_server_no_source_was_chosen(read: list[Section]) -> None:
    denied = OPENED.replace("inside/core 1/0/9 0 --", "inside/<NOSRV> 0/-1/0 0 PR")
    assert only(denied, read).rules == ("bind 203.0.113.1:102 (site.cfg:7 frontend outside bind)",)


@pytest.mark.parametrize("line", ["", "[NOTICE] (7) : Loading success.", "Proxy a stopped"])
def test_other_lines_are_no_decisions(read: list[Section], line: str) -> None:
    assert [*decided(line, read)] == []


def test_a_proxy_that_the_file_does_not_have_is_named_all_the_same(read: list[Section]) -> None:
    found = only(OPENED.replace("outside inside/core", "x y/z"), read)
    assert (found.destination, found.rules) == ("x", ())
