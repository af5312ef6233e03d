"""MTAs at random: mail has a way from each to each, unless something wrong was drawn."""

from collections.abc import Iterator
from typing import Any

from hypothesis.strategies import SearchStrategy

from mta_lab.rehearsal.randomlabs.mtas import MtaPlan, document, mtas
from mta_lab.rehearsal.randomlabs.networks import Ways


def simplest(numbers: Iterator[int]) -> Any:
    """Draws these numbers first, and then the first value of each choice."""

    def draw(strategy: SearchStrategy[Any]) -> Any:
        number = next(numbers, None)
        if number is not None:
            return number
        return next(iter(getattr(strategy, "elements", [False])))

    return draw


def three() -> list[MtaPlan]:
    draw = simplest(iter([0, 3]))  # no firewall, three MTAs
    return mtas(draw, Ways(draw, 3))


def test_mtas_are_a_tree_of_neighbours() -> None:
    found = three()
    assert [each.name for each in found] == ["A", "B", "C"]
    assert [[*each.neighbours] for each in found] == [["B", "C"], ["A"], ["A"]]


def test_each_has_a_way_to_all_others() -> None:
    one, two, _ = three()
    spaces = [each["organization"] for each in two.connectors[0]["address_space"]]
    assert spaces == ["A", "C"]  # C by way of A
    assert [each["address_space"][0]["organization"] for each in one.connectors] == ["B", "C"]


def test_the_first_choice_is_right() -> None:
    one, two, _ = three()
    to_two = one.connectors[0]
    assert to_two["general"] == {
        "directory_name": "TO-B",
        "remote_mta_name": "B",
        "remote_mta_password": "secret",
    }
    assert to_two["stack"] == {"address": two.host.address}
    assert "schedule" not in to_two
    server = document(simplest(iter([])), two)["server"]
    assert server["local_mta_password"] == "secret"
    assert server["mailboxes"] == [{"country": "US", "organization": "B"}]
    assert "diagnostics_logging" not in server
