"""The pytest plugin: the fixture `x400_lab`, and what a failed test prints of its labs.

Every run of pytest loads this module where the package is installed, so it imports nothing else of
ours before a test asks for a lab.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mta_lab.testing.labs import Labs

_LABS = pytest.StashKey["Labs"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where captures are kept."""
    parser.getgroup("X.400 labs").addoption(
        "--x400-captures",
        type=Path,
        metavar="DIR",
        help="Keep the captures of failed tests here.  [default: the test's tmp_path]",
    )


@pytest.fixture
def x400_lab(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Labs]":
    """Put X.400 labs up: lab = x400_lab("q196381"), or async with x400_lab.aio("q196381")."""
    from mta_lab.testing.labs import Labs  # noqa: PLC0415 - it is slow to load

    labs = request.node.stash[_LABS] = Labs(request.path.parent, tmp_path)
    yield labs
    labs.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a failed test say what its labs showed."""
    report = yield
    labs = item.stash.get(_LABS, None)
    if labs and report.failed and report.when != "teardown":
        report.sections += labs.failures(item.config.getoption("--x400-captures"))
    return report
