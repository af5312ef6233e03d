"""A capture of one direction, as a mirror port gives it: what is known, and what is not."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import CAPTURE, Evidence, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question
from mta_lab.topology.disposition import Disposition

_ACCEPTED = "the bind is accepted: the caller goes on with a message"
_REFUSED = "the bind is refused: the caller ends the connection and sends no message"
_OTHERS = (
    "the called host is off: the caller sends its SYN again and again",
    "the called host resets the call: the caller sends its SYN and nothing else",
    "the transport connection is refused: the caller sends a CR and no DT",
    "the bind is lost: the caller sends it again and again",
)


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    count = chance.number(1, 5)
    document = here.document([*here.mails(caller, called, count), {"await": "settled"}])
    if chance.yes():
        document["mtas"][caller.mta]["connectors"][0]["override"] = {
            "local_mta_password": chance.word()
        }

    def call(evidence: Evidence) -> Association:
        return evidence.associations(calling=caller.address, called=called.address)[0]

    def syn(evidence: Evidence) -> int:
        return frames(call(evidence), "SYN", Side.CALLING)[0]

    def to_called(evidence: Evidence) -> list[object]:
        own, packets = str(called.address), evidence.segments[CAPTURE]
        return [tuple(each.frame for each in packets if each.destination.host == own)]

    def became(evidence: Evidence) -> list[object]:
        is_now = evidence.disposition(caller.mta, called.mta)
        return [_REFUSED if is_now is Disposition.REFUSED else _ACCEPTED]

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta}. The switch mirrored only what it got from one of the two.

{here.table()}
""",
        views={CAPTURE: View(sent_by=caller.address)},
        questions=(
            Question(
                "missing",
                Kind.ADDRESS,
                f"{caller.mta} makes a call. Whose packets of it are not in the capture? Address "
                "and port of that end.",
                key=lambda evidence: [str(call(evidence).ends[Side.CALLED])],
                look=syn,
                points=1,
            ),
            Question(
                "transport",
                Kind.FRAME,
                f"In which frame does {caller.mta} ask for a transport connection?",
                key=lambda evidence: frames(call(evidence), "CR", Side.CALLING),
                look=syn,
                hints=("The TPDU is a CR.",),
            ),
            Question(
                "bind",
                Kind.FRAME,
                "In which frame does the caller bind?",
                key=lambda evidence: frames(call(evidence), "CN", Side.CALLING),
                look=lambda evidence: frames(call(evidence), "CR", Side.CALLING)[0],
                hints=("The bind travels in the session's CONNECT.",),
            ),
            Question(
                "became",
                Kind.CAUSE,
                "What did the called MTA answer, as far as the caller's packets show?",
                key=became,
                look=lambda evidence: frames(call(evidence), "CN", Side.CALLING)[0],
                choices=chance.shuffled((_ACCEPTED, _REFUSED, *_OTHERS)),
                hints=("What does the caller say after its bind?",),
                points=3,
            ),
            Question(
                "to_called",
                Kind.FILTER,
                f"A display filter that selects every packet to {called.mta}, and no other.",
                key=to_called,
                look=syn,
                hints=("The capture has packets to another host, too.",),
            ),
        ),
    )


EXERCISE = Exercise(
    name="half-a-capture",
    level=Level.TCP,
    title="Half a capture",
    aim="to see that a capture lacks one direction, and to conclude what the other side said",
    before="who sends what when a TCP connection and a transport connection are made",
    minutes=20,
    make=_make,
    solution="""All packets have the same source: the other direction was not captured, which is no
fault of the network. The end that is missing is the destination of the SYN. What it said shows in
what the caller does: it goes on with a CR, so there was a SYN ACK; it binds, so there was a CC.
After the bind it either starts an activity and transfers a message, so the bind was accepted; or it
sends a DR or closes the connection, so it was refused. Why it was refused is not in this half.""",
)
