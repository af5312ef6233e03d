"""Labs give the same result in containers as on loopback."""

import pytest

from tests.mta_lab.results import Play, same_elsewhere

#: The seed, its fixes, and two firewalls with a network between them.
IN_CONTAINERS = (
    "q196381",
    "q196381-second-connector",
    "q196381-transparency-off",
    "q196381-tunnel",
    "q196381-two-firewalls",
    "q196381-dmz-relay",
)


@pytest.mark.parametrize("name", IN_CONTAINERS)
@pytest.mark.usefixtures("engine")
def test_the_result_is_the_same_in_containers(play: Play, name: str) -> None:
    same_elsewhere(play, name, "compose")
