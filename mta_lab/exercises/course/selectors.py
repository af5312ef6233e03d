"""Selectors: who is called, and who calls, at transport, session and presentation."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    play = [*here.mails(caller, called, chance.number(1, 3)), {"await": "settled"}]
    document = here.document(play)
    servers = [mta["server"]["transport_stack"] for mta in here.pair(document)]
    stacks = [mta["connectors"][0]["stack"] for mta in here.pair(document)]
    own, reached = ({"t": chance.word(5).upper()} for _ in range(2))
    servers[0]["selectors"], servers[1]["selectors"] = own, reached
    stacks[0]["outgoing"], stacks[1]["outgoing"] = reached, own
    if here.neighbour:
        document["mtas"][here.neighbour.mta]["connectors"][0]["stack"]["outgoing"] = own

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def asked(evidence: Evidence) -> Step:
        return first([call(evidence)], "CR", Side.CALLING)

    def confirmed(evidence: Evidence) -> Step:
        return first([call(evidence)], "CC", Side.CALLED)

    def selector(evidence: Evidence, name: str) -> list[object]:
        octets = asked(evidence).layers[0].parameters[f"{name}_t_selector"]
        return [bytes.fromhex(str(octets)).decode()]

    def first_data(evidence: Evidence) -> list[object]:
        return [first([call(evidence)], "CN", Side.CALLING).frame]

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta}. Each has a T selector of its own.

{here.table()}
""",
        questions=(
            Question(
                "called",
                Kind.NAME,
                f"By which T selector does {caller.mta} call {called.mta}? As text.",
                key=lambda evidence: selector(evidence, "called"),
                look=lambda evidence: asked(evidence).frame,
                hints=("Wireshark calls the called one Destination TSAP.",),
            ),
            Question(
                "calling",
                Kind.NAME,
                f"Which T selector does {caller.mta} give as its own? As text.",
                key=lambda evidence: selector(evidence, "calling"),
                look=lambda evidence: asked(evidence).frame,
            ),
            Question(
                "confirmed",
                Kind.FRAME,
                "In which frame does the called transport entity agree?",
                key=lambda evidence: [confirmed(evidence).frame],
                look=lambda evidence: asked(evidence).frame,
                hints=("The TPDU is a CC.",),
            ),
            Question(
                "first_data",
                Kind.FRAME,
                "Which frame has the first DT, and in it the session's CONNECT?",
                key=first_data,
                look=lambda evidence: confirmed(evidence).frame,
            ),
            Question(
                "caller_tpdus",
                Kind.FILTER,
                f"A display filter that selects the packet with the CR of {caller.mta}, and no "
                "other, by what is in the CR.",
                key=lambda evidence: [(asked(evidence).frame,)],
                look=lambda evidence: confirmed(evidence).frame,
                points=3,
                hints=("cotp.type selects every CR; the selectors say whose it is.",),
            ),
        ),
    )


EXERCISE = Exercise(
    name="selectors",
    level=Level.TRANSPORT,
    title="Who is called, and who calls",
    aim="to find the selectors in a CR, and to keep those of the two systems apart",
    before="that a T selector is to a system what a port is to a host",
    minutes=15,
    make=_make,
    solution="""The CR has two parameters for selectors. The called one (Destination TSAP) is what
stands under outgoing on the caller's Stack page; it must be the one of the called system's
transport stack, or the answer is a DR. The calling one (Source TSAP) is the caller's own; the
called MTA compares it with the incoming selectors on its Stack page, and that happens only when the
bind has come. The CC agrees, and the first DT has the session's CONNECT.""",
)
