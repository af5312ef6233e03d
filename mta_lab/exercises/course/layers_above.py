"""What lies between session and RTSE: the normal mode of 1988, or an X.410 mode."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_NORMAL = "presentation contexts and ACSE: the normal mode of 1988"
_X410 = "a mode selector, no contexts and no ACSE: an X.410 mode"
_MODES = {_NORMAL: ("1988-normal",), _X410: ("1988-x410", "1984")}
_OTHERS = (
    "nothing, and RTSE lies directly on the transport",
    "presentation contexts without ACSE",
    "ROSE, and there is no RTSE",
    "P7, as between a user agent and a message store",
)
_PDUS = {
    "the TCP connection is opened": "SYN",
    "the transport connection is asked for": "CR",
    "the transport connection is confirmed": "CC",
    "the session connection is asked for": "CN",
    "the session connection is accepted": "AC",
    "an activity starts": "AS",
    "an activity ends": "AE",
    "the end of an activity is confirmed": "AEA",
}

_ASKED_ABOUT = 5  # of them


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    play = [*here.mails(caller, called, chance.number(1, 8)), {"await": "settled"}]
    document = here.document(play)
    asked_about = chance.some(_ASKED_ABOUT, tuple(_PDUS))
    mode = chance.one(tuple(_MODES))
    spoken = chance.one(_MODES[mode])
    for mta in here.pair(document):
        mta["connectors"][0]["advanced"]["conformance"] = spoken

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def connect(evidence: Evidence) -> Step:
        return first([call(evidence)], "CN", Side.CALLING)

    def layers(evidence: Evidence) -> list[object]:
        names = {layer.name for layer in connect(evidence).layers}
        return [_NORMAL if "acse" in names else _X410]

    def order(evidence: Evidence) -> list[object]:
        happened = {
            what: frames(call(evidence), pdu)[0]
            for what, pdu in _PDUS.items()
            if what in asked_about
        }
        return [tuple(sorted(happened, key=lambda what: happened[what]))]

    def messages(evidence: Evidence) -> list[object]:
        return [len(frames(call(evidence), "AS", Side.CALLING))]

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta} and transfers what it has.

{here.table()}
""",
        questions=(
            Question(
                "connect",
                Kind.FRAME,
                f"Which frame has the session's CONNECT of {caller.mta}?",
                key=lambda evidence: [connect(evidence).frame],
                look=lambda evidence: frames(call(evidence), "CC")[0],
            ),
            Question(
                "mode",
                Kind.CAUSE,
                "What lies between session and RTSE?",
                key=layers,
                look=lambda evidence: connect(evidence).frame,
                choices=chance.shuffled((_NORMAL, _X410, *_OTHERS)),
                hints=("Look at the protocols that Wireshark names in the CONNECT.",),
                points=3,
            ),
            Question(
                "messages",
                Kind.VALUE,
                f"How many messages does {caller.mta} transfer to {called.mta}?",
                key=messages,
                look=lambda evidence: frames(call(evidence), "AS", Side.CALLING)[0],
                hints=("Each message is an activity.",),
            ),
            Question(
                "order",
                Kind.ORDER,
                f"In which order did these happen for the first time, between {caller.mta} and "
                f"{called.mta}?",
                key=order,
                look=lambda evidence: connect(evidence).frame,
                choices=asked_about,
                hints=("ses.type has the SPDUs.",),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="layers-above",
    level=Level.ASSOCIATION,
    title="What lies between session and RTSE?",
    aim="to tell the normal mode of 1988 from the X.410 modes, and to follow an association's life",
    before="the names of the layers; that an activity of the session carries one message",
    minutes=25,
    make=_make,
    filters={"ses.type == 13": "the CONNECT, with all that it carries"},
    solution="""In the normal mode the user data of the CONNECT is a CP with presentation contexts,
then AARQ, RTORQ and the bind. In the X.410 modes the CP has only a mode selector and the values of
the RTORQ; there are no contexts, and there is no ACSE. The order is that of the layers: TCP,
transport, session. Each message is an activity: ACTIVITY START, data, ACTIVITY END, and its
confirmation. To count messages, count the activities that start.""",
)
