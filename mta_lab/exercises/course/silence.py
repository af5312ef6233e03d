"""SYNs without an answer, and SYNs that are reset: who drops, who refuses, and where."""

from typing import Any

from mta_lab.backends.registry import BackendName
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import INSIDE, OUTSIDE, Site, Sites, sites, topology
from mta_lab.exercises.evidence import Evidence
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_FILES = {network: f"capture-{network}.pcapng" for network in (OUTSIDE, INSIDE)}
_DROPS = "the firewall drops the SYN (DROP)"
_RESETS = "the firewall answers the SYN with a reset (REJECT)"
_CLOSED = "the called host answers the SYN with a reset: nobody listens at that port"
_DEAF = "the SYN reaches the network of the called host, which does not answer"
_WAY_BACK = "the called host answers, and the firewall drops the answer"
_CAUSES = (_DROPS, _RESETS, _CLOSED, _DEAF, _WAY_BACK)
_PATIENCE = 5.0  # seconds: the SYN is sent again after one, at least once

_ACCEPT = "tcp dport 102 accept"
#: What the firewall does with what it forwards, where the cause lies there.
_RULES = {
    _DROPS: "ct state established accept",
    _RESETS: "ct state established accept\n        tcp dport 102 reject with tcp reset",
    _WAY_BACK: _ACCEPT,
}


def _make(chance: Chance) -> Scenario:
    here = sites(chance)
    outer, inner = here.both
    cause = chance.one(_CAUSES)
    faults = [{"fault": {"on": INSIDE, "black_hole": True}}] if cause == _DEAF else []
    mail = here.mails(outer, inner, chance.number(1, 4))
    document = here.document([*faults, *mail, {"await": {"seconds": _PATIENCE}}])
    caller, answerer = document["mtas"].values()
    caller["connectors"][0]["stack"] = {"address": str(inner.address)}
    answerer["connectors"][0]["stack"] = {"address": str(outer.address)}
    answerer["connectors"][0]["schedule"]["activation"] = "remote-initiated"
    if cause == _CLOSED:
        answerer["server"]["transport_stack"]["port"] = chance.number(1024, 9999)
    rules = _RULES.get(cause, f"ct state established accept\n        {_ACCEPT}")
    document["firewalls"][here.firewall] = _filter(here, rules)

    def calls(evidence: Evidence, network: str) -> list[int]:
        return [syn.frame for syn in evidence.syns(_FILES[network])]

    def first_call(evidence: Evidence) -> int:
        return calls(evidence, OUTSIDE)[0]

    def resets(evidence: Evidence, network: str) -> int:
        return sum(segment.rst for segment in evidence.segments[_FILES[network]])

    def sent(evidence: Evidence, site: Site, network: str) -> list[int]:
        own, packets = str(site.address), evidence.segments[_FILES[network]]
        return [each.frame for each in packets if each.source.host == own]

    def from_inside(evidence: Evidence) -> list[object]:
        return [len(sent(evidence, inner, INSIDE))]

    def where_it_ends(evidence: Evidence) -> list[object]:
        if resets(evidence, OUTSIDE):
            return [_CLOSED if calls(evidence, INSIDE) else _RESETS]
        if not calls(evidence, INSIDE):
            return [_DROPS]
        return [_WAY_BACK if from_inside(evidence) != [0] else _DEAF]

    return Scenario(
        topology=topology(document),
        story=f"""
{outer.mta} calls {inner.mta} by its own address, and comes to no connection. {here.firewall} routes
and filters, and translates nothing. One capture was taken on each side of it, at the same time.

{here.table()}
""",
        views={file: View((network,)) for network, file in _FILES.items()},
        questions=(
            Question(
                "called",
                Kind.ADDRESS,
                f"Which end does {outer.mta} call? Address and port.",
                key=lambda evidence: [str(evidence.syns(_FILES[OUTSIDE])[0].destination)],
                look=first_call,
                capture=_FILES[OUTSIDE],
                points=1,
            ),
            Question(
                "sequence",
                Kind.VALUE,
                "Which raw sequence number (tcp.seq_raw) has the first SYN outside?",
                key=lambda evidence: [evidence.syns(_FILES[OUTSIDE])[0].sequence],
                look=first_call,
                hints=("A SYN that is sent again has the same one.",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "from_inside",
                Kind.VALUE,
                f"How many packets does {inner.mta} send, inside?",
                key=from_inside,
                look=first_call,
                hints=("Filter for its address as the source, in the other capture.",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "where",
                Kind.CAUSE,
                "What becomes of the call?",
                key=where_it_ends,
                look=first_call,
                choices=chance.shuffled(_CAUSES),
                hints=("First: silence or a reset? Then: does the SYN arrive inside?",),
                points=4,
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "from_caller",
                Kind.FILTER,
                f"A display filter that selects every packet that {outer.mta} sends, outside, and "
                "no other.",
                key=lambda evidence: [tuple(sent(evidence, outer, OUTSIDE))],
                look=first_call,
                points=3,
                capture=_FILES[OUTSIDE],
            ),
        ),
    )


def _filter(here: Sites, rules: str) -> dict[str, Any]:
    """A Linux box that forwards what the rules let pass, and drops the rest."""
    text = f"""
table ip site {{
    chain passing {{
        type filter hook forward priority filter; policy drop;
        {rules}
    }}
}}
"""
    interfaces = {
        OUTSIDE: {"address": str(here.outer.calls)},
        INSIDE: {"address": str(here.inner.calls)},
    }
    return {"engine": "nftables", "interfaces": interfaces, "text": text}


EXERCISE = Exercise(
    name="silence",
    level=Level.TCP,
    title="Silence, or a reset",
    aim="to tell a filter that drops from one that refuses, and both from the called host itself",
    before="SYN, SYN ACK, RST; that a SYN without an answer is sent again after a second",
    minutes=20,
    make=_make,
    backend=BackendName.NETNS,
    solution="""Look at the outside first. A reset comes at once and the call is over; it may be
made again. Silence shows as the same SYN again and again, from the same port and with the same
sequence number. Then look inside. When no SYN arrives there, the firewall decided: with silence it
drops, with a reset it rejects, and the reset has the called host's address although that never
heard of it. When the SYN arrives, the firewall lets it pass: a reset from the called host means
that nobody listens; no answer at all that the host is off, or has a filter of its own; a SYN ACK
that is seen inside and not outside is dropped on the way back, by rules that know only one
direction.""",
)
