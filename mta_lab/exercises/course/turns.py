"""Two-way alternate: who has the turn, who asks for it, and what it is good for."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology
from mta_lab.exercises.evidence import Evidence, first, frames, parameter
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_CALL, _BIND, _SENT, _PLEASE, _GIVE, _BACK = (
    "the caller asks for a transport connection",
    "the called MTA accepts the bind",
    "the caller begins to transfer a message",
    "the called MTA asks for the turn",
    "the caller gives the turn",
    "the called MTA begins to transfer a message",
)


def _make(chance: Chance) -> Scenario:
    here = lan(chance)
    caller, called = here.both
    waiting = chance.number(2, 6)
    document = here.document(
        [
            *here.mails(called, caller, waiting),
            {"await": "settled"},
            here.mail(caller, called),
            {"await": "settled"},
        ]
    )
    document["mtas"][called.mta]["connectors"][0]["schedule"]["activation"] = "remote-initiated"

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def give(evidence: Evidence) -> list[int]:
        found = [frames(call(evidence), pdu, Side.CALLING) for pdu in ("GT", "GTC")]
        return [min(frame for each in found for frame in each)]

    def please(evidence: Evidence) -> int:
        return frames(call(evidence), "PT", Side.CALLED)[0]

    def connect(evidence: Evidence) -> int:
        return first([call(evidence)], "CN", Side.CALLING).frame

    def order(evidence: Evidence) -> list[object]:
        happened = {
            _CALL: frames(call(evidence), "CR", Side.CALLING)[0],
            _BIND: frames(call(evidence), "AC", Side.CALLED)[0],
            _SENT: frames(call(evidence), "AS", Side.CALLING)[0],
            _PLEASE: please(evidence),
            _GIVE: give(evidence)[0],
            _BACK: frames(call(evidence), "AS", Side.CALLED)[0],
        }
        return [tuple(sorted(happened, key=lambda what: happened[what]))]

    def mode(evidence: Evidence) -> list[object]:
        asked = parameter(first([call(evidence)], "CN", Side.CALLING), "dialogue_mode")
        return [{"two-way alternate": 1, "monologue": 0}[str(asked)]]

    return Scenario(
        topology=topology(document),
        story=f"""
{called.mta} has mail for {caller.mta} and may not call: its connector is remote-initiated. Then
somebody at {caller.mta} writes.

{here.table()}
""",
        questions=(
            Question(
                "mode",
                Kind.VALUE,
                "Which dialogueMode does the RTORQ ask for? The number on the wire.",
                key=mode,
                look=connect,
            ),
            Question(
                "please",
                Kind.FRAME,
                f"In which frame does {called.mta} first ask for the turn?",
                key=lambda evidence: [please(evidence)],
                look=connect,
                hints=("The session calls it GIVE TOKENS and PLEASE TOKENS.",),
            ),
            Question(
                "give",
                Kind.FRAME,
                f"In which frame does {caller.mta} first give the turn?",
                key=give,
                look=please,
                hints=("With activities, control is given: GIVE TOKENS CONFIRM.",),
            ),
            Question(
                "collected",
                Kind.VALUE,
                f"How many messages does {called.mta} transfer over this association?",
                key=lambda evidence: [len(frames(call(evidence), "AS", Side.CALLED))],
                look=lambda evidence: give(evidence)[0],
                hints=("Each message is an activity: count ACTIVITY START from that side.",),
                points=3,
            ),
            Question(
                "order",
                Kind.ORDER,
                "In which order did this happen?",
                key=order,
                look=connect,
                choices=chance.shuffled((_CALL, _BIND, _SENT, _PLEASE, _GIVE, _BACK)),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="turns",
    level=Level.TRANSFER,
    title="Whose turn is it?",
    aim="to follow the turn of RTSE, by which the called MTA sends over the caller's association",
    before="that RTSE transfers one message at a time, each as an activity of the session",
    minutes=30,
    make=_make,
    solution="""The RTORQ asks for dialogueMode 1, two-way alternate. The caller has the turn first
and transfers its message: ACTIVITY START, data, ACTIVITY END. The called MTA, which may not call by
itself, asks for the turn with PLEASE TOKENS; a priority stands in it. The caller gives control with
GIVE TOKENS CONFIRM, when it has nothing more to send. From then on each ACTIVITY START from the
called side is a message that was waiting there.""",
)
