"""A scenario played on loopback."""

from pathlib import Path

from mta_emu.decode.dissector import dissect
from mta_emu.decode.steps import Side
from mta_lab.capture.excerpt import View
from mta_lab.exercises.course import find
from mta_lab.exercises.playing import play


def test_a_seed_gives_an_equivalent_capture(tmp_path: Path) -> None:
    """Ports, times and packets without data differ; who says what, in which order, does not."""
    said = []
    for name in ("one", "other"):
        play(find("which-layer").scenario("1").topology, tmp_path, {name: View()})
        [_, call] = dissect(tmp_path / name)  # the neighbour's comes first
        said.append(
            [
                [[layer.pdu for layer in step.layers] for step in call.steps if step.sender is side]
                for side in Side
            ]
        )
    assert said[0] == said[1]
    assert len(said[0][0]) > 2


def test_each_view_has_its_file(tmp_path: Path) -> None:
    topology = find("whose-address").scenario("1").topology
    played = play(topology, tmp_path, {"all": View(), "in": View(("inside",))})
    assert [*map(str, played.result.differences)] == []
    whole, inside = dissect(tmp_path / "all"), dissect(tmp_path / "in")
    assert len(whole) == 2 * len(inside) > 0
    evidence = played.evidence(tmp_path, ["in"])
    assert [each.ends for each in evidence.captures["in"]] == [each.ends for each in inside]
