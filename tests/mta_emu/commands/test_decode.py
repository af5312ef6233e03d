"""`mta-emu decode` as people and programs run it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from typer.testing import CliRunner, Result

from mta_emu.cli import app
from mta_emu.decode.steps import LayerName, Side
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.tpkt import frame
from tests.mta_emu.decode.conftest import make_talk, make_wire, save, write_pcap

__all__ = ["make_talk", "make_wire", "save", "write_pcap"]

CALLING, CALLED = Side


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["decode", *map(str, arguments)])


def records(*arguments: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("--json", *arguments).stdout.splitlines()]


@pytest.fixture
def capture(make_talk: Callable[..., Any], save: Callable[..., Path]) -> Path:
    return save(make_talk().open().close())


@pytest.fixture
def broken(make_talk: Callable[..., Any], save: Callable[..., Path]) -> Path:
    talk = make_talk().open()
    talk.wire.tsdu(CALLED, Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"}))
    return save(talk)


def test_a_ladder_for_people(capture: Path) -> None:
    result = run(capture)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith(
        "association 1: EXTERNAL (203.0.113.10:40000) calls INTERNAL (198.51.100.10:102)"
    )
    assert lines[1].split() == [
        "frame",
        "time",
        "+ms",
        "203.0.113.10:40000",
        "198.51.100.10:102",
        "what",
    ]
    request = next(line for line in lines if "MTA-BIND request" in line)
    assert request.split(maxsplit=3)[:3] == ["8", "01:46:40.875000", "250.000"]
    assert "MTA-BIND request  ──▶  MTA-BIND indication" in request
    assert request.rstrip().endswith('EXTERNAL, password "secret"')
    answer = next(line for line in lines if "MTA-BIND response" in line)
    assert "MTA-BIND confirm  ◀──  MTA-BIND response" in answer
    assert lines[-1] == "one association, the protocol is kept"


def test_a_broken_protocol(broken: Path) -> None:
    result = run(broken)
    assert result.exit_code == 1
    (line,) = (line for line in result.stdout.splitlines() if "protocol broken" in line)
    assert line.split()[0] == "12"
    assert "session: SPDU MIA in state data transfer" in line
    assert result.stdout.splitlines()[-1] == "one association, the protocol is broken once"


def test_json_has_one_object_a_primitive(broken: Path) -> None:
    found = records(broken)
    assert found[0] == {
        "kind": "association",
        "association": 1,
        "mode": "normal mode",
        "calling": {"address": "203.0.113.10:40000", "mta_name": "EXTERNAL"},
        "called": {"address": "198.51.100.10:102", "mta_name": "INTERNAL"},
    }
    opened = found[1]
    assert opened["time"] == "2001-09-09T01:46:40.000000000Z"
    assert (opened["frame"], opened["delta"], opened["sender"]) == (1, 0.0, "calling")
    bind = found[5]
    assert [layer["layer"] for layer in bind["layers"]] == list(LayerName)[1:]
    assert bind["layers"][-1] == {
        "layer": "mts",
        "primitive": "MTA-BIND",
        "kind": "request",
        "pdu": "argument",
        "parameters": {"mta_name": "EXTERNAL", "password": "secret"},
    }
    finding = next(each for each in found if each["kind"] == "finding")
    assert {key: finding[key] for key in ("frame", "sender", "layer")} == {
        "frame": 12,
        "sender": "called",
        "layer": "session",
    }
    assert (finding["severity"], finding["count"]) == ("protocol broken", 1)
    assert found[-2:] == [
        {
            "kind": "capture",
            "packets": 13,
            "tcp_segments": 13,
            "not_read": {},
            "cut_short": "",
        },
        {
            "kind": "verdict",
            "associations": 1,
            "findings": 1,
            "deviations": 0,
            "complete": False,
        },
    ]


@pytest.mark.parametrize(
    ("layer", "primitives"),
    [
        ("network", {"N-CONNECT", "N-DISCONNECT"}),
        ("transport", {"T-CONNECT", "T-DATA", "T-DISCONNECT"}),
        ("session", {"S-CONNECT", "S-RELEASE"}),
        ("presentation", {"P-CONNECT", "P-RELEASE"}),
        ("acse", {"A-ASSOCIATE", "A-RELEASE"}),
        ("rtse", {"RT-OPEN", "RT-CLOSE"}),
        ("mts", {"MTA-BIND"}),
    ],
)
def test_layers_bound_the_depth(capture: Path, layer: str, primitives: set[str]) -> None:
    steps = [each for each in records(capture, "--layer", layer) if each["kind"] == "step"]
    shown = [each["layers"][-1] for each in steps]
    assert {each["primitive"] for each in shown if each["layer"] == layer} == primitives
    allowed = list(LayerName)[: list(LayerName).index(LayerName(layer)) + 1]
    assert {each["layer"] for step in steps for each in step["layers"]} <= set(allowed)


def test_a_tsdu_is_one_step_to_the_transport(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    talk = make_talk().open()
    talk.wire.tsdu(CALLING, bytes.fromhex("01 00 2d 05 29 03 02 01 01 31 03 2a 01 31"))
    path = save(talk)
    session = [each for each in records(path, "--layer", "session") if each["kind"] == "step"]
    transport = [each for each in records(path, "--layer", "transport") if each["kind"] == "step"]
    assert len(session) == len(transport) + 1


def test_ports(make_wire: Callable[..., Any], save: Callable[..., Path]) -> None:
    wire = make_wire(port=4711).open().say(CALLING, b"GET / HTTP/1.1\r\n")
    path = save(wire)
    result = run(path)
    assert result.exit_code == 0
    assert result.stdout.startswith("no X.400 association in it")
    assert run(path, "--port", "4711").exit_code == 1


@pytest.mark.parametrize("name", ["absent.pcap", "text.pcap"])
def test_what_is_no_capture_exits_2(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.pcap").write_text("a text")
    result = run(tmp_path / name)
    assert result.exit_code == 2
    assert name in result.stderr


def test_a_wrong_option_exits_2(capture: Path) -> None:
    assert run(capture, "--layer", "physical").exit_code == 2


# What there is to say about the file


def last_lines(path: Path, *options: str) -> tuple[int, list[str]]:
    """The exit status, and what follows the ladders."""
    result = run(path, *options)
    lines = result.stdout.rstrip("\n").split("\n")
    after = len(lines) - lines[::-1].index("") if "" in lines else 0
    return result.exit_code, lines[after:]


def test_an_association_that_goes_on_is_not_called_kept_without_saying_so(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    status, lines = last_lines(save(make_talk().open()))
    assert status == 0
    assert lines == [
        "one association, the protocol is kept as far as the capture shows: it lacks something, "
        "see the notes"
    ]


def test_a_file_that_is_cut_short_is_said(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-3])
    status, lines = last_lines(capture)
    assert status == 0
    assert lines[0].startswith("the file is cut short or damaged: it ends within packet ")
    assert lines[1].startswith("one association, the protocol is kept as far as the capture shows")
    assert records(capture)[-2]["cut_short"].startswith("it ends within packet ")
    assert records(capture)[-1]["complete"] is False


@pytest.mark.parametrize(
    ("packets", "link", "line"),
    [
        ([], 1, "no packet in it"),
        (
            [bytes(IP(src="10.0.0.1", dst="10.0.0.2") / UDP())] * 3,
            101,
            "no TCP in it that could be read: of 3 packets 3 UDP",
        ),
        ([b"frame"] * 2, 105, "no TCP in it that could be read: of 2 packets 2 IEEE 802.11"),
    ],
)
def test_where_nothing_was_read_no_other_port_is_suggested(
    write_pcap: Callable[..., Path], packets: list[bytes], link: int, line: str
) -> None:
    assert last_lines(write_pcap(packets, link)) == (0, [line])


def test_what_was_not_read_is_said_beside_what_was(
    make_talk: Callable[..., Any], write_pcap: Callable[..., Path]
) -> None:
    packets = [bytes(packet["IP"]) for packet in make_talk().open().close().wire.packets]
    path = write_pcap([*packets, bytes(IP(proto=50) / bytes(30)), b"\x70" + bytes(30)], 101)
    status, lines = last_lines(path)
    assert status == 0
    assert lines == [
        f"not read: of {len(packets) + 2} packets 1 ESP, 1 IP of version 7",
        "one association, the protocol is kept",
    ]


def test_another_user_is_named_in_a_line(
    make_wire: Callable[..., Any], save: Callable[..., Path]
) -> None:
    wire = make_wire().open().say(CALLING, frame(bytes.fromhex("06e00000000100")))
    for _ in range(3):
        wire.tsdu(CALLING, bytes.fromhex("32 01 0000"))
    path = save(wire)
    assert last_lines(path) == (
        0,
        [
            "not X.400 but S7, and not judged: 203.0.113.10:40000 calls 198.51.100.10:102 "
            "(its data begin with 32 01)",
            "no X.400 association in it",
        ],
    )
    assert records(path)[0] == {
        "kind": "other",
        "user": "S7",
        "sign": "its data begin with 32 01",
        "connections": 1,
        "calling": "203.0.113.10:40000",
        "called": "198.51.100.10:102",
    }


def test_a_breach_that_is_repeated_is_one_row_with_a_count(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    talk = make_talk().open()
    for _ in range(40):
        talk.wire.say(CALLED, b"\x16\x03\x01 octets of another protocol")
    result = run(save(talk))
    (row,) = (line for line in result.stdout.splitlines() if "protocol broken" in line)
    assert "TPKT version 22: must be 3" in row
    assert result.exit_code == 1


def test_what_a_peer_is_called_is_text_and_nothing_else(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    """A name from the wire, before any authentication: an escape sequence, a line, markup."""
    evil = "\x1b]0;owned\x07\n[/x][red]:smile:"
    talk = make_talk()
    opening = replace(talk._opening, user_data=bind.encode_argument(Credentials(evil, b"\x1b[2J")))
    talk.wire.open()
    talk.request(CALLING, opening)
    path = save(talk)
    shown = run(path, "--why").stdout
    assert r"\x1b]0;owned\x07\n[/x][red]:smile:" in shown
    assert r'password "\x1b[2J"' in shown
    assert not {"\x1b", "\x07"} & set(shown)
    assert records(path)[0]["calling"]["mta_name"] == evil


def test_standard_input(capture: Path) -> None:
    command = [sys.executable, "-m", "mta_emu", "decode", "--json", "-"]
    with capture.open("rb") as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run("--json", capture).stdout


@pytest.mark.parametrize("option", ["--join", "--why"])
def test_options_that_add_something_take_nothing_away(capture: Path, option: str) -> None:
    plain, more = run(capture).stdout.splitlines(), run(capture, option).stdout.splitlines()
    assert set(plain) <= set(more)
    kinds = [each["kind"] for each in records(capture)]
    more_kinds = [each["kind"] for each in records(capture, option)]
    assert [kind for kind in more_kinds if kind not in ("why", "joined")] == kinds


def test_why_is_said_after_the_ladder(capture: Path) -> None:
    (line,) = (line for line in run(capture, "--why").stdout.splitlines() if "gave" in line)
    assert line.startswith(
        "association 1: the bind was accepted, and the caller gave the association"
    )


def test_the_help_explains_what_is_shown() -> None:
    text = " ".join(run("--help").stdout.replace("│", " ").split())
    for word in ("protocol broken", "deviation", "note", "VXLAN", "standard input", "verdict"):
        assert word in text
