"""Reading HAProxy's configuration: what each proxy has of its own and of its defaults."""

import subprocess
from collections.abc import Callable
from pathlib import Path

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


RIGHTS = f"""\
global
    {{}}
defaults
    mode tcp
    {TIMES.replace(chr(10), chr(10) + "    ").rstrip()}
listen x400
    bind 127.0.0.1:10277
    source 0.0.0.0 usesrc clientip
    server core 127.0.0.1:10278
"""
_SOURCE = "    source 0.0.0.0 usesrc clientip\n"


@pytest.mark.parametrize("setting", ["user nobody", "uid 65534"])
@pytest.mark.parametrize(
    "source",
    [
        _SOURCE,
        "    default-server source 127.0.0.1 interface lo\n",
    ],
)
def test_what_haproxy_does_not_start_with_is_refused(
    setting: str, source: str, tmp_path: Path, needs_netns: Callable[[], None]
) -> None:
    """`haproxy -c` accepts it, and haproxy refuses to start."""
    needs_netns()
    file = tmp_path / "site.cfg"
    file.write_text(RIGHTS.format(setting).replace(_SOURCE, source), "ascii")
    command = ["unshare", "--net", "haproxy", "-db", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "require full privileges" in done.stderr
    with pytest.raises(ConfigurationError, match=rf"site.cfg:2: '{setting}': .* in line 1\d: "):
        sections(file.read_text("ascii"), "site.cfg")


@pytest.mark.parametrize(
    ("setting", "source"),
    [("user root", _SOURCE), ("group nogroup", _SOURCE), ("user nobody", "")],
)
def test_rights_that_are_enough(setting: str, source: str) -> None:
    assert sections(RIGHTS.format(setting).replace(_SOURCE, source), "site.cfg")
