"""The published references are those of the programs as they are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from firewall_proxy.config import Configuration
from labkit.config import load
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ExternalFirewall
from tests.references import DOCS, documents

PAGES = dict(documents())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.name))
def test_a_reference_is_current(path: Path) -> None:
    """`python -m tests.references` writes them."""
    assert path.read_text("utf-8") == PAGES[path]


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


#: What a file does not give: `--attach` and `--engines` do, and a real box has its own.
NEVER_IN_A_FILE = {
    Topology: {"attached", "engines"},
    ExternalFirewall: {"sysctls", "routes"},
}


@pytest.mark.parametrize(
    ("name", "model", "packages"),
    [
        ("firewall-config", Configuration, ("firewall_proxy.", "labkit.")),
        ("mta-config", MtaConfig, ("mta_emu.", "labkit.")),
        ("topology", Topology, ("mta_lab.",)),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_every_field_has_an_example(
    name: str, model: type[BaseModel], packages: tuple[str, ...]
) -> None:
    """Those of other packages are in the example of another page."""
    given: dict[type[BaseModel], set[str]] = {}
    for section in sections(load(DOCS / f"{name}.example.yaml", model)):
        given.setdefault(type(section), set()).update(section.model_fields_set)
    wanted = {
        each: {*each.model_fields} - NEVER_IN_A_FILE.get(each, set())
        for each in models(model)
        if each.__module__.startswith(packages)
    }
    assert {each: given.get(each, set()) for each in wanted} == wanted


@pytest.mark.parametrize("name", ["firewall-config", "mta-config", "topology"])
def test_every_field_has_a_meaning(name: str) -> None:
    text = PAGES[DOCS / f"{name}.md"]
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", text, re.MULTILINE)
    assert len(rows) > 30
    assert [field for field, meaning in rows if not meaning.strip()] == []
