"""Each module has a test file in the mirrored place.

That of mta_emu/osi/tpkt.py is tests/mta_emu/osi/test_tpkt.py.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("labkit", "mta_emu", "mta_lab", "firewall_proxy")
MODULES = [
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if not path.name.startswith("__")
]

#: Modules that are tested only through others. This table may shrink, and must not grow.
MISSING = {
    "mta_emu/mta/dispatch/distribution.py",
    "mta_emu/mta/dispatch/expiry.py",
    "mta_emu/mta/dispatch/reporting.py",
    "mta_emu/mta/dispatch/telling.py",
}


def mirror(module: Path) -> Path:
    """The file that tests a module."""
    return Path("tests", module.parent, f"test_{module.name}")


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_has_its_test_file(module: Path) -> None:
    is_there = (ROOT / mirror(module)).exists()
    listed = module.as_posix() in MISSING
    assert is_there or listed, f"write {mirror(module)}"
    assert not (is_there and listed), f"{module} has its tests now: take it from MISSING"


def test_what_is_missing_is_a_module() -> None:
    assert {module.as_posix() for module in MODULES} >= MISSING
