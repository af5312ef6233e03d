"""What every test may use, and the rule that nothing is skipped in CI."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes says how busy the machine is, not whether the code is right.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

_IN_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a test that nobody runs anywhere: fail."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if _IN_CI and exitstatus == pytest.ExitCode.OK and reporter.stats.get("skipped"):
        reporter.write_line("tests were skipped in CI: see the reasons below", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def labs_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The labs of the tests, in this process and others, are not those of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTA_LAB_STATE", str(tmp_path_factory.mktemp("labs")))
        yield


@pytest.fixture(scope="session")
def tshark() -> Callable[..., list[dict[str, list[str]]]]:
    """Wireshark as the judge of a capture: the values of `fields` in each packet it shows.

    `where` is a display filter; a `port` other than 102 is decoded as TPKT; `checksums` lets it
    verify those of IP and TCP.
    """
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed")

    def dissect(
        capture: Path, *fields: str, where: str = "", port: int = 102, checksums: bool = False
    ) -> list[dict[str, list[str]]]:
        options = ["-d", f"tcp.port=={port},tpkt"] if port != 102 else []
        options += ["-Y", where] if where else []
        if checksums:
            options += ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
        options += [option for field in fields for option in ("-e", field)]
        output = subprocess.run(
            [program, "-2", "-n", "-r", capture, "-T", "json", *options],
            check=True,
            capture_output=True,
        ).stdout
        return [packet["_source"]["layers"] for packet in json.loads(output)]

    return dissect
