"""What the parser of asn1tools makes of the .asn files, which programs read in their place.

`python -m tests.notation` writes it, and tests/test_notation.py compares.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import asn1tools

PACKAGE = Path(__file__).parent.parent / "mta_emu"


def documents() -> Iterator[tuple[Path, str]]:
    """Each parsed file, and what it has to hold."""
    for source in sorted(PACKAGE.rglob("*.asn")):
        parsed = asn1tools.parse_string(source.read_text("utf-8"))
        yield source.with_suffix(".json"), json.dumps(parsed, indent=1) + "\n"


if __name__ == "__main__":
    for path, text in documents():
        path.write_text(text, "utf-8")
