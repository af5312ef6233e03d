"""The hosts of a lab, whoever plays on them, and a capture, from beginning to end."""

from pathlib import Path

from mta_lab.lab.directory import Lab
from mta_lab.play.audience import Audience
from mta_lab.play.stage import Stage
from mta_lab.topology.play import PlayStep
from tests.patience import PATIENCE


async def test_what_was_seen_is_there_before_the_end_and_after_it(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "captures" / "lab.pcapng"
    stage = Stage(lab, file, Audience(), PATIENCE, tasks=True)
    await stage.hosts.start(tapped=stage.tapped)
    for number, step in enumerate(lab.topology.play[:2]):  # it sends, and settles
        await stage.player.step(f"play.{number}", step)
    before = stage.so_far()
    assert [len(mail.mts_identifiers) for mail in before.sent_mail] == [5]
    assert (before.capture.file, before.capture.packets) == (file, 0)
    after = await stage.end()
    assert after.capture.packets > 0
    assert after.capture.method == before.capture.method
    assert after.ended >= before.ended
    assert stage.said_by_mtas() == {name: after.records[name] for name in lab.topology.mtas}


async def test_what_differs_in_a_step_is_kept(lab: Lab, tmp_path: Path) -> None:
    stage = Stage(lab, tmp_path / "lab.pcapng", Audience(), PATIENCE, tasks=True)
    await stage.hosts.start(tapped=stage.tapped)
    await stage.player.step("here", PlayStep.model_validate({"queued": {"EXTERNAL": 7}}))
    [difference] = (await stage.end()).differences
    assert (difference.where, difference.expected) == ("here.queued.EXTERNAL", 7)
    assert difference.observed == 0
