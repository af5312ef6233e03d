"""What a box between two networks does with a call: it routes, translates, or calls itself."""

from typing import Any

from labkit.addresses import IPAddress
from mta_emu.decode.segment import Segment
from mta_lab.backends.registry import BackendName
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import INSIDE, OUTSIDE, Sites, sites, topology
from mta_lab.exercises.evidence import Evidence
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_FILES = {network: f"capture-{network}.pcapng" for network in (OUTSIDE, INSIDE)}
_ROUTES = "it routes: the packets pass with both addresses as they are"
_DESTINATION = "it translates the destination address, and not the source address"
_BOTH = "it translates the destination address and the source address"
_PROXY = "it ends the connection, and makes one of its own to the called MTA (a proxy)"
_DOES = (_ROUTES, _DESTINATION, _BOTH, _PROXY)
_SOURCE = "it translates the source address, and not the destination address"
_OTHERS = (_SOURCE, "it passes the call on inside another connection of its own (a tunnel)")


def _make(chance: Chance) -> Scenario:
    here = sites(chance)
    outer, inner = here.both
    document = here.document([*here.mails(outer, inner, chance.number(1, 4)), {"await": "settled"}])
    does = chance.one(_DOES)
    called = inner.address if does == _ROUTES else outer.calls
    seen = outer.address if does in (_ROUTES, _DESTINATION) else inner.calls
    caller, answerer = (mta["connectors"][0] for mta in document["mtas"].values())
    caller["stack"] = {"address": str(called)}
    answerer["stack"] = {"address": str(seen)}
    answerer["schedule"]["activation"] = "remote-initiated"
    if does != _PROXY:
        document["firewalls"][here.firewall] = _box(here, does, inner.address)

    def outside(evidence: Evidence) -> Segment:
        return evidence.syns(_FILES[OUTSIDE])[0]

    def inside(evidence: Evidence) -> Segment:
        return evidence.syns(_FILES[INSIDE])[0]

    def answers(evidence: Evidence) -> list[int]:
        own, packets = str(inner.address), evidence.segments[_FILES[INSIDE]]
        return [each.frame for each in packets if each.source.host == own]

    def what_it_does(evidence: Evidence) -> list[object]:
        before, after = outside(evidence), inside(evidence)
        if before.sequence != after.sequence:
            return [_PROXY]
        changed = before.destination != after.destination, before.source.host != after.source.host
        return [
            {
                (False, False): _ROUTES,
                (True, False): _DESTINATION,
                (True, True): _BOTH,
                (False, True): _SOURCE,
            }[changed]
        ]

    return Scenario(
        topology=topology(document),
        story=f"""
{outer.mta} calls {inner.mta}, and mail is delivered. Between them is {here.firewall}; nobody
remembers what it was set up to do. One capture was taken on each side of it, at the same time.

{here.table()}
""",
        views={file: View((network,)) for network, file in _FILES.items()},
        questions=(
            Question(
                "called_outside",
                Kind.ADDRESS,
                f"Which end does {outer.mta} call, outside? Address and port.",
                key=lambda evidence: [str(outside(evidence).destination)],
                look=lambda evidence: outside(evidence).frame,
                capture=_FILES[OUTSIDE],
                points=1,
            ),
            Question(
                "caller_inside",
                Kind.ADDRESS,
                "From which end does the call come, inside? Address and port.",
                key=lambda evidence: [str(inside(evidence).source)],
                look=lambda evidence: inside(evidence).frame,
                capture=_FILES[INSIDE],
                points=1,
            ),
            *(_sequence(network, file) for network, file in _FILES.items()),
            Question(
                "does",
                Kind.CAUSE,
                f"What does {here.firewall} do with the call?",
                key=what_it_does,
                look=lambda evidence: inside(evidence).frame,
                choices=chance.shuffled((*_DOES, *_OTHERS)),
                hints=(
                    "Compare addresses and the raw sequence number of the SYN on both sides.",
                    "Translation keeps the sequence number; a connection of its own has another.",
                ),
                points=4,
                capture=_FILES[INSIDE],
            ),
            Question(
                "answers",
                Kind.FILTER,
                f"A display filter that selects all packets that {inner.mta} sends, and no others.",
                key=lambda evidence: [tuple(answers(evidence))],
                look=lambda evidence: inside(evidence).frame,
                points=3,
                capture=_FILES[INSIDE],
            ),
        ),
    )


def _sequence(network: str, file: str) -> Question:
    def syn(evidence: Evidence) -> Segment:
        return evidence.syns(file)[0]

    return Question(
        f"sequence_{network}",
        Kind.VALUE,
        f"Which raw sequence number (tcp.seq_raw) has the packet that begins the call, {network}?",
        key=lambda evidence: [syn(evidence).sequence],
        look=lambda evidence: syn(evidence).frame + 1,
        hints=("It is a SYN without ACK; Wireshark shows the raw number below the relative one.",),
        capture=file,
    )


def _box(here: Sites, does: str, inside: IPAddress) -> dict[str, Any]:
    """A router, or a Linux box with rules of nftables."""
    interfaces = {
        OUTSIDE: {"address": str(here.outer.calls)},
        INSIDE: {"address": str(here.inner.calls)},
    }
    if does == _ROUTES:
        return {"engine": "router", "interfaces": interfaces}
    source = f'oifname "{INSIDE}" masquerade' if does == _BOTH else ""
    text = f"""
table ip site {{
    chain destinations {{
        type nat hook prerouting priority dstnat;
        iifname "{OUTSIDE}" tcp dport 102 dnat to {inside}
    }}
    chain sources {{
        type nat hook postrouting priority srcnat;
        {source}
    }}
    chain passing {{
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ct status dnat accept
    }}
}}
"""
    return {"engine": "nftables", "interfaces": interfaces, "text": text}


EXERCISE = Exercise(
    name="nat",
    level=Level.TCP,
    title="Router, translation or proxy?",
    aim="to tell from both sides of a box whether it routes, translates addresses, or is a proxy",
    before="the exercise whose-address; that each end of a connection chooses where it counts from",
    minutes=25,
    make=_make,
    backend=BackendName.NETNS,
    filters={"tcp.flags.syn == 1": "the first packets of each connection, from both ends"},
    solution="""Take the SYN on each side. When both addresses are the same, the box routes. When
only the destination is another one, it translates the destination (DNAT): the caller calls the box,
and the called MTA sees the caller's own address. When the source is another one, too, the called
MTA sees the box (DNAT and masquerade), and a proxy looks the same by its addresses. The raw
sequence number tells them apart: translation changes addresses, ports and checksums of one
connection, and its numbers stay; a proxy has two connections, and each counts from where it likes.
The port is no proof: translation may keep it or change it.""",
)
