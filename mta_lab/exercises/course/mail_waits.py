"""Mail piles up outside, and leaves when the inside writes: the seed, with three causes."""

from collections.abc import Callable
from typing import Any

from mta_emu.decode.steps import Side
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import INBOUND, Sites, sites, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, frames, steps
from mta_lab.exercises.exercise import Exercise, Level, Repair, Scenario
from mta_lab.exercises.kinds import LAYERS, Kind
from mta_lab.exercises.question import Question

_ADDRESS = "the called MTA sees another source address than its connector's Stack page has"
_NAME = "the called MTA's connector has another name for the caller than it gives"
_PASSWORD = "the called MTA's connector expects another password than the caller gives"  # noqa: S105
_OTHERS = (
    "the called MTA is not reached: the firewall drops the call",
    "the called MTA has no control block left",
    "the connector of the called MTA does not allow two-way alternate",
)


def _transparency(document: dict[str, Any], here: Sites, _: Chance) -> None:
    document["firewalls"][here.firewall]["services"][INBOUND]["client_side_transparency"] = True


def _name(document: dict[str, Any], here: Sites, chance: Chance) -> None:
    general = document["mtas"][here.inner.mta]["connectors"][0]["general"]
    general["remote_mta_name"] = f"{here.outer.mta}{chance.number(2, 9)}"


def _password(document: dict[str, Any], here: Sites, chance: Chance) -> None:
    general = document["mtas"][here.inner.mta]["connectors"][0]["general"]
    general["remote_mta_password"] = chance.word()


_CAUSES: dict[str, Callable[[dict[str, Any], Sites, Chance], None]] = {
    _ADDRESS: _transparency,
    _NAME: _name,
    _PASSWORD: _password,
}


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(sites(chance), chance)
    outer, inner = here.outer, here.inner
    play = [*here.mails(outer, inner, chance.number(2, 6)), {"await": "settled"}]
    document = here.document(play)
    healthy = topology(document)
    cause = chance.one(tuple(_CAUSES))
    _CAUSES[cause](document, here, chance)
    played = topology(document)

    def refused(evidence: Evidence) -> list[int]:
        calls = evidence.associations(called=inner.address)
        return [frame for call in calls for frame in frames(call, "RF", Side.CALLED)]

    def bind(evidence: Evidence) -> int:
        return frames(evidence.associations(called=inner.address)[0], "CN")[0]

    def highest_layer(evidence: Evidence) -> list[object]:
        calls = evidence.associations(called=inner.address)
        refusals = [step for call in calls for step in steps(call, "RF", Side.CALLED)]
        return [refusals[0].layers[-1].name]

    def event(evidence: Evidence) -> list[object]:
        return [f"{each} at {inner.mta}" for each in evidence.events(inner.mta)]

    return Scenario(
        topology=played,
        story=f"""
{here.organization} has two sites, {outer.town} and {inner.town}, with a firewall between them. Mail
from {outer.town} to {inner.town} stays in the queue of {outer.mta}. The capture has both networks.

{here.table()}

A wrong address, name and password look alike in a capture: you get the configurations, too. Repair
what is wrong in `hosts/`, so that mail from {outer.town} is delivered by the calls of {outer.mta}.
""",
        given=(outer.mta, inner.mta, here.firewall),
        repair=Repair(healthy, outer.mta, inner.mta),
        questions=(
            Question(
                "refusal",
                Kind.FRAME,
                f"In which frame does {inner.mta} refuse the association?",
                key=refused,
                look=bind,
                hints=("The session has an SPDU for it: REFUSE.",),
            ),
            Question(
                "layer",
                Kind.LAYER,
                "Which layer decided to refuse it? (The layers below only carry that.)",
                key=highest_layer,
                look=lambda evidence: refused(evidence)[0],
                choices=LAYERS,
                hints=("Open the refusal down to the layer with the reason.",),
            ),
            Question(
                "event",
                Kind.EVENT,
                "Which event does the called MTA log for this refusal, and which MTA is that?",
                key=event,
                look=lambda evidence: refused(evidence)[0],
                hints=("Whose name or password is in no connector, is an MTA that is unknown.",),
            ),
            Question(
                "cause",
                Kind.CAUSE,
                "Why is the bind refused?",
                key=lambda _: [cause],
                look=bind,
                choices=chance.shuffled((*_CAUSES, *_OTHERS)),
                hints=(
                    "Compare the bind and its source address with the General and Stack pages.",
                ),
                points=3,
            ),
            Question(
                "repair",
                Kind.REPAIR,
                "Repair the configurations in `hosts/`.",
                key=lambda _: [],
                look=bind,
                points=4,
            ),
        ),
    )


EXERCISE = Exercise(
    name="mail-waits",
    level=Level.TRANSFER,
    title="Mail waits outside",
    aim="to find why a bind is refused where packets alone do not say it, and to repair it",
    before="the layers up to the bind; the General and Stack pages of a connector",
    minutes=45,
    make=_make,
    solution="""The call comes through, and the bind is refused with an authentication error, which
is all that X.411 lets the called MTA say. Three things look like that. Compare the source address
on the inside with the Stack page of the called MTA's connector: if they differ, it logs 1293, and
the repair is to turn client-side transparency off. Else it logs 51. Compare the MTA name in the
bind with the General page, then the password. Change the one that differs and no other: a connector
that accepts everybody is no repair.""",
)
