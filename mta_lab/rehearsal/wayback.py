"""The way of the answers back: by the firewalls that the connection came by, or another one.

Where a firewall has changed the source address, answers come to it, and from there go to the one
before; the answers of each piece of the way must come back by the same firewalls.
"""

from collections.abc import Sequence

from labkit.reason import Reason
from mta_lab.engines.decision import ANY_PORT, Decision, Forwarded, Syn
from mta_lab.rehearsal.boxes import Boxes
from mta_lab.rehearsal.piece import Answers, Passed, Piece
from mta_lab.rehearsal.prediction import Step
from mta_lab.rehearsal.way import Device, outcome
from mta_lab.topology.disposition import Disposition


class WayBack:
    """Ways back between the hosts of a topology."""

    def __init__(self, boxes: Boxes) -> None:
        """They lead by these firewalls."""
        self._boxes = boxes

    def lost(
        self,
        host: str,
        syn: Syn,
        piece: Piece,
        steps: list[Step],
        devices: list[Device],
    ) -> Disposition | None:
        """What becomes of it all where the answers to `syn` do not come back; None: they do."""
        here, answers = host, Answers(syn.destination, syn.source)
        come_by: set[str] = set()
        for part in piece.back():
            passed = self._come_by(here, answers, piece, part, steps)
            if isinstance(passed, Disposition):
                return passed
            come_by.update(passed)
            if part and part[-1].translated:
                came = part[-1].came
                here, answers = part[-1].box, Answers(came.destination, came.source)
        for each in reversed(piece.forwarded):
            if each.box not in come_by:
                continue
            decision = self._boxes.engines[each.box].answer(
                each.came, self._boxes.leaves_by(each.box)
            )
            next(at for at in reversed(devices) if at.host == each.box).answer = decision
            if lost := _stops(each.box, f"answer to {each.came}", decision, steps):
                return lost
        return None

    def _come_by(
        self,
        here: str,
        answers: Answers,
        piece: Piece,
        part: list[Passed],
        steps: list[Step],
    ) -> Sequence[str] | Disposition:
        """The firewalls that this part of the answers' way leads through; or how it ends.

        Those that know connections must be the same both ways. A router knows none: it forwards
        what comes.
        """
        to = answers.to
        boxes = [each.box for each in part]
        turns_back = bool(part) and part[-1].translated
        transparent = piece.transparent and not turns_back
        if not transparent and not boxes and self._boxes.addressing.host_at(to) == here:
            return ()
        way = self._boxes.routing.path(here, to)
        passed = [hop.host for hop in way.hops[1:]]
        question = f"way of the answers to {to}"
        if transparent and piece.begins in passed:
            passed = passed[: passed.index(piece.begins)]
        elif transparent or not way.reached:
            steps.append(Step(here, question, "lost", way.reason))
            return Disposition.UNREACHABLE
        if turns_back:
            passed.append(str(self._boxes.addressing.host_at(to)))
        other = [each for each in passed if each not in boxes]
        if [*filter(self._boxes.knows, passed)] != [*filter(self._boxes.knows, boxes)]:
            text = f"the answers to {to} come by {', '.join(passed) or 'no firewall'}"
            text += f", and not by {', '.join(boxes) or 'none'}"
            left_out = [each for each in part if each.box not in passed]
            places = (hop.route.reason.place for hop in way.hops)
            place = next(filter(None, places), None)
            called = next((each.came.destination for each in left_out if each.redirected), None)
            if called is None or any(map(self._boxes.knows, other)):
                why = Reason("route", text, place=place)
                steps.append(Step(here, question, "not modelled", why))
                return Disposition.NOT_MODELLED
            text += f": their sender is {answers.sender}, and the caller called {called}"
            why = Reason("route", text, str(called), str(answers.sender), place)
            steps.append(Step(here, question, "lost", why))
            return Disposition.UNREACHABLE
        sender = answers.sender
        shown = {each.box: each.came.destination for each in part}
        for hop in way.hops[1:]:
            sender = shown.get(hop.host, sender)
            if hop.host in other and hop.arrived:
                answer = Syn(hop.arrived.name, sender, ANY_PORT, to, ANY_PORT)
                decision = self._boxes.engines[hop.host].decide(
                    answer, self._boxes.leaves_by(hop.host)
                )
                if lost := _stops(hop.host, f"answer {answer}", decision, steps):
                    return lost
        return passed


def _stops(where: str, question: str, decision: Decision, steps: list[Step]) -> Disposition | None:
    """What becomes of it all where a firewall does not forward an answer; None: it does."""
    if isinstance(decision, Forwarded):
        return None
    answer, lost = outcome(decision)
    steps.extend(Step(where, question, answer, reason) for reason in decision.reasons)
    return lost
