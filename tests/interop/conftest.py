"""Real traffic lies beside the project; where it is absent, its tests are skipped, and say so."""

from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
#: They read the captures when they are imported.
_OF_CAPTURES = {
    "test_decode_captures.py",
    "test_fault_captures.py",
    "test_live.py",
    "test_octets.py",
    "test_peer_p1.py",
    "test_peer_stack.py",
    "test_ping_capture.py",
    "test_x410_capture.py",
}


class _Absent(pytest.Module):
    """Tests of captures that are not here; they are not imported."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        pytest.skip(f"the recorded captures are not here: {CAPTURES}")


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    if CAPTURES.is_dir() or module_path.name not in _OF_CAPTURES:
        return None
    absent: _Absent = _Absent.from_parent(parent, path=module_path)
    return absent
