"""Checkpoints of a long message: how many, how large, and who confirms them."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, frames, parameter
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_SIZES = (4, 5, 6, 8, 10)  # KB between two checkpoints
_WINDOWS = (2, 4)
#: Of the message's text: more than the largest window holds, so that it must be confirmed.
_OCTETS = (60_000, 120_000)


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    mail = here.mail(caller, called)
    mail["send"]["text"] = "Read this. " * (chance.number(*_OCTETS) // 11)
    document = here.document([mail, {"await": "settled"}])
    for mta in here.pair(document):
        rts_values = {
            "checkpoint_size": chance.one(_SIZES),
            "window_size": chance.number(*_WINDOWS),
        }
        mta["connectors"][0]["override"] |= rts_values

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def bind(evidence: Evidence) -> int:
        return first([call(evidence)], "CN", Side.CALLING).frame

    def answer(evidence: Evidence) -> int:
        return first([call(evidence)], "AC", Side.CALLED).frame

    def accepted(name: str, evidence: Evidence) -> list[object]:
        return [parameter(first([call(evidence)], "AC", Side.CALLED), name)]

    def last_one(evidence: Evidence) -> list[object]:
        confirms = [step for step in call(evidence).steps if step.frame in confirmed(evidence)]
        return [parameter(confirms[-1], "serial_number")]

    def confirmed(evidence: Evidence) -> list[int]:
        return frames(call(evidence), "MIA", Side.CALLED)

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} transfers one long message to {called.mta}, with checkpoints.

{here.table()}
""",
        questions=(
            Question(
                "proposed",
                Kind.VALUE,
                "Which checkpointSize (KB) does the caller propose?",
                key=lambda evidence: [
                    parameter(first([call(evidence)], "CN", Side.CALLING), "checkpoint_size")
                ],
                look=bind,
                points=1,
            ),
            Question(
                "agreed_size",
                Kind.VALUE,
                "Which checkpointSize (KB) is used?",
                key=lambda evidence: accepted("checkpoint_size", evidence),
                look=answer,
                hints=("What the called side answers counts.",),
            ),
            Question(
                "agreed_window",
                Kind.VALUE,
                "How many checkpoints may wait for their confirmation?",
                key=lambda evidence: accepted("window_size", evidence),
                look=answer,
                hints=("A window of 3 is the default, and not sent.",),
            ),
            Question(
                "first_confirmed",
                Kind.FRAME,
                "In which frame is the first checkpoint confirmed?",
                key=lambda evidence: confirmed(evidence)[:1],
                look=lambda evidence: frames(call(evidence), "AS", Side.CALLING)[0],
                hints=("The session's word for a checkpoint is minor synchronization point.",),
            ),
            Question(
                "last_serial",
                Kind.VALUE,
                "Which serial number has the last minor synchronization point that is confirmed?",
                key=last_one,
                look=lambda evidence: confirmed(evidence)[0],
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="checkpoints",
    level=Level.TRANSFER,
    title="Checkpoints",
    aim="to see how RTSE divides a long APDU, and what would be left after a break",
    before="activities and minor synchronization points of the session",
    minutes=30,
    make=_make,
    solution="""The RTORQ proposes a checkpoint size in KB and a window, the RTOAC answers with
values that are not larger, and these count; an element that is missing has its default, 0 for the
size and 3 for the window. The APDU travels in pieces of that size, with a MINOR SYNC POINT after
each but the last. MINOR SYNC ACK confirms the point whose serial number it has, and all before it:
a receiver may wait with it until the window is full. After a break the sender goes on from the last
point that was confirmed, so a smaller size costs more acknowledgements and saves octets later.""",
)
