"""Two firewalls in a row: which of them decides whose address the MTA inside sees."""

from typing import Any

from labkit.addresses import IPAddress, parse_address
from mta_emu.decode.steps import Side
from mta_lab.capture.excerpt import View
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import INBOUND, INSIDE, OUTSIDE, sites, topology
from mta_lab.exercises.evidence import Evidence, address, frames, steps
from mta_lab.exercises.exercise import Exercise, Level, Repair, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_TRANSIT = "transit"
_FILES = {each: f"capture-{each}.pcapng" for each in (OUTSIDE, _TRANSIT, INSIDE)}
_INNER = "DOOR"  # the second firewall's name
_KEEP_BOTH = "both firewalls leave the source address that they see"
_KEEP_INNER = "the outer firewall puts its own address in, and the inner one leaves what it sees"
_KEEP_OUTER = "the outer firewall leaves the source address, and the inner one puts its own in"
_KEEP_NONE = "each firewall puts its own address in"
_OTHERS = ("the inner firewall sends calls back to the outer one", "calls go past the inner one")


def _make(chance: Chance) -> Scenario:
    here = sites(chance)
    outer, inner = here.both
    play = [*here.mails(inner, outer, chance.number(1, 8)), {"await": "settled"}]
    play += [*here.mails(outer, inner, chance.number(1, 4)), {"await": "settled"}]
    document = here.document(play)
    for mta in here.pair(document):  # so that each must call
        mta["connectors"][0]["advanced"]["two_way_alternate"] = False
    door_outside, wall_inside = _between(document, chance, inner.calls, here.firewall)
    healthy = topology(document)
    keeps = {here.firewall: chance.yes(), _INNER: True}
    for firewall, transparent in keeps.items():
        service = document["firewalls"][firewall]["services"][INBOUND]
        service["client_side_transparency"] = transparent
    to = {OUTSIDE: outer.calls, _TRANSIT: door_outside, INSIDE: inner.address}

    def syns(evidence: Evidence, network: str) -> list[int]:
        calls = evidence.associations(called=to[network], capture=_FILES[network])
        return [frame for call in calls for frame in frames(call, "SYN")]

    def source(evidence: Evidence, network: str) -> list[object]:
        calls = evidence.associations(called=to[network], capture=_FILES[network])
        return [str(address(calls[0], Side.CALLING))]

    def refusal(evidence: Evidence) -> list[int]:
        calls = evidence.associations(called=inner.address, capture=_FILES[INSIDE])
        return [step.frame for call in calls for step in steps(call, "RF", Side.CALLED)]

    def bind(evidence: Evidence) -> int:
        calls = evidence.associations(called=inner.address, capture=_FILES[INSIDE])
        return frames(calls[0], "CN")[0]

    def who_keeps(evidence: Evidence) -> list[object]:
        changed = source(evidence, _TRANSIT) != [str(outer.address)]
        again = source(evidence, INSIDE) != source(evidence, _TRANSIT)
        return [
            {
                (False, False): _KEEP_BOTH,
                (True, False): _KEEP_INNER,
                (False, True): _KEEP_OUTER,
                (True, True): _KEEP_NONE,
            }[changed, again]
        ]

    table = here.table().replace(
        f"| {here.firewall} | firewall, inside", f"| {_INNER} | second firewall, inside"
    )
    return Scenario(
        topology=topology(document),
        story=f"""
Between {outer.town} and {inner.town} lie two firewalls with a network between them. Each accepts
calls for port 102 and makes its own. {inner.mta} refuses the calls that come from {outer.mta}; its
own calls are accepted.

{table}
| {here.firewall} | firewall, transit | {wall_inside} |
| {_INNER} | second firewall, transit | {door_outside} |

Repair the firewalls in `hosts/`, so that mail from {outer.town} is delivered.
""",
        views={file: View((network,)) for network, file in _FILES.items()},
        given=(here.firewall, _INNER),
        repair=Repair(healthy, outer.mta, inner.mta),
        questions=(
            Question(
                "source_transit",
                Kind.ADDRESS,
                f"Which source address does {_INNER} see in calls from outside?",
                key=lambda evidence: source(evidence, _TRANSIT),
                look=lambda evidence: syns(evidence, _TRANSIT)[0],
                points=1,
                capture=_FILES[_TRANSIT],
            ),
            Question(
                "source_inside",
                Kind.ADDRESS,
                f"Which source address does {inner.mta} see?",
                key=lambda evidence: source(evidence, INSIDE),
                look=lambda evidence: syns(evidence, INSIDE)[0],
                points=1,
                capture=_FILES[INSIDE],
            ),
            Question(
                "refusal",
                Kind.FRAME,
                f"In which frame does {inner.mta} refuse the bind?",
                key=refusal,
                look=bind,
                capture=_FILES[INSIDE],
            ),
            Question(
                "who_keeps",
                Kind.CAUSE,
                "What do the firewalls do with the source address of calls from outside?",
                key=who_keeps,
                look=lambda evidence: syns(evidence, INSIDE)[0],
                choices=chance.shuffled(
                    (_KEEP_BOTH, _KEEP_INNER, _KEEP_OUTER, _KEEP_NONE, *_OTHERS)
                ),
                hints=("Compare the first packet of the call in the three captures.",),
                points=3,
                capture=_FILES[INSIDE],
            ),
            Question(
                "repair",
                Kind.REPAIR,
                "Repair what is wrong in `hosts/`.",
                key=lambda _: [],
                look=lambda evidence: syns(evidence, INSIDE)[0],
                points=4,
                hints=("The last firewall before the MTA decides.",),
                capture=_FILES[INSIDE],
            ),
        ),
    )


