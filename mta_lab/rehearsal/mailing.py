"""Mail in a rehearsal: what comes, what is queued, transferred, sent another way, or given up."""

from dataclasses import replace

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.dispatch.announcements import Enqueued, ToLog
from mta_emu.mta.dispatch.distributing import Distributor
from mta_emu.mta.dispatch.distribution import Distribution
from mta_emu.mta.dispatch.rerouting import copies_now, queues_now
from mta_emu.mta.log import records
from mta_emu.mta.policy import reports
from mta_emu.mta.policy.calling import transfer_seconds
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.conversion import convert
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import MtsIdentifier
from mta_emu.mts.pieces import Pieces
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import NotDelivered, Report
from mta_lab.rehearsal.dispatching import Explaining
from mta_lab.rehearsal.links import Association, Side
from mta_lab.rehearsal.prediction import TRANSFER
from mta_lab.rehearsal.running import Letter, RunningConnector, RunningMta
from mta_lab.rehearsal.state import State
from mta_lab.rehearsal.trail import LegDraft, Trail
from mta_lab.topology.disposition import Disposition, reported


def arrive(state: State, mta: RunningMta, arrived: Arrived, trail: Trail) -> None:
    """Let an MTA take what has come, or was submitted there."""
    chooser = _chooser(state, mta)
    seen = mta.seen.setdefault(arrived.identifier, set())
    distribution = Distributor(chooser, lambda: _identifier(mta)).arrived(arrived, seen)
    seen.update(distribution.arrivals)
    draft = None
    if chooser.ended:
        chooser.explain_end(draft := trail.begin(mta.name))
    _carry_out(state, mta, chooser, distribution, trail, draft)


def refuse(state: State, mta: RunningMta, arrived: Arrived, trail: Trail) -> None:
    """Say why an MTA does not take what its user submits: nothing leads to the recipient."""
    chooser, draft = _chooser(state, mta), trail.begin(mta.name)
    Distributor(chooser, lambda: _identifier(mta)).arrived(arrived, set())
    chooser.explain_end(draft)
    draft.taken = False


def submitted(mta: RunningMta, head: Envelope | Probe, pieces: Pieces) -> Arrived:
    """What a user of an MTA submits; the content of a message is kept, a probe has none."""
    if isinstance(head, Probe):
        return Arrived(head, 0)
    content = b"".join(each for each in pieces if isinstance(each, bytes))
    return Arrived(head, len(content), mta.contents.keep(content), len(content))


def give_up(
    state: State, mta: RunningMta, connector: RunningConnector, letter: Letter, why: NotDelivered
) -> None:
    """Report a queued message undelivered, and drop it."""
    chooser = _chooser(state, mta)
    distributor = Distributor(chooser, lambda: _identifier(mta))
    name = connector.config.name
    distribution = distributor.given_up(letter.entry, letter.came_by, name, why)
    connector.queue.remove(letter)
    if chooser.ended:
        chooser.explain_end(letter.draft)
    else:  # another recipient gets it instead, or it is a report, on which there is none
        letter.draft.ended = Disposition.REPORTED
    state.length_changed(mta, connector)
    _carry_out(state, mta, chooser, distribution, letter.trail, letter.draft)


def reroute(state: State, mta: RunningMta, connector: RunningConnector) -> None:
    """Choose the way of everything that waits again: the connector could not be opened."""
    if len(mta.config.connectors) < 2:
        return
    name = connector.config.name
    for letter in list(connector.queue):
        chooser, group = _chooser(state, mta), letter.group(name)
        queues = queues_now(chooser, group)
        if letter.in_hand:
            continue
        if letter.reroutes >= reports.MAX_HOPS:
            give_up(state, mta, connector, letter, reports.LOOP)
        elif set(queues) != {name}:
            copies = copies_now(chooser, mta.contents, letter.entry, group, queues)
            _move(state, mta, connector, letter, copies, chooser)


def transfer(state: State, association: Association, side: Side) -> None:
    """Let a side that has the turn send the next message."""
    connector, other = side.connector, association.other(side)
    letter = connector.waiting(state.lanes(association, side))[0]
    limited = association.largest_apdu or association.forgotten
    octets = side.mta.contents.octets(letter.entry) if limited else 0
    if why := association.why_stalls(octets):
        seconds = transfer_seconds(connector.config.override, letter.entry.priority, octets)
        deadline = state.wall + state.wall_seconds(seconds)
        side.standing = side.standing.transfer_begun(deadline)
        side.sends, letter.in_hand, letter.draft.stalled = letter, True, True
        letter.draft.step(TRANSFER, "does not finish", why)
        return
    connector.queue.remove(letter)
    side.standing = side.standing.something_received(state.wall).transfer_ended(state.wall)
    other.standing = other.standing.something_received(state.wall).received(state.wall)
    association.used = state.now
    letter.draft.leaves(association.attempt, other.mta.name)
    state.length_changed(side.mta, connector)
    arrive(state, other.mta, _received(letter.entry, side.mta, other), letter.trail)


