"""A message that nobody can deliver, and the report that comes back."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology
from mta_lab.exercises.evidence import Evidence, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_NOWHERE = ("Atlantis", "Avalon", "Utopia", "Lemuria", "Shangri-La")
_SENT, _ASKED, _GAVE, _REPORT = (
    "the message is transferred",
    "the called MTA asks for the turn",
    "the caller gives the turn",
    "the report is transferred",
)


def _make(chance: Chance) -> Scenario:
    here = lan(chance)
    caller, called = here.both
    nowhere = chance.one(_NOWHERE)
    good = here.mails(caller, called, chance.number(1, 3))
    stray = here.mail(caller, called)
    stray["send"] |= {
        "to": stray["send"]["to"].replace(f"O={called.town}", f"O={nowhere}"),
        "stray": True,
    }
    document = here.document([*good, {"await": "settled"}, stray, {"await": "settled"}])
    document["mtas"][called.mta]["connectors"][0]["schedule"]["activation"] = "remote-initiated"
    space = document["mtas"][caller.mta]["connectors"][0]["address_space"]
    space.append(space[0] | {"organization": nowhere})

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def report(evidence: Evidence) -> Step:
        found = [
            step
            for step in call(evidence).steps
            if any("subject_identifier" in layer.parameters for layer in step.layers)
        ]
        return found[0]

    def reported(evidence: Evidence, name: str) -> list[object]:
        recipients = [layer.parameters.get("recipients") for layer in report(evidence).layers]
        return [recipient[name] for each in recipients for recipient in each or []]

    def starts(evidence: Evidence, side: Side) -> list[int]:
        return frames(call(evidence), "AS", side)

    def given_turn(evidence: Evidence) -> int:
        turns = (frames(call(evidence), pdu, Side.CALLING) for pdu in ("GT", "GTC"))
        return min(frame for found in turns for frame in found)

    def order(evidence: Evidence) -> list[object]:
        happened = {
            _SENT: starts(evidence, Side.CALLING)[-1],
            _ASKED: frames(call(evidence), "PT", Side.CALLED)[0],
            _GAVE: given_turn(evidence),
            _REPORT: report(evidence).frame,
        }
        return [tuple(sorted(happened, key=lambda what: happened[what]))]

    return Scenario(
        topology=topology(document),
        story=f"""
Somebody at {caller.mta} writes to somebody at {called.mta}, and then to O={nowhere}, which the
connector leads to {called.mta}, too.

{here.table()}
""",
        questions=(
            Question(
                "messages",
                Kind.VALUE,
                f"How many messages does {caller.mta} transfer?",
                key=lambda evidence: [len(starts(evidence, Side.CALLING))],
                look=lambda evidence: frames(call(evidence), "CN")[0],
                hints=("Each is an activity of the session.",),
            ),
            Question(
                "report",
                Kind.FRAME,
                "Which frame brings the report?",
                key=lambda evidence: [report(evidence).frame],
                look=given_turn,
                hints=("It comes the other way, after the turn was given.",),
            ),
            Question(
                "reason",
                Kind.VALUE,
                "Which non-delivery reason code does the report have?",
                key=lambda evidence: reported(evidence, "reason"),
                look=lambda evidence: report(evidence).frame,
            ),
            Question(
                "diagnostic",
                Kind.VALUE,
                "Which non-delivery diagnostic code does it have?",
                key=lambda evidence: reported(evidence, "diagnostic"),
                look=lambda evidence: report(evidence).frame,
            ),
            Question(
                "order",
                Kind.ORDER,
                "In which order did this happen? Take the last message, and the first turn.",
                key=order,
                look=lambda evidence: starts(evidence, Side.CALLING)[-1],
                choices=chance.shuffled((_SENT, _ASKED, _GAVE, _REPORT)),
                hints=("Who wants to send something needs the turn.",),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="reports",
    level=Level.TRANSFER,
    title="A report comes back",
    aim="to find a non-delivery report, and to read why the message was not delivered",
    before="the exercise turns; that P1 carries messages, probes and reports",
    minutes=30,
    make=_make,
    solution="""The caller transfers all messages, also the one that nobody can deliver: routing
took it to the called MTA. That one finds no mailbox and no connector for the recipient. It makes a
report, for which it needs the turn: PLEASE TOKENS, then GIVE TOKENS CONFIRM from the caller. The
report is an activity from the called side. In it is a line for each recipient: the reason code says
that the transfer failed or was impossible, the diagnostic code why, such as an O/R name that is not
recognized.""",
)
