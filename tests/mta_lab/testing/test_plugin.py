"""The plugin, in runs of pytest as its users have them."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[3]
PLUGIN = "mta_lab.testing.plugin"
PASSES = """
def test_mail_waits(x400_lab):
    lab = x400_lab("q196381")
    lab.send("EXTERNAL", "INTERNAL", count=5)
    assert lab.flow("EXTERNAL", "INTERNAL").delivered == 0
    assert lab.events("INTERNAL") == [1293]
"""
FAILS = """
import pytest

def test_mail_arrives(x400_lab):
    lab = x400_lab("q196381")
    lab.send("EXTERNAL", "INTERNAL")
    assert lab.flow("EXTERNAL", "INTERNAL").delivered == 1

async def test_async(x400_lab):
    async with x400_lab.aio("q196381") as lab:
        await lab.send("EXTERNAL", "INTERNAL")
        assert lab.flow("EXTERNAL", "INTERNAL").delivered == 1

@pytest.fixture
def down(x400_lab):
    x400_lab("q196381").send("EXTERNAL", "NOBODY")

def test_that_does_not_begin(down):
    pass
"""

RULES = """
table ip site {
    chain to_servers {
        type nat hook prerouting priority dstnat;
        iifname "outside" tcp dport 102 dnat to 198.51.100.10
    }
    chain sources {
        type nat hook postrouting priority srcnat;
        oifname "inside" tcp dport 102 snat to 198.51.100.1
    }
}
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    options = ("-p", PLUGIN, "-o", "asyncio_mode=auto", "-o", "tmp_path_retention_policy=all")
    return pytester.runpytest_subprocess(*options, "--basetemp=tmp", *arguments)


def captures(pytester: pytest.Pytester) -> list[Path]:
    return [*pytester.path.rglob("*.pcapng")]


def test_a_test_that_passes_prints_and_keeps_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PASSES)
    done = run(pytester)
    done.assert_outcomes(passed=1)
    done.stdout.no_fnmatch_line("*X.400 lab*")
    assert captures(pytester) == []


def test_a_test_that_fails_shows_its_lab_and_where_the_capture_lies(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(FAILS)
    done = run(pytester)
    done.assert_outcomes(failed=2, errors=1)
    kept = captures(pytester)
    assert len(kept) == 3
    done.stdout.fnmatch_lines(
        [
            "*X.400 lab q196381*",
            "EXTERNAL -> INTERNAL *collected*refused: 1 sent, 0 arrived, 1 queued",
            "INTERNAL logged: 1293",
            "*RT-OPEN request*",
        ]
    )
    for each in kept:
        done.stdout.fnmatch_lines([f"the packets: wireshark *{each}"])


def test_captures_can_be_kept_elsewhere(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS)
    run(pytester, "--x400-captures=kept", "-k", "arrives")
    assert [each.parent.name for each in captures(pytester)] == ["kept"]


def test_pytest_loads_it_and_nothing_else_of_ours(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import json, sys

        def test_modules():
            ours = {"mta_lab", "mta_emu", "firewall_proxy", "labkit", "pydantic", "rich", "scapy"}
            names = sorted(name for name in sys.modules if name.partition(".")[0] in ours)
            with open("modules.json", "w") as file:
                json.dump(names, file)
        """
    )
    run(pytester).assert_outcomes(passed=1)
    loaded = json.loads((pytester.path / "modules.json").read_text("utf-8"))
    assert loaded == ["labkit", "mta_lab", "mta_lab.testing", PLUGIN]


def test_it_is_an_entry_point_of_its_own_name() -> None:
    """Then pytest has it once, however it is asked for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}


def test_what_the_page_shows_is_so(
    pytester: pytest.Pytester, needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    page = (ROOT / "docs" / "pytest.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    head = (ROOT / "examples" / "pytest" / "test_gateway.py").read_text("utf-8")
    imports_and_configuration = head.partition("async def")[0]
    pytester.makepyfile("\n".join([imports_and_configuration, *blocks]))
    (pytester.path / "site.nft").write_text(RULES)
    run(pytester).assert_outcomes(passed=4)


def test_the_readme_shows_the_example() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    [block] = re.findall(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    example = (ROOT / "examples" / "pytest" / "test_firewall.py").read_text("utf-8")
    assert block in example


def test_the_example_project_passes(tmp_path: Path) -> None:
    command = ["-m", "pytest", "-p", PLUGIN, "-q", f"--basetemp={tmp_path / 'tmp'}"]
    done = subprocess.run(
        [sys.executable, *command, "-p", "no:cacheprovider", ROOT / "examples" / "pytest"],
        cwd=ROOT / "examples" / "pytest",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
