"""A message that nobody can deliver, and the report that comes back."""

from typing import Any

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, frames
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_NOWHERE = ("Atlantis", "Avalon", "Utopia", "Lemuria", "Shangri-La")
_CALL, _CONFIRM, _BIND, _ACCEPT, _SENT, _ASKED, _GAVE, _REPORT = _HAPPENED = (
    "the caller asks for a transport connection",
    "the called system confirms the transport connection",
    "the caller binds",
    "the called MTA accepts the bind",
    "the last message is transferred",
    "the called MTA asks for the turn",
    "the caller gives the turn",
    "the report is transferred",
)
_ASKED_ABOUT = 5  # of them
#: What the mailbox of the last message has registered; None: there is no mailbox.
_REGISTERED: tuple[dict[str, Any] | None, ...] = (
    None,
    {"content_length": 1},
    {"content_types": ["9999"]},
    {"information_types": ["g3-facsimile"]},
)
_LINES = (100, 200)


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    nowhere = chance.one(_NOWHERE)
    asked_about = chance.some(_ASKED_ABOUT, _HAPPENED)
    registered = chance.one(_REGISTERED)
    good = here.mails(caller, called, chance.number(1, 8))
    stray = here.mail(caller, called)
    stray["send"] |= {
        "to": stray["send"]["to"].replace(f"O={called.town}", f"O={nowhere}"),
        "stray": True,
        "text": "Line after line. " * chance.number(*_LINES),
    }
    document = here.document([*good, {"await": "settled"}, stray, {"await": "settled"}])
    document["mtas"][called.mta]["connectors"][0]["schedule"]["activation"] = "remote-initiated"
    if registered is not None:
        mailboxes = document["mtas"][called.mta]["server"]["mailboxes"]
        mailboxes.append(mailboxes[0] | {"organization": nowhere} | registered)
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

    def diagnostics(evidence: Evidence) -> list[object]:
        recipients = [layer.parameters.get("recipients") for layer in report(evidence).layers]
        return [recipient["diagnostic"] for each in recipients for recipient in each or []]

    def starts(evidence: Evidence, side: Side) -> list[int]:
        return frames(call(evidence), "AS", side)

    def given_turn(evidence: Evidence) -> int:
        turns = (frames(call(evidence), pdu, Side.CALLING) for pdu in ("GT", "GTC"))
        return min(frame for found in turns for frame in found)

    def order(evidence: Evidence) -> list[object]:
        happened = {
            _CALL: frames(call(evidence), "CR", Side.CALLING)[0],
            _CONFIRM: frames(call(evidence), "CC", Side.CALLED)[0],
            _BIND: frames(call(evidence), "CN", Side.CALLING)[0],
            _ACCEPT: frames(call(evidence), "AC", Side.CALLED)[0],
            _SENT: starts(evidence, Side.CALLING)[-1],
            _ASKED: frames(call(evidence), "PT", Side.CALLED)[0],
            _GAVE: given_turn(evidence),
            _REPORT: report(evidence).frame,
        }
        return [tuple(sorted(asked_about, key=lambda what: happened[what]))]

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
                f"How many messages does {caller.mta} transfer to {called.mta}?",
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
                "diagnostic",
                Kind.VALUE,
                "Which non-delivery diagnostic code does the report have?",
                key=diagnostics,
                look=lambda evidence: report(evidence).frame,
            ),
            Question(
                "order",
                Kind.ORDER,
                "In which order did this happen? Of the turns take the first.",
                key=order,
                look=lambda evidence: starts(evidence, Side.CALLING)[-1],
                choices=asked_about,
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
took it to the called MTA. That one has no mailbox for the recipient, or one that does not take such
a message: too long, or of another type. It makes a report, for which it needs the turn: PLEASE
TOKENS, then GIVE TOKENS CONFIRM from the caller. The report is an activity from the called side. In
it is a line for each recipient: the reason code says that the transfer failed or was impossible,
the diagnostic code why, such as an O/R name that is not recognized.""",
)
