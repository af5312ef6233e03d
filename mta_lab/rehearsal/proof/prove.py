"""Proves the predictions for a topology: plays each on packets, and compares.

A prediction is about empty queues, so each message has hosts of its own, which have just started,
and a capture of its own. Nothing sleeps: a play goes on when nothing moves any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import zip_longest
from pathlib import Path

from labkit.spread import spread
from mta_lab.backends import Backend
from mta_lab.capture.calls import calls
from mta_lab.lab.directory import lab_directory
from mta_lab.lab.placement import Placement
from mta_lab.play import lifecycle
from mta_lab.play.audience import Audience
from mta_lab.rehearsal.predict import NO_FAULTS, mail, predict
from mta_lab.rehearsal.proof.compare import compare
from mta_lab.rehearsal.proof.proof import Proof, ProvedFlow
from mta_lab.rehearsal.proof.script import Script, brought_about, scripts
from mta_lab.rehearsal.proof.witness import Seen
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology
from mta_lab.topology.play import Expectation

_REAL_TIME = 1.0  # no retry timer ends while a play waits for rest
_PROOF = ".proof"  # at the end of a lab's name
_LONGEST = 50  # characters of a topology's name in it
_TO = "+"  # between two names in a file's; no name has it


@dataclass(frozen=True)
class Playing:
    """Where scripts are played, and as which lab.

    `captures` is the directory for a capture of each. No wait takes longer than `timeout` wall
    seconds.
    """

    where: Backend
    captures: Path
    name: str
    port: int | None = None
    timeout: float = 60.0


def prove(
    topology: Topology,
    where: Backend,
    captures: Path,
    now: datetime,
    *,
    port: int | None = None,
    name: str | None = None,
    timeout: float = 60.0,
    jobs: int = 1,
    faults: Faults = NO_FAULTS,
) -> Proof:
    """Predict what becomes of the mail of a topology, play it, and compare.

    `captures` is the directory for a capture of each message. `name` is the lab's, by default one
    that differs from that of a lab which is up. No wait takes longer than `timeout` seconds; `jobs`
    processes share the work; the networks have these `faults`. The play and the `expect` of the
    topology do not matter. Raises ConfigurationError and OSError as a run does.
    """
    lab = name or f"{topology.name[:_LONGEST]}{_PROOF}"
    made = scripts_of(topology, now, faults)
    shares = [made[number::jobs] for number in range(min(jobs, len(made)))]
    labs = [
        (share, f"{lab}.{number}" if len(shares) > 1 else lab)
        for number, share in enumerate(shares, 1)
    ]
    one = partial(_share, topology, Playing(where, captures, lab, port, timeout))
    proved = [*spread(one, labs, jobs)]
    flows = tuple(flow for row in zip_longest(*proved) for flow in row if flow)
    return Proof(
        topology.name,
        where.name,
        now,
        flows,
        all(each.agrees for each in flows),
        all(each.observed is Disposition.DELIVERED for each in flows),
    )


def scripts_of(topology: Topology, now: datetime, faults: Faults = NO_FAULTS) -> list[Script]:
    """How each prediction for a topology is to be proved."""
    return scripts(predict(topology, now, faults), mail(topology), faults)


def _share(
    topology: Topology, playing: Playing, share: tuple[Sequence[Script], str]
) -> list[ProvedFlow]:
    made, lab = share
    return prove_scripts(topology, made, replace(playing, name=lab))


def prove_scripts(topology: Topology, made: Sequence[Script], playing: Playing) -> list[ProvedFlow]:
    """Play scripts one after another, in the same place. Raises as `prove` does."""
    seen = play_scripts(topology, made, playing)
    return [proved(script, each) for script, each in zip(made, seen, strict=True)]


def play_scripts(topology: Topology, made: Sequence[Script], playing: Playing) -> list[Seen]:
    """What is seen of scripts that are played as `prove_scripts` does."""
    directory = lab_directory(playing.name)
    faults = brought_about(made[0].faults)  # which not every backend can show
    bare = topology.model_copy(update={"play": faults, "expect": Expectation()})
    where = playing.where.name
    with lifecycle.placed(bare, directory, where, playing.port) as placement:
        return [_play(placement, each, directory, playing) for each in made]


def _play(placement: Placement, script: Script, directory: Path, playing: Playing) -> Seen:
    """Play a script on hosts that have just started."""
    prediction = script.prediction
    played = placement.model_copy(
        update={"topology": placement.topology.model_copy(update={"play": script.steps})}
    )
    name = f"{prediction.sender}{_TO}{prediction.receiver or 'nobody'}.pcapng"
    file = playing.captures / name
    observation = lifecycle.observe(
        played, directory, file, Audience(), time_scale=_REAL_TIME, timeout=playing.timeout
    )
    return Seen(played, observation, calls(file, (observation.capture.port,)))


def proved(script: Script, seen: Seen) -> ProvedFlow:
    """A prediction, compared with what was seen of its script."""
    prediction, capture = script.prediction, seen.observation.capture
    lines = tuple(compare(script, seen))
    return ProvedFlow(
        prediction.sender,
        prediction.receiver,
        prediction.recipient,
        script.becomes,
        seen.becomes,
        lines,
        str(capture.file),
        capture.decode_as,
        all(each.agrees is not False for each in lines),
    )
