"""The model of HAProxy, by itself and against the real one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.errors import ConfigurationError
from mta_lab.engines.decision import Decision, How, NotModelled, Proxied, Stopped
from mta_lab.engines.haproxy import engine as haproxy
from tests.mta_lab.engines.boxes import CLIENT, INSIDE, OUTSIDE, SERVER, box, needs, routes, syn
from tests.mta_lab.engines.calls import assert_as_predicted, running, transparent
from tests.mta_lab.engines.judge import trying
from tests.mta_lab.engines.wire import CLIENTS, FURTHER, Wire, wire

FILE = "haproxy.cfg"
TIMES = "timeout connect 5s\ntimeout client 1h\ntimeout server 1h\n"


@pytest.fixture(autouse=True)
def _program() -> None:
    needs("haproxy")


def listen(*lines: str, server: str = f"server core {SERVER}:102", defaults: str = "") -> str:
    below = "\n".join(lines)
    above = f"defaults\nmode tcp\n{TIMES}{defaults}\n"
    return f"{above}listen x400\nbind {OUTSIDE}:102\n{below}\n{server}\n"


def decide(text: str, to: str = OUTSIDE, port: int = 102, source: str = CLIENT) -> Decision:
    model = haproxy.read(box(forwards=False), text, FILE)
    return model.decide(syn(to, port, source), routes(FURTHER))


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("", INSIDE),
        ("source 0.0.0.0 usesrc clientip", CLIENT),
        ("source 0.0.0.0 usesrc client", CLIENT),
        ("source 192.0.2.9", "192.0.2.9"),
        ("source 0.0.0.0", INSIDE),
    ],
)
def test_the_source_that_the_server_sees(line: str, source: str) -> None:
    for text in (
        listen(line),
        listen(defaults=line),
        listen(server=f"server a {SERVER}:102 {line}"),
    ):
        decision = decide(text)
        assert isinstance(decision, Proxied)
        assert str(decision.syn.source) == source


def test_what_a_proxy_says_replaces_what_it_inherits() -> None:
    text = listen("source 192.0.2.9", defaults="source 0.0.0.0 usesrc clientip")
    decision = decide(text)
    assert isinstance(decision, Proxied)
    assert str(decision.syn.source) == "192.0.2.9"


@pytest.mark.parametrize(
    ("option", "header"), [("", ""), ("send-proxy", "v1"), ("send-proxy-v2", "v2")]
)
def test_the_header_of_the_proxy_protocol(option: str, header: str) -> None:
    decision = decide(listen(server=f"server core {SERVER}:102 check {option}"))
    assert isinstance(decision, Proxied)
    assert decision.header == header


@pytest.mark.parametrize(
    ("rules", "passes"),
    [
        (["acl us src 203.0.113.0/24", "tcp-request connection reject if !us"], True),
        (["acl us src 203.0.113.51", "tcp-request connection reject if !us"], False),
        (["acl us src 203.0.113.50", "acl us src 1.2.3.4", "tcp-request connection accept if us",
          "tcp-request connection reject"], True),
        (["tcp-request connection reject if { src 203.0.113.0/24 } { dst_port 102 }"], False),
        (["tcp-request connection reject unless { src 203.0.113.50 } or { src 1.2.3.4 }"], True),
        (["tcp-request content reject if { src 203.0.113.50 }"], False),
    ],
)  # fmt: skip
def test_rules_by_source(rules: list[str], passes: bool) -> None:
    decision = decide(listen(*rules))
    assert isinstance(decision, Proxied) is passes
    if isinstance(decision, Stopped):
        before_a_session = rules[0].startswith(("acl", "tcp-request connection"))
        assert decision.how is (How.ACCEPTED_RESET if before_a_session else How.CLOSED)
        assert (decision.reasons[-1].check, decision.unreached) == ("tcp-request", False)


def test_reasons_have_lines() -> None:
    decision = decide(listen("source 0.0.0.0 usesrc clientip"))
    lines = [each.place.line for each in decision.reasons if each.place]
    assert lines == [8, 9, 10]


def test_frontends_and_backends() -> None:
    text = f"""\
