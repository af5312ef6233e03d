"""Associations as rows for people and records for programs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_emu.decode.association import Association
from mta_emu.decode.dissector import dissect, examine
from mta_emu.decode.ladder import closing_lines, closing_records, records, visible
from mta_emu.decode.steps import Complaint, Finding, LayerName, Note, Severity, Side, Step

CALLING, CALLED = Side


@pytest.fixture
def association(make_talk: Callable[..., Any], save: Callable[..., Path]) -> Association:
    (found,) = dissect(save(make_talk().open().close()))
    return found


def test_everything_is_in_order_of_its_frames(association: Association) -> None:
    association.said.note(9, 90, "a note")
    association.said.complain(8, 80, CALLED, Complaint("rtse", "wrong"))
    association.said.complain(9, 90, CALLED, Complaint("rtse", "odd", Severity.DEVIATION))
    events = list(visible(association, LayerName.MTS))
    frames = [event.frame for event in events]
    assert frames == sorted(frames)
    kinds = [type(event) for event in events if event.frame in (8, 9)]
    assert kinds.index(Finding) > kinds.index(Step)
    assert kinds[-1] is Note


@pytest.mark.parametrize("deepest", LayerName)
def test_no_layer_above_the_deepest_is_shown(association: Association, deepest: LayerName) -> None:
    allowed = list(LayerName)[: list(LayerName).index(deepest) + 1]
    steps = [event for event in visible(association, deepest) if isinstance(event, Step)]
    assert {layer.name for step in steps for layer in step.layers} == set(allowed)


def test_records_are_exact_json(association: Association) -> None:
    association.said.complain(9, 90, CALLED, Complaint("rtse", "odd \x1b[31m", Severity.DEVIATION))
    found = [json.loads(json.dumps(each)) for each in records(3, association, LayerName.MTS)]
    first, *_ = found
    assert (first["kind"], first["association"], first["mode"]) == ("association", 3, "normal mode")
    (finding,) = (each for each in found if each["kind"] == "finding")
    assert finding == {
        "kind": "finding",
        "association": 3,
        "frame": 9,
        "time": "1970-01-01T00:00:00.000000090Z",
        "sender": "called",
        "layer": "rtse",
        "severity": "deviation",
        "count": 1,
        "text": "odd \x1b[31m",
    }


@pytest.mark.parametrize(
    ("broken", "deviations", "verdict"),
    [
        (0, 0, "one association, the protocol is kept"),
        (1, 0, "one association, the protocol is broken once"),
        (3, 2, "one association, the protocol is broken 3 times"),
        (
            0,
            2,
            "one association, the protocol is kept, but for deviations that do no harm (2 times)",
        ),
    ],
)
def test_the_verdict(
    make_talk: Callable[..., Any],
    save: Callable[..., Path],
    broken: int,
    deviations: int,
    verdict: str,
) -> None:
    found = examine(save(make_talk().open().close()))
    (association,) = found.associations
    for severity, count in ((Severity.BROKEN, broken), (Severity.DEVIATION, deviations)):
        for _ in range(count):
            association.said.complain(1, 0, CALLED, Complaint("rtse", severity.value, severity))
    assert list(closing_lines(found)) == [verdict]
    *_, last = closing_records(found)
    assert last == {
        "kind": "verdict",
        "associations": 1,
        "findings": broken,
        "deviations": deviations,
        "complete": True,
    }


def test_the_layers_of_a_broken_chain_are_not_lost(
    make_talk: Callable[..., Any], save: Callable[..., Path]
) -> None:
    """A capture from the middle has no mode until data tell it."""
    talk = make_talk().open()
    (association,) = dissect(save(talk.wire.packets[5:7]))
    first, *_ = records(1, association, LayerName.MTS)
    assert first["mode"] is None
