"""The trace of a message: over which MTAs it came, and how a loop is found (Q164838)."""

from mta_emu.decode.steps import Layer, LayerName
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import LAN, domain, mail, mta, row, topology
from mta_lab.exercises.evidence import CAPTURE, Evidence
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_NOWHERE = ("Atlantis", "Avalon", "Utopia", "Lemuria", "Shangri-La")
_REPORT = 290
_DELIVERED = "the last MTA has a mailbox for it, and delivers it"
_LOOP = "an MTA finds its own name in the trace, and reports the message as not delivered"
_OTHERS = (
    "an MTA refuses it because the trace is too long",
    "it goes round until somebody stops an MTA",
    "an MTA drops it, and nobody hears of it",
)


def _make(chance: Chance) -> Scenario:
    organization, network, sites = row(chance, chance.number(3, 4))
    first, last = sites[0], sites[-1]
    loops, nowhere = chance.yes(), chance.one(_NOWHERE)
    message = mail(organization, first, last)
    if loops:
        message["send"] |= {
            "to": message["send"]["to"].replace(f"O={last.town}", f"O={nowhere}"),
            "stray": True,
        }
    mtas = {}
    for number, own in enumerate(sites):
        following, previous = sites[(number + 1) % len(sites)], sites[number - 1]
        towards = [(following, own.calls), (previous, previous.address)]
        mtas[own.mta] = mta(organization, own, towards)
        for connector in mtas[own.mta]["connectors"]:  # each message has a call of its own sender
            connector["advanced"]["two_way_alternate"] = False
        spaces = mtas[own.mta]["connectors"][0]["address_space"]
        far = [nowhere] if loops else [site.town for site in sites[number + 2 :]]
        spaces += [{**domain(organization), "organization": each, "cost": 1} for each in far]
    document = {
        "name": "exercise",
        "title": "An exercise",
        "networks": {LAN: str(network)},
        "mtas": mtas,
        "play": [message, {"await": "settled"}],
    }

    def transfers(evidence: Evidence) -> list[tuple[int, Layer]]:
        """The frame that completes each transfer of the message, and its envelope."""
        found = [
            (step.frame, layer)
            for call in evidence.captures[CAPTURE]
            for step in call.steps
            for layer in step.layers
            if layer.name == LayerName.MTS and layer.pdu == "message"
        ]
        return sorted(found, key=lambda each: each[0])

    def trace(evidence: Evidence) -> list[str]:
        """The MTAs in the trace of the last transfer."""
        elements = transfers(evidence)[-1][1].parameters["internal_trace"]
        return [str(each).split()[0] for each in elements] if isinstance(elements, list) else []

    def path(evidence: Evidence) -> list[object]:
        passed = trace(evidence)
        return [tuple(passed if loops else [*passed, last.mta])]

    def became(evidence: Evidence) -> list[object]:
        return [_LOOP if _REPORT in evidence.events(first.mta) else _DELIVERED]

    shown = sorted(sites, key=lambda site: site.mta)  # which does not say who calls whom
    hosts = [f"| {each.mta} | MTA in {each.town} | {each.address} |" for each in shown]
    table = "\n".join(["| Host | What it is | Address |", "|---|---|---|", *hosts])
    return Scenario(
        topology=topology(document),
        story=f"""
{organization} has {len(sites)} MTAs on one network. Somebody at one of them writes a message, and
the capture has all of its way.

{table}
""",
        questions=(
            Question(
                "last_transfer",
                Kind.FRAME,
                "Which frame completes the last transfer of the message?",
                key=lambda evidence: [transfers(evidence)[-1][0]],
                look=lambda evidence: transfers(evidence)[0][0],
                hints=("Each transfer is an activity; Wireshark names the message at its end.",),
            ),
            Question(
                "origin",
                Kind.NAME,
                "Which MTA took the message from its originator, as the trace says?",
                key=lambda evidence: trace(evidence)[:1],
                look=lambda evidence: transfers(evidence)[-1][0],
                hints=("The oldest element of the trace comes first.",),
            ),
            Question(
                "elements",
                Kind.VALUE,
                "How many elements has the internal trace information in the last transfer?",
                key=lambda evidence: [len(trace(evidence))],
                look=lambda evidence: transfers(evidence)[0][0],
                hints=("It is an extension of the envelope, 38; trace-information has domains.",),
            ),
            Question(
                "path",
                Kind.ORDER,
                "In which order did the message come to the MTAs? Each once.",
                key=path,
                look=lambda evidence: transfers(evidence)[-1][0],
                choices=chance.shuffled([site.mta for site in sites]),
                hints=("An MTA adds itself when it transfers the message on.",),
                points=3,
            ),
            Question(
                "became",
                Kind.CAUSE,
                "What becomes of the message?",
                key=became,
                look=lambda evidence: transfers(evidence)[-1][0],
                choices=chance.shuffled((_DELIVERED, _LOOP, *_OTHERS)),
                hints=("To which MTA is the last transfer, and does its trace name that one?",),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="trace",
    level=Level.TRANSFER,
    title="Over which MTAs it came",
    aim="to read a message's trace, and to see by it that a message goes in a circle",
    before="that MTAs relay messages, and that an envelope grows on the way",
    minutes=25,
    make=_make,
    solution="""Find the transfers of the message: each is an activity of its own association, and
Wireshark names the message in the frame that completes it. Open the envelope of the last one. Its
trace-information has an element for each management domain, so here one. The extension
internal-trace-information (38) has one for each MTA that transferred it, the oldest first, with the
time of arrival and what it did. The MTA that gets the last transfer is not yet in it, unless the
message has gone in a circle: then this MTA finds its own name in the trace, transfers it no more,
and logs 290 with the non-delivery report. Else it delivers.""",
)