defaults
mode tcp
{TIMES}
frontend x400
bind *:102
use_backend south if {{ src {CLIENTS[1]} }}
default_backend north
backend north
server a 192.0.2.2
backend south
server b 192.0.2.3:+1
"""
    for source, to in ((CLIENT, "192.0.2.2:102"), (CLIENTS[1], "192.0.2.3:103")):
        decision = decide(text, source=source)
        assert isinstance(decision, Proxied)
        assert f"{decision.syn.destination}:{decision.syn.destination_port}" == to


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (listen(server=f"server core {SERVER}:102 disabled"), How.CLOSED),
        (listen(server=""), How.CLOSED),
        (f"defaults\nmode tcp\n{TIMES}frontend x\nbind *:102\n", How.CLOSED),
        (listen(server="server core 198.18.0.1:102"), How.CLOSED),
    ],
)
def test_without_a_server_it_is_accepted_and_closed(text: str, how: How) -> None:
    decision = decide(text)
    assert isinstance(decision, Stopped)
    assert decision.how is how


def test_another_port_is_closed_and_another_host_is_not_reached() -> None:
    for to, port, how in ((OUTSIDE, 25, How.CLOSED_PORT), (SERVER, 102, How.SILENCE)):
        decision = decide(listen(), to, port)
        assert isinstance(decision, Stopped)
        assert decision.how is how


@pytest.mark.parametrize(
    ("line", "directive"),
    [
        ("mode http", "mode http"),
        ("option transparent", "option transparent"),
        ("tcp-request connection expect-proxy layer4", "expect-proxy"),
        ("tcp-request connection reject if { src_is_local }", "tcp-request connection reject"),
        ("server second 192.0.2.3:102", "server core"),
        ("http-request deny", "http-request deny"),
        ("bind *:25\nbind 203.0.113.1:102", "bind 203.0.113.1:102"),
        (".if defined(SITE)\n.endif", ".if defined(SITE)"),
    ],
)
def test_what_is_not_modelled_is_named_with_its_line(line: str, directive: str) -> None:
    decision = decide(listen(line))
    assert isinstance(decision, NotModelled)
    assert directive in decision.directive
    assert decision.place.file == FILE
    assert decision.place.line in (9, 10)


@pytest.mark.parametrize(
    "check", ["check port 9", "check addr 192.0.2.3", "check observe layer4", "check"]
)
def test_health_checks_that_ask_for_more_than_a_connection_are_not_modelled(check: str) -> None:
    server = f"server core {SERVER}:102 {check}"
    assert isinstance(decide(listen(server=server)), NotModelled if " " in check else Proxied)
    expect = "option tcp-check\ntcp-check expect string X400"
    assert isinstance(decide(listen(expect, server=server)), NotModelled)


def test_spare_servers_that_share_the_connections_are_not_modelled() -> None:
    spare = f"server a {SERVER}:102 backup\nserver b 192.0.2.3:102 backup"
    assert isinstance(decide(listen(server=spare)), Proxied)
    assert isinstance(decide(listen("option allbackups", server=spare)), NotModelled)


def test_port_0_of_a_server_is_the_one_that_the_client_called() -> None:
    decision = decide(listen(server=f"server core {SERVER}:0"))
    assert isinstance(decision, Proxied)
    assert decision.syn.destination_port == 102


def test_no_program_of_the_file_is_run(tmp_path: Path) -> None:
    """The check of haproxy itself runs what `lua-load` names."""
    ran, script = tmp_path / "ran", tmp_path / "site.lua"
    script.write_text(f'io.open("{ran}", "w"):close()\n')
    decision = decide(f"global\nlua-load {script}\n{listen()}")
    assert isinstance(decision, NotModelled)
    assert (decision.directive, decision.place.line) == (f"lua-load {script}", 2)
    assert not ran.exists()


def test_a_file_in_which_nothing_listens_is_refused_with_a_reason() -> None:
    with pytest.raises(ConfigurationError, match="no listener"):
        decide(listen("disabled"))


def test_what_haproxy_refuses_has_its_words() -> None:
    with pytest.raises(ConfigurationError, match=rf"^{FILE}:9: unknown keyword 'listens'"):
        decide(listen("listens nowhere"))


@pytest.fixture(scope="module")
def real(needs_netns: Callable[[], None]) -> Iterator[Wire]:
    needs_netns()
    with wire() as made, transparent(made):
        yield made


_SOURCES = st.sampled_from(("", "source 0.0.0.0 usesrc clientip", "source 192.0.2.1"))
_NETWORKS = st.lists(
    st.sampled_from((*CLIENTS, "203.0.113.0/24", "198.51.100.0/24", "0.0.0.0/0")),
    min_size=1,
    max_size=2,
    unique=True,
)
_RULE = st.builds(
    lambda networks, action, word, no: (
        f"tcp-request connection {action} {word} {no}{{ src {' '.join(networks)} }}"
    ),
    _NETWORKS,
    st.sampled_from(("accept", "reject")),
    st.sampled_from(("if", "unless")),
    st.sampled_from(("", "!")),
)
_OPTION = st.sampled_from(("", "send-proxy", "send-proxy-v2", "check", "disabled"))
CONFIGURATIONS = st.builds(
    lambda default, source, rules, host, port, option, bind: (
        f"global\nstats timeout 1m\ndefaults\nmode tcp\n{TIMES}{default}\n"
        f"listen x400\nbind {bind}:102\n{source}\n{chr(10).join(rules)}\n"
        f"server core {host}:{port} {option}\n"
    ),
    _SOURCES,
    _SOURCES,
    st.lists(_RULE, max_size=3),
    st.sampled_from(("192.0.2.2", "192.0.2.3")),
    st.sampled_from((102, 10102)),
    _OPTION,
    st.sampled_from((OUTSIDE, "*")),
)


@trying(10)
@given(text=CONFIGURATIONS)
def test_the_model_does_what_haproxy_does(
    real: Wire, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    compare(real, text, tmp_path_factory.mktemp("haproxy"))


@pytest.mark.proof
@trying(200)
@given(text=CONFIGURATIONS)
def test_it_does_so_for_many_configurations(
    real: Wire, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    compare(real, text, tmp_path_factory.mktemp("haproxy"))


def compare(real: Wire, text: str, directory: Path) -> None:
    file, pid = directory / FILE, directory / "pid"
    file.write_text(text, "utf-8")
    model = haproxy.read(box(forwards=False), text, FILE)
    with running(real, ["haproxy", "-D", "-q", "-f", str(file), "-p", str(pid)], pid):
        assert_as_predicted(real, model, text)
