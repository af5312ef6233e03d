"""A transport connection that is refused: the reasons of a DR."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, frames, parameter
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_SELECTOR = "the called T selector is not the called system's"
_BLOCKS = "the called MTA has no TCP/IP control block left"
_OTHERS = (
    "the caller asks for another class than 0",
    "the caller asks for TPDUs that are too large",
    "the called MTA does not know the caller's MTA name",
    "the session ended normally, and the transport with it",
)


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    play = [*here.mails(called, caller, chance.number(1, 6)), {"await": "settled"}]
    play += [*here.mails(caller, called, chance.number(1, 3)), {"await": "settled"}]
    document = here.document(play)
    for mta in here.pair(document):  # so that each must call
        mta["connectors"][0]["advanced"]["two_way_alternate"] = False
    server = document["mtas"][called.mta]["server"]
    server["transport_stack"]["selectors"] = {"t": chance.word(6).upper()}
    stacks = [mta["connectors"][0]["stack"] for mta in here.pair(document)]
    stacks[0]["outgoing"] = dict(server["transport_stack"]["selectors"])
    cause = chance.one((_SELECTOR, _BLOCKS))
    if cause == _SELECTOR:
        stacks[0]["outgoing"] = {"t": chance.word(6).upper()}
    else:  # one for the listener, one for the call that was made before
        server["registry"] = {"tcp_ip_control_blocks": 2}

    def call(evidence: Evidence) -> Association:
        return evidence.associations(calling=caller.address, called=called.address)[0]

    def earlier(evidence: Evidence) -> Association:
        return evidence.associations(calling=called.address, called=caller.address)[0]

    def asked(evidence: Evidence) -> Step:
        return first([call(evidence)], "CR", Side.CALLING)

    def refused(evidence: Evidence) -> Step:
        return first([call(evidence)], "DR", Side.CALLED)

    return Scenario(
        topology=topology(document),
        story=f"""
{called.mta} reaches {caller.mta}, and an association between them stays open. Then {caller.mta}
calls {called.mta}, and is refused.

{here.table()}
""",
        questions=(
            Question(
                "refusal",
                Kind.FRAME,
                f"In which frame does {called.mta} refuse the transport connection?",
                key=lambda evidence: [refused(evidence).frame],
                look=lambda evidence: asked(evidence).frame,
                hints=("The TPDU is a DR.",),
            ),
            Question(
                "reason",
                Kind.VALUE,
                "Which reason does that DR give? The number.",
                key=lambda evidence: [parameter(refused(evidence), "reason")],
                look=lambda evidence: refused(evidence).frame,
            ),
            Question(
                "selector",
                Kind.NAME,
                "Which T selector does the caller call? As text.",
                key=lambda evidence: [
                    bytes.fromhex(str(parameter(asked(evidence), "called_t_selector"))).decode()
                ],
                look=lambda evidence: asked(evidence).frame,
                hints=("X.224 calls it the called TSAP-ID; Wireshark says Destination TSAP.",),
            ),
            Question(
                "before",
                Kind.VALUE,
                f"How many messages does {called.mta} transfer over its own association?",
                key=lambda evidence: [len(frames(earlier(evidence), "AS", Side.CALLING))],
                look=lambda evidence: frames(earlier(evidence), "CN")[0],
                hints=("Each message is an activity: count ACTIVITY START from that side.",),
            ),
            Question(
                "cause",
                Kind.CAUSE,
                "Why?",
                key=lambda _: [cause],
                look=lambda evidence: refused(evidence).frame,
                choices=chance.shuffled((_SELECTOR, _BLOCKS, *_OTHERS)),
                hints=("Reason 1 is congestion, reason 3 an address that is not known.",),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="dr-reasons",
    level=Level.TRANSPORT,
    title="Refused by the transport",
    aim="to read a CR and a DR, and to know what each reason says about the called system",
    before="CR, CC and DR of class 0; what a T selector is",
    minutes=20,
    make=_make,
    solution="""The call is answered with a DR in the place of a CC, so no DT is ever sent and no
higher layer had a say. Reason 3, address unknown: compare the called T selector in the CR with the
one of the called system's transport stack. Reason 1, congestion at the TSAP: the called MTA has no
control block left, one is the listener's and others are used by associations that are open; it logs
9156. A DR with reason 128 at the end of a connection is something else: a normal disconnect.""",
)
