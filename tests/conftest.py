"""What every test may use, and the rule that nothing is skipped in CI."""

import os

import pytest

_IN_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a test that nobody runs anywhere: fail."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if _IN_CI and exitstatus == pytest.ExitCode.OK and reporter.stats.get("skipped"):
        reporter.write_line("tests were skipped in CI: see the reasons below", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
