"""A caller that tries again and again, until it gives the mail up (Q157630)."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology
from mta_lab.exercises.evidence import CAPTURE, Evidence, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_REPORT = 290  # what the caller logs when it gives up
_HOURS_AN_INSTANT = 3600  # lab seconds in a second


def _make(chance: Chance) -> Scenario:
    here = lan(chance)
    caller, called = here.both
    mail = [here.mail(caller, called), {"await": {"event": _REPORT, "at": caller.mta}}]
    document = here.document([*mail, {"await": "settled"}])
    connector = document["mtas"][caller.mta]["connectors"][0]
    connector["override"] |= {"max_open_retries": chance.number(3, 9), "open_interval": 300}
    right = chance.word(6)
    document["mtas"][called.mta]["server"]["transport_stack"]["selectors"] = {"t": right}
    connector["stack"]["outgoing"] = {"t": chance.word(7)}
    document["time_scale"] = _HOURS_AN_INSTANT

    def calls(evidence: Evidence) -> list[Association]:
        return evidence.associations(calling=caller.address, called=called.address)

    def syns(evidence: Evidence) -> list[int]:
        return [frames(call, "SYN", Side.CALLING)[0] for call in calls(evidence)]

    def packets(evidence: Evidence) -> list[int]:
        """All of the last call."""
        ends = {str(end) for end in calls(evidence)[-1].ends.values()}
        said = evidence.segments[CAPTURE]
        return [each.frame for each in said if {str(each.source), str(each.destination)} == ends]

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} has one message for {called.mta} and comes to no association. Time runs fast here: the
pauses between the calls are {_HOURS_AN_INSTANT} times as long as the capture says.

{here.table()}
""",
        questions=(
            Question(
                "calls",
                Kind.VALUE,
                "How often does the caller call?",
                key=lambda evidence: [len(calls(evidence))],
                look=lambda evidence: syns(evidence)[-2],
                hints=("Each call is a TCP connection of its own.",),
            ),
            Question(
                "last_port",
                Kind.ADDRESS,
                "From which end does the last call come? Address and port.",
                key=lambda evidence: [str(calls(evidence)[-1].ends[Side.CALLING])],
                look=lambda evidence: syns(evidence)[-2],
            ),
            Question(
                "last_call",
                Kind.FRAME,
                "Which frame begins the last call?",
                key=lambda evidence: syns(evidence)[-1:],
                look=lambda evidence: syns(evidence)[-2],
                hints=("Filter for SYN without ACK.",),
            ),
            Question(
                "last_packets",
                Kind.FILTER,
                "A display filter that selects all packets of the last call, and nothing else.",
                key=lambda evidence: [tuple(packets(evidence))],
                look=lambda evidence: syns(evidence)[-2],
                hints=("Its port is that of no other call.",),
                points=3,
            ),
            Question(
                "given_up",
                Kind.EVENT,
                "Which event says that the sender gets a non-delivery report, and where?",
                key=lambda evidence: [f"{evidence.events(caller.mta)[-1]} at {caller.mta}"],
                look=lambda evidence: syns(evidence)[-1],
            ),
        ),
    )


EXERCISE = Exercise(
    name="calls-again",
    level=Level.TCP,
    title="Again and again",
    aim="to count calls by their first packets, and to know when a caller gives up",
    before="that each TCP connection begins with a SYN, from a port of its own",
    minutes=15,
    make=_make,
    solution="""Filter for SYN without ACK: tcp.flags.syn == 1 && tcp.flags.ack == 0. Each packet
that is left begins a call, and each call has another source port. There are as many as the Open
retries on the Override page of the connector, with the open interval between two of them. After the
last one the MTA does not keep the message: it logs 290 and sends the originator a non-delivery
report. Why each call fails is another exercise: look at what the called side says.""",
)
