"""What a caller says reaches the mailbox, and mutated nothing worse than a refusal."""

from random import Random

import pytest

from fuzz import caller, shown
from fuzz.mutation import mutate_conversation
from mta_emu.mta.mta import Mta

SEEDS = caller.seeds()


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The subjects of what has been delivered, and the reports that have come."""
    found: list[str] = []
    read_all = shown.read_all

    async def noted(mta: Mta, identifiers: list[str]) -> None:
        found.extend(mail.subject for mail in mta.store.mailbox.read())
        found.extend(f"report on {each.subject_identifier}" for each in mta.store.reports.read())
        await read_all(mta, identifiers)

    monkeypatch.setattr(shown, "read_all", noted)
    return found


def test_what_was_recorded_is_delivered(delivered: list[str]) -> None:
    caller.call(SEEDS[0])
    assert delivered == ["Files", "Files", "report on [C=US;A= ;P=Contoso;EXTERNAL-1]"]


@pytest.mark.parametrize("seed", range(40))
def test_what_was_recorded_and_mutated_breaks_nothing(seed: int) -> None:
    """`make fuzz` draws more of them."""
    dice = Random(seed)
    said = dice.choice(SEEDS)
    for _ in range(dice.randint(1, 3)):
        said = mutate_conversation(said, dice)
    caller.call(said)
