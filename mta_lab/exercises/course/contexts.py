"""What session and presentation agree on, and how far a refused association had come."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, parameter, steps
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_OPENED = "they are accepted, and the association is opened"
_ABOVE = "they are accepted, and the application above refuses"
_PRESENTATION = "nobody looks at them: the presentation refuses"
_SESSION = "nobody looks at them: the session refuses"
_BECAME = (_OPENED, _ABOVE, _PRESENTATION, _SESSION)
_OTHERS = ("one of them is rejected, and the others are used",)
#: The abstract syntaxes of a bind in the normal mode.
_SYNTAXES = {"ACSE": "2.2.1.0.1", "RTSE": "2.6.0.2.12", "MTSE": "2.6.0.2.7"}


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    document = here.document(
        [*here.mails(caller, called, chance.number(1, 3)), {"await": "settled"}]
    )
    right = {each: chance.word(6).upper() for each in ("s", "p")}
    connector = document["mtas"][caller.mta]["connectors"][0]
    document["mtas"][called.mta]["server"]["transport_stack"]["selectors"] = dict(right)
    connector["stack"]["outgoing"] = right
    became = chance.one(_BECAME)
    application = chance.one(tuple(_SYNTAXES))
    if became == _ABOVE:
        connector["override"]["local_mta_password"] = chance.word()
    if became in (_PRESENTATION, _SESSION):
        right["p" if became == _PRESENTATION else "s"] = chance.word(6).upper()

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def connect(evidence: Evidence) -> Step:
        return first([call(evidence)], "CN", Side.CALLING)

    def answer(evidence: Evidence) -> Step:
        both = (steps(call(evidence), pdu, Side.CALLED) for pdu in ("AC", "RF"))
        return next(step for found in both for step in found)

    def what_became(evidence: Evidence) -> list[object]:
        layers = {layer.name: layer for layer in answer(evidence).layers}
        if "presentation" not in layers:
            return [_SESSION]
        if "acse" not in layers:
            return [_PRESENTATION]
        return [_OPENED if layers["acse"].parameters["result"] == 0 else _ABOVE]

    def selector(evidence: Evidence, name: str) -> list[object]:
        octets = str(parameter(connect(evidence), name))
        return [bytes.fromhex(octets).decode(), octets]

    def identifier(evidence: Evidence) -> list[object]:
        offered = parameter(connect(evidence), "contexts")
        listed = offered if isinstance(offered, list | tuple) else ()
        wanted = _SYNTAXES[application]
        return [each["identifier"] for each in listed if each["abstract_syntax"] == wanted]

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta}. The CONNECT proposes what session and presentation are to use; the
called side answers.

{here.table()}
""",
        questions=(
            Question(
                "answer",
                Kind.FRAME,
                f"Which frame answers the CONNECT of {caller.mta}, with ACCEPT or REFUSE?",
                key=lambda evidence: [answer(evidence).frame],
                look=lambda evidence: connect(evidence).frame,
                hints=("ses.type is 14 or 12.",),
            ),
            Question(
                "s_selector",
                Kind.NAME,
                "Which S selector does the caller call? As text, or its octets in hex.",
                key=lambda evidence: selector(evidence, "called_s_selector"),
                look=lambda evidence: connect(evidence).frame,
                hints=("Wireshark says Called Session Selector.",),
            ),
            Question(
                "p_selector",
                Kind.NAME,
                "Which P selector does the caller call? As text, or its octets in hex.",
                key=lambda evidence: selector(evidence, "called_p_selector"),
                look=lambda evidence: connect(evidence).frame,
                hints=("It is in the CP, the user data of the CONNECT.",),
            ),
            Question(
                "context",
                Kind.VALUE,
                f"Which presentation context identifier is proposed for {application}, "
                f"{_SYNTAXES[application]}?",
                key=identifier,
                look=lambda evidence: connect(evidence).frame,
                hints=("The list has an item for each context.",),
            ),
            Question(
                "became",
                Kind.CAUSE,
                "What becomes of the presentation contexts that are proposed?",
                key=what_became,
                look=lambda evidence: answer(evidence).frame,
                choices=chance.shuffled((*_BECAME, *_OTHERS)),
                hints=("A result for each context stands in CPA or CPR, if they were looked at.",),
                points=4,
            ),
        ),
    )


EXERCISE = Exercise(
    name="contexts",
    level=Level.ASSOCIATION,
    title="What both sides agree on",
    aim="to read selectors and contexts in a CONNECT, and to say how far it came",
    before="the exercise layers-above; what an abstract syntax is",
    minutes=25,
    make=_make,
    filters={"ses.type == 13 || ses.type == 14 || ses.type == 12": "CONNECT, ACCEPT and REFUSE"},
    solution="""The called S selector is a parameter of the CONNECT, the called P selector one of
the CP that the CONNECT carries. The CP lists the contexts: each item has an identifier, an odd
number that the caller chooses, an abstract syntax and its transfer syntaxes. When the S selector is
unknown the session refuses by itself: no CPR comes with the REFUSE. When the P selector is unknown,
a CPR with a provider reason comes, and no results. A CPR that carries an AARE has a result for each
context: they were accepted, and the application said no. With an ACCEPT the CPA has the same
results, and the AARE accepts.""",
)
