"""Comments stand where the packets are that the records tell of, and nowhere else."""

from collections.abc import Callable
from typing import Any

import pytest

from labkit.records import Record
from mta_emu.decode.association import Association as Captured
from mta_emu.decode.segment import Address
from mta_emu.decode.steps import Layer, Side, Step
from mta_emu.decode.tcp import Connection
from mta_emu.mta.log.records import (
    Association,
    ConnectorState,
    Delivered,
    EventLogged,
    Listening,
    Transfer,
    Turn,
)
from mta_lab.capture.comments import comments, explained

CALLER, CALLED = "203.0.113.1:40000", "203.0.113.10:102"
REFUSE, PLEASE, GIVE_CONFIRM, FINISH = 12, 2, 21, 9  # SI values as ses.type has them
DATA, ACTIVITY_START = 1, 45


def association(*said: tuple[int, Side, str], ends: tuple[str, str] = (CALLER, CALLED)) -> Any:
    """An association of which the capture has these PDUs: (frame, who, name)."""
    calling, called = (
        Address(host, int(port)) for host, port in (each.split(":") for each in ends)
    )
    made = Captured(Connection(calling, called, complete=True, opened_with=0))
    made.steps = [
        Step(frame, frame, sender, (Layer("session", "", pdu=pdu),), frame)
        for frame, sender, pdu in said
    ]
    return made


def record(state: str, *, number: int = 1, locally: bool = False, **fields: Any) -> Association:
    """What the called MTA says of an association, or the calling one."""
    local, peer = (CALLER, CALLED) if locally else (CALLED, CALLER)
    said: dict[str, Any] = {"local": local, "peer": peer, "state": state}
    initiated = "locally" if locally else "remotely"
    return Association(association=number, connector="C", initiated=initiated, **(said | fields))


def turn(what: Any, number: int = 1) -> Turn:
    return Turn(number, "C", what)


def event(number: int, about: int | None = 1) -> EventLogged:
    return EventLogged(number, "Warning", "MSExchangeMTA", "", "text", association=about)


REFUSED = association((1, Side.CALLING, "CN"), (2, Side.CALLED, "RF"), (3, Side.CALLING, "FIN"))


def test_a_refusal_and_its_events_stand_at_the_refuse() -> None:
    why = {"reason": "caller's address is another one", "place": "a.yaml:7 stack.address"}
    called = [record("refused", **why), event(1293)]
    caller = [record("refused", locally=True), event(1290), event(289)]
    assert comments([REFUSED], {"B": called, "A": caller}) == {
        2: [
            "B: refuses the bind: caller's address is another one (a.yaml:7 stack.address)",
            "B: 1293 logged here: text",
            "A: 1290 logged here: text",
            "A: 289 logged here: text",
        ]
    }


def test_without_the_refuse_the_connections_end_has_them() -> None:
    cut = association((1, Side.CALLING, "CN"), (3, Side.CALLED, "RST"))
    assert list(comments([cut], {"B": [record("aborted"), event(1294)]})) == [3]


@pytest.mark.parametrize(
    "records",
    [
        [],
        [event(1293)],  # of an association that no record tells the ends of
        [record("refused", local="203.0.113.10:103"), event(1293)],
        [record("open"), event(1293)],  # an event in the association's life
        [event(9156, None)],
    ],
)
def test_a_record_without_its_packet_gives_no_comment(records: list[Record]) -> None:
    assert comments([REFUSED], {"B": records}) == {}


def test_every_turn_stands_at_its_own_packet() -> None:
    captured = association(
        (1, Side.CALLED, "AC"),
        (2, Side.CALLED, "PT"),
        (3, Side.CALLING, "GTC"),
        (4, Side.CALLED, "AS"),
        (5, Side.CALLED, "GTC"),
        (6, Side.CALLED, "PT"),
        (7, Side.CALLING, "GTC"),
        (8, Side.CALLED, "AS"),
        (9, Side.CALLING, "FN"),
    )
    queued = [ConnectorState("C", number, "open", 1) for number in (5, 0)]
    called = [record("open"), turn("asked"), queued[0], turn("received"), queued[1], turn("given")]
    called += [turn("asked"), turn("received"), record("released")]
    assert comments([captured], {"B": called}) == {
        1: ["B: accepts the bind for connector C"],
        2: ["B: asks for the turn"],
        4: ["B: the drain begins, 5 queued"],
        5: ["B: gives the turn"],
        6: ["B: asks for the turn"],
    }
    caller = [record("open", locally=True), turn("requested"), turn("given"), turn("given")]
    assert comments([captured], {"A": [*caller, record("released", locally=True)]}) == {
        3: ["A: gives the turn"],
        7: ["A: gives the turn"],
        9: ["A: releases the association"],
    }


def test_a_transfer_goes_with_the_end_of_what_was_secured() -> None:
    captured = association(
        (1, Side.CALLED, "AC"),
        (2, Side.CALLING, "AE"),  # which an exception report answers
        (3, Side.CALLING, "AE"),
        (4, Side.CALLED, "AEA"),
        (5, Side.CALLED, "AE"),
        (6, Side.CALLING, "AEA"),
    )
    called = [
        record("open"),
        Transfer("in", "M1", "C", 1, 9),
        Delivered("M1", "S=Smith", "subject"),
        Transfer("out", "M2", "C", 1, 9),
        Transfer("in", "M3", "C", 1, 9),  # which the capture does not have
        Delivered("M4", "S=Smith", "of a user here"),
    ]
    found = explained([captured], {"B": called})
    assert [(each.number, each.step.frame) for each in found] == [(0, 1), (1, 3), (2, 3), (3, 5)]
    assert comments([captured], {"B": called[1:]}) == {}


