"""Interpersonal messages as other systems can take them."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import ipm, tnef
from mta_emu.mts.bodyparts import (
    FILE_TRANSFER_TYPE,
    LATIN_1_TYPES,
    BilaterallyDefined,
    BodyPart,
    File,
    GeneralText,
    IA5Text,
    OtherBodyPart,
    TeletexText,
)
from mta_emu.mts.conversion import Conversion, Converted, MessageText, convert, heading, wrapped
from mta_emu.mts.fields import EncodedInformationType, encoded_information_types
from mta_emu.mts.ipm import ForwardedMessage, InterpersonalMessage
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import length
from mta_emu.osi.errors import ProtocolError

JONES = ORAddress(country="US", surname="Jones")
FILE, RICH = File("report.bin", b"\0\1\2"), File("winmail.dat", tnef.encode(b"{\\rtf1 x}"))
VOICE = OtherBodyPart(bytes.fromhex("a204 3100 0400"))


def message(*body: BodyPart | ForwardedMessage) -> InterpersonalMessage:
    return InterpersonalMessage("1", JONES, (JONES,), "Hi", body)


def reader(octets: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, size: octets[offset : offset + size]


def converted(how: Conversion, *body: BodyPart | ForwardedMessage) -> tuple[Converted, bytes]:
    octets = ipm.encode(message(*body))
    found = convert(reader(octets), len(octets), how)
    whole = b"".join(
        piece if isinstance(piece, bytes) else octets[piece.start : piece.stop]
        for piece in found.pieces
    )
    assert length(found.pieces) == len(whole)
    return found, whole


CASES: list[tuple[Conversion, list[BodyPart], list[BodyPart], list[str]]] = [
    (Conversion(), [IA5Text("a\nb"), FILE, RICH], [IA5Text("a\nb"), FILE, RICH], []),
    (
        Conversion(),
        [GeneralText("caf\xe9 \xe9")],
        [IA5Text("caf? ?")],
        ["characters that IA5 lacks: 2"],
    ),
    (Conversion(MessageText.T61), [IA5Text("a#")], [TeletexText("a#")], []),
    (Conversion(MessageText.T61), [GeneralText("caf\xe9")], [TeletexText("caf\xe9")], []),
    (
        Conversion(MessageText.T61),
        [GeneralText("\xa9")],
        [TeletexText("?")],
        ["characters that T.61 lacks: 1"],
    ),
    (Conversion(MessageText.ISO_8859_1), [TeletexText("\xe9")], [GeneralText("\xe9")], []),
    (
        Conversion(word_wrap=3),
        [IA5Text("a b c d\n\nefghi j")],
        [IA5Text("a b\nc d\n\nefghi\nj")],
        [],
    ),
    (
        Conversion(bp15=False),
        [FILE, BilaterallyDefined(b"x")],
        [BilaterallyDefined(FILE.octets), BilaterallyDefined(b"x")],
        ["the name of file report.bin"],
    ),
    (Conversion(rich_text=False), [IA5Text("x"), RICH, FILE], [IA5Text("x"), FILE], ["rich text"]),
    (Conversion(rich_text=False, bp15=False), [BilaterallyDefined(RICH.octets)], [], ["rich text"]),
    (Conversion(bp15=False), [VOICE], [VOICE], []),
]


@pytest.mark.parametrize(("how", "body", "expected", "dropped"), CASES)
def test_each_page_does_what_it_says(
    how: Conversion, body: list[BodyPart], expected: list[BodyPart], dropped: list[str]
) -> None:
    found, whole = converted(how, *body)
    assert ipm.decode(whole) == message(*expected)
    assert found.dropped == dropped
    assert found.changed is (body != expected)


@pytest.mark.parametrize(
    ("how", "body", "built_in", "extended", "of_1984"),
    [
        (Conversion(), [IA5Text("x")], [EncodedInformationType.IA5_TEXT], [], True),
        (Conversion(MessageText.T61), [IA5Text("x")], [EncodedInformationType.TELETEX], [], True),
        (Conversion(MessageText.ISO_8859_1), [IA5Text("x")], [], LATIN_1_TYPES, False),
        (
            Conversion(bp15=False),
            [IA5Text("x"), FILE],
            [EncodedInformationType.UNKNOWN, EncodedInformationType.IA5_TEXT],
            [],
            True,
        ),
        (Conversion(), [FILE], [], [FILE_TRANSFER_TYPE], False),
    ],
)
def test_information_types_are_those_of_what_is_in_it(
    how: Conversion,
    body: list[BodyPart],
    built_in: list[int],
    extended: list[str],
    of_1984: bool,
) -> None:
    found, whole = converted(how, *body)
    expected = encoded_information_types(*built_in, extended=tuple(sorted(extended)))
    assert found.information_types == expected
    assert found.of_1984 is of_1984 is ipm.is_p2(whole)


parts: st.SearchStrategy[BodyPart] = st.one_of(
    st.builds(IA5Text, st.text("ab \n", max_size=60)),
    st.builds(TeletexText, st.text("a\xe9 \n", max_size=60)),
    st.builds(GeneralText, st.text("a\xe9\xa9 \n", max_size=60)),
    st.builds(BilaterallyDefined, st.binary(max_size=40), st.booleans()),
    st.builds(File, st.just("f"), st.binary(max_size=40)),
    st.just(RICH),
    st.just(VOICE),
)
conversions = st.builds(
    Conversion,
    st.sampled_from(MessageText),
    st.none() | st.integers(1, 20),
    st.booleans(),
    st.booleans(),
)


@given(conversions, st.lists(parts, max_size=4))
def test_what_is_converted_can_be_read_and_is_what_the_system_takes(
    how: Conversion, body: list[BodyPart]
) -> None:
    found, whole = converted(how, *body)
    read = ipm.decode(whole)
    assert isinstance(read, InterpersonalMessage)
    kind = {"ia5": IA5Text, "t61": TeletexText, "iso-8859-1": GeneralText}[how.text]
    for part in read.body:
        if isinstance(part, IA5Text | TeletexText | GeneralText):
            assert type(part) is kind
        if isinstance(part, File):
            assert how.bp15
            assert how.rich_text or not tnef.is_tnef(part.octets)
    again = convert(reader(whole), len(whole), how)
    assert not again.changed  # nothing is left to do
    assert again.dropped == []
    assert again.information_types == found.information_types


@given(
    conversions,
    st.lists(parts, max_size=3),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_what_is_no_message_is_told(
    how: Conversion, body: list[BodyPart], flips: list[tuple[int, int]]
) -> None:
    octets = bytearray(ipm.encode(message(*body)))
    for at, octet in flips:
        octets[at % len(octets)] = octet
    with suppress(ProtocolError):
        convert(reader(bytes(octets)), len(octets), how)


def test_a_message_of_too_many_parts_is_told() -> None:
    octets = ipm.encode(message(*[IA5Text("")] * 1001))
    with pytest.raises(ProtocolError, match="more than 1000 values"):
        convert(reader(octets), len(octets), Conversion())


def test_of_text_1_mb_is_looked_into() -> None:
    half = IA5Text("x" * 500_000)
    found, whole = converted(Conversion(MessageText.T61), half, half, half, IA5Text("x"))
    read = ipm.decode(whole)
    assert isinstance(read, InterpersonalMessage)
    assert [type(part) for part in read.body] == [TeletexText] * 2 + [IA5Text] * 2
    assert found.built_in == {EncodedInformationType.IA5_TEXT, EncodedInformationType.TELETEX}


def test_files_and_long_text_stay_where_they_are() -> None:
    text = IA5Text("x" * (1 << 21))
    found, _ = converted(Conversion(MessageText.T61, word_wrap=10, bp15=False), text, FILE)
    assert max(len(piece) for piece in found.pieces if isinstance(piece, bytes)) < 100
    assert found.built_in == {EncodedInformationType.IA5_TEXT, EncodedInformationType.UNKNOWN}


def test_a_forwarded_message_stays_as_it_is() -> None:
    forwarded = ForwardedMessage(message(GeneralText("caf\xe9")))
    found, _ = converted(Conversion(bp15=False), forwarded)
    assert not found.changed


@pytest.mark.parametrize(
    "how", [Conversion(), Conversion(MessageText.T61, 72, bp15=False, rich_text=False)]
)
def test_it_can_be_kept_as_text(how: Conversion) -> None:
    assert Conversion.parse(str(how)) == how


@given(st.text("ab \n\t-", max_size=200), st.integers(1, 30))
def test_wrapping_keeps_the_words(text: str, column: int) -> None:
    lines = wrapped(text, column)
    assert lines.split() == text.split()
    for line in lines.split("\n"):
        assert len(line) <= column or len(line.split()) <= 1 or "\t" in line


def test_a_heading_of_2_mb_is_not_looked_into() -> None:
    long = replace(message(), recipients=(JONES,) * 100_000)
    octets = ipm.encode(long)
    with pytest.raises(ProtocolError, match="a heading of"):
        heading(reader(octets), len(octets))
