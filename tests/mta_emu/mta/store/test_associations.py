"""Associations that the next start goes on with."""

from pathlib import Path

from mta_emu.mta.store.associations import KeptAssociation
from mta_emu.mta.store.store import Store


def test_an_association_is_kept_as_it_is_now_until_it_is_forgotten(tmp_path: Path) -> None:
    associations = Store.open(tmp_path).associations
    one = associations.keep(None, "TO-B", None, "{}")
    other = associations.keep(None, "TO-C", 7, "[]")
    assert associations.keep(one, "TO-B", None, '{"serial": 1}') == one
    again = Store.open(tmp_path).associations  # without a goodbye
    assert again.all() == [
        KeptAssociation(one, "TO-B", None, '{"serial": 1}'),
        KeptAssociation(other, "TO-C", 7, "[]"),
    ]
    again.forget(one)
    assert [each.id for each in again.all()] == [other]


def test_what_comes_over_it_is_not_forgotten_at_the_next_start(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    kept, other = store.contents.begin(), store.contents.begin()
    store.contents.append(kept, 0, b"kept")
    store.associations.keep(None, "TO-B", kept, "{}")
    again = Store.open(tmp_path)
    assert again.contents.read(kept, 0, 9) == b"kept"
    assert again.contents.is_coming(kept)
    assert not again.contents.is_coming(other)
    again.contents.complete(kept, 4)
    assert not again.contents.is_coming(kept)
