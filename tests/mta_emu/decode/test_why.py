"""Why an association failed: each failure made on a wire, and the causes that look like it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_emu.decode.dissector import examine
from mta_emu.decode.ladder import why_lines, why_record
from mta_emu.decode.steps import Side
from mta_emu.decode.why import Explanation, explain
from mta_emu.mts import bind
from mta_emu.mts.bind import BindError
from mta_emu.osi.rtse.primitives import Mode, RtOpenReject, RtUAbort
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.tpkt import frame

CALLING, CALLED = Side
CR, CC = frame(bytes.fromhex("06e00000000100")), frame(bytes.fromhex("06d00001000200"))
Talking = Callable[..., Any]


@pytest.fixture
def explained(save: Callable[..., Path]) -> Callable[..., Explanation | None]:
    def explanation(said: Any) -> Explanation | None:
        (association,) = examine(save(said)).associations
        return explain(association)

    return explanation


def refused(make_talk: Talking, reject: RtOpenReject, mode: Mode = Mode.NORMAL_1988) -> Any:
    talk = make_talk(mode=mode)
    talk.wire.open()
    talk.request(CALLING, talk._opening)
    talk.request(CALLED, reject)
    return talk


@pytest.mark.parametrize("mode", Mode)
def test_a_wrong_address_name_and_password_look_alike(
    make_talk: Talking, explained: Callable[..., Explanation], mode: Mode
) -> None:
    if mode is Mode.NORMAL_1988:
        reject = RtOpenReject(bind.encode_error(BindError.AUTHENTICATION_ERROR))
    else:
        reject = RtOpenReject(reason=2)
    found = explained(refused(make_talk, reject, mode))
    assert found.failure.startswith("the bind was refused: ")
    articles = [cause.article for cause in found.causes]
    assert articles[:4] == ["Q196381", "Q197378", "Q166308", "Q166308"]
    address, _, name, password, *_ = found.causes
    assert "203.0.113.10:40000" in address.look
    assert "MTA name EXTERNAL" in name.text
    assert "password" in password.text
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("error", "failure", "article"),
    [
        (BindError.BUSY, "the bind was refused: busy", "Q194589"),
        (
            BindError.UNACCEPTABLE_DIALOGUE_MODE,
            "the bind was refused: unacceptable dialogue mode",
            "Q171113",
        ),
    ],
)
def test_other_bind_errors(
    make_talk: Talking,
    explained: Callable[..., Explanation],
    error: BindError,
    failure: str,
    article: str,
) -> None:
    found = explained(refused(make_talk, RtOpenReject(bind.encode_error(error))))
    assert (found.failure, found.causes[0].article) == (failure, article)


@pytest.mark.parametrize(
    ("said", "failure", "article"),
    [
        ([], "no answer to the SYN", "Q154301"),
        ([(CALLED, "RA")], "the SYN was answered with a reset", "Q154301"),
        (
            [(CALLED, "SA"), CR],
            "198.51.100.10:102 accepted the connection and says nothing",
            "Q199326",
        ),
        (
            [(CALLED, "SA"), CR, (CALLED, "FA")],
            "198.51.100.10:102 ended the connection before its transport answered",
            "Q193380",
        ),
        (
            [(CALLED, "SA"), CR, (CALLED, "RA")],
            "198.51.100.10:102 ended the connection before its transport answered",
            "Q193380",
        ),
        (
            [(CALLED, "SA"), CR, frame(bytes.fromhex("06800001000201"))],
            "the transport connection was refused: congestion",
            "Q166602",
        ),
        (
            [(CALLED, "SA"), CR, frame(bytes.fromhex("06800001000203"))],
            "the called T selector is unknown",
            "Q152934",
        ),
        (
            [(CALLED, "SA"), CR, CC, (CALLED, "FA")],
            "198.51.100.10:102 ended the connection instead of an answer to the bind",
            "Q193380",
        ),
        (
            [(CALLED, "SA"), CR, CC],
            "198.51.100.10:102 does not answer the bind",
            "",
        ),
        (
            [(CALLED, "SA"), CR, CC, Unit(Spdu.RF, {Pi.REASON: b"\x81"})],
            "the called S selector is unknown",
            "Q152934",
        ),
    ],
)
def test_below_the_bind(
    make_wire: Talking,
    explained: Callable[..., Explanation],
    said: list[Any],
    failure: str,
    article: str,
) -> None:
    wire = make_wire()
    wire._packet(CALLING, "S")
    for each in said:
        match each:
            case bytes():
                wire.say(CALLING if each == CR else CALLED, each)
            case Unit():
                wire.tsdu(CALLED, each)
            case (side, flags):
                wire._packet(side, flags)
    found = explained(wire)
    assert (found.failure, found.causes[0].article) == (failure, article)


def test_a_caller_that_does_not_take_the_answer(
    make_talk: Talking, explained: Callable[..., Explanation]
) -> None:
    found = explained(make_talk().open().close())
    assert found.failure == "the bind was accepted, and the caller gave the association up at once"
    assert "48" in found.causes[0].look


def test_a_transfer_that_stalls(make_talk: Talking, explained: Callable[..., Explanation]) -> None:
    talk = make_talk().open()
    talk.wire.tsdu(CALLING, Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}))
    found = explained(talk)
    assert found.failure == "a transfer did not come to its end"
    assert "large packets" in found.causes[0].text


def test_an_abort(make_talk: Talking, explained: Callable[..., Explanation]) -> None:
    talk = make_talk().open().transfer(CALLING, b"\xa0\x00")
    talk.request(CALLED, RtUAbort())
    assert explained(talk).failure == "the association was aborted"


def test_an_abort_of_a_transfer_that_stalls(
    make_talk: Talking, explained: Callable[..., Explanation]
) -> None:
    """As a black hole for large packets looks to who waits for them."""
    talk = make_talk().open()
    talk.wire.tsdu(CALLING, Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}))
    talk.wire.tsdu(CALLED, Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x03"}))
    found = explained(talk)
    assert found.failure == "the association was aborted in the middle of a transfer"
    assert "black hole" in found.causes[0].text


def test_what_did_not_fail_needs_no_explanation(
    make_talk: Talking, explained: Callable[..., Explanation | None]
) -> None:
    assert explained(make_talk().open().transfer(CALLING, b"\xa0\x00").close()) is None


def test_nobody_explains_what_is_not_in_the_capture(
    make_talk: Talking, save: Callable[..., Path]
) -> None:
    talk = make_talk().open()
    (association,) = examine(save(talk.wire.packets[4:])).associations
    assert explain(association) is None
    assert list(why_lines(1, association)) == []
    assert why_record(1, association) is None


def test_people_and_programs_read_the_same(make_talk: Talking, save: Callable[..., Path]) -> None:
    reject = RtOpenReject(bind.encode_error(BindError.BUSY))
    (association,) = examine(save(refused(make_talk, reject))).associations
    first, *rest = why_lines(3, association)
    assert first == "association 3: the bind was refused: busy:"
    record = why_record(3, association)
    assert record
    assert (record["kind"], record["association"]) == ("why", 3)
    (cause,) = record["causes"]
    assert rest == [
        f"  - {cause['text']} ({cause['article']})",
        f"    look at: {cause['look']}",
    ]