def test_the_callers_records_go_with_the_same_packets_and_say_no_more() -> None:
    captured = association(
        (1, Side.CALLED, "AC"),
        (2, Side.CALLED, "PT"),
        (3, Side.CALLING, "GT"),
        (4, Side.CALLING, "FN"),
    )
    caller = [record("open", locally=True), turn("requested"), turn("given")]
    called = [record("open"), turn("asked"), turn("received"), record("released")]
    found = explained([captured], {"A": caller, "B": called})
    steps = [(each.host, each.number, each.step.frame) for each in found]
    assert steps == [
        *(("A", at, at + 1) for at in range(3)),
        *(("B", at, at + 1) for at in range(4)),
    ]
    refused = explained([REFUSED], {"A": [record("refused", locally=True)]})
    assert [(each.step.frame, each.text) for each in refused] == [(2, "")]


def test_a_call_that_nobody_answered_is_found_by_its_peer() -> None:
    """Its record has no ends: each takes the next of the MTA's calls there."""
    ends = [(f"203.0.113.1:{port}", CALLED) for port in (40001, 40002, 40003)]
    silent = association((1, Side.CALLING, "SYN"), ends=ends[0])
    connected = association(
        (2, Side.CALLING, "SYN"), (3, Side.CALLED, "SYN ACK"), (4, Side.CALLED, "RST"), ends=ends[1]
    )
    reset = association((5, Side.CALLING, "SYN"), (6, Side.CALLED, "RST"), ends=ends[2])
    of_another = association((7, Side.CALLING, "SYN"), ends=("203.0.113.2:40001", CALLED))
    tried = [
        record("unreachable", number=number, locally=True, local=None, peer="203.0.113.10", **why)
        for number, why in ((1, {"reason": "timed out"}), (2, {}), (3, {}))
    ]
    said = [Listening("203.0.113.1:102"), tried[0], event(9215), tried[1], tried[2], event(289, 3)]
    assert comments([of_another, silent, connected, reset], {"A": said}) == {
        1: ["A: is not connected: timed out", "A: 9215 logged here: text"],
        6: ["A: is not connected"],
    }


def test_a_port_that_is_used_again_is_another_association() -> None:
    again = association((11, Side.CALLING, "CN"), (12, Side.CALLED, "RF"))
    records = [record("refused"), event(1), record("refused", number=2), event(2, 2)]
    found = comments([REFUSED, again], {"B": records})
    assert [text for text in found[2] if "logged" in text] == ["B: 1 logged here: text"]
    assert [text for text in found[12] if "logged" in text] == ["B: 2 logged here: text"]


@pytest.mark.parametrize("backend", ["loopback", "netns", "compose"])
def test_a_reader_finds_the_seeds_moments(
    play: Callable[..., Any],
    tshark: Callable[..., Any],
    request: pytest.FixtureRequest,
    backend: str,
) -> None:
    if backend == "compose":
        request.getfixturevalue("engine")
    played = play("q196381", backend)
    fields = ("frame.interface_name", "ses.type", "frame.comment")
    packets = tshark(played.capture, *fields, where="frame.comment", port=played.port)
    found = {
        (packet["frame.interface_name"][0], int(packet["ses.type"][-1]), comment[:33])
        for packet in packets
        for comment in packet["frame.comment"]
    }
    assert {
        ("inside", REFUSE, "INTERNAL: refuses the bind: calle"),
        ("inside", REFUSE, "INTERNAL: 1293 logged here: A rem"),
        ("outside", REFUSE, "EXTERNAL: 1290 logged here: A loc"),
        ("outside", REFUSE, "EXTERNAL: 301 logged here: An ope"),
        ("outside", PLEASE, "EXTERNAL: asks for the turn"),
        ("inside", GIVE_CONFIRM, "INTERNAL: gives the turn"),
        ("inside", FINISH, "INTERNAL: releases the associatio"),
    } <= found
    (drain,) = (packet for packet in packets if "drain" in packet["frame.comment"][0])
    assert drain["frame.comment"] == ["EXTERNAL: the drain begins, 5 queued"]
    assert {str(DATA), str(ACTIVITY_START)} <= set(drain["ses.type"])


def test_an_mta_that_is_started_again_numbers_its_associations_anew() -> None:
    after = ("203.0.113.1:40001", CALLED)
    first = association((1, Side.CALLING, "CN"), (2, Side.CALLED, "RF"))
    second = association((3, Side.CALLING, "CN"), (4, Side.CALLED, "RF"), ends=after)
    start = Listening("203.0.113.10:102")
    refused = [start, record("refused"), start, record("refused", peer=after[0]), event(51)]
    assert comments([first, second], {"CALLED": refused}) == {
        2: ["CALLED: refuses the bind"],
        4: ["CALLED: refuses the bind", "CALLED: 51 logged here: text"],
    }
