"""Manual pages: one for each command, with what its help has, and read by man without a word."""

import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from labkit.manpages import pages, write
from tests.house.commands import COMMANDS, PROGRAMS
from tests.patience import PATIENCE


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("man")
    assert write(directory, [*PROGRAMS]) == len([*directory.iterdir()])
    return directory


def test_each_command_has_its_page(written: Path) -> None:
    there = {path.name for path in written.iterdir()}
    wanted = {"-".join(command.words).replace("_", "-") for command in COMMANDS}
    assert {f"{name}.1" for name in wanted} <= there
    assert {"mta-lab.1", "mta-emu.1", "firewall-proxy.1"} <= there


def test_man_reads_them_all_without_a_warning(written: Path) -> None:
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    for page in sorted(written.iterdir()):
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8", page],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        assert done.stderr == "", page


def test_a_page_has_what_the_help_has(written: Path) -> None:
    page = (written / "mta-lab-run.1").read_text("utf-8").replace("\\-", "-")
    for said in (
        ".SH NAME\nmta-lab-run - Play topologies on real sockets and compare what was seen",
        ".SH SYNOPSIS\n.B mta-lab run\n[OPTIONS] [FILE|NAME...]",
        "\\fB--all\\fR\nPlay every file",
        "Exit status 0: as expected",
        ".SH SEE ALSO\n\\fBmta-lab\\fR(1)",
    ):
        assert said in page
    assert "\\fBmta-lab-run\\fR(1)" in (written / "mta-lab.1").read_text("utf-8").replace(
        "\\-", "-"
    )


def test_no_text_is_a_command_of_roff() -> None:
    app = typer.Typer(add_completion=False)

    @app.command()
    def odd() -> None:
        """.so /etc/passwd

        'hidden \\fB and \\n[.x] - dashes

        Last.
        """

    ((name, text),) = pages("odd", typer.main.get_command(app))
    assert name == "odd.1"
    assert "\\- \\&.so /etc/passwd" in text
    assert "\n\\&'hidden \\efB and \\en[.x] \\- dashes\n" in text
