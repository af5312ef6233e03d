"""`mta-lab fits`: whether a topology has the hosts of a Compose file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LABS = Path(__file__).parents[3] / "labs"
SEED = ("EXTERNAL=203.0.113.10", "firewall=203.0.113.1", "firewall=198.51.100.1")
INTERNAL = "INTERNAL=198.51.100.10"

Command = Callable[..., Any]


@pytest.mark.parametrize("name", ["", "-transparency-off", "-second-connector", "-tunnel"])
def test_the_seed_and_its_workarounds_fit(cli: Command, name: str) -> None:
    done = cli("fits", str(LABS / f"q196381{name}.yaml"), *SEED, INTERNAL)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{LABS}/q196381{name}.yaml: ")


@pytest.mark.parametrize(
    ("hosts", "complaint"),
    [
        (SEED, "has EXTERNAL 203.0.113.10, INTERNAL 198.51.100.10, firewall 198.51.100.1"),
        ((*SEED, "INTERNAL=198.51.100.11"), "this Compose file has EXTERNAL 203.0.113.10, INTE"),
        ((*SEED, "INTERNAL"), "'INTERNAL': write HOST=ADDRESS"),
    ],
)
def test_others_do_not(cli: Command, hosts: tuple[str, ...], complaint: str) -> None:
    done = cli("fits", str(LABS / "q196381.yaml"), *hosts)
    assert done.exit_code == 2
    assert complaint in done.output


def test_what_is_implausible_is_a_warning(cli: Command, tmp_path: Path) -> None:
    text = (LABS / "q196381.yaml").read_text("utf-8")
    file = tmp_path / "x.yaml"
    file.write_text(
        text.replace("destination: {address: 203.0.113.10", "destination: {address: 203.0.113.9")
    )
    done = cli("fits", str(file), *SEED, INTERNAL)
    assert done.exit_code == 0, done.output
    assert "warning: " in done.output
    assert (
        "service x400-outbound passes on to 203.0.113.9:102, where no host listens" in done.output
    )
