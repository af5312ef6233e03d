"""The reference pages: configuration files and their JSON schemas, commands, events, glossary.

`python -m tests.references` writes them, and tests/test_references.py compares.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from firewall_proxy.config import Configuration
from labkit.config import schema
from labkit.reference import page
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.topology.files import Topology
from tests import command_pages, glossary

DOCS = Path(__file__).parent.parent / "docs"

_FILES: dict[str, tuple[type[BaseModel], str]] = {
    "mta": (MtaConfig, "mta-emu"),
    "firewall": (Configuration, "firewall-proxy"),
}
_INTRODUCTION = """\
Files are YAML 1.2; the names of fields are as written here. `{program} check FILE` says what is
wrong in one, with its line; editors can use [the JSON schema]({name}-config.schema.json).

`python -m tests.references` writes this page from the program's own definitions."""


_TOPOLOGY = """\
One YAML file names networks, hosts and what they run. `mta-lab lint FILE` says what is wrong in
one, with its line. [labs](../labs/README.md) has ready ones, and explains the sections in prose.

`python -m tests.references` writes this page from the program's own definitions."""
_PROXY_SECTIONS = ("Interface", "Service", "Tunnel", "Rule", "Limits", "Log", "Clock")
#: Sections of a topology that the pages of the programs describe.
_ELSEWHERE = {"MtaConfig": "mta-config.md"} | {
    name: f"firewall-config.md#{name.lower()}" for name in _PROXY_SECTIONS
}


def documents() -> Iterator[tuple[Path, str]]:
    """Each file in docs/, and what it has to hold."""
    for name, (model, program) in _FILES.items():
        check = {"mta": "mta-emu config"}.get(name, program)
        introduction = _INTRODUCTION.format(name=name, program=check)
        title = f"The configuration file of `{program} serve`"
        text = page(model, title, introduction)
        yield DOCS / f"{name}-config.md", text + _example(f"{name}-config")
        yield DOCS / f"{name}-config.schema.json", schema(model)
    title = "The file of a topology"
    text = page(Topology, title, _TOPOLOGY, _ELSEWHERE)
    yield DOCS / "topology.md", text + _example("topology")
    yield from command_pages.documents()
    yield from glossary.documents()


def _example(name: str) -> str:
    example = (DOCS / f"{name}.example.yaml").read_text("utf-8")
    return f"\n## An example of every field\n\n```yaml\n{example}```\n"


if __name__ == "__main__":
    for path, text in documents():
        path.write_text(text, "utf-8")
