"""The backends by their names."""

import subprocess
import sys

import pytest

from mta_lab.backends.registry import BackendName, backend


@pytest.mark.parametrize("name", list(BackendName))
def test_a_backend_has_its_name(name: BackendName) -> None:
    assert backend(name).name == name


def test_a_backend_loads_nothing_of_the_others() -> None:
    """What namespaces need takes a good part of a second to load."""
    program = (
        "import sys; from mta_lab.backends.registry import backend; backend('loopback');"
        "print(*sorted({'pyroute2', 'mta_lab.backends.netns', 'mta_lab.backends.compose'}"
        " & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
