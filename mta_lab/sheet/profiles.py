"""Peer profiles: what is known of the MTAs that a connector may lead to, and its presets.

Only what is known stands here: a field without a preset has Exchange's default.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mta_emu.osi.rtse.primitives import Mode


class ProfileName(StrEnum):
    """The MTAs that there is a profile of."""

    EXCHANGE = "exchange"
    PP = "pp"
    HP_NONSTOP = "hp-nonstop"
    OPENMAIL = "openmail"


class Dialogue(StrEnum):
    """Who may transfer over an association."""

    TWO_WAY = "two-way-alternate"
    MONOLOGUE = "monologue"


@dataclass(frozen=True)
class Profile:
    """What is known of a kind of MTA, and the presets of a connector that leads to one.

    The first of `dialogue_modes` and of `conformances` is what a new sheet has. `one_address`: it
    knows its callers by their addresses, so that all calls must come from one; the preset is the
    Stack IP Address Override (Q197378). `exchange_contents` is the preset of the Advanced page,
    and of "remote clients support MAPI" on the General page.
    """

    name: ProfileName
    known: str
    dialogue_modes: tuple[Dialogue, ...] = tuple(Dialogue)
    conformances: tuple[Mode, ...] = (Mode.NORMAL_1988, Mode.X410_1988, Mode.X410_1984)
    one_address: bool = False
    exchange_contents: bool = False


PROFILES = {
    each.name: each
    for each in (
        Profile(
            ProfileName.EXCHANGE,
            "Takes Exchange contents and rich text; MTA names are compared without regard to case.",
            exchange_contents=True,
        ),
        Profile(
            ProfileName.PP,
            "Knows its callers by their network addresses. Writes the type of an extension with an "
            "explicit tag, which is read here.",
            one_address=True,
        ),
        Profile(
            ProfileName.HP_NONSTOP,
            "Knows its peers by ordered pairs of addresses, its own and theirs. Speaks monologue "
            "only, so each side calls for its own mail.",
            dialogue_modes=(Dialogue.MONOLOGUE,),
            one_address=True,
        ),
        Profile(
            ProfileName.OPENMAIL,
            "Speaks the X.410 mode only, which has no S selector (Q152932).",
            conformances=(Mode.X410_1988, Mode.X410_1984),
        ),
    )
}


def not_spoken(profile: Profile, dialogue_mode: Dialogue, mode: Mode) -> Iterator[tuple[str, str]]:
    """What such an MTA does not speak: the field of the link, and what it may say."""
    if dialogue_mode not in profile.dialogue_modes:
        yield "dialogue_mode", _or(profile.dialogue_modes)
    if mode not in profile.conformances:
        yield "conformance", _or(profile.conformances)


def _or(values: Sequence[Dialogue | Mode]) -> str:
    return " or ".join(str(each.value) for each in values)
