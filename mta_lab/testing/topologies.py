"""The topology that a test asks for: by name or file, with another firewall or other settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mta_lab
from labkit.config import ConfigurationError, document_of, load, parse
from labkit.origin import from_document
from labkit.problems import instead
from mta_lab.topology.changed import with_settings
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import complete

_PACKAGE = Path(mta_lab.__file__).parent
#: Where the ready topologies lie: in the package when it is installed, beside it in a clone.
CATALOGUES = (_PACKAGE / "labs", _PACKAGE.parent / "labs")


def the_topology(
    word: str | Path,
    beside: Path,
    firewall: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Topology:
    """A topology by its name, or from a file whose path begins in the directory `beside`.

    `firewall` stands in the place of the topology's only firewall, as a topology file has one; the
    interfaces stay where it names none, and its `config` is a path like that of the topology.
    `settings` are by the paths of `mta-lab set`. Raises ConfigurationError.
    """
    topology = load(_file_of(word, beside), Topology)
    if firewall is not None:
        topology = _with_firewall(topology, firewall, beside)
    topology = complete(topology)
    return with_settings(topology, settings) if settings else topology


def _file_of(word: str | Path, beside: Path) -> Path:
    text = str(word)
    if isinstance(word, Path) or "/" in text or text.endswith(".yaml"):
        return beside / word
    known = {file.stem: file for each in CATALOGUES for file in each.glob("*.yaml")}
    if text not in known:
        raise ConfigurationError(
            f"no topology {text!r}; {instead(text, sorted(known))}; a file has a / or .yaml in it"
        )
    return known[text]


def _with_firewall(topology: Topology, given: Mapping[str, Any], beside: Path) -> Topology:
    if len(topology.firewalls) != 1:
        names = ", ".join(topology.firewalls) or "none"
        raise ConfigurationError(
            f"firewall: {topology.name} must have one that this stands for; there are: {names}"
        )
    [name] = topology.firewalls
    document = document_of(topology)
    made = {"interfaces": document["firewalls"][name]["interfaces"], **given}
    if "config" in made:
        made["config"] = str((beside / made["config"]).absolute())
    document["firewalls"][name] = made
    origin = topology.places().over(from_document(document))
    return parse(document, Topology, "firewall", origin)
