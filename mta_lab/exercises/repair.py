"""A repaired configuration is played: the packets decide, and side effects cost points.

A side effect is other mail that is predicted to fare otherwise than it would after a good repair.
"""

import copy
from dataclasses import dataclass
from pathlib import Path

from labkit.config import ConfigurationError, document_of, dump, parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.exercises import handedin
from mta_lab.exercises.harmless import require_harmless
from mta_lab.exercises.playing import play
from mta_lab.exercises.sheet import FILE as SHEET
from mta_lab.exercises.sheet import Goal, Sheet, became
from mta_lab.play.process import HostFailedError, NotInTimeError
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
        path = directory / _file(host)
        dump(section, path)
        path.with_suffix(".places.json").unlink(missing_ok=True)


def read_hosts(directory: Path, sheet: Sheet) -> tuple[str, ...]:
    """The texts of the configurations that a learner may change, as `given` has their hosts.

    Raises ConfigurationError.
    """
    return tuple(handedin.text(directory, _file(host)) for host in sheet.given)


def write_host(directory: Path, host: str, text: str, before: str) -> None:
    """Write the configuration of a host in the place of the text `before`.

    Raises ConfigurationError when another text is there by now.
    """
    with handedin.alone(directory):
        if handedin.text(directory, _file(host)) != before:
            raise ConfigurationError(f"{directory / _file(host)}: it has changed meanwhile")
        handedin.write(directory, _file(host), text)


def judge(directory: Path, sheet: Sheet) -> Repaired:
    """Play a learner's configurations, and compare. A file that is wrong is no repair."""
    try:
        after = repaired(directory, sheet)
    except ConfigurationError as error:
        return Repaired(right=False, feedback=str(error))
    try:
        flows = play(after).result.flows
    except (ConfigurationError, HostFailedError, NotInTimeError) as error:
        return Repaired(right=False, feedback=f"it cannot be played: {error}")
    seen: dict[tuple[str, str | None], Disposition | None] = {
        (flow.sender, flow.receiver): flow.disposition for flow in flows
    }
    for goal in sheet.goals:
        found, ends = seen.get(_ends(goal)), f"from {goal.sender} to {goal.receiver}"
        if goal.asked and found is not goal.disposition:
            text = f"mail {ends} is {found}" if found else f"no mail goes {ends}"
            return Repaired(right=False, feedback=f"played: {text}")
    return Repaired(True, "played: the mail is as it should be", _side_effects(after, sheet))


def repaired(directory: Path, sheet: Sheet) -> Topology:
    """The topology with the learner's configurations. Raises ConfigurationError."""
    document = copy.deepcopy(sheet.topology or {})
    for host in sheet.given:
        mtas, firewalls = document.get("mtas", {}), document.get("firewalls", {})
        if host in mtas:
            mtas[host] = document_of(handedin.load(directory, _file(host), MtaConfig))
        elif host in firewalls:
            firewalls[host] = document_of(handedin.load(directory, _file(host), ProxyFirewall))
        else:
            raise ConfigurationError(
                f"{directory / SHEET}: given: no host {host!r} in its topology"
            )
    topology = parse(document, Topology, HOSTS)
    require_harmless(topology, HOSTS)
    return complete(topology)


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


def _file(host: str) -> str:
    return f"{HOSTS}/{host}.yaml"
