"""An exercise, and the scenario that a seed makes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from mta_lab.backends.registry import BackendName
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.evidence import CAPTURE
from mta_lab.exercises.question import Question
from mta_lab.topology.files import Topology


class Level(IntEnum):
    """How much of the stack one must know."""

    TCP = 1  # and addresses
    TRANSPORT = 2  # TPKT and COTP
    ASSOCIATION = 3  # session, presentation and ACSE
    TRANSFER = 4  # RTSE and P1, and what needs all of it


@dataclass(frozen=True)
class Repair:
    """What must become of the mail after a repair: what becomes of it in `healthy`.

    `sender` and `receiver` are the MTAs between which something is wrong; other mail that does not
    fare as in `healthy` is a side effect.
    """

    healthy: Topology
    sender: str
    receiver: str


@dataclass(frozen=True)
class Scenario:
    """What is played, what the learner gets of it, and what is asked.

    `given` are the hosts whose configurations the learner gets, `repair` is what is to be repaired.
    """

    topology: Topology
    story: str
    questions: tuple[Question, ...]
    views: Mapping[str, View] = field(default_factory=lambda: {CAPTURE: View()})
    given: tuple[str, ...] = ()
    repair: Repair | None = None


@dataclass(frozen=True)
class Exercise:
    """An exercise of the course.

    `before` is what one should know, `solution` a model solution for the teacher. `filters` are
    display filters that help, each with what it shows. `kernel_only`: it is about packets that a
    capture built from the MTAs' sockets lacks, between two proxies for example. `backend` is where
    it is played: network namespaces have routers, filters and faults, and are for root.
    """

    name: str
    level: Level
    title: str
    aim: str
    before: str
    minutes: int
    make: Callable[[Chance], Scenario]
    solution: str
    filters: Mapping[str, str] = field(default_factory=dict)
    kernel_only: bool = False
    backend: BackendName = BackendName.LOOPBACK

    @property
    def rights(self) -> str:
        """What a user needs who makes it; learners need nothing."""
        if self.backend is BackendName.NETNS:
            return "root"
        return "CAP_NET_RAW" if self.kernel_only else ""

    def scenario(self, seed: str) -> Scenario:
        """The scenario of a seed: always the same one."""
        return self.make(Chance(self.name, seed))
