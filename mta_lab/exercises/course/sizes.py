"""TPKT and TPDU sizes: what is agreed on, and how a long message is cut."""

from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, parameter, steps
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_OCTETS = (20_000, 60_000)  # of the message's text
_TPKT_AND_DT = 7  # octets of both headers


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    mail = here.mail(caller, called)
    mail["send"]["text"] = "Read this. " * (chance.number(*_OCTETS) // 11)
    document = here.document([mail, {"await": "settled"}])
    for mta in here.pair(document):
        mta["server"]["registry"] = {"supports_2k_tpdu": chance.yes()}

    def only(evidence: Evidence, pdu: str, side: Side) -> Step:
        return first(evidence.associations(called=called.address), pdu, side)

    def bind_length(evidence: Evidence) -> list[object]:
        connect = only(evidence, "CN", Side.CALLING)
        return [_TPKT_AND_DT + int(str(connect.layers[0].parameters["octets"]))]

    def longest(evidence: Evidence) -> Step:
        found = steps(evidence.associations(called=called.address)[0], "DT", Side.CALLING)
        return max(found, key=lambda step: int(str(step.layers[0].parameters["tpdus"])))

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta} and transfers one long message.

{here.table()}
""",
        questions=(
            Question(
                "agreed",
                Kind.FRAME,
                "Which frame confirms the transport connection?",
                key=lambda evidence: [only(evidence, "CC", Side.CALLED).frame],
                look=lambda evidence: only(evidence, "CR", Side.CALLING).frame,
                hints=("The TPDU that answers a CR is a CC.",),
            ),
            Question(
                "tpdu_size",
                Kind.VALUE,
                "How many octets may a TPDU have, as both agreed?",
                key=lambda evidence: [parameter(only(evidence, "CC", Side.CALLED), "tpdu_size")],
                look=lambda evidence: only(evidence, "CC", Side.CALLED).frame,
                hints=("The parameter is a power of two.",),
            ),
            Question(
                "tpkt_length",
                Kind.VALUE,
                "Which length does the TPKT header of the session connect (the bind) have?",
                key=bind_length,
                look=lambda evidence: only(evidence, "CC", Side.CALLED).frame,
                hints=("It counts its own four octets, too.",),
            ),
            Question(
                "segments",
                Kind.VALUE,
                "The longest TSDU is cut into several DT TPDUs. Into how many, with the last one, "
                "which has the mark for the end (EOT)?",
                key=lambda evidence: [longest(evidence).layers[0].parameters["tpdus"]],
                look=lambda evidence: longest(evidence).frame,
                hints=("Wireshark lists the COTP segments in the frame with the last one.",),
                points=3,
            ),
            Question(
                "connects",
                Kind.FILTER,
                f"A display filter that selects the CR of {caller.mta} to {called.mta} and the CC "
                "that answers it, and nothing else.",
                key=lambda evidence: [
                    (
                        only(evidence, "CR", Side.CALLING).frame,
                        only(evidence, "CC", Side.CALLED).frame,
                    )
                ],
                look=lambda evidence: only(evidence, "CR", Side.CALLING).frame,
                hints=("cotp.type has their codes; somebody else called before.",),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="sizes",
    level=Level.TRANSPORT,
    title="How long is a TPDU?",
    aim="to read TPKT and COTP headers, and to see how a long TSDU is cut and put together",
    before="that TCP has no message borders, and that RFC 1006 puts a TPKT header before each TPDU",
    minutes=25,
    make=_make,
    filters={"tpkt && cotp.type != 0x0f": "TPDUs that are no DT"},
    solution="""The CR proposes a TPDU size as a power of two, and the CC answers with one that is
not larger: that is what counts. A TPKT header has version 3, a reserved octet, and a length that
counts the header, too: four octets more than the TPDU, and a DT has three octets before its data. A
TSDU that is longer than a TPDU can be is cut into several DT TPDUs; all but the last have EOT 0. In
Wireshark the frame of the last one lists the segments. The filter has the codes of CR and CC
(cotp.type) and the address of the called system (ip.addr), since the capture has the CR and the CC
of another call, too.""",
)