def release(state: State, mta: RunningMta) -> None:
    """Let messages go on whose deferred delivery time has come."""
    for postponed in [each for each in mta.deferred if each.deferred.until <= state.now]:
        mta.deferred.remove(postponed)
        postponed.trail.drafts.remove(postponed.draft)
        deferred = postponed.deferred
        arrived = Arrived.released(deferred, decode_head(deferred.head))
        arrive(state, mta, arrived, postponed.trail)


def _chooser(state: State, mta: RunningMta) -> Explaining:
    return Explaining(mta.config, state.now, mta.retrying, mta.contents, mta.this_mta)


def _identifier(mta: RunningMta) -> MtsIdentifier:
    """One for a report."""
    mta.reports += 1
    return MtsIdentifier(mta.this_mta.domain, f"{mta.name}-{mta.reports}")


def _carry_out(
    state: State,
    mta: RunningMta,
    chooser: Explaining,
    distribution: Distribution,
    trail: Trail,
    draft: LegDraft | None = None,
) -> None:
    """Do what is announced, in its order; then the same for the reports on it."""
    copies = iter(distribution.copies)
    for announced in distribution.announcements:
        match announced:
            case ToLog(number):
                state.log(mta.name, (number,), draft)
            case Enqueued():
                _enqueue(state, mta, _letter(mta, distribution, next(copies), trail, chooser))
            case records.Delivered():
                trail.delivered.append(mta.name)
            case records.ReportReceived(outcome=outcome):
                trail.said = reported(outcome)
    if deferred := distribution.deferred:
        mta.postpone(deferred, trail)
    for report in distribution.reports:
        _carry_out(state, mta, chooser, report, trail.of_report())


def _letter(
    mta: RunningMta,
    distribution: Distribution,
    copy: QueuedCopy,
    trail: Trail,
    chooser: Explaining,
) -> tuple[RunningConnector, Letter]:
    """A copy as it lies in its connector's queue."""
    arrived = distribution.arrived
    entry = QueueEntry(
        0,
        arrived.message or 0,
        arrived.identifier,
        copy.priority,
        copy.envelope,
        arrived.content_length if copy.content_length is None else copy.content_length,
        arrived.content_length,
        copy.conversion,
    )
    draft = trail.begin(mta.name)
    chooser.explain(draft, copy.connector)
    letter = Letter(entry, arrived.connector, copy.routing_facts, copy.expires, trail, draft)
    return mta.connector(copy.connector), letter


def _enqueue(state: State, mta: RunningMta, queued: tuple[RunningConnector, Letter]) -> None:
    connector, letter = queued
    connector.queue.append(letter)
    letter.draft.receiver = state.world.leads_to(mta.name, connector.config)
    state.wake(mta, connector)


def _move(
    state: State,
    mta: RunningMta,
    connector: RunningConnector,
    letter: Letter,
    copies: dict[str, QueuedCopy],
    chooser: Explaining,
) -> None:
    """Put a letter into the queues that its destinations are to be in."""
    stays = copies.pop(connector.config.name, None)
    if not copies:
        return
    if stays:
        letter.entry = _as(letter.entry, stays)
    else:
        connector.queue.remove(letter)
        state.length_changed(mta, connector)
    for number, copy in enumerate(copies.values()):
        again = bool(number or stays)
        draft = letter.trail.begin(mta.name) if again else letter.draft
        chooser.explain(draft, copy.connector)
        moved = replace(
            letter,
            entry=_as(letter.entry, copy),
            draft=draft,
            tries=letter.tries.copy(),
            reroutes=letter.reroutes + 1,
            explained=False,
        )
        _enqueue(state, mta, (mta.connector(copy.connector), moved))


def _as(entry: QueueEntry, copy: QueuedCopy) -> QueueEntry:
    length = entry.kept_length if copy.content_length is None else copy.content_length
    return replace(entry, envelope=copy.envelope, conversion=copy.conversion, content_length=length)


def _received(entry: QueueEntry, sender: RunningMta, receiver: Side) -> Arrived:
    """A letter as the other side has received it."""
    head, octets = sender.contents.head(entry.envelope), entry.content_length
    name = receiver.connector.config.name
    content = sender.contents.short(entry.message, entry.kept_length)
    if isinstance(head, Report) or content is None:
        return Arrived(head, octets, None, octets, name, 0)
    if entry.conversion:
        read = sender.contents.reader(entry.message, entry.kept_length)
        pieces = convert(read, entry.kept_length, entry.conversion).pieces
        content = b"".join(
            each if isinstance(each, bytes) else content[each.start : each.stop] for each in pieces
        )
    number = receiver.mta.contents.keep(content)
    return Arrived(head, len(content), number, len(content), name, 0)
