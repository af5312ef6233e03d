"""Q196381 on real sockets: the fault, its three workarounds, and what Wireshark makes of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SEED, TUNNEL = "q196381", "q196381-tunnel"
SECOND, OFF = "q196381-second-connector", "q196381-transparency-off"
ALL = (SEED, TUNNEL, SECOND, OFF)

EXTERNAL, INTERNAL = "203.0.113.10", "198.51.100.10"
OUTSIDE, INSIDE = "203.0.113.1", "198.51.100.1"

#: SI values as Wireshark gives them in ses.type.
REFUSE, PLEASE, GIVE_CONFIRM, ACTIVITY_END = 12, 2, 21, 41

#: What Wireshark shows when it cannot read something, or doubts it (severity warning and up).
COMPLAINTS = (
    "_ws.malformed",
    "_ws.short",
    "(tpkt and _ws.expert.severity >= 6291456)",  # not what the kernel's TCP does on a busy machine
    "data",
    "ber.unknown_data",
    "ber.unknown_octetstring",
    *(
        f"ber.unknown.{kind}"
        for kind in ("primitive", "OCTETSTRING", "OID", "INTEGER", "IA5String", "BITSTRING")
    ),
)


@pytest.mark.parametrize("name", ALL)
def test_every_topology_is_as_it_expects(play: Callable[[str], Any], name: str) -> None:
    played = play(name)
    assert played.result["differences"] == []
    assert (played.status, played.result["verdict"]) == (0, "pass")
    assert played.result["topology"] == name
    assert played.result["backend"] == "loopback"


def test_seed_refuses_inward_and_drains_over_the_call_from_inside(
    play: Callable[[str], Any],
) -> None:
    played = play(SEED)
    assert played.flow("EXTERNAL") == {
        "from": "EXTERNAL",
        "to": "INTERNAL",
        "disposition": "collected",
        "source_seen": played.wire(EXTERNAL),
        "associations": 0,
        "sent": 5,
        "delivered_directly": 0,
        "collected": 5,
        "queued_at_end": 0,
    }
    assert played.flow("INTERNAL") == {
        "from": "INTERNAL",
        "to": "EXTERNAL",
        "disposition": "delivered",
        "source_seen": played.wire(OUTSIDE),
        "associations": 1,
        "sent": 1,
        "delivered_directly": 1,
        "collected": 0,
        "queued_at_end": 0,
    }


def test_seed_says_why_the_bind_was_refused(play: Callable[[str], Any]) -> None:
    """In the result as on the wire, with the line of the file that people edit."""
    played = play(SEED)
    first = played.result["mtas"]["INTERNAL"]["associations"][0]
    seen, expected = played.wire(EXTERNAL), played.wire(INSIDE)
    assert (first["state"], first["seen"], first["expected"]) == ("refused", seen, expected)
    assert f"caller's address {seen} is not {expected}, " in first["reason"]
    assert "the address on the Stack page of connector FIREWALL" in first["reason"]
    file, line = first["place"].split(" ")[0].split(":")
    assert file == "labs/q196381.yaml"
    assert (ROOT / file).read_text("utf-8").splitlines()[int(line) - 1].strip() == (
        "stack: {address: 198.51.100.1}"
    )


def test_seed_logs_the_events_of_the_article_in_order(play: Callable[[str], Any]) -> None:
    played = play(SEED)
    assert played.events("EXTERNAL") == [1290, 289, 1294, 301]
    assert played.events("INTERNAL") == [1293]
    texts = {
        event["id"]: event["text"]
        for mta in played.result["mtas"].values()
        for event in mta["events"]
    }
    dn = "/O=Contoso/OU={}/CN=Configuration/CN=Connections/CN=FIREWALL"
    assert texts[1290].startswith(
        f"A locally initiated association to {dn.format('Outside')} was refused. "
        "The failure reason provider was 0 and the reason was 0. Control block index "
    )
    assert texts[1293].startswith(
        f"A remotely-initiated association from {dn.format('Inside')} was refused. "
        "The failure reason provider is 0 and the reason is 0. Control block index "
    )
    assert "in 600 seconds" in texts[301]
    types = {event["type"] for event in played.result["mtas"]["INTERNAL"]["events"]}
    assert types == {"Warning"}


@pytest.mark.parametrize("name", [TUNNEL, SECOND, OFF])
def test_every_workaround_delivers_directly_and_logs_nothing(
    play: Callable[[str], Any], name: str
) -> None:
    played = play(name)
    flow = played.flow("EXTERNAL")
    assert (flow["disposition"], flow["delivered_directly"]) == ("delivered", 5)
    assert played.events("EXTERNAL") == []
    assert played.events("INTERNAL") == []


@pytest.mark.parametrize(
    ("name", "source"), [(SEED, EXTERNAL), (SECOND, EXTERNAL), (TUNNEL, EXTERNAL), (OFF, INSIDE)]
)
def test_the_called_mta_sees_the_source_that_the_firewall_left(
    play: Callable[[str], Any], name: str, source: str
) -> None:
    assert play(name).flow("EXTERNAL")["source_seen"] == play(name).wire(source)


def test_the_firewall_logs_both_ends_of_every_connection(play: Callable[[str], Any]) -> None:
    played = play(SEED)
    inward, outward = played.result["firewalls"]["firewall"]["connections"]
    for connection, source, destination, onward_source, onward_destination in (
        (inward, EXTERNAL, OUTSIDE, EXTERNAL, INTERNAL),
        (outward, INTERNAL, INSIDE, OUTSIDE, EXTERNAL),
    ):
        seen = [
            connection[field].partition(":")[0]
            for field in ("source", "destination", "onward_source", "onward_destination")
        ]
        assert seen == [
            played.wire(each) for each in (source, destination, onward_source, onward_destination)
        ]
        assert connection["bytes_out"] > 0
        assert connection["bytes_in"] > 0
    assert play(TUNNEL).result["firewalls"]["firewall"]["connections"] == []


# Wireshark as the judge


def _rows(packets: list[dict[str, list[str]]], field: str) -> Iterator[str]:
    for packet in packets:
        yield from packet.get(field, [])


@pytest.mark.parametrize("name", ALL)
def test_wireshark_dissects_every_octet(
    play: Callable[[str], Any], tshark: Callable[..., Any], name: str
) -> None:
    played = play(name)
    where = " or ".join(COMPLAINTS)
    assert tshark(played.capture, "frame.number", where=where, port=played.port) == []
    layers = {
        layer
        for packet in tshark(played.capture, "frame.protocols", port=played.port)
        for layer in packet["frame.protocols"][0].split(":")
    }
    assert {"tpkt", "cotp", "ses", "pres", "acse", "rtse", "p1"} <= layers


@pytest.mark.parametrize("name", ALL)
def test_wireshark_reads_every_message(
    play: Callable[[str], Any], tshark: Callable[..., Any], name: str
) -> None:
    played = play(name)
    mta = f"ip.addr == {played.wire(INTERNAL)}"
    packets = tshark(played.capture, "p22.subject", "p1.MTS_APDU", where=mta, port=played.port)
    subjects = sorted(_rows(packets, "p22.subject"))
    assert subjects == [
        "From the inside",
        *(f"From the outside ({number} of 5)" for number in range(1, 6)),
    ]


def test_wireshark_shows_the_refused_bind(
    play: Callable[[str], Any], tshark: Callable[..., Any]
) -> None:
    played = play(SEED)
    fields = ("ip.src", "ip.dst", "ses.type", "ses.reason_code", "acse.result", "p1.MTABindError")
    refusals = tshark(played.capture, *fields, where="p1.MTABindError", port=played.port)
    assert [(each["ip.src"], each["ip.dst"]) for each in refusals] == [
        ([played.wire(INTERNAL)], [played.wire(EXTERNAL)]),
        ([played.wire(OUTSIDE)], [played.wire(EXTERNAL)]),
    ]
    for refusal in refusals:
        assert refusal["ses.type"] == [str(REFUSE)]
        assert refusal["ses.reason_code"] == ["2"]  # by the called SS-user, data follows
        assert refusal["acse.result"] == ["1"]  # rejected-permanent
        assert refusal["p1.MTABindError"] == ["2"]  # authentication-error
    for name in (TUNNEL, SECOND, OFF):
        other = play(name)
        assert tshark(other.capture, "frame.number", where="p1.MTABindError", port=other.port) == []


def test_wireshark_shows_how_the_turn_moved(
    play: Callable[[str], Any], tshark: Callable[..., Any]
) -> None:
    """On the outside: the inside's message, turn please, turn give, and the five messages."""
    played = play(SEED)
    outside = f"ip.addr == {played.wire(EXTERNAL)} && ip.addr == {played.wire(OUTSIDE)}"
    packets = tshark(
        played.capture,
        "ip.src",
        "ses.type",
        "rtse.rttp_apdu",
        "p22.subject",
        where=f"({outside}) && (rtse.rttp_apdu || p22 || ses.type == {GIVE_CONFIRM})",
        port=played.port,
    )
    story = [
        (
            "message"
            if "p22.subject" in packet
            else "please"
            if "rtse.rttp_apdu" in packet
            else "give",
            packet["ip.src"] == [played.wire(EXTERNAL)],
        )
        for packet in packets
    ]
    assert story == [
        ("message", False),
        ("please", True),
        ("give", False),
        *[("message", True)] * 5,
        ("please", False),  # the initiator wants the turn back, to release
        ("give", True),
    ]


def test_wireshark_reads_the_bind(play: Callable[[str], Any], tshark: Callable[..., Any]) -> None:
    played = play(SEED)
    packets = tshark(
        played.capture,
        "pres.abstract_syntax_name",
        "acse.aSO_context_name",
        "rtse.checkpointSize",
        "rtse.windowSize",
        "rtse.dialogueMode",
        "p1.authenticated.initiator-name",
        "ses.req.flags",
        where=f"rtse.rtorq_apdu_element && ip.src == {played.wire(EXTERNAL)}",
        port=played.port,
    )
    assert len(packets) == 2  # before and behind the firewall
    for packet in packets:
        assert packet["acse.aSO_context_name"] == ["2.6.0.1.6"]
        assert packet["pres.abstract_syntax_name"] == ["2.2.1.0.1", "2.6.0.2.12", "2.6.0.2.7"]
        assert packet["rtse.checkpointSize"] == ["30"]
        assert packet["rtse.windowSize"] == ["5"]
        assert packet["rtse.dialogueMode"] == ["1"]
        assert packet["p1.authenticated.initiator-name"] == ["EXTERNAL"]
        assert packet["ses.req.flags"] == ["0x0249"]
