"""A call that comes to nothing: refused by TCP, ended by a proxy, or met with silence."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import INBOUND, OUTSIDE, sites, topology
from mta_lab.exercises.evidence import Evidence, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_CLOSED = "nobody listens at the port that was called: TCP resets the call"
_NOBODY_BEHIND = "a proxy takes the call, and nobody listens where it calls"
_CAUSES = (_CLOSED, _NOBODY_BEHIND)
_OTHERS = (
    "the called host is off: nothing answers the SYN",
    "a filter drops the SYN without a word",
    "the called MTA answers, and refuses the bind",
    "the TCP connection is made, and nobody says anything over it",
)


def _make(chance: Chance) -> Scenario:
    here = sites(chance)
    outer, inner = here.both
    play = [
        *here.mails(inner, outer, chance.number(1, 8)),
        {"await": "settled"},
        *here.mails(outer, inner, chance.number(1, 4)),
        {"await": "settled"},
    ]
    document = here.document(play)
    for mta in document["mtas"].values():  # so that each must call
        mta["connectors"][0]["advanced"]["two_way_alternate"] = False
    cause = chance.one(_CAUSES)
    services = document["firewalls"][here.firewall]["services"]
    if cause == _CLOSED:
        del services[INBOUND]
    else:
        services[INBOUND]["destination"]["port"] = chance.number(1024, 9999)

    def call(evidence: Evidence) -> Association:
        return evidence.associations(calling=outer.address)[0]

    def end(evidence: Evidence) -> list[int]:
        """What ended the connection; of an RST and a FIN by the called side the first."""
        ends = [frames(call(evidence), pdu, Side.CALLED) for pdu in ("RST", "FIN")]
        return [min(frame for found in ends for frame in found)]

    def earlier(evidence: Evidence) -> Association:
        """The call from inside, as it is seen outside."""
        return evidence.associations(called=outer.address)[0]

    def logged(evidence: Evidence) -> list[object]:
        return [f"{each} at {outer.mta}" for each in evidence.events(outer.mta)]

    return Scenario(
        topology=topology(document),
        story=f"""
{here.organization} has two sites, {outer.town} and {inner.town}, with a firewall between them.
{inner.mta} reaches {outer.mta}; when {outer.mta} calls, it comes to no association. The firewall
should accept calls for port 102 and call {inner.mta} itself. The capture was taken outside.

{here.table()}
""",
        views={"capture.pcapng": View((OUTSIDE,))},
        questions=(
            Question(
                "called",
                Kind.ADDRESS,
                f"Which end does {outer.mta} call first? Address and port.",
                key=lambda evidence: [str(call(evidence).ends[Side.CALLED])],
                look=lambda evidence: call(evidence).steps[0].frame,
                hints=("It is the destination of the SYN.",),
            ),
            Question(
                "end",
                Kind.FRAME,
                "With which frame does the called side end that connection?",
                key=end,
                look=lambda evidence: call(evidence).steps[0].frame,
                hints=("A connection ends with FIN or RST. Look for the called side's.",),
            ),
            Question(
                "before",
                Kind.VALUE,
                f"How many messages does {inner.mta} transfer to {outer.mta} before?",
                key=lambda evidence: [len(frames(earlier(evidence), "AS", Side.CALLING))],
                look=lambda evidence: frames(earlier(evidence), "CN")[0],
                hints=("Each message is an activity: count ACTIVITY START.",),
            ),
            Question(
                "cause",
                Kind.CAUSE,
                "What happened?",
                key=lambda _: [cause],
                look=lambda evidence: end(evidence)[0],
                choices=chance.shuffled((*_CAUSES, *_OTHERS)),
                hints=("Was there a SYN ACK? Then somebody accepted the call.",),
                points=3,
            ),
            Question(
                "event",
                Kind.EVENT,
                f"Name one event that {outer.mta} logs for it.",
                key=logged,
                look=lambda evidence: end(evidence)[0],
            ),
        ),
    )


EXERCISE = Exercise(
    name="no-answer",
    level=Level.TCP,
    title="Nobody there",
    aim="to tell who ends a call that comes to nothing: the called host's TCP, or a proxy",
    before="SYN, SYN ACK, FIN and RST",
    minutes=15,
    make=_make,
    kernel_only=True,
    solution="""Look at the answer to the first SYN of the caller. An RST says that the host is
there and that nobody listens at that port: the firewall has no service for it. A SYN ACK says that
somebody accepted the call. When the called side then ends the connection without a word of its own,
although the caller has sent a CR, it is a proxy that could not make the call to the MTA behind it.
Silence would be something else: the SYN is sent again and again. The caller logs the failure in
each case.""",
)
