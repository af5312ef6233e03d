"""Two-way alternate: who has the turn, who asks for it, and what it is good for."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_CALL, _CONFIRM, _ASK, _BIND, _SENT, _PLEASE, _GIVE, _BACK = _HAPPENED = (
    "the caller asks for a transport connection",
    "the called system confirms the transport connection",
    "the caller binds",
    "the called MTA accepts the bind",
    "the caller begins to transfer a message",
    "the called MTA asks for the turn",
    "the caller gives the turn",
    "the called MTA begins to transfer a message",
)
_ASKED_ABOUT = 5  # of them


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    waiting, more = chance.number(2, 9), chance.number(1, 6)
    asked_about = chance.some(_ASKED_ABOUT, _HAPPENED)
    document = here.document(
        [
            *here.mails(called, caller, waiting),
            {"await": "settled"},
            *here.mails(caller, called, more),
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
            _CONFIRM: frames(call(evidence), "CC", Side.CALLED)[0],
            _ASK: connect(evidence),
            _BIND: frames(call(evidence), "AC", Side.CALLED)[0],
            _SENT: frames(call(evidence), "AS", Side.CALLING)[0],
            _PLEASE: please(evidence),
            _GIVE: give(evidence)[0],
            _BACK: frames(call(evidence), "AS", Side.CALLED)[0],
        }
        return [tuple(sorted(asked_about, key=lambda what: happened[what]))]

    def sent_before(evidence: Evidence) -> list[object]:
        """Of the caller, before it gives the turn for the first time."""
        starts = frames(call(evidence), "AS", Side.CALLING)
        return [sum(frame < give(evidence)[0] for frame in starts)]

    return Scenario(
        topology=topology(document),
        story=f"""
{called.mta} has mail for {caller.mta} and may not call: its connector is remote-initiated. Then
somebody at {caller.mta} writes to {called.town}.

{here.table()}
""",
        questions=(
            Question(
                "sent_before",
                Kind.VALUE,
                f"How many messages does {caller.mta} transfer to {called.mta} before it gives the "
                "turn?",
                key=sent_before,
                look=connect,
                hints=("Count ACTIVITY START of the caller up to that frame.",),
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
                f"How many messages does {called.mta} transfer over the association of "
                f"{caller.mta}?",
                key=lambda evidence: [len(frames(call(evidence), "AS", Side.CALLED))],
                look=lambda evidence: give(evidence)[0],
                hints=("Each message is an activity: count ACTIVITY START from that side.",),
                points=3,
            ),
            Question(
                "order",
                Kind.ORDER,
                "In which order did this happen, each for the first time?",
                key=order,
                look=connect,
                choices=asked_about,
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
    solution="""The RTORQ asks for two-way alternate. The caller has the turn first and transfers
its messages: ACTIVITY START, data, ACTIVITY END. The called MTA, which may not call by itself, asks
for the turn with PLEASE TOKENS; a priority stands in it. The caller gives control with GIVE TOKENS
CONFIRM, when it has nothing more to send. From then on each ACTIVITY START from the called side is
a message that was waiting there.""",
)
