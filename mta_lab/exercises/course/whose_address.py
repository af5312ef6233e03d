"""Who calls whom, and whose address the called host sees: transparency."""

from mta_emu.decode.steps import Side
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import INBOUND, INSIDE, OUTSIDE, sites, topology
from mta_lab.exercises.evidence import Evidence, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_FILES = {network: f"capture-{network}.pcapng" for network in (OUTSIDE, INSIDE)}
_KEEPS = "it leaves the caller's address in the packets"
_OWN_INSIDE = "it puts its inside address in the place of the caller's"
_OWN_OUTSIDE = "it puts its outside address in the place of the caller's"
_DESTINATION = "it puts the address of the called MTA in the place of the caller's"
_DIRECT = "nothing: the call does not pass through it"
_REFUSES = "it refuses the call"


def _make(chance: Chance) -> Scenario:
    here = sites(chance)
    outer, inner = here.outer, here.inner
    play = [*here.mails(outer, inner, chance.number(1, 4)), {"await": "settled"}]
    play += [*here.mails(inner, outer, chance.number(1, 4)), {"await": "settled"}]
    document = here.document(play if chance.yes() else [*play[2:], *play[:2]])
    for mta in document["mtas"].values():  # so each calls, and uses no call of the other
        mta["connectors"][0]["advanced"]["two_way_alternate"] = False
    inbound = document["firewalls"][here.firewall]["services"][INBOUND]
    inbound["client_side_transparency"] = chance.yes()

    def inward(evidence: Evidence, network: str) -> list[int]:
        """The SYNs of the calls from outside, on one network."""
        to = {OUTSIDE: outer.calls, INSIDE: inner.address}[network]
        calls = evidence.associations(called=to, capture=_FILES[network])
        return [frame for call in calls for frame in frames(call, "SYN")]

    def outward(evidence: Evidence, network: str) -> list[int]:
        """The SYNs of the calls from inside, on one network."""
        to = {OUTSIDE: outer.address, INSIDE: inner.calls}[network]
        calls = evidence.associations(called=to, capture=_FILES[network])
        return [frame for call in calls for frame in frames(call, "SYN")]

    def first_source(evidence: Evidence) -> list[object]:
        return [str(evidence.captures[_FILES[OUTSIDE]][0].ends[Side.CALLING])]

    def what_it_does(evidence: Evidence) -> list[object]:
        seen = evidence.source_seen(outer.mta, inner.mta)
        return [{outer.address: _KEEPS, inner.calls: _OWN_INSIDE}[seen]] if seen else []

    return Scenario(
        topology=topology(document),
        story=f"""
{here.organization} has two sites, {outer.town} and {inner.town}, with a firewall between them. It
accepts calls for port 102 and makes its own to the MTA behind it. In each site somebody writes to
the other. One capture was taken on the network outside of the firewall, one inside, at the same
time.

{here.table()}
""",
        views={file: View((network,)) for network, file in _FILES.items()},
        questions=(
            Question(
                "first_call",
                Kind.ADDRESS,
                "Which end opens the first TCP connection of the capture outside? Address and "
                "port.",
                key=first_source,
                look=lambda evidence: evidence.captures[_FILES[OUTSIDE]][0].steps[0].frame,
                hints=("A connection begins with a SYN that has no ACK.",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "call_outside",
                Kind.FRAME,
                f"Which packet begins a call of {outer.mta} to the inside, on the outside?",
                key=lambda evidence: inward(evidence, OUTSIDE),
                look=lambda evidence: inward(evidence, OUTSIDE)[0] + 1,  # its answer
                hints=(f"{outer.mta} calls the firewall, and not the MTA behind it.",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "call_inside",
                Kind.FRAME,
                "Which packet begins the same call on the inside?",
                key=lambda evidence: inward(evidence, INSIDE),
                look=lambda evidence: inward(evidence, INSIDE)[0] + 1,
                hints=(f"It goes to {inner.mta}. Do not look for the caller's address.",),
                capture=_FILES[INSIDE],
            ),
            Question(
                "source_inside",
                Kind.ADDRESS,
                f"Which source address does {inner.mta} see in calls from outside?",
                key=lambda evidence: [evidence.source_seen(outer.mta, inner.mta)],
                look=lambda evidence: inward(evidence, INSIDE)[0],
                points=1,
                capture=_FILES[INSIDE],
            ),
            Question(
                "source_outside",
                Kind.ADDRESS,
                f"Which source address does {outer.mta} see in calls from inside?",
                key=lambda evidence: [evidence.source_seen(inner.mta, outer.mta)],
                look=lambda evidence: outward(evidence, OUTSIDE)[0],
                points=1,
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "what_it_does",
                Kind.CAUSE,
                "What does the firewall do with the source address of calls from outside?",
                key=what_it_does,
                look=lambda evidence: inward(evidence, INSIDE)[0],
                choices=chance.shuffled(
                    (_KEEPS, _OWN_INSIDE, _OWN_OUTSIDE, _DESTINATION, _DIRECT, _REFUSES)
                ),
                hints=("Compare the first packet of the call on both sides.",),
                capture=_FILES[INSIDE],
            ),
            Question(
                "all_calls",
                Kind.FILTER,
                f"A display filter that selects every packet that begins a connection to "
                f"{inner.mta}, and no other.",
                key=lambda evidence: [tuple(inward(evidence, INSIDE))],
                look=lambda evidence: inward(evidence, INSIDE)[0],
                hints=("Combine the destination address with two flags of TCP.",),
                points=3,
                capture=_FILES[INSIDE],
            ),
        ),
    )


EXERCISE = Exercise(
    name="whose-address",
    level=Level.TCP,
    title="Whose address is seen?",
    aim="to find a call on both sides of a proxy, and to say whose address the called host sees",
    before="what a SYN is, and that a connection has an address and a port at both ends",
    minutes=20,
    make=_make,
    solution="""A proxy ends the caller's connection and makes its own, so each call is two
connections with different ports: one to the firewall, one from it. Find them by their time, and by
what they carry. In the capture inside, look at the source of the SYN to the MTA. When it is the
address of the MTA outside, client-side transparency is on: the firewall leaves the caller's address
in the packets. When it is the firewall's inside address, it is off. Outward the firewall always
shows its own outside address. A filter for calls: the destination address, and SYN without ACK.""",
)
