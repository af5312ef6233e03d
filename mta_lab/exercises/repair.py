"""A repaired configuration is played: the packets decide, and side effects cost points.

A side effect is other mail that is predicted to fare otherwise than it would after a good repair.
"""

import copy
from dataclasses import dataclass
from pathlib import Path

from labkit.config import ConfigurationError, document_of, dump, load, parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.exercises.playing import play
from mta_lab.exercises.sheet import Goal, Sheet, became
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ProxyFirewall
from mta_lab.topology.reading import complete

HOSTS = "hosts"


@dataclass(frozen=True)
class Repaired:
    """What a repair came to: whether it does what it had to, and what else it changed."""

    right: bool
    feedback: str
    side_effects: tuple[str, ...] = ()


def write_hosts(topology: Topology, hosts: tuple[str, ...], directory: Path) -> None:
    """Write the configurations of hosts into a learner's directory."""
    if hosts:
        (directory / HOSTS).mkdir()
    for host in hosts:
        section = topology.mtas.get(host) or topology.firewalls[host]
        dump(section, _file(directory, host))
        _file(directory, host).with_suffix(".places.json").unlink(missing_ok=True)


def judge(directory: Path, sheet: Sheet) -> Repaired:
    """Play a learner's configurations, and compare. Raises ConfigurationError for a wrong file."""
    after = repaired(directory, sheet)
    try:
        flows = play(after).result.flows
    except ConfigurationError as error:
        return Repaired(right=False, feedback=f"it cannot be played: {error}")
    seen: dict[tuple[str, str | None], Disposition | None] = {
        (flow.sender, flow.receiver): flow.disposition for flow in flows
    }
    for goal in sheet.goals:
        if goal.asked and seen.get(_ends(goal)) is not goal.disposition:
            text = f"played: mail from {goal.sender} to {goal.receiver} is {seen.get(_ends(goal))}"
            return Repaired(right=False, feedback=text)
    return Repaired(True, "played: the mail is as it should be", _side_effects(after, sheet))


def repaired(directory: Path, sheet: Sheet) -> Topology:
    """The topology with the learner's configurations. Raises ConfigurationError."""
    document = copy.deepcopy(sheet.topology or {})
    for host in sheet.given:
        kind = "mtas" if host in document["mtas"] else "firewalls"
        model = MtaConfig if kind == "mtas" else ProxyFirewall
        document[kind][host] = document_of(load(_file(directory, host), model))
    return complete(parse(document, Topology, HOSTS))


def _side_effects(after: Topology, sheet: Sheet) -> tuple[str, ...]:
    """The other mail that fares otherwise than it should."""
    beside = {_ends(goal): goal.disposition for goal in sheet.goals if not goal.asked}
    asked = {_ends(goal) for goal in sheet.goals if goal.asked}
    return tuple(
        f"mail from {sender} to {receiver} is now {disposition}"
        for (sender, receiver), disposition in became(after).items()
        if (sender, receiver) not in asked and disposition is not beside.get((sender, receiver))
    )


def _ends(goal: Goal) -> tuple[str, str | None]:
    return goal.sender, goal.receiver


def _file(directory: Path, host: str) -> Path:
    return directory / HOSTS / f"{host}.yaml"
