"""Configurations as people write them, each with its source, against the real engine.

A file whose comment says "not modelled" is that for at least one SYN; all others are for none.
"""

import itertools
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from mta_lab.engines import iptables, nginx
from mta_lab.engines.decision import Engine, Syn
from mta_lab.engines.haproxy import engine as haproxy
from mta_lab.engines.nftables import reader
from mta_lab.engines.nftables.engine import Nftables
from tests.mta_lab.engines.boxes import INSIDE, OUTSIDE, box, needs, routes
from tests.mta_lab.engines.calls import NGINX_HERE, call, calls, predicted, running, transparent
from tests.mta_lab.engines.judge import alike, expected
from tests.mta_lab.engines.wire import CLIENTS, FURTHER, PORTS, SERVERS, Seen, Wire, wire

CORPUS = Path(__file__).parent / "corpus"
#: An address of the other side: no answer comes back to who took it.
SPOOFED = "192.0.2.77"
_PORTS = itertools.count(20000)
SYNS = [
    Syn("outside", ip_address(source), 0, ip_address(destination), port)
    for source in (*CLIENTS, SPOOFED)
    for destination in (OUTSIDE, INSIDE, *SERVERS)
    for port in PORTS
]


@pytest.fixture(scope="module")
def real(needs_netns: Callable[[], None]) -> Iterator[Wire]:
    needs_netns()
    with wire() as made:
        yield made


def heard_by(syn: Syn, wanted: Seen | None) -> Seen | None:
    return replace(wanted, heard="silence") if wanted and str(syn.source) == SPOOFED else wanted


def check(model: Nftables, real: Wire, text: str) -> None:
    sent = [replace(each, source_port=next(_PORTS)) for each in SYNS]
    wanted = [heard_by(each, expected(model, each)) for each in sent]
    assert (None in wanted) == ("# not modelled" in text)
    for syn, want, seen in zip(sent, wanted, real.send(sent, wanted), strict=True):
        assert want is None or alike(want, seen), f"{syn}: expected {want}, seen {seen}"


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.nft")), ids=lambda path: path.stem)
def test_nftables(real: Wire, file: Path) -> None:
    text = file.read_text("utf-8")
    assert real.takes(text)
    model = Nftables(box(), reader.read(text, file.name, ["outside", "inside"]))
    assert all(rule.place.line for chain in model.ruleset.chains.values() for rule in chain.rules)
    check(model, real, text)


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.rules")), ids=lambda path: path.stem)
def test_iptables(real: Wire, file: Path) -> None:
    needs("iptables-restore-translate")
    text = file.read_text("utf-8")
    assert real.takes("")
    command = ["nsenter", f"--net={real.box}", "iptables-restore", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and "# not modelled" in text:
        pytest.skip(f"this kernel does not have it: {done.stderr}")
    assert done.returncode == 0, done.stderr
    check(Nftables(box(), iptables.read(text, file.name, ["outside", "inside"])), real, text)


def check_calls(model: Engine, real: Wire, text: str) -> None:
    made = calls([OUTSIDE, INSIDE], PORTS, CLIENTS)
    wanted = [predicted(model.decide(each, routes(FURTHER))) for each in made]
    assert (None in wanted) == ("# not modelled" in text)
    for syn, want in zip(made, wanted, strict=True):
        if want:
            assert call(real, syn) == want, str(syn)


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.cfg")), ids=lambda path: path.stem)
def test_haproxy(real: Wire, file: Path, tmp_path: Path) -> None:
    needs("haproxy")
    assert real.takes("")
    text, pid = file.read_text("utf-8"), tmp_path / "pid"
    model = haproxy.read(box(forwards=False), text, file.name)
    command = ["haproxy", "-D", "-q", "-f", str(file), "-p", str(pid)]
    with transparent(real), running(real, command, pid):
        check_calls(model, real, text)


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.conf")), ids=lambda path: path.stem)
def test_nginx(real: Wire, file: Path, tmp_path: Path) -> None:
    needs("nginx")
    assert real.takes("")
    text, pid = file.read_text("utf-8"), tmp_path / "pid"
    model = nginx.read(box(forwards=False), text, file.name)
    copy = tmp_path / file.name
    copy.write_text(f"{NGINX_HERE.format(directory=tmp_path)}{text}", "utf-8")
    with transparent(real), running(real, ["nginx", "-c", str(copy)], pid):
        check_calls(model, real, text)
