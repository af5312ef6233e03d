"""Minutes keep what a run said and played, and let another audience watch."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from labkit.records import Record
from mta_emu.mta.log.records import Listening
from mta_lab.backends.registry import backend
from mta_lab.lab.directory import Lab
from mta_lab.play.audience import Audience
from mta_lab.play.minutes import OVER, Minutes
from mta_lab.topology.play import PlayStep
from mta_lab.topology.reading import load_topology

SEED = load_topology(Path(__file__).parents[3] / "labs" / "q196381.yaml")


class Witness(Audience):
    """Writes down which of its methods were called."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def begin(self, lab: Lab) -> None:
        self.seen.append(f"begin {lab.name}")

    def hear(self, host: str, record: Record) -> None:
        self.seen.append(f"hear {host}")

    async def before(self, number: int, step: PlayStep) -> None:
        self.seen.append(f"before {number}")

    async def over(self) -> None:
        self.seen.append("over")

    def end(self) -> None:
        self.seen.append("end")


async def test_what_a_run_says_is_kept_and_passed_on() -> None:
    placement = backend("loopback").place(SEED, None)
    origin = datetime.now(UTC) - timedelta(seconds=1)
    lab = Lab(name="q", placement=placement, scale=1000, origin=origin, directory=Path("/none"))
    witness, listening = Witness(), Listening("127.0.113.10:102")
    minutes = Minutes(witness)
    minutes.begin(lab)
    minutes.hear("EXTERNAL", listening)
    await minutes.before(0, SEED.play[0])
    await minutes.over()
    minutes.end()
    assert minutes.lab is lab
    assert minutes.records == {"EXTERNAL": [listening]}
    assert [each.text for each in minutes.played] == [f"1. {SEED.play[0]}", OVER]
    first, last = (each.time for each in minutes.played)
    assert origin + timedelta(seconds=1000) < first <= last  # lab time, which runs faster
    assert witness.seen == ["begin q", "hear EXTERNAL", "before 0", "over", "end"]
