"""Predicts a play step by step: mail, waits, settings, restarts and faults, on a clock that jumps.

A step takes no time of its own. What the messages of one step, and of those right behind it, bring
about begins when all of them are queued.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from labkit.config import ConfigurationError
from mta_emu.mta.configuration.reload import NotReloadableError
from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mta.policy.routing import leads
from mta_emu.mts.identifiers import MtsIdentifier
from mta_lab.rehearsal.interventions import disturb, restart, set_
from mta_lab.rehearsal.mail import conclude
from mta_lab.rehearsal.mailing import arrive, submitted
from mta_lab.rehearsal.prediction import Attempt, Prediction
from mta_lab.rehearsal.run import NotPredictedError, Run
from mta_lab.rehearsal.state import State
from mta_lab.rehearsal.trail import Trail
from mta_lab.rehearsal.world import World
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.topology.play import Awaited, Mail, PlayStep


@dataclass
class PredictedPlay:
    """What is predicted of a play, message by message.

    `not_modelled` names the step at which that ends, `failed` those that cannot be carried out, or
    never come about. `waiting` counts what is queued at the end, by MTA and the next one.
    """

    predictions: list[Prediction] = field(default_factory=list)
    attempts: Sequence[Attempt] = ()
    logged: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    waiting: dict[tuple[str, str | None], int] = field(default_factory=dict)
    not_modelled: str = ""
    failed: list[str] = field(default_factory=list)

    def events(self, name: str) -> tuple[int, ...]:
        """The events that an MTA logs, in order."""
        return self.logged.get(name, ())


class _FailedError(Exception):
    """A step cannot be carried out, or never comes about; the text says why."""


class _NotModelledError(Exception):
    """A step that cannot be predicted; the text says why."""


def play(topology: Topology, now: datetime) -> PredictedPlay:
    """Predict a play from lab time `now` on."""
    player, played = _Player(State(World(topology), now)), PredictedPlay()
    for number, step in enumerate(topology.play, 1):
        try:
            for what in player.step(step):
                played.failed.append(f"step {number} of the play: {what}")
            player.check_modelled()
        except _FailedError as error:
            played.failed.append(f"step {number} of the play: {error}")
            break
        except (_NotModelledError, NotPredictedError) as error:
            played.not_modelled = f"not modelled: step {number} of the play: {error}"
            break
    player.conclude(played)
    return played


@dataclass
class _Sent:
    """A message that the play sent."""

    at: str
    to: str | None
    recipient: str
    trail: Trail


class _Player:
    """Carries out the steps of a play on a rehearsal."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._run = Run(state)
        self._sent: list[_Sent] = []

    def step(self, step: PlayStep) -> Iterator[str]:
        """Carry out a step, and say what is not queued as it says.

        Raises _FailedError, _NotModelledError, NotPredictedError.
        """
        if step.send:
            self._send(step.send)
            return
        if step.awaited and step.awaited.seconds is not None:
            self._run.wait(step.awaited.seconds)
            return
        self._run.settle()
        if step.awaited:
            self._await(step.awaited)
        for name, expected in (step.queued or {}).items():
            queued = sum(len(each.queue) for each in self._state.mta(name).connectors.values())
            if queued != expected:
                yield f"{queued} messages are queued at {name}, and not {expected}"
        if step.settings:
            self._carry_out(lambda: set_(self._run, step.settings or {}))
        if step.restart:
            restart(self._run, step.restart)
        if step.fault and (why := disturb(self._run, step.fault)):
            raise _NotModelledError(f"{step}: {why}")

    def check_modelled(self) -> None:
        """Raise _NotModelledError after a call that no model covers."""
        for attempt in self._state.attempts:
            if attempt.disposition is Disposition.NOT_MODELLED:
                raise _NotModelledError(attempt.reason.text.removeprefix("not modelled: "))

    def conclude(self, played: PredictedPlay) -> None:
        """Say what has become of it all."""
        state = self._state
        conclude(state)
        played.predictions = [
            each.trail.prediction(each.at, each.to, each.recipient, {}, {}) for each in self._sent
        ]
        played.attempts, played.logged = state.attempts, state.logged
        for mta in state.mtas.values():
            for connector in mta.connectors.values():
                pair = mta.name, state.world.leads_to(mta.name, connector.config)
                played.waiting[pair] = played.waiting.get(pair, 0) + len(connector.queue)

    def _send(self, mail: Mail) -> None:
        """Submit messages as a user of the running MTA does."""
        state = self._state
        mta, world = state.mta(mail.at), state.world
        registry = mta.config.server.registry
        wanted = registry.request_return_of_content
        submission = Submission.parse(mail.request, state.now, return_content=wanted)
        if registry.directory_names:
            server = mta.config.server
            submission = submission.from_directory(server.organization, server.site)
        if not leads(mta.config, mail.to):
            raise _FailedError(f"no mailbox at {mail.at} and no connector there for {mail.to}")
        for number in range(1, mail.count + 1):
            identifier = MtsIdentifier(mta.this_mta.domain, f"{mail.at}-{len(self._sent) + 1}")
            head, pieces = submission.compose(number, identifier)
            sent = _Sent(mail.at, world.topology.mailbox(mail.to), str(mail.to), Trail())
            self._sent.append(sent)
            arrive(state, mta, submitted(mta, head, pieces), sent.trail)

    def _await(self, awaited: Awaited) -> None:
        state, name = self._state, awaited.at
        if name is None:
            return  # settled, as it is before every step but a message, or about no mail
        if awaited.event is not None:
            happened = lambda: awaited.event in state.events.get(name, ())  # noqa: E731
        else:
            happened = lambda: self._delivered(name) >= (awaited.delivered or 0)  # noqa: E731
        if not self._run.until(happened):
            self.check_modelled()  # it may be about what no model says
            raise _FailedError(f"nothing brings about what it waits for: {awaited}")

    def _delivered(self, name: str) -> int:
        return sum(each.trail.delivered.count(name) for each in self._sent)

    def _carry_out(self, change: Callable[[], None]) -> None:
        try:
            change()
        except (ConfigurationError, NotReloadableError) as error:
            raise _FailedError(str(error)) from error
