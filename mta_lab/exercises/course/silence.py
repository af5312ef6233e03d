"""SYNs without an answer, and SYNs that are reset: who drops, who refuses, and where."""

from typing import Any

from mta_emu.decode.segment import Segment
from mta_lab.backends.registry import BackendName
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import (
    INSIDE,
    OUTSIDE,
    Site,
    Sites,
    sites,
    topology,
    with_neighbour,
)
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
    here = with_neighbour(sites(chance), chance)
    outer, inner = here.both
    cause = chance.one(_CAUSES)
    faults = [{"fault": {"on": INSIDE, "black_hole": True}}] if cause == _DEAF else []
    mail = here.mails(outer, inner, chance.number(1, 4))
    document = here.document([*faults, *mail, {"await": {"seconds": _PATIENCE}}])
    caller, answerer = here.pair(document)
    caller["connectors"][0]["stack"] = {"address": str(inner.address)}
    answerer["connectors"][0]["stack"] = {"address": str(outer.address)}
    answerer["connectors"][0]["schedule"]["activation"] = "remote-initiated"
    if cause == _CLOSED:
        answerer["server"]["transport_stack"]["port"] = chance.number(1024, 9999)
    rules = _RULES.get(cause, f"ct state established accept\n        {_ACCEPT}")
    document["firewalls"][here.firewall] = _filter(here, rules)

    def calls(evidence: Evidence, network: str) -> list[int]:
        return [syn.frame for syn in evidence.syns(_FILES[network], inner.address)]

    def first_syn(evidence: Evidence) -> Segment:
        return evidence.syns(_FILES[OUTSIDE], inner.address)[0]

    def sent(evidence: Evidence, network: str, source: Site, to: Site) -> list[Segment]:
        ends = str(source.address), str(to.address)
        packets = evidence.segments[_FILES[network]]
        return [each for each in packets if (each.source.host, each.destination.host) == ends]

    def where_it_ends(evidence: Evidence) -> list[object]:
        if any(each.rst for each in sent(evidence, OUTSIDE, inner, outer)):
            return [_CLOSED if calls(evidence, INSIDE) else _RESETS]
        if not calls(evidence, INSIDE):
            return [_DROPS]
        return [_WAY_BACK if sent(evidence, INSIDE, inner, outer) else _DEAF]

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
                key=lambda evidence: [str(first_syn(evidence).destination)],
                look=lambda evidence: first_syn(evidence).frame,
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "first_call",
                Kind.FRAME,
                f"Which packet is the first of {outer.mta} to {inner.mta}, outside?",
                key=lambda evidence: [first_syn(evidence).frame],
                look=lambda evidence: calls(evidence, OUTSIDE)[-1],
                hints=("It is a SYN, and not one of the neighbour's.",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "sequence",
                Kind.VALUE,
                "Which raw sequence number (tcp.seq_raw) has that packet?",
                key=lambda evidence: [first_syn(evidence).sequence],
                look=lambda evidence: first_syn(evidence).frame,
                hints=("A SYN that is sent again has the same one.",),
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "where",
                Kind.CAUSE,
                "What becomes of the call?",
                key=where_it_ends,
                look=lambda evidence: first_syn(evidence).frame,
                choices=chance.shuffled(_CAUSES),
                hints=(
                    "First: silence or a reset? Then: does the SYN arrive inside?",
                    f"If it does: does {inner.mta} send anything, inside?",
                ),
                points=4,
                capture=_FILES[OUTSIDE],
            ),
            Question(
                "from_caller",
                Kind.FILTER,
                f"A display filter that selects every packet that {outer.mta} sends to "
                f"{inner.mta}, outside, and no other.",
                key=lambda evidence: [
                    tuple(each.frame for each in sent(evidence, OUTSIDE, outer, inner))
                ],
                look=lambda evidence: first_syn(evidence).frame,
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
