"""The backends by their names."""

import pytest

from mta_lab.backends.registry import BackendName, backend


@pytest.mark.parametrize("name", list(BackendName))
def test_a_backend_has_its_name(name: BackendName) -> None:
    assert backend(name).name == name
