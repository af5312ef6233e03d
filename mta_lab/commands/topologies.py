"""`mta-lab list` and `mta-lab show`: the topology files."""

from labkit.config import ConfigurationError
from labkit.console import display
from labkit.output import say, say_json, say_lines
from mta_lab.commands import AsJson, LabsDirectory, errors_for_people
from mta_lab.commands.given import Which, given
from mta_lab.topology.catalogue import directory, topology_files
from mta_lab.topology.drawing import catalogue, drawing, outline
from mta_lab.topology.reading import load_topology


def list_topologies(labs: LabsDirectory = None, as_json: AsJson = False) -> None:
    """List the topologies at hand, with the symptom that each shows: what an administrator sees."""
    with errors_for_people():
        found = {path: load_topology(path) for path in topology_files(directory(labs))}
        if not found:
            raise ConfigurationError(
                f"{directory(labs)}: no topology files (*.yaml) here; --labs names a place"
            )
    if not as_json:
        display(catalogue(found))
    for path, topology in found.items() if as_json else ():
        shown = topology.model_dump(include={"name", "article", "title", "symptom"})
        say_json({"file": str(path)} | shown)


def show(which: Which, labs: LabsDirectory = None, as_json: AsJson = False) -> None:
    """Draw a topology's networks, hosts, connectors and firewall services."""
    with errors_for_people():
        meant = given(which, labs)
    topology = meant.topology
    if as_json:
        origin = {"lab": meant.lab.name} if meant.lab else {"file": str(meant.file)}
        say_json(origin | outline(topology))
        return
    display(drawing(topology))
    if topology.symptom:
        say(f"symptom: {topology.symptom}")
    say_lines(topology.description)
