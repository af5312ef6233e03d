"""Real traffic lies beside the project; where it is absent there is nothing to collect."""

from pathlib import Path

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"

collect_ignore = (
    []
    if CAPTURES.is_dir()
    else [
        "test_decode_captures.py",
        "test_fault_captures.py",
        "test_octets.py",
        "test_peer_p1.py",
        "test_peer_stack.py",
        "test_ping_capture.py",
        "test_x410_capture.py",
    ]
)
