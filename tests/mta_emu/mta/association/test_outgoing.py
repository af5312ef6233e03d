"""An APDU on its way out: its octets from any offset, and what cannot be had."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.association.outgoing import StoredApdu
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts import ipm
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.conversion import Conversion, convert
from mta_emu.mts.fields import Priority
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import length
from mta_emu.osi.rtse.primitives import SourceError

CONTENT = bytes(range(256)) * (6 * PIECE // 256) + b"the end"  # more than is read ahead
WHOLE = message_prefix(b"envelope", len(CONTENT)) + CONTENT


def entry(message: int, size: int, conversion: Conversion | None = None) -> QueueEntry:
    return QueueEntry(1, message, "1", Priority.NORMAL, b"envelope", size, size, conversion)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, int]:
    store = Store.open(tmp_path_factory.mktemp("store"))
    return store, store.contents.keep(CONTENT)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(1, 2 * PIECE)), max_size=5))
def test_any_part_may_be_read_again(kept: tuple[Store, int], reads: list[tuple[int, int]]) -> None:
    """A transfer that is resumed goes back to its last checkpoint."""
    store, message = kept
    apdu = StoredApdu(store, entry(message, len(CONTENT)))
    assert apdu.length == len(WHOLE)
    for offset, size in reads:
        assert apdu.read(offset, size) == WHOLE[offset : offset + size]


def test_a_content_that_is_gone_is_an_error_and_not_a_shorter_message(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    message = store.contents.keep(CONTENT)
    apdu = StoredApdu(store, entry(message, len(CONTENT)))
    store.contents.forget(message)
    with pytest.raises(SourceError, match="octets of the content are missing"):
        apdu.read(0, 1000)


def test_it_is_converted_while_it_is_sent(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    jones = ORAddress(country="US", surname="Jones")
    long_line = InterpersonalMessage.of("1", jones, [jones], "Hello", [IA5Text("word " * 100)])
    content = ipm.encode(long_line)
    message = store.contents.keep(content)
    how = Conversion(word_wrap=40)
    apdu = StoredApdu(store, entry(message, len(content), how))
    converted = convert(lambda at, size: content[at : at + size], len(content), how).pieces
    assert apdu.length == len(message_prefix(b"envelope", length(converted))) + length(converted)
    text = apdu.read(0, apdu.length)
    assert b"word word word word word word word word\r\n" in text.replace(b" \r\n", b"\r\n")


def test_what_cannot_be_converted_is_an_error_of_this_message_alone(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    message = store.contents.keep(b"no message")
    with pytest.raises(SourceError, match="the content cannot be converted: "):
        StoredApdu(store, entry(message, 10, Conversion()))
