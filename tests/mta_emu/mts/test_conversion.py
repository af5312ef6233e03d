"""Interpersonal messages as other systems can take them."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import ipm, tnef
from mta_emu.mts.conversion import Conversion, Converted, MessageText, convert, wrapped
from mta_emu.mts.fields import EncodedInformationType, encoded_information_types
from mta_emu.mts.ipm.bodyparts import BodyPart, OtherBodyPart
from mta_emu.mts.ipm.files import FILE_TRANSFER_TYPE, BilaterallyDefined, File
from mta_emu.mts.ipm.message import ForwardedMessage, InterpersonalMessage
from mta_emu.mts.ipm.names import Recipient
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText, information_types
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import length
from mta_emu.mts.values import Values
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress(country="US", surname="Jones")
FILE, RICH = File("report.bin", b"\0\1\2"), File("winmail.dat", tnef.encode(b"{\\rtf1 x}"))
#: Microsoft's body part of TNEF, 1.2.840.113556.5.2.
TNEF = OtherBodyPart(bytes.fromhex("af12 2810 0608 2a864886f7140502 8104 789f3e22"))
VOICE = OtherBodyPart(bytes.fromhex("a204 3100 0400"), "voice body part")


def message(*body: BodyPart | ForwardedMessage) -> InterpersonalMessage:
    return InterpersonalMessage.of("1", JONES, (JONES,), "Hi", body)


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
    (Conversion(rich_text=False), [TNEF, FILE], [FILE], ["rich text"]),
    (Conversion(bp15=False), [VOICE], [VOICE], []),
]


@pytest.mark.element("bilaterally defined body part")
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
        (Conversion(MessageText.ISO_8859_1), [IA5Text("x")], [], information_types("\xe9"), False),
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
    assert found.of_1984 is of_1984 is ipm.is_p2(Values.of(whole))


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
    octets = ipm.encode(message(*[IA5Text("")] * 251))
    with pytest.raises(ProtocolError, match="more than 250 body parts"):
        convert(reader(octets), len(octets), Conversion())


def test_of_text_512_kb_are_looked_into() -> None:
    half = IA5Text("x" * 250_000)
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


def test_a_message_within_the_message_is_converted_with_it() -> None:
    inner = message(GeneralText("caf\xe9"), FILE, RICH)
    found, whole = converted(
        Conversion(bp15=False, rich_text=False),
        ForwardedMessage(message(ForwardedMessage(inner)), NOON),
    )
    read = ipm.decode(whole)
    assert isinstance(read, InterpersonalMessage)
    (outer,) = read.body
    assert isinstance(outer, ForwardedMessage)
    assert outer.delivery_time == NOON
    (middle,) = outer.message.body
    assert isinstance(middle, ForwardedMessage)
    assert middle.message.body == (IA5Text("caf?"), BilaterallyDefined(FILE.octets))
    assert found.dropped == [
        "characters that IA5 lacks: 1",
        "the name of file report.bin",
        "rich text",
    ]
    assert found.of_1984


def test_a_message_within_the_message_that_changes_nothing_stays_as_it_is() -> None:
    found, _ = converted(Conversion(), ForwardedMessage(message(IA5Text("x"), FILE)))
    assert not found.changed
    assert not found.of_1984


def test_a_file_in_several_pieces_is_put_together() -> None:
    octets = ipm.encode(message(FILE))
    aligned = b"\x81\x03" + FILE.octets
    segments = bytes.fromhex("a107 0401 00 0402 0102")  # the same OCTET STRING, constructed
    changed = grown(octets, aligned, segments)
    found = convert(reader(changed), len(changed), Conversion(bp15=False))
    assert [each for each in found.pieces if isinstance(each, range)][1:] != []
    whole = b"".join(
        each if isinstance(each, bytes) else changed[each.start : each.stop]
        for each in found.pieces
    )
    assert ipm.decode(whole) == message(BilaterallyDefined(FILE.octets))


def grown(octets: bytes, old: bytes, new: bytes) -> bytes:
    """A value with another one in place of the first inside that is `old`."""
    if octets == old:
        return new
    if not octets[0] & 0x20:
        return octets
    inside = b"".join(grown(each, old, new) for each in ber.elements(ber.contents(octets)))
    return ber.tlv(octets[:1], inside)


@pytest.mark.element("body part encryption indication", "carried")
@pytest.mark.element("IP-message security labelling", "carried")
def test_what_only_its_users_know_is_carried_as_it_is() -> None:
    label = bytes.fromhex("300a 0604 56010504 3102 0500")  # a heading extension, 2.6.1.5.4
    plain = message(
        OtherBodyPart(bytes.fromhex("a804 3100 0300"), "encrypted body part"), IA5Text("x")
    )
    octets = ipm.encode(replace(plain, heading=replace(plain.heading, extensions=(label,))))
    how = Conversion(MessageText.T61, 72, bp15=False, rich_text=False)
    found = convert(reader(octets), len(octets), how)
    whole = b"".join(
        each if isinstance(each, bytes) else octets[each.start : each.stop] for each in found.pieces
    )
    read = ipm.decode(whole)
    assert isinstance(read, InterpersonalMessage)
    assert read.body == (plain.body[0], TeletexText("x"))
    assert read.body[0].text == "(encrypted body part, 6 octets)"
    assert read.heading.extensions == (label,)


def test_text_in_a_set_that_is_not_known_stays_as_it_is() -> None:
    octets = ipm.encode(message(GeneralText("x")))
    unknown = grown(octets, bytes.fromhex("1b04 1b2d41 78"), bytes.fromhex("1b06 1b242947 b0b1"))
    found = convert(reader(unknown), len(unknown), Conversion())
    assert not found.changed


def test_indefinite_lengths_are_read() -> None:
    octets = ipm.encode(message(IA5Text("x"), FILE))
    heading, body = ber.elements(ber.contents(octets))
    end = b"\0\0"
    loose = b"\xa0\x80" + heading + b"\x30\x80" + ber.contents(body) + end + end
    found = convert(reader(loose), len(loose), Conversion(MessageText.T61))
    whole = b"".join(
        each if isinstance(each, bytes) else loose[each.start : each.stop] for each in found.pieces
    )
    assert ipm.decode(whole) == message(TeletexText("x"), FILE)


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


def heavy() -> dict[str, bytes]:
    """Contents that are as much work as the bounds allow."""
    line = "abc def " * 65_000
    general = GeneralText("\xe9 y")
    escapes = ber.tlv(b"\x1b", bytes.fromhex("1b2d46ca") * 125_000)
    recipients = tuple(Recipient.of(replace(JONES, surname=f"S{number}")) for number in range(4000))
    plain = message(IA5Text("x"))
    return {
        "a long line": ipm.encode(message(IA5Text(line))),
        "a long word": ipm.encode(message(IA5Text("x" * 520_000))),
        "many texts": ipm.encode(message(*[general] * 250)),
        "many files": ipm.encode(message(*[FILE] * 250)),
        "many messages": ipm.encode(message(*[ForwardedMessage(message(general))] * 250)),
        "many body parts": ipm.encode(message(*[VOICE] * 50_000)),
        "escapes": grown(
            ipm.encode(message(GeneralText("x"))), bytes.fromhex("1b04 1b2d41 78"), escapes
        ),
        "recipients": ipm.encode(
            replace(plain, heading=replace(plain.heading, recipients=recipients))
        ),
    }


@pytest.mark.parametrize("name", heavy())
@pytest.mark.parametrize(
    "how",
    [Conversion(), Conversion(MessageText.T61, 72, bp15=False), Conversion(MessageText.ISO_8859_1)],
)
def test_no_content_holds_the_event_loop(name: str, how: Conversion) -> None:
    octets = heavy()[name]
    start = time.process_time()
    with suppress(ProtocolError):
        convert(reader(octets), len(octets), how)
    assert time.process_time() - start < 0.2  # 0.05 s where nothing else runs
