"""Contents of messages in pieces, read from anywhere."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.store import Store

CONTENT = bytes(range(256)) * (PIECE * 2 // 256) + b"the end"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


@given(st.integers(0, 3 * PIECE), st.integers(1, PIECE * 2))
def test_they_are_read_at_any_offset(
    tmp_path_factory: pytest.TempPathFactory, offset: int, size: int
) -> None:
    store = Store.open(tmp_path_factory.mktemp("store"))
    message = store.contents.keep(CONTENT)
    assert store.contents.read(message, offset, size) == CONTENT[offset : offset + size]
    assert (
        store.contents.reader(message, len(CONTENT))(offset, size)
        == (CONTENT[offset : offset + size])
    )
    store.close()


def test_what_had_not_come_whole_is_forgotten(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    message = store.contents.begin()
    store.contents.append(message, 0, b"half")
    again = Store.open(tmp_path)
    assert again.contents.read(message, 0, 10) == b""


def test_a_message_that_is_forgotten_takes_nothing_of_its_neighbours(store: Store) -> None:
    first, second, third = (store.contents.keep(CONTENT) for _ in range(3))
    store.contents.forget(second)
    assert store.contents.read(second, 0, 3 * PIECE) == b""
    for each in (first, third):
        assert store.contents.read(each, 0, 3 * PIECE) == CONTENT


def test_a_piece_that_comes_again_takes_the_place_of_the_first(store: Store) -> None:
    message = store.contents.begin()
    store.contents.append(message, 0, b"half")
    store.contents.append(message, 0, b"half and half")
    assert store.contents.read(message, 0, 100) == b"half and half"
    assert [*store.contents.incomplete()] == [message]
    store.contents.complete(message, 13)
    assert [*store.contents.incomplete()] == []


def test_only_a_short_content_is_looked_into(store: Store) -> None:
    message = store.contents.keep(b"short")
    assert store.contents.short(message, 5) == b"short"
    assert store.contents.short(message, (1 << 20) + 1) is None
    assert store.contents.short(None, 5) is None
    assert store.contents.reader(message, (1 << 20) + 1)(1, 3) == b"hor"


def test_a_number_that_an_association_was_kept_with_is_not_given_again(tmp_path: Path) -> None:
    """Else the next start would go on with the message of somebody else."""
    store = Store.open(tmp_path)
    message = store.contents.begin()
    store.associations.keep(None, "TO-B", message, "{}")
    store.contents.forget(message)
    store.close()
    again = Store.open(tmp_path)
    assert again.contents.begin() > message


def test_no_association_goes_on_with_a_content_that_is_leaving(tmp_path: Path) -> None:
    """One that is long leaves in several transactions, and the MTA may be killed between two."""
    store = Store.open(tmp_path)
    message = store.contents.keep(bytes(PIECE * 130))
    store.associations.keep(None, "TO-B", message, "{}")
    store.contents.forget(message)
    (kept,) = store.associations.all()
    assert kept.message is None
    assert list(store.contents.incomplete()) == [message]
