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


def mirror(module: Path) -> Path:
    """The file that tests a module."""
    return Path("tests", module.parent, f"test_{module.name}")


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_has_its_test_file(module: Path) -> None:
    assert (ROOT / mirror(module)).exists(), f"write {mirror(module)}"
