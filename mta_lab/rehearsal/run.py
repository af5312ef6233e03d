"""Lets a rehearsal go on: the calls that have begun, what each association does next, the clock."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from mta_emu.mta.policy import failedcalls, reports
from mta_emu.mta.policy.calling import Lane
from mta_emu.mta.policy.turn import Decision, TurnStep
from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.forgetting import Memory
from mta_lab.rehearsal.links import Association, Side
from mta_lab.rehearsal.mailing import give_up, release, reroute, transfer
from mta_lab.rehearsal.prediction import Attempt, Step
from mta_lab.rehearsal.running import RunningConnector, RunningMta
from mta_lab.rehearsal.state import State
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Fault

_AT_ONCE = timedelta(microseconds=1)
_HAPPENINGS = 100_000  # that a rehearsal may have before it is taken for endless


class NotPredictedError(Exception):
    """A rehearsal cannot go on; the text says why."""


class EndlessError(NotPredictedError):
    """A rehearsal does not come to rest; the text says at which lab time it was given up."""


class ForgottenError(NotPredictedError):
    """Something ends a connection that a firewall has forgotten, or may have."""

    def __init__(self, memory: Memory) -> None:
        text = f"what becomes of a connection that {memory.firewall} forgets"
        super().__init__(f"{text}, at {memory.place}")


class Run:
    """Works on a state until nothing moves, or until a moment."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.fault_ends: dict[Fault, datetime] = {}
        self._left = _HAPPENINGS

    def settle(self) -> None:
        """Go on until nothing moves any more but by a timer. Raises EndlessError."""
        while True:
            self._move()
            due = self._next_due() if self._unsettled() else None
            if due is None:
                return
            self._pass_to(due)

    def until(self, happened: Callable[[], bool]) -> bool:
        """Go on until something has happened; False: it never does. Raises EndlessError."""
        self.settle()
        while not happened():
            due = self._next_due()
            if due is None:
                return False
            self._pass_to(due)
            self._move()
        return True

    def wait(self, seconds: float) -> None:
        """Go on for so many lab seconds. Raises NotPredictedError."""
        self._move()
        end = self.state.now + timedelta(seconds=seconds)
        while self.state.now < end:
            due = self._next_due()
            self._pass_to(end if due is None else min(due, end))
            self._move()

    def _move(self) -> None:
        """Do all that there is to do at this moment."""
        state = self.state
        while state.opening or any(self._act(each) for each in state.associations):
            self._left -= 1
            if self._left < 0:
                raise EndlessError(f"it goes on and on at {state.now:%Y-%m-%d %H:%M:%S} UTC")
            if state.opening:
                self._call(*state.opening.pop(0))

    def _unsettled(self) -> bool:
        """Whether something is under way, as a running MTA says of itself."""
        if any(each.busy for each in self.state.associations):
            return True
        return any(
            connector.caller.moves(connector.standing(self.state.links(connector)), self.state.now)
            for _, connector in self._connectors()
            if connector.queue
        )

    def _connectors(self) -> Iterator[tuple[RunningMta, RunningConnector]]:
        for mta in self.state.mtas.values():
            for connector in mta.connectors.values():
                yield mta, connector

    # Calls

    def _call(self, mta: RunningMta, connector: RunningConnector, lane: Lane) -> None:
        """A call that has begun comes to its end."""
        state = self.state
        attempt = call(state.world, mta.name, connector.config)
        connector.opening[lane] -= 1
        state.attempts.append(attempt)
        for letter in connector.waiting((lane,)):
            letter.draft.attempts.append(attempt)
        if attempt.accepted:
            self.connect(attempt, urgent=lane is Lane.URGENT)
            return
        modelled = attempt.disposition is not Disposition.NOT_MODELLED
        began = modelled and self._retry(connector, connector.config.override.open_interval)
        timer = failedcalls.RETRY_TIMER
        state.log(mta.name, (each for each in attempt.caller_events if began or each != timer))
        if attempt.called:
            state.log(attempt.called, attempt.called_events)
        if began:
            for letter in connector.queue:
                letter.tries[connector.config.name] += 1
            reroute(state, mta, connector)
        if modelled:
            state.wake(mta, connector)  # urgent mail may have to go with the rest

    def connect(self, attempt: Attempt, *, urgent: bool = False) -> None:
        """Open the association that a call has come to."""
        state = self.state
        caller = state.side(attempt.caller, attempt.connector, attempt, initiator=True)
        there, taken_for = str(attempt.called), str(attempt.called_connector)
        called = state.side(there, taken_for, attempt, initiator=False)
        state.associations.append(Association(attempt, caller, called, urgent, state.now))
        state.world.open.append(attempt)

    def _retry(self, connector: RunningConnector, seconds: int) -> bool:
        """Begin the retry timer, if it does not run."""
        if connector.retry or connector.closing:
            return False
        connector.retry = self.state.now + timedelta(seconds=seconds)
        return True

    # Associations

    def _act(self, association: Association) -> bool:
        """Let a side of an association do the next thing; False: both wait.

        The one without the turn is the first: it asks for the turn behind the answer to what it has
        received, before the other one can release the association.
        """
        for side in reversed(association.sides):
            decided = self._decide(association, side)
            if decided.step is not TurnStep.WAIT:
                self._do(association, side, decided)
                return True
        return False

    def _decide(self, association: Association, side: Side) -> Decision:
        mail = side.connector.queue and side.connector.waiting(self.state.lanes(association, side))
        return association.decide(side, self.state.wall, mail=bool(mail))

    def _do(self, association: Association, side: Side, decided: Decision) -> None:
        state, other = self.state, association.other(side)
        if association.forgotten and decided.step is not TurnStep.TRANSFER:
            raise ForgottenError(association.forgotten)
        match decided.step:
            case TurnStep.TRANSFER:
                self._explain_transfer(association, side, decided)
                transfer(state, association, side)
            case TurnStep.ASK:
                self._explain_turn(side, decided, side)
                side.standing = side.standing.turn_asked()
                other.standing = other.standing.turn_requested().something_received(state.wall)
                association.used = state.now
            case TurnStep.GIVE:
                self._explain_turn(side, decided, other)
                association.give_turn()
                other.standing = other.standing.something_received(state.wall)
                association.used = state.now
            case TurnStep.ABANDON:  # the peer does not hear of it
                side.standing = side.standing.transfer_abandoned(state.wall)
            case TurnStep.RELEASE:
                self.end(association)
            case _:
                self.end(association, aborted=True)

    def _explain_transfer(self, association: Association, side: Side, decided: Decision) -> None:
        """Say of an association, once, that its caller sends by it."""
        attempt = association.attempt
        if not side.initiator or attempt.steps[-1].question == "turn":
            return
        step = Step(side.mta.name, "turn", decided.step.value, decided.reason)
        association.attempt = replace(attempt, steps=(*attempt.steps, step))
        for letter in side.connector.waiting(self.state.lanes(association, side)):
            drafts = letter.draft.attempts
            drafts[:] = [association.attempt if each is attempt else each for each in drafts]

    def _explain_turn(self, side: Side, decided: Decision, sender: Side) -> None:
        """Say of the mail that is to leave when the turn comes that it does."""
        for letter in sender.connector.queue:
            letter.draft.step("turn", decided.step.value, decided.reason, side.mta.name)

    def end(self, association: Association, *, aborted: bool = False, reset: bool = False) -> None:
        """End an association, released if not `aborted`; `reset`: its connection was."""
        state = self.state
        if association.forgotten:
            raise ForgottenError(association.forgotten)
        state.associations.remove(association)
        state.world.forget(association.opened)
        for side in (association.caller, association.called):
            interval = side.connector.config.override.transfer_interval
            if side.sends:
                self._transfer_failed(side)
            if aborted or reset:
                events = failedcalls.RESET if reset else failedcalls.HUNG_UP
                state.log(side.mta.name, events, side.sends.draft if side.sends else None)
                if side.connector.queue:
                    self._retry(side.connector, interval)
            state.wake(side.mta, side.connector)

    def _transfer_failed(self, side: Side) -> None:
        """Let the message rest for the transfer interval, or give it up."""
        letter, override = side.sends, side.connector.config.override
        assert letter  # noqa: S101, asked before
        letter.failures += 1
        if letter.failures > override.max_transfer_retries:
            letter.in_hand = False
            give_up(self.state, side.mta, side.connector, letter, reports.TRANSFER_RETRIES_USED_UP)
        else:
            letter.rests_until = self.state.now + timedelta(seconds=override.transfer_interval)

    def reset(self, association: Association) -> None:
        """The connection of an association is reset: both sides recover it, or it ends."""
        sides = (association.caller, association.called)
        both = all(
            association.recovers(each) and each.connector.config.override.recovery_timeout
            for each in sides
        )
        if not both or not self.state.world.way_again(association.opened):
            self.end(association, reset=True)
            return
        association.used = self.state.now
        for each in sides:
            each.standing = each.standing.recovered(self.state.wall)

    # The clock

    def _next_due(self) -> datetime | None:
        """The next moment at which something may happen; None: nothing ever does."""
        return min(self._moments(), default=None)

    def _moments(self) -> Iterator[datetime]:
        state = self.state
        for mta in state.mtas.values():
            yield from (each.deferred.until for each in mta.deferred)
        for _, connector in self._connectors():
            links = state.links(connector)
            if connector.queue or links:
                until = connector.caller.decide(connector.standing(links), state.now).until
                yield from [until] if until else ()
            for letter in connector.queue:
                yield from [letter.rests_until] if letter.rests_until else ()
                yield from [letter.expires] if letter.expires and not letter.in_hand else ()
        for association in state.associations:
            for side in association.sides:
                wall = self._decide(association, side).until
                yield from [state.lab_time(wall)] if wall is not None else ()
            if idle := state.world.idle_limit(association.opened):
                yield association.used + timedelta(seconds=idle)
        yield from self.fault_ends.values()

    def _pass_to(self, moment: datetime) -> None:
        """Let it become that moment, and wake who has waited for it."""
        state = self.state
        state.now = now = max(moment, state.now + _AT_ONCE)
        self._left -= 1
        if self._left < 0:
            raise EndlessError(f"it goes on and on at {now:%Y-%m-%d %H:%M:%S} UTC")
        for fault in [fault for fault, end in self.fault_ends.items() if end <= now]:
            del self.fault_ends[fault]
            state.world = state.world.disturbed(state.world.faults.without(fault))
        for association in list(state.associations):
            idle = state.world.idle_limit(association.opened)
            if idle and association.used + timedelta(seconds=idle) <= now:
                self.reset(association)
            self._forget(association)
        for mta, connector in list(self._connectors()):
            self._on_time(mta, connector)
        for mta in list(state.mtas.values()):
            release(state, mta)

    def _forget(self, association: Association) -> None:
        """Let a firewall forget the connection of an association that was silent for too long.

        After that nothing gets through, and no side hears of it. Raises ForgottenError where TCP's
        keepalive has found out meanwhile, or comes at the very second.
        """
        memory = association.opened.memory
        silent = self.state.wall_seconds((self.state.now - association.used).total_seconds())
        if memory and silent >= memory.seconds:
            association.forgotten = memory
            if silent >= 2 * memory.probed_after or memory.probed_after == memory.seconds:
                raise ForgottenError(memory)

    def _on_time(self, mta: RunningMta, connector: RunningConnector) -> None:
        """What a connector's timers bring about now."""
        state, now = self.state, self.state.now
        for letter in list(connector.queue):
            if letter.rests_until and letter.rests_until <= now:
                letter.rests_until, letter.in_hand, letter.last = None, False, True
            if letter.expires and letter.expires <= now and not letter.in_hand:
                give_up(state, mta, connector, letter, reports.TOO_OLD)
        if connector.retry and connector.retry <= now:
            most, name = connector.config.override.max_open_retries, connector.config.name
            for letter in list(connector.queue):
                if letter.tries[name] >= most and not letter.in_hand:
                    give_up(state, mta, connector, letter, reports.OPEN_RETRIES_USED_UP)
            connector.retry = None
        for association, side in state.sides(connector):
            if side.initiator and not state.lanes(association, side):
                side.standing = side.standing.release_wanted()
        state.wake(mta, connector)
