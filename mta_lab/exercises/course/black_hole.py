"""A black hole for large packets: bind and small mail pass, and a large message stalls."""

from mta_emu.decode.segment import Segment
from mta_emu.decode.steps import Side
from mta_lab.backends.registry import BackendName
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import INSIDE, OUTSIDE, sites, topology
from mta_lab.exercises.evidence import Evidence, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_FILES = {network: f"capture-{network}.pcapng" for network in (OUTSIDE, INSIDE)}
_LARGE_OUTSIDE = "large packets are lost before they reach the inside; small ones pass"
_LARGE_INSIDE = "large packets are lost on the inside, behind the router; small ones pass"
_ALL = "from some moment on all packets are lost, small ones, too"
_OTHERS = (
    "the called MTA refuses the message because of its size",
    "the caller waits for the turn, and does not get it",
    "the window of the called host is full: it takes nothing more",
)
_IDLE = 40  # lab seconds of silence after which a side gives the other up
_SCALE = 5  # lab seconds in a second
_GIVES_UP = 1294
_AGAIN = 3  # times; twice is what a busy machine brings about


def _make(chance: Chance) -> Scenario:
    here = sites(chance)
    outer, inner = here.both
    cause = chance.one((_LARGE_OUTSIDE, _LARGE_INSIDE, _ALL))
    size = chance.number(800, 1300)
    small = chance.number(2, 12)
    large = here.mail(outer, inner)
    large["send"] |= {"subject": "Minutes", "text": "Line after line. " * chance.number(150, 300)}
    network = INSIDE if cause == _LARGE_INSIDE else OUTSIDE
    faults = [{"fault": {"on": network, "larger_than": size}}]
    everything = [{"fault": {"on": OUTSIDE, "black_hole": True}}]
    play = [
        *(faults if cause != _ALL else []),
        *here.mails(outer, inner, small),
        {"await": {"delivered": small, "at": inner.mta}},
        *(everything if cause == _ALL else []),
        large,
        {"await": {"event": _GIVES_UP, "at": inner.mta}},
    ]
    document = here.document(play)
    document["time_scale"] = _SCALE
    document["firewalls"][here.firewall] = {
        "engine": "router",
        "interfaces": {
            OUTSIDE: {"address": str(outer.calls)},
            INSIDE: {"address": str(inner.calls)},
        },
    }
    caller, answerer = document["mtas"].values()
    for mta, other in ((caller, inner), (answerer, outer)):
        mta["server"]["transport_stack"]["idle_limit"] = _IDLE
        mta["connectors"][0]["stack"] = {"address": str(other.address)}
        mta["connectors"][0]["override"] |= {"open_interval": 36_000, "disconnect": 3}
    answerer["connectors"][0]["schedule"]["activation"] = "remote-initiated"

    def sent(evidence: Evidence) -> list[Segment]:
        """What the caller sends outside, with data in it."""
        own = str(outer.address)
        return [each for each in evidence.segments[_FILES[OUTSIDE]] if _is_data(each, own)]

    def again(evidence: Evidence) -> list[Segment]:
        """Of these the first that is sent again and again, each time that it is sent."""
        said = sent(evidence)
        counts: dict[int, int] = {}
        for each in said:
            counts[each.sequence] = counts.get(each.sequence, 0) + 1
        lost = next(each.sequence for each in said if counts[each.sequence] >= _AGAIN)
        return [each for each in said if each.sequence == lost]

    def last_that_passed(evidence: Evidence) -> Segment:
        """What the caller sends before that."""
        lost = again(evidence)[0].frame
        return [each for each in sent(evidence) if each.frame < lost][-1]

    def delivered(evidence: Evidence) -> list[object]:
        calls = evidence.associations(called=inner.address, capture=_FILES[OUTSIDE])
        return [sum(len(frames(call, "AEA", Side.CALLED)) for call in calls)]

    def logged(evidence: Evidence) -> list[object]:
        return [f"{each} at {inner.mta}" for each in evidence.events(inner.mta)]

    return Scenario(
        topology=topology(document),
        story=f"""
{outer.mta} calls {inner.mta} through a router, {here.firewall}. Small messages are delivered, and a
larger one is not: it stays in the queue, and nobody refuses it. One capture was taken on each side
of the router, at the same time. Time runs fast here: the MTAs give up after a few seconds.

{here.table()}
""",
        views={file: View((each,)) for each, file in _FILES.items()},
        questions=(
            Question(
                "delivered",
                Kind.VALUE,
                "How many messages are transferred, and confirmed outside?",
                key=delivered,
                look=lambda evidence: sent(evidence)[0].frame,
                hints=("ACTIVITY END ACK confirms each; Wireshark writes MAJOR SYNC ACK (MAA).",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "sent_again",
                Kind.FRAME,
                "Which packet with data does the caller send three times or more, outside? One of "
                "them is enough.",
                key=lambda evidence: [each.frame for each in again(evidence)],
                look=lambda evidence: last_that_passed(evidence).frame,
                hints=("tcp.analysis.retransmission selects what is sent again.",),
                points=3,
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "sequence",
                Kind.VALUE,
                "Which raw sequence number (tcp.seq_raw) has that packet?",
                key=lambda evidence: [again(evidence)[0].sequence],
                look=lambda evidence: again(evidence)[0].frame,
                hints=("It is the same each time: look inside whether it comes there.",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "cause",
                Kind.CAUSE,
                "What is lost, and where?",
                key=lambda _: [cause],
                look=lambda evidence: again(evidence)[0].frame,
                choices=chance.shuffled((_LARGE_OUTSIDE, _LARGE_INSIDE, _ALL, *_OTHERS)),
                hints=(
                    "Does that packet arrive inside?",
                    "Does anything of the caller arrive inside after it was first sent?",
                ),
                points=4,
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "event",
                Kind.EVENT,
                f"Name one event that {inner.mta} logs for it.",
                key=logged,
                look=lambda evidence: again(evidence)[0].frame,
                hints=("No bind is refused: the association ends abnormally.",),
                capture=_FILES[OUTSIDE],
            ),
        ),
    )


def _is_data(segment: Segment, source: str) -> bool:
    return segment.source.host == source and bool(segment.data)


EXERCISE = Exercise(
    name="black-hole",
    level=Level.TRANSFER,
    title="Small mail passes, large mail does not",
    aim="to find a path that loses large packets without a word, and to say on which side of a box",
    before="all levels; TCP's retransmissions; what the MTU of a path is (RFC 1191)",
    minutes=45,
    make=_make,
    backend=BackendName.NETNS,
    solution="""The connection opens, the bind is accepted, small messages are confirmed: nothing is
wrong with addresses, rules and names. Then a full packet is sent again and again, with growing
pauses, while smaller ones may still pass in both directions: so the path loses what is large, and
sends no ICMP "fragmentation needed", or a firewall drops that. Compare both sides: a packet that is
not seen inside was lost before; one that is seen there and not acknowledged was lost behind the
router. If nothing passes any more, also no small packet, the line is gone and the size is not the
cause. The called MTA hears nothing for its idle limit, aborts, and logs 1294. The repair is the MTU
of the path, ICMP that may pass, or a smaller segment size (MSS clamping) on the router.""",
)
