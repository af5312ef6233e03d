"""The model of nginx, by itself and against the real one."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.errors import ConfigurationError
from mta_lab.engines import nginx
from mta_lab.engines.decision import Decision, How, NotModelled, Proxied, Stopped
from tests.mta_lab.engines.boxes import CLIENT, INSIDE, OUTSIDE, SERVER, box, needs, routes, syn
from tests.mta_lab.engines.calls import NGINX_HERE, assert_as_predicted, running, transparent
from tests.mta_lab.engines.judge import trying
from tests.mta_lab.engines.wire import CLIENTS, FURTHER, Wire, wire

FILE = "nginx.conf"
TRANSPARENT = "proxy_bind $remote_addr transparent;"


def stream(*server: str, common: str = "", target: str = f"{SERVER}:102") -> str:
    below = "\n".join(server)
    return (
        "events { }\nstream {\n"
        f"{common}\nserver {{\nlisten {OUTSIDE}:102;\n{below}\nproxy_pass {target};\n}}\n}}\n"
    )


def decide(text: str, to: str = OUTSIDE, port: int = 102, source: str = CLIENT) -> Decision:
    model = nginx.read(box(forwards=False), text, FILE)
    return model.decide(syn(to, port, source), routes(FURTHER))


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("", INSIDE),
        (TRANSPARENT, CLIENT),
        ("proxy_bind 192.0.2.9;", "192.0.2.9"),
        ("proxy_bind off;", INSIDE),
    ],
)
def test_the_source_that_the_server_sees(line: str, source: str) -> None:
    for text in (stream(line), stream(common=line)):
        decision = decide(text)
        assert isinstance(decision, Proxied)
        assert str(decision.syn.source) == source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (stream(common="upstream core { server 192.0.2.2:102 backup; }", target="core"), "backup"),
        (stream(f"listen {OUTSIDE}:102;"), "line 5 listens at, too"),
        (stream(f"listen {OUTSIDE}:100-110;"), "line 5 listens at, too"),
        (stream("listen 103;\nlisten *:103;"), "line 6 listens at, too"),
        (stream("listen [::]:103;\nlisten [::]:103 ipv6only=off;"), "line 6 listens at, too"),
    ],
)
def test_what_nginx_does_not_start_with_is_refused(text: str, said: str, tmp_path: Path) -> None:
    needs("nginx")
    file = tmp_path / FILE
    file.write_text(f"{NGINX_HERE.format(directory=tmp_path)}{text}", "utf-8")
    command = ["nginx", "-t", "-e", "stderr", "-c", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "duplicate" in done.stderr or "no servers in upstream" in done.stderr
    with pytest.raises(ConfigurationError, match=rf"{FILE}:\d+: .*{said}"):
        nginx.read(box(), text, FILE)


@pytest.mark.parametrize(
    "own",
    ["listen 102;", f"listen {OUTSIDE}:102 udp;", "listen [::]:102;", f"listen {INSIDE}:102;"],
)
def test_what_listens_beside_another_is_read(own: str, tmp_path: Path) -> None:
    needs("nginx")
    file = tmp_path / FILE
    file.write_text(f"{NGINX_HERE.format(directory=tmp_path)}{stream(own)}", "utf-8")
    command = ["unshare", "--net", "nginx", "-t", "-e", "stderr", "-c", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "syntax is ok" in done.stderr
    assert nginx.read(box(), stream(own), FILE)


def test_a_server_replaces_what_it_inherits() -> None:
    decision = decide(stream("proxy_bind off;", common=TRANSPARENT))
    assert isinstance(decision, Proxied)
    assert str(decision.syn.source) == INSIDE


@pytest.mark.parametrize(
    ("common", "own", "passes"),
    [
        ("deny all;", "", False),
        (f"allow {CLIENT}; deny all;", "", True),
        ("deny all;", "allow 198.51.100.7;", True),  # the inner list replaces the other
        ("", f"deny {CLIENT}; allow all;", False),
        ("", "deny 198.51.100.0/24;", True),
    ],
)
def test_allow_and_deny(common: str, own: str, passes: bool) -> None:
    decision = decide(stream(own, common=common))
    assert isinstance(decision, Proxied) is passes
    if isinstance(decision, Stopped):
        assert decision.how is How.CLOSED


def test_the_header_of_the_proxy_protocol() -> None:
    decision = decide(stream("proxy_protocol on;"))
    assert isinstance(decision, Proxied)
    assert decision.header == "v1"


def test_an_upstream_of_one_server() -> None:
    upstream = "upstream core { server 192.0.2.3:103 weight=5; server 192.0.2.4:1 backup; }"
    decision = decide(stream(common=upstream, target="core"))
    assert isinstance(decision, Proxied)
    assert (str(decision.syn.destination), decision.syn.destination_port) == ("192.0.2.3", 103)
    lines = [each.place.line for each in decision.reasons if each.place]
    assert lines == [5, 7, 3]


def test_another_port_is_closed_and_another_host_is_not_reached() -> None:
    for to, port, how in ((OUTSIDE, 25, How.CLOSED_PORT), (SERVER, 102, How.SILENCE)):
        decision = decide(stream(), to, port)
        assert isinstance(decision, Stopped)
        assert decision.how is how


@pytest.mark.parametrize(
    "text", [stream("include more;"), "events { }\nstream {\ninclude *.conf;\n}"]
)
def test_what_is_included_may_listen_where_nothing_else_does(text: str) -> None:
    decision = decide(text, port=25)
    assert isinstance(decision, NotModelled)
    assert decision.directive.startswith("include ")
    assert decision.place.line == text[: text.index("include")].count("\n") + 1


@pytest.mark.parametrize(
    ("own", "common", "target", "directive"),
    [
        ("limit_conn one 5;", "", f"{SERVER}:102", "limit_conn one 5"),
        ("", "map $remote_addr $to { default 1; }", f"{SERVER}:102", "map $remote_addr $to"),
        ("", "", "$to:102", "proxy_pass $to:102"),
        ("", "", "core.example:102", "proxy_pass core.example:102"),
        ("", "include more.conf;", f"{SERVER}:102", "include more.conf"),
        (
            "",
            "upstream a { server 192.0.2.2:102; server 192.0.2.3:102; }",
            "a",
            "server 192.0.2.3:102",
        ),
    ],
)
def test_what_is_not_modelled_is_named(own: str, common: str, target: str, directive: str) -> None:
    decision = decide(stream(own, common=common, target=target))
    assert isinstance(decision, NotModelled)
    assert decision.directive == directive
    assert decision.place.file == FILE
    assert decision.place.line in (3, 6, 7)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("events { }\nstream {\nserver { listen 102 }\n}\n", f"^{FILE}:3: "),
        ("events { }\nhttp { }\n", "has no block `stream`"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        decide(text)


@pytest.fixture(scope="module")
def real(needs_netns: Callable[[], None]) -> Iterator[Wire]:
    needs_netns()
    needs("nginx")
    with wire() as made, transparent(made):
        yield made


_LIST = st.lists(
    st.builds(
        lambda word, who: f"{word} {who};",
        st.sampled_from(("allow", "deny")),
        st.sampled_from((*CLIENTS, "203.0.113.0/24", "all")),
    ),
    max_size=3,
).map(" ".join)
_BIND = st.sampled_from(("", TRANSPARENT, "proxy_bind 192.0.2.1;", "proxy_bind off;"))
_PROTOCOL = st.sampled_from(("", "proxy_protocol on;", "proxy_protocol off;"))
CONFIGURATIONS = st.builds(
    lambda rules, bind, protocol, own_rules, own_bind, own_protocol, host, port: stream(
        own_rules,
        own_bind,
        own_protocol,
        common=f"{rules}\n{bind}\n{protocol}\nupstream core {{ server {host}:{port}; }}",
        target="core",
    ),
    _LIST,
    _BIND,
    _PROTOCOL,
    _LIST,
    _BIND,
    _PROTOCOL,
    st.sampled_from(("192.0.2.2", "192.0.2.3")),
    st.sampled_from((102, 10102)),
)


@trying(10)
@given(text=CONFIGURATIONS)
def test_the_model_does_what_nginx_does(
    real: Wire, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    compare(real, text, tmp_path_factory.mktemp("nginx"))


@pytest.mark.proof
@trying(200)
@given(text=CONFIGURATIONS)
def test_it_does_so_for_many_configurations(
    real: Wire, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    compare(real, text, tmp_path_factory.mktemp("nginx"))


def compare(real: Wire, text: str, directory: Path) -> None:
    file, pid = directory / FILE, directory / "pid"
    file.write_text(f"{NGINX_HERE.format(directory=directory)}{text}", "utf-8")
    model = nginx.read(box(forwards=False), text, FILE)
    with running(real, ["nginx", "-c", str(file)], pid):
        assert_as_predicted(real, model, text)
