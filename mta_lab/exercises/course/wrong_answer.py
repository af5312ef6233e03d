"""A bind that is accepted, and an association that its caller gives up (Q159182)."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, frames, parameter
from mta_lab.exercises.exercise import Exercise, Level, Repair, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_NAME = "the called MTA answers with another name than the caller's connector has"
_PASSWORD = "the called MTA answers with another password than the caller's connector has"  # noqa: S105
_OTHERS = (
    "the called MTA does not expect the name or the password in the bind",
    "the two ask for different dialogue modes",
    "the called MTA sees another source address than it expects",
    "the caller has nothing to send any more",
)


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    play = [*here.mails(caller, called, chance.number(1, 4)), {"await": "settled"}]
    document = here.document(play)
    for mta in here.pair(document):
        mta["connectors"][0]["schedule"]["activation"] = "remote-initiated"
    caller_connector = document["mtas"][caller.mta]["connectors"][0]
    caller_connector["schedule"]["activation"] = "always"
    healthy = topology(document)
    override = document["mtas"][called.mta]["connectors"][0]["override"]
    cause = chance.one((_NAME, _PASSWORD))
    if cause == _NAME:
        override["local_mta_name"] = f"{called.mta}{chance.number(2, 9)}"
    else:
        override["local_mta_password"] = chance.word()

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def answer(evidence: Evidence) -> int:
        return first([call(evidence)], "AC", Side.CALLED).frame

    def given_up(evidence: Evidence) -> list[int]:
        """The first thing that the caller says after the answer to its bind."""
        said = [
            step.frame
            for step in call(evidence).steps
            if step.sender is Side.CALLING and step.frame > answer(evidence)
        ]
        return said[:1]

    return Scenario(
        topology=topology(document),
        story=f"""
Mail from {caller.town} to {here.inner.town} stays in the queue of {caller.mta}, although
{called.mta} says that it has refused nothing.

{here.table()}

Repair what is wrong in `hosts/`. What {caller.mta} expects is as it should be.
""",
        given=(caller.mta, called.mta),
        repair=Repair(healthy, caller.mta, called.mta),
        questions=(
            Question(
                "accepted",
                Kind.FRAME,
                f"In which frame does {called.mta} accept the bind?",
                key=lambda evidence: [answer(evidence)],
                look=lambda evidence: frames(call(evidence), "CN")[0],
                hints=("An SPDU ACCEPT carries the bind result.",),
            ),
            Question(
                "name",
                Kind.NAME,
                "Which MTA name is in the answer to the bind?",
                key=lambda evidence: [
                    parameter(first([call(evidence)], "AC", Side.CALLED), "mta_name")
                ],
                look=answer,
                points=1,
            ),
            Question(
                "given_up",
                Kind.FRAME,
                "In which frame does the caller give the association up?",
                key=given_up,
                look=answer,
                hints=("It is the first SPDU of the caller after the answer.",),
            ),
            Question(
                "event",
                Kind.EVENT,
                "Which event is logged for it, and where?",
                key=lambda evidence: [
                    f"{event} at {name}"
                    for name in (caller.mta, called.mta)
                    for event in evidence.events(name)
                ],
                look=lambda evidence: given_up(evidence)[0],
            ),
            Question(
                "cause",
                Kind.CAUSE,
                "Why does the caller give it up?",
                key=lambda _: [cause],
                look=answer,
                choices=chance.shuffled((_NAME, _PASSWORD, *_OTHERS)),
                hints=("The caller compares the answer with its General page.",),
                points=3,
            ),
            Question(
                "repair",
                Kind.REPAIR,
                "Repair the configuration of the called MTA in `hosts/`.",
                key=lambda _: [],
                look=lambda evidence: frames(call(evidence), "CN")[0],
                points=4,
            ),
        ),
    )


EXERCISE = Exercise(
    name="wrong-answer",
    level=Level.TRANSFER,
    title="Accepted, and given up",
    aim="to see that a caller checks the answer to its bind, too",
    before="bind argument and bind result of X.411; the General and Override pages of a connector",
    minutes=30,
    make=_make,
    solution="""The called MTA accepts: ACCEPT, CPA, AARE, RTOAC and the bind result with its name
and password. The caller compares both with the remote MTA name and password on its General page.
When one differs it ends the association before any mail, and logs 48; the called MTA has nothing to
log. Compare the bind result in the capture with the caller's General page, and look for the value
on the called MTA's Override page. Change that, and not what the caller expects.""",
)
