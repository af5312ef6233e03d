"""The published references are those of the programs as they are."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from firewall_proxy.config import Configuration
from labkit.config import load
from tests.references import DOCS, documents

PAGES = [path for path, _ in documents()]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.name))
def test_a_reference_is_current(path: Path) -> None:
    """`python -m tests.references` writes them."""
    assert path.read_text("utf-8") == dict(documents())[path]


def sections(value: object) -> Iterator[BaseModel]:
    """A section, and those in it."""
    if isinstance(value, BaseModel):
        yield value
        value = dict(value)
    if isinstance(value, Mapping):
        value = value.values()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for each in value:
            yield from sections(each)


def models(annotation: object) -> Iterator[type[BaseModel]]:
    """The classes of sections that an annotation names, and those that they name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    for each in get_args(annotation):
        yield from models(each)


def test_every_field_of_a_firewall_has_an_example() -> None:
    given: dict[type[BaseModel], set[str]] = {}
    for section in sections(load(DOCS / "firewall-config.example.yaml", Configuration)):
        given.setdefault(type(section), set()).update(section.model_fields_set)
    assert given == {each: {*each.model_fields} for each in models(Configuration)}
