"""What a session begins with, and whose tokens are: versions, and control that changes sides."""

from mta_emu.decode.association import Association
from mta_emu.decode.steps import Side, Step
from mta_lab.exercises.chance import Chance
from mta_lab.exercises.course.sites import lan, topology, with_neighbour
from mta_lab.exercises.evidence import Evidence, first, frames, parameter
from mta_lab.exercises.exercise import Exercise, Level, Scenario
from mta_lab.exercises.kinds import Kind
from mta_lab.exercises.question import Question

_TURNS = (2, 13)  # of one side or the other: tokens change hands between two
_MESSAGES = (1, 2)  # in each
_VERSIONS = (1, 2)  # the highest one that an MTA has


def _make(chance: Chance) -> Scenario:
    here = with_neighbour(lan(chance), chance)
    caller, called = here.both
    turns = chance.number(*_TURNS)
    play = []
    for turn in range(turns):
        ends = (called, caller) if turn % 2 else (caller, called)
        play += [*here.mails(*ends, chance.number(*_MESSAGES)), {"await": "settled"}]
    document = here.document(play)
    for mta in here.pair(document):
        mta["server"]["transport_stack"]["session_version"] = chance.one(_VERSIONS)
    here.pair(document)[1]["connectors"][0]["schedule"]["activation"] = "remote-initiated"

    def call(evidence: Evidence) -> Association:
        return evidence.associations(called=called.address)[0]

    def connect(evidence: Evidence) -> Step:
        return first([call(evidence)], "CN", Side.CALLING)

    def accept(evidence: Evidence) -> Step:
        return first([call(evidence)], "AC", Side.CALLED)

    def versions(step: Step) -> list[object]:
        """As the bits of the octet: a list of numbers in the decoder."""
        offered = parameter(step, "versions")
        return [sum(offered)] if isinstance(offered, list | tuple) else []

    def given(evidence: Evidence, side: Side | None = None) -> list[int]:
        return frames(call(evidence), "GTC", side)

    def of_caller(evidence: Evidence) -> tuple[int, ...]:
        asks = frames(call(evidence), "PT", Side.CALLING)
        return tuple(sorted({*asks, *given(evidence, Side.CALLING)}))

    return Scenario(
        topology=topology(document),
        story=f"""
{caller.mta} calls {called.mta}, and mail goes both ways over the one association. Who may send has
the tokens of the session: all of them together, in X.400.

{here.table()}
""",
        questions=(
            Question(
                "proposed",
                Kind.VALUE,
                f"Which session versions does the CONNECT of {caller.mta} propose? The value of "
                "the whole octet: one bit for each version.",
                key=lambda evidence: versions(connect(evidence)),
                look=lambda evidence: connect(evidence).frame,
                points=1,
            ),
            Question(
                "accepted",
                Kind.VALUE,
                f"Which session version does the ACCEPT of {called.mta} choose?",
                key=lambda evidence: versions(accept(evidence)),
                look=lambda evidence: accept(evidence).frame,
                points=1,
            ),
            Question(
                "changes",
                Kind.VALUE,
                "How often are the tokens given over this association, from either side?",
                key=lambda evidence: [len(given(evidence))],
                look=lambda evidence: given(evidence)[0],
                hints=("With activities, control is given: GIVE TOKENS CONFIRM.",),
                points=3,
            ),
            Question(
                "last",
                Kind.FRAME,
                "In which frame are they given for the last time?",
                key=lambda evidence: given(evidence)[-1:],
                look=lambda evidence: given(evidence)[0],
            ),
            Question(
                "messages",
                Kind.VALUE,
                f"How many messages are transferred while the tokens are on the side of "
                f"{called.mta}?",
                key=lambda evidence: [len(frames(call(evidence), "AS", Side.CALLED))],
                look=lambda evidence: given(evidence)[0],
                hints=("A token setting of 0 in the CONNECT: all begin on the caller's side.",),
            ),
            Question(
                "asked",
                Kind.FILTER,
                f"A display filter that selects the packets in which {caller.mta} asks "
                f"{called.mta} for the tokens, or gives them, and no others.",
                key=lambda evidence: [of_caller(evidence)],
                look=lambda evidence: given(evidence)[0],
                hints=(
                    "PLEASE TOKENS without a token item asks for nothing: it goes before others.",
                ),
                points=3,
            ),
        ),
    )


EXERCISE = Exercise(
    name="tokens",
    level=Level.ASSOCIATION,
    title="Versions, and whose tokens they are",
    aim="to read the versions of a session, and to follow its tokens from one side to the other",
    before="the exercise layers-above; that only who has the tokens may send",
    minutes=25,
    make=_make,
    filters={"ses.type == 13 || ses.type == 14": "CONNECT and ACCEPT"},
    solution="""The connect/accept item of the CONNECT has the version number: bit 1 for version 1,
bit 2 for version 2, so 3 offers both and 1 only the first; the ACCEPT names one, the highest that
both sides have. The token setting item has two bits for each token; 0 is the caller's side, so the
caller begins. The other side asks with PLEASE TOKENS, and with activities all tokens are given
together, by GIVE TOKENS CONFIRM (ses.type == 21). Count those from both sides. After the last one
the tokens are on the other side than the one that gave them. A GIVE TOKENS or PLEASE TOKENS with no
token item stands in front of other SPDUs by the rules of concatenation, and gives nothing.""",
)
