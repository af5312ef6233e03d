"""Two-way alternate is asked for and not allowed (Q171113)."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, parameter
from mta_lab.exercises.exercise import Exercise, Level, Repair, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_MODE = "the dialogue mode that the caller asks for is not allowed there"
_PASSWORD = "the name or the password in the bind is not what is expected"  # noqa: S105
_OTHERS = (
    "the called MTA has as many associations as it may have",
    "the called S selector is unknown",
    "the application context is not supported",
    "the checkpoint size is too large",
)


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    play = [*here.mails(caller, called, chance.number(1, 4)), {"await": "settled"}]
    document = here.document(play)
    connectors = [mta["connectors"][0] for mta in here.pair(document)]
    connectors[1]["schedule"]["activation"] = "remote-initiated"
    healthy = topology(document)
    cause = chance.one((_MODE, _PASSWORD))
    if cause == _MODE:
        connectors[1]["advanced"]["two_way_alternate"] = False
    else:
        connectors[1]["general"]["remote_mta_password"] = chance.word()

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def bind(evidence: Evidence) -> Step:
        return first([call(evidence)], "CN", Side.CALLING)

    def refusal(evidence: Evidence) -> Step:
        return first([call(evidence)], "RF", Side.CALLED)

    def logged(evidence: Evidence) -> list[object]:
        return [f"{event} at {called.mta}" for event in evidence.events(called.mta)]

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta}, and its bind is refused. {called.mta} never calls, so it needs the
turn to send anything.

{here.table()}

Repair what is wrong with {called.mta} in `hosts/`; both sides are to have the turn.
""",
        given=(caller.mta, called.mta),
        repair=Repair(healthy, caller.mta, called.mta),
        questions=(
            Question(
                "refusal",
                Kind.FRAME,
                "Which frame refuses the bind?",
                key=lambda evidence: [refusal(evidence).frame],
                look=lambda evidence: bind(evidence).frame,
            ),
            Question(
                "error",
                Kind.VALUE,
                "Which MTABindError does it have? The number.",
                key=lambda evidence: [parameter(refusal(evidence), "error")],
                look=lambda evidence: refusal(evidence).frame,
                hints=("It is in the highest layer of the refusal.",),
            ),
            Question(
                "event",
                Kind.EVENT,
                "Which event is logged for it where the bind is refused, and which MTA is that?",
                key=logged,
                look=lambda evidence: refusal(evidence).frame,
                hints=("Whose name or password is in no connector, is an MTA that is unknown.",),
            ),
            Question(
                "cause",
                Kind.CAUSE,
                "Why is it refused?",
                key=lambda _: [cause],
                look=lambda evidence: refusal(evidence).frame,
                choices=chance.shuffled((_MODE, _PASSWORD, *_OTHERS)),
                hints=("X.411 has an error of its own for each of them.",),
                points=3,
            ),
            Question(
                "repair",
                Kind.REPAIR,
                f"Repair the configuration of {called.mta}.",
                key=lambda _: [],
                look=lambda evidence: bind(evidence).frame,
                points=4,
            ),
        ),
    )


EXERCISE = Exercise(
    name="bind-errors",
    level=Level.TRANSFER,
    title="Two errors of a bind",
    aim="to tell the errors of MTA-BIND from each other, and to repair what each is about",
    before="what a bind has in it; the General and Advanced pages of a connector",
    minutes=30,
    make=_make,
    solution="""The refusal carries an MTABindError. Unacceptable dialogue mode (3) is about the
dialogueMode of the RTORQ: the caller asks for two-way alternate, the called MTA's Advanced page
does not allow it, and it logs 55. Authentication error (2) is about name, password, address and
selectors; here it is the password on the called MTA's General page, and it logs 51. Allow two-way
alternate there, or write the password that the caller has on its Override page. To make the caller
ask for a monologue would let its mail through, and leave the other side's mail for ever.""",
)
