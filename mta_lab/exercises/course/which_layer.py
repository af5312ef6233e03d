"""Which layer refuses an association: transport, session, presentation, or the MTA."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, frames, steps
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import LAYERS, Kind
from mta_lab.exercises.question import Question

_SELECTORS = ("t", "s", "p")
_BIND = "the bind: it has another name or password than the called MTA expects"
_CAUSES = {
    "t": "the called T selector is not the called system's",
    "s": "the called S selector is not the called system's",
    "p": "the called P selector is not the called system's",
    "bind": _BIND,
}
_OTHERS = (
    "no application of the called system speaks RTSE",
    "the called system has no room for another transport connection",
)


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    play = [*here.mails(caller, called, chance.number(1, 3)), {"await": "settled"}]
    document = here.document(play)
    right = {each: chance.word(6).upper() for each in _SELECTORS}
    connector = document["mtas"][caller.mta]["connectors"][0]
    document["mtas"][called.mta]["server"]["transport_stack"]["selectors"] = dict(right)
    connector["stack"]["outgoing"] = right
    wrong = chance.one(tuple(_CAUSES))
    if wrong == "bind":
        connector["override"]["local_mta_password"] = chance.word()
    else:
        right[wrong] = chance.word(6).upper()

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def refusal(evidence: Evidence) -> Step:
        both = (steps(call(evidence), pdu, Side.CALLED) for pdu in ("RF", "DR"))
        return min((step for found in both for step in found), key=lambda step: step.frame)

    def low_pdu(evidence: Evidence) -> list[object]:
        """DR is a TPDU; what comes in a DT is an SPDU."""
        layers = refusal(evidence).layers
        return [layers[0].pdu if layers[0].pdu != "DT" else layers[1].pdu]

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta}, and gets no association.

{here.table()}
""",
        questions=(
            Question(
                "refusal",
                Kind.FRAME,
                f"In which frame does {called.mta} refuse what {caller.mta} asks for?",
                key=lambda evidence: [refusal(evidence).frame],
                look=lambda evidence: frames(call(evidence), "CR")[0],
                hints=("It is the first frame from the called system that is no confirmation.",),
            ),
            Question(
                "pdu",
                Kind.NAME,
                "Which TPDU or SPDU carries the refusal? Its short name, as DR or RF.",
                key=low_pdu,
                look=lambda evidence: refusal(evidence).frame,
                points=1,
            ),
            Question(
                "layer",
                Kind.LAYER,
                "Which layer decided? The layers below it only carry what it says.",
                key=lambda evidence: [refusal(evidence).layers[-1].name],
                look=lambda evidence: refusal(evidence).frame,
                choices=LAYERS,
                hints=("Look for the highest layer with a reason of its own.",),
            ),
            Question(
                "cause",
                Kind.CAUSE,
                "What was wrong?",
                key=lambda _: [_CAUSES[wrong]],
                look=lambda evidence: refusal(evidence).frame,
                choices=chance.shuffled((*_CAUSES.values(), *_OTHERS)),
                hints=("Each layer has a selector of its own, and refuses one that it has not.",),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="which-layer",
    level=Level.ASSOCIATION,
    title="Which layer refuses?",
    aim="to tell a layer that refuses from the layers that carry its refusal",
    before="the layers from transport to RTSE, and that each of three has a selector",
    minutes=30,
    make=_make,
    solution="""The transport refuses with a DR TPDU, and its reason says that the address is not
known; no DT has been sent. Everything else comes in a REFUSE SPDU. Its reason says whether the
session refuses by itself (129: the S selector is not known), or for its user (2): then open the
user data. A CPR with a provider reason of its own is the presentation's: the P selector. A CPR
without one carries an AARE, and that an RTORJ with the bind error: the MTA refused, with an
authentication error, because the name or the password is wrong.""",
)
