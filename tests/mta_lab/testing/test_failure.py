"""What a failed test shows of a lab."""

from mta_lab.testing.failure import failure
from mta_lab.testing.labs import Labs


async def test_it_has_predicted_and_observed_a_ladder_and_the_capture(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        await lab.send("EXTERNAL", "INTERNAL", count=2)
    lines = failure(lab, lab.capture).split("\n")
    assert lines[0].split() == ["from", "->", "to", "predicted,", "first", "message", "observed"]
    row = next(line for line in lines if line.startswith("EXTERNAL -> INTERNAL  "))
    assert row.split(maxsplit=3)[3].split(maxsplit=1) == [
        "collected",
        "refused: 2 sent, 0 arrived, 2 queued",
    ]
    assert any("is predicted collected: caller's address 203.0.113.10" in line for line in lines)
    assert "INTERNAL logged: 1293" in lines
    assert any("RT-OPEN request" in line for line in lines)
    assert lines[-1].startswith("the packets: wireshark ")
    assert lines[-1].endswith(str(lab.capture))
    assert not any(line.startswith("not as the file expects") for line in lines)
    assert len(lines) < 70


async def test_of_a_play_it_has_what_differs(labs: Labs) -> None:
    async with labs.aio("q196381", set={"firewall.transparency": False}) as lab:
        await lab.play()
    text = failure(lab, lab.capture)
    assert (
        "not as the file expects: EXTERNAL -> INTERNAL: disposition: collected, and seen delivered"
        in text
    )


async def test_without_a_capture_it_has_the_rest(labs: Labs) -> None:
    async with labs.aio("q196381") as lab:
        pass
    lab.capture.unlink()
    text = failure(lab, lab.capture)
    assert "EXTERNAL logged: no event" in text
    assert "wireshark" not in text
