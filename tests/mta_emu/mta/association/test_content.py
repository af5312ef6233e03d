"""Contents that come in pieces of any size."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.association.content import ContentWriter
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.database import DiskFullError
from mta_emu.mta.store.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(tmp_path_factory.mktemp("store"))


parts = st.lists(
    st.tuples(st.sampled_from([0, 1, 700, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]), st.booleans()),
    max_size=8,
)


@given(parts)
def test_what_was_written_is_kept(store: Store, written: list[tuple[int, bool]]) -> None:
    content, whole = ContentWriter(store), b""
    for number, (length, flushed) in enumerate(written):
        octets = bytes((number + 1,)) * length
        whole += octets
        content.write(octets)
        if flushed:
            content.flush()
    message = content.close()
    assert content.length == len(whole)
    assert store.contents.read(message, 0, len(whole) + 1) == whole


def test_what_was_flushed_is_there_for_others(tmp_path: Path) -> None:
    content = ContentWriter(Store.open(tmp_path))
    content.write(b"x" * (PIECE + 5))
    content.flush()
    assert Store.reader(tmp_path).contents.read(1, 0, 2 * PIECE) == b"x" * (PIECE + 5)


def test_what_is_discarded_is_gone(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    content = ContentWriter(store)
    content.write(b"x" * 2 * PIECE)
    content.discard()
    assert store.contents.read(1, 0, 2 * PIECE) == b""
    ContentWriter(store).discard()  # nothing was kept yet


def test_what_was_not_kept_has_no_number_that_another_could_get(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    content = ContentWriter(store)
    store._database.execute("PRAGMA max_page_count = 1")  # as many as there are: nothing fits
    with pytest.raises(DiskFullError):
        content.write(bytes(PIECE))
    store._database.execute("PRAGMA max_page_count = 1000000")
    assert store.disk.recover()
    other = store.contents.keep(b"of somebody else")
    content.discard()
    assert store.contents.read(other, 0, 100) == b"of somebody else"
