"""Internet mails as submissions."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.doors import mail_in
from tests.scaling import assert_linear

PLAIN = b"\r\n\r\nText"


@pytest.mark.parametrize(
    ("head", "field", "value"),
    [
        (b"Subject: Hello", "subject", "Hello"),
        (b"Subject: =?utf-8?q?Euro_=E2=82=AC?=", "subject", "Euro ?"),
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "subject", "Gr\xfc\xdfe"),
        (b"Subject: Gr\xfc\xdfe", "subject", "Gr??e"),  # octets that no header may have
        (b"Subject: =?utf-8?q?a=0d=0aBcc=3a_x?=", "subject", "a Bcc: x"),
        (b"Subject: =?nonsense?q?a=FF?=", "subject", "a?"),
        (b"Subject: a\r\n b", "subject", "a b"),
        (b"Subject: =?utf-8?q?a=1b=00b?=", "subject", "ab"),
        (b"Subject: " + b"x" * 300, "subject", "x" * 128),
        (b"X: y", "subject", ""),
        (b"Priority: Urgent", "priority", "urgent"),
        (b"Priority: whatever", "priority", "normal"),
        (b"Importance: HIGH", "importance", "high"),
        (b"Sensitivity: Private", "sensitivity", "private"),
        (b"Content-Type: text/plain; charset=utf-8", "text", "Text"),
        (b"Content-Type: text/plain; charset=nonsense", "text", "Text"),
        (b"Content-Type: text/plain; charset=utf-7; charset*=broken''%", "text", "Text"),
        (b"Content-Type: nonsense", "text", "Text"),
        (b"Content-Transfer-Encoding: nonsense", "text", "Text"),
    ],
)
def test_fields(head: bytes, field: str, value: str) -> None:
    assert mail_in.read(head + PLAIN).fields[field] == value


@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        ("utf-8", "100 \N{EURO SIGN}".encode(), "100 \N{EURO SIGN}"),
        ("utf-8", "\u65e5\u672c \U0001f600".encode(), "\u65e5\u672c ?"),
        ("us-ascii", "\xe9".encode(), "\xe9"),  # not what it says
        ("us-ascii", b"\xe9", "\xe9"),
        ("iso-2022-jp", "\u65e5".encode("iso2022_jp"), "\u65e5"),
    ],
)
def test_text_of_any_character_set(charset: str, octets: bytes, text: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert mail_in.read(head + octets).fields["text"] == text


def test_a_long_text_travels_as_a_file() -> None:
    long = "\xe9" * 1_000_001
    found = mail_in.read(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + long.encode())
    assert found.fields["text"] == ""
    assert found.files == (("text.txt", long.encode()),)


def multipart(*parts: bytes, boundary: bytes = b"b") -> bytes:
    inside = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    head = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
    return head + inside + b"--" + boundary + b"--\r\n"


def test_files() -> None:
    found = mail_in.read(
        multipart(
            b"\r\nText",
            b"Content-Type: application/octet-stream; name=a\r\n"
            b"Content-Disposition: attachment; filename=a.bin\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\nAAEC",
            b"Content-Type: image/png\r\n\r\nx",
            b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nInner",
            b"Content-Disposition: attachment; filename*=utf-8''%E2%82%ZZ\r\n\r\ny",
        )
    )
    assert found.fields["text"] == "Text"
    names = [name for name, _ in found.files]
    assert names[:3] == ["a.bin", "file2", "file3"]
    assert found.files[0][1] == b"\0\1\2"
    assert found.files[2][1] == b"Subject: in\r\n\r\nInner"
    assert len(names) == 4


@pytest.mark.parametrize(
    ("mail", "complaint"),
    [
        (b"Content-Type: text/html\r\n\r\n<p>", "no plain text and no file"),
        (b"", None),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", "no plain text and no file"),
        (multipart() * 300, "more than 200 parts that hold others"),
        (multipart(b"--b\r\n\r\n" * 20_000), "more than 10000 lines that may end a part"),
    ],
)
def test_what_is_refused(mail: bytes, complaint: str | None) -> None:
    if complaint is None:
        assert mail_in.read(mail).fields["text"] == ""
        return
    with pytest.raises(ValueError, match=complaint):
        mail_in.read(mail)


def nested(depth: int) -> bytes:
    mail = b"Content-Type: text/plain\r\n\r\ndeep"
    for number in range(depth):
        mail = multipart(mail, boundary=b"b%d" % number)
    return mail


@pytest.mark.parametrize("depth", [1, 50, 199, 250, 5000])
def test_nesting(depth: int) -> None:
    try:
        mail_in.read(nested(depth))
    except ValueError as error:
        assert str(error).isascii()  # noqa: PT017, either is right


@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                b"Content-Type: ",
                b"multipart/mixed",
                b"; boundary=",
                b"b",
                b"\r\n",
                b"--b",
                b"\r\n\r\n",
                b"=?utf-8?q?",
                b"?=",
                b"message/rfc822",
                b"\xff",
                b"charset=",
            ]
        )
    ).map(b"".join)
)
def test_whatever_comes_is_read_or_refused(octets: bytes) -> None:
    try:
        found = mail_in.read(octets)
    except ValueError:
        return
    assert "\n" not in found.fields["subject"]
    assert "\r" not in found.fields["subject"]


def read(mail: bytes) -> None:
    with suppress(ValueError):
        mail_in.read(mail)


@pytest.mark.parametrize(
    "part", [b"x\r\n", b"--b\r\n\r\n", b"a" * 900 + b"\r\n", b"(", b"=?utf-8?q?x?= "]
)
def test_mails_take_linear_time(part: bytes) -> None:
    assert_linear(read, lambda size: b"\r\n" + part * size, largest=1 << 16)
    assert_linear(read, lambda size: multipart(part * size), largest=1 << 16)
    header = part.replace(b"\r\n", b" ")
    assert_linear(read, lambda size: b"Subject: " + header * size + PLAIN, largest=1 << 16)
