"""`mta-lab lint`: what is hardly meant, as compilers write it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from mta_lab.cli import app

LABS = Path(__file__).parents[3] / "labs"
SEED, REFUSED = LABS / "q196381.yaml", LABS / "q154301-connection-refused.yaml"


def test_a_topology_without_findings_is_silent() -> None:
    done = CliRunner().invoke(app, ["lint", str(SEED)])
    assert (done.exit_code, done.output) == (0, "")


def test_each_finding_is_a_line_with_its_place_first() -> None:
    done = CliRunner().invoke(app, ["lint", str(SEED), str(REFUSED)])
    assert done.exit_code == 1
    (line,) = done.stdout.splitlines()
    place, _, text = line.partition(": ")
    file, number = place.split(" ")[0].rsplit(":", 1)
    assert Path(file).name == REFUSED.name
    assert "where nobody listens" in text
    assert REFUSED.read_text("utf-8").splitlines()[int(number) - 1].strip()


def test_as_json_it_has_the_parts() -> None:
    done = CliRunner().invoke(app, ["lint", "--json", str(REFUSED)])
    assert done.exit_code == 1
    (finding,) = map(json.loads, done.stdout.splitlines())
    assert finding["check"] == "service"
    assert finding["place"]["file"].endswith(REFUSED.name)
    assert finding["place"]["line"] > 1


def test_a_file_that_is_no_topology_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("name: 1\n", "utf-8")
    done = CliRunner().invoke(app, ["lint", str(SEED), str(tmp_path / "x.yaml")])
    assert done.exit_code == 2
    assert f"{tmp_path}/x.yaml:1" in done.stderr
