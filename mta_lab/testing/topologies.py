"""The topology that a test asks for: by name or file, with another firewall or other settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labkit.config import ConfigurationError, document_of, load, parse
from labkit.origin import from_document
from mta_lab.topology.catalogue import places, unknown
from mta_lab.topology.changed import with_settings
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import complete


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
    topology = load(_file(word, beside), Topology)
    if firewall is not None:
        topology = _with_firewall(topology, firewall, beside)
    topology = complete(topology)
    return with_settings(topology, settings) if settings else topology


def _file(word: str | Path, beside: Path) -> Path:
    if isinstance(word, Path):
        return beside / word
    for file in places(word, here=beside):
        return file
    raise unknown(word, here=beside)


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
