"""The way of one message from MTA to MTA, when nothing else is there: its legs.

What happens is run.py's. Where the sender's own calls do not succeed, the next MTA's call may fetch
what waits, if the two may take turns: that is asked here, as nothing in the rehearsal calls for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from labkit.reason import Reason
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mta.policy.routing import leads
from mta_emu.mta.policy.schedule import initiation
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import Pieces
from mta_emu.mts.probe import Probe
from mta_emu.mts.subject import Recipient
from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.mailing import arrive, refuse, submitted
from mta_lab.rehearsal.prediction import Prediction
from mta_lab.rehearsal.run import NotPredictedError, Run
from mta_lab.rehearsal.running import Letter, RunningConnector, RunningMta
from mta_lab.rehearsal.state import State
from mta_lab.rehearsal.trail import LegDraft, Trail
from mta_lab.rehearsal.world import World
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import calls

_OCTETS = 1024  # of the content of the message
_HEADING = 240  # of those, besides its text, about


@dataclass(frozen=True)
class Message:
    """A message of a user to another, of about a KB, or a `probe`: could it be delivered?"""

    originator: ORAddress
    recipient: ORAddress
    probe: bool = False
    subject: ClassVar = "A prediction is proved"
    text: ClassVar = "x" * (_OCTETS - _HEADING)

    def submitted(self, domain: GlobalDomain) -> Envelope:
        """Its envelope where it is submitted."""
        identifier = MtsIdentifier(domain, "predicted")
        return Envelope(identifier, self.originator, (Recipient(self.recipient, 1),))

    def composed(self, domain: GlobalDomain, now: datetime) -> tuple[Envelope | Probe, Pieces]:
        """Its head and content as a user's agent makes them at lab time `now`."""
        request: dict[str, Any] = {"from": str(self.originator), "to": [str(self.recipient)]}
        request |= {"subject": self.subject, "text": self.text, "probe": self.probe}
        return Submission.parse(request, now).compose(1, MtsIdentifier(domain, "predicted"))


def first_message(
    world: World, sender: str, receiver: str | None, message: Message, now: datetime
) -> Prediction:
    """What becomes of a message that is submitted at an MTA at lab time `now`."""
    state, trail = State(world, now), Trail()
    mta = state.mta(sender)
    takes = arrive if leads(mta.config, message.recipient) else refuse
    takes(state, mta, _arrived(mta, message, world, now), trail)
    run, first = Run(state), state.logged
    try:
        run.settle()
        first = state.logged
        while _fetch(state, run, trail):
            pass
    except NotPredictedError as error:
        draft = trail.begin(sender)
        draft.step("does it come to rest", "no", Reason("rehearsal", f"not modelled: {error}"))
        draft.ended = Disposition.NOT_MODELLED
    conclude(state)
    return trail.prediction(sender, receiver, str(message.recipient), state.logged, first)


def _arrived(mta: RunningMta, message: Message, world: World, now: datetime) -> Arrived:
    """A message as it was submitted; how long it is to the octet matters where faults are."""
    domain = mta.this_mta.domain
    if message.probe:
        return submitted(mta, *message.composed(domain, now))
    envelope = message.submitted(domain)
    if not world.faults.faults:
        return Arrived(envelope, _OCTETS, None, _OCTETS)
    _, pieces = message.composed(domain, now)
    return submitted(mta, envelope, pieces)


def conclude(state: State) -> None:
    """Say of everything that waits in a queue what has become of it, and when it moves."""
    for mta in state.mtas.values():
        for connector in mta.connectors.values():
            for letter in connector.queue:
                _conclude(state, connector, letter)


def _conclude(state: State, connector: RunningConnector, letter: Letter) -> None:
    standing = connector.standing(state.links(connector))
    draft, decided = letter.draft, connector.caller.decide(standing, state.now)
    draft.next_move = connector.caller.next_call(standing, state.now)
    draft.waits = decided.reason
    if draft.stalled:
        draft.ended = Disposition.STALLED
        draft.next_move = letter.rests_until
    elif draft.attempts:
        draft.ended = draft.attempts[-1].disposition
    else:
        draft.ended = Disposition.WAITING if draft.next_move else Disposition.NEVER_CALLED


def _fetch(state: State, run: Run, trail: Trail) -> bool:
    """Let the other side of a queue that waits call, if it ever does; False: nothing moves."""
    for mta in list(state.mtas.values()):
        for connector in mta.connectors.values():
            for letter in connector.queue:
                if letter.trail is trail and not letter.draft.waits:
                    _conclude(state, connector, letter)
                    if _other_side_calls(state, run, mta, connector, letter.draft):
                        return True
    return False


def _other_side_calls(
    state: State, run: Run, mta: RunningMta, connector: RunningConnector, draft: LegDraft
) -> bool:
    """Whether the next MTA calls by which it would fetch the mail; then it does."""
    world, there = state.world, state.world.leads_to(mta.name, connector.config)
    for other in world.mtas[there].connectors if there else ():
        if world.leads_to(str(there), other) != mta.name:
            continue
        schedule = initiation(other, state.now)
        draft.step("does the other side call", schedule.seen, schedule, str(there))
        if not calls(other):
            continue
        attempt = call(world, str(there), other)
        answer = "accepted" if attempt.accepted else attempt.disposition
        draft.step("the other side's call", answer, attempt.steps[-1].reason, str(there))
        if attempt.accepted and attempt.called_connector == connector.config.name:
            run.connect(attempt)
            if why := _own_mail_stalls(state, mta, connector):
                draft.step("the other side's own mail", "does not get through", why, str(there))
                run.end(state.associations[-1])
                return False
            run.settle()
            if draft.over:
                return True
    return False


def _own_mail_stalls(state: State, mta: RunningMta, connector: RunningConnector) -> Reason | None:
    """Let the called side of the last association have a message: who calls has mail of its own.

    After that it asks for the turn at once; a short lifetime does not end the association first.
    The message is as long as those that wait: where it cannot finish, why, and nothing is fetched.
    """
    association = state.associations[-1]
    if association.largest_apdu:
        octets = max(mta.contents.octets(each.entry) for each in connector.queue)
        if why := association.why_stalls(octets):
            return why
    association.called.standing = association.called.standing.received(state.wall)
    return None
