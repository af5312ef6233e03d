"""Reading HAProxy's configuration: what each proxy has of its own and of its defaults."""

import pytest

from labkit.errors import ConfigurationError
from mta_lab.engines.haproxy.reader import sections
from tests.mta_lab.engines.boxes import needs

TIMES = "timeout connect 5s\ntimeout client 1h\ntimeout server 1h\n"


@pytest.fixture(autouse=True)
def _program() -> None:
    needs("haproxy")


def test_a_proxy_has_its_defaults_first_and_the_last_directive_counts() -> None:
    text = f"defaults\nmode http\n{TIMES}listen x400\nmode tcp\nbind :102\nserver a 192.0.2.1:102\n"
    (proxy,) = sections(text, "site.cfg")
    assert (proxy.kind, proxy.name) == ("listen", "x400")
    modes = [each.words for each in proxy.all("mode")]
    assert modes == [("mode", "http"), ("mode", "tcp")]
    last = proxy.last("mode")
    assert last is not None
    assert (last.place.file, last.place.line) == ("site.cfg", 7)
    assert proxy.last("acl") is None


def test_defaults_are_taken_by_name() -> None:
    text = (
        f"defaults plain\nmode tcp\n{TIMES}defaults other\nmode http\n{TIMES}"
        "listen x400 from plain\nbind :102\nserver a 192.0.2.1:102\n"
    )
    (proxy,) = sections(text, "site.cfg")
    assert [each.words for each in proxy.all("mode")] == [("mode", "tcp")]


def test_what_haproxy_refuses_is_said_with_its_line() -> None:
    with pytest.raises(ConfigurationError, match=r"site.cfg:2: .*nonsense"):
        sections("listen x400\nnonsense\n", "site.cfg")