def _between(
    document: dict[str, Any], chance: Chance, inside: IPAddress, wall: str
) -> tuple[IPAddress, IPAddress]:
    """Put a network and a second firewall before the inside; their new addresses on it."""
    network = f"172.16.{chance.number(0, 250)}.0/24"
    document["networks"][_TRANSIT] = network
    prefix = network.removesuffix("0/24")
    door_outside, wall_inside = (f"{prefix}{each}" for each in chance.some(2, range(1, 255)))
    outer = document["firewalls"][wall]
    inward, outward = outer["services"]
    transit = {_TRANSIT: {"address": wall_inside}}
    outer["interfaces"] = {OUTSIDE: outer["interfaces"][OUTSIDE], **transit}
    outer["services"] = [
        inward
        | {"destination": {"address": door_outside, "port": 102}, "onward_interface": _TRANSIT},
        outward | {"listen": {"interface": _TRANSIT, "port": 102}},
    ]
    document["firewalls"][_INNER] = {
        "interfaces": {_TRANSIT: {"address": door_outside}, INSIDE: {"address": str(inside)}},
        "services": [
            inward | {"listen": {"interface": _TRANSIT, "port": 102}},
            outward
            | {
                "destination": {"address": wall_inside, "port": 102},
                "onward_interface": _TRANSIT,
            },
        ],
    }
    return parse_address(door_outside), parse_address(wall_inside)


EXERCISE = Exercise(
    name="two-firewalls",
    level=Level.TRANSFER,
    title="Two firewalls in a row",
    aim="to follow a call over three networks, and to say which proxy decides about the source",
    before="the exercise whose-address; why a bind is refused for its source address",
    minutes=45,
    make=_make,
    kernel_only=True,
    solution="""Take the first packet of the call in each capture. On the transit network its source
is the caller's address when the outer firewall is transparent, else the outer firewall's. On the
inside the same question is asked again, about what the inner firewall saw. The MTA compares only
what it sees with its Stack page, and that has the inner firewall's inside address. So only the last
firewall matters: turn its client-side transparency off. Changing the outer one changes what the
inner one sees, and nothing for the MTA.""",
)
