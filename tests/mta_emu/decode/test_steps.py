"""The words that all of the decoder's readers share."""

import pytest

from mta_emu.decode.steps import Kind, LayerName, Severity, Side


@pytest.mark.parametrize("side", Side)
def test_the_other_end_of_the_other_end_is_this_one(side: Side) -> None:
    assert side.other is not side
    assert side.other.other is side


def test_layers_from_below() -> None:
    assert next(iter(LayerName)) == "network"
    assert list(LayerName)[-1] == "mts"


@pytest.mark.parametrize(
    ("kind", "sender", "receiver"),
    [
        (Kind.REQUEST, "request", "indication"),
        (Kind.RESPONSE, "response", "confirm"),
        (Kind.PROVIDER, "indication", "indication"),
        (Kind.PDU, "", ""),
    ],
)
def test_what_a_pdu_is_at_both_ends(kind: Kind, sender: str, receiver: str) -> None:
    assert kind.value == (sender, receiver)


def test_severities_are_called_what_people_read() -> None:
    assert [each.value for each in Severity] == ["protocol broken", "deviation"]
