"""Files to be saved, and their names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import ipm
from mta_emu.mts.ipm.attachments import files
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.message import ForwardedMessage, InterpersonalMessage
from mta_emu.mts.oraddress import ORAddress
from tests.shared import shared


def message(*body: object) -> InterpersonalMessage:
    return InterpersonalMessage.of("1", ORAddress(country="US"), (), "", body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("report.txt", "report.txt"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("..", "file1"),
        ("", "file1"),
        (". .", "file1"),
        ("a\0b\r\nc\x1b[2J\x9b", "a_b__c_[2J_"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("x" * 3000 + ".txt", "x" * 96 + ".txt"),
        ("C:\\a", "C:_a"),
    ],
)
def test_names(name: str, saved: str) -> None:
    assert list(files(message(File(name, b"x")))) == [(saved, b"x")]


def test_no_name_comes_twice() -> None:
    body = (File("a", b"1"), BilaterallyDefined(b"2"), File("A", b"3"), File("a", b"4"))
    assert list(files(message(*body))) == [
        ("a", b"1"),
        ("file2", b"2"),
        ("3-A", b"3"),
        ("4-a", b"4"),
    ]


def test_files_of_the_messages_within_belong_to_it() -> None:
    inner = message(File("doc.txt", b"x"), ForwardedMessage(message(BilaterallyDefined(b"y"))))
    assert list(files(message(ForwardedMessage(inner)))) == [("doc.txt", b"x"), ("file2", b"y")]


def test_fault_10() -> None:
    content = shared("faults/10-file-in-a-forwarded-message/content.hex")
    read = ipm.decode(bytes.fromhex(content.read_text()))
    assert isinstance(read, InterpersonalMessage)
    ((name, octets),) = files(read)
    assert (name, len(octets)) == ("doc.txt", 8)


@given(st.lists(st.text(max_size=8), max_size=5))
def test_names_are_safe(names: list[str]) -> None:
    found = [name for name, _ in files(message(*(File(name, b"") for name in names)))]
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert "/" not in name
        assert name.strip(". ")
        assert name.isprintable() or not name.isascii()
