"""Those who watch a run, and one who says nothing."""

import pytest

from mta_emu.mta.log.records import Listening
from mta_lab.play.audience import Audience
from mta_lab.topology.play import PlayStep


async def test_nobody_says_nothing_and_waits_for_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    nobody = Audience()
    nobody.hear("EXTERNAL", Listening("127.0.113.10:102"))
    await nobody.before(0, PlayStep(restart="EXTERNAL"))
    await nobody.over()
    nobody.end()
    assert capsys.readouterr() == ("", "")
