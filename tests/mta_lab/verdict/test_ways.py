"""What became of messages, from what the MTAs said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labkit.records import Record
from mta_emu.mta.log.records import (
    Association,
    ConnectorState,
    Delivered,
    Reported,
    Submitted,
    Transfer,
)
from mta_emu.mta.policy.reports import LOOP, NO_ROUTE, OPEN_RETRIES_USED_UP
from mta_emu.mta.policy.routing import Criterion
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology
from mta_lab.topology.settings import by_host, change
from mta_lab.verdict.attempts import Attempt
from mta_lab.verdict.ways import Ways

LABS = Path(__file__).parents[3] / "labs"
RELAY = load_topology(LABS / "q196381-dmz-relay.yaml")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ONE, SECOND = "one", timedelta(seconds=1)


def association(initiated: Any, connector: str = "FIREWALL") -> Association:
    return Association(1, connector, initiated, "192.0.2.10:102", "192.0.2.1:9", "open", time=NOON)


def came(second: int, connector: str = "FIREWALL") -> Transfer:
    return Transfer("in", ONE, connector, 1, 100, time=NOON + timedelta(seconds=second))


def queued(connector: str, count: int = 1) -> ConnectorState:
    return ConnectorState(connector, count, "idle", 0, time=NOON)


def ways(
    topology: Topology = RELAY, attempts: Sequence[Attempt] = (), **records: Sequence[Record]
) -> Ways:
    said = {name: records.get(name, ()) for name in topology.mtas}
    said["EXTERNAL"] = (Submitted(ONE, time=NOON), *said["EXTERNAL"])
    return Ways(topology, said, attempts, {ONE: "EXTERNAL"})


def test_a_relayed_message_was_collected_if_one_of_its_legs_was() -> None:
    found = ways(
        RELAY=[association("remotely"), came(1)],
        INTERNAL=[association("locally"), came(2), Delivered(ONE, "C=US", "x", time=NOON)],
    )
    assert [(each.sender, each.receiver, each.disposition) for each in found.legs[ONE]] == [
        ("EXTERNAL", "RELAY", "delivered"),
        ("RELAY", "INTERNAL", "collected"),
    ]
    assert found.of_mail([ONE]) == "collected"
    assert found.of_leg("EXTERNAL", "RELAY") == "delivered"
    assert found.of_leg("INTERNAL", "RELAY") is None
    assert found.arrived(ONE, "INTERNAL") == "collected"
    assert found.arrived(ONE, "EXTERNAL") is None


def test_no_mail_has_no_word() -> None:
    assert ways().of_mail([]) is None


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (str(LOOP), "looping"),
        (str(NO_ROUTE[Criterion.ADDRESS_SPACE]), "no connector"),
        (str(OPEN_RETRIES_USED_UP), "reported"),
    ],
)
def test_a_report_ends_a_message(outcome: str, word: str) -> None:
    found = ways(EXTERNAL=[Reported(ONE, "C=US", outcome, time=NOON)])
    assert found.of_mail([ONE]) == word
    assert found.legs[ONE] == []


def test_a_report_that_it_was_delivered_does_not() -> None:
    found = ways(EXTERNAL=[Reported(ONE, "C=US", "delivered", time=NOON), queued("FIREWALL")])
    assert found.of_mail([ONE]) == "never called"


def test_a_probe_arrives_where_a_report_says_that_a_message_could() -> None:
    records = {"RELAY": [association("remotely"), came(1), Reported(ONE, "C=US", "delivered now")]}
    message = ways(**records)
    probe = replace(message, probes=[ONE])
    assert [each.receiver for each in message.legs[ONE]] == ["RELAY", None]
    assert [each.receiver for each in probe.legs[ONE]] == ["RELAY"]
    assert probe.of_mail([ONE]) == "delivered"


def test_where_it_waits_the_last_call_over_its_connector_says_why() -> None:
    connector = RELAY.mtas["EXTERNAL"].connectors[0].name
    calls = [
        Attempt("EXTERNAL", "RELAY", name, Disposition(word), NOON)
        for name, word in ((connector, "cut off"), (connector, "refused"), ("other", "blocked"))
    ]
    found = ways(RELAY, calls, EXTERNAL=[queued(connector)])
    assert found.of_mail([ONE]) == "refused"
    assert found.of_leg("EXTERNAL", "RELAY") == "refused"


@pytest.mark.parametrize(
    ("ended", "word"), [(None, "stalled"), (-1, "never called"), (1, "stalled")]
)
def test_mail_that_an_accepted_call_does_not_move_stalls(ended: int | None, word: str) -> None:
    """But the call before it, whose association has ended, is of no account."""
    name = RELAY.mtas["EXTERNAL"].connectors[0].name
    made = replace(association("locally", name), time=NOON - timedelta(seconds=9))
    call = Attempt("EXTERNAL", "RELAY", name, Disposition.DELIVERED, made.time, made)
    end = [] if ended is None else [replace(made, state="released", time=NOON + ended * SECOND)]
    assert ways(RELAY, [call], EXTERNAL=[made, *end, queued(name)]).of_mail([ONE]) == word


@pytest.mark.parametrize(
    ("activation", "word"), [("remote-initiated", "never called"), ("selected-times", "waiting")]
)
def test_where_nobody_called_the_schedule_says_whether_somebody_will(
    activation: str, word: str
) -> None:
    connector = RELAY.mtas["EXTERNAL"].connectors[0].name
    path = f"EXTERNAL.connectors.{connector}.schedule"
    times = {f"{path}.activation": activation}
    if activation == "selected-times":
        times[f"{path}.selected_times"] = {"sunday": ["03:00-04:00"]}
    mtas = dict(RELAY.mtas)
    for host, settings in by_host(times, mtas).items():
        mtas[host] = change(host, mtas[host], settings)
    topology = RELAY.model_copy(update={"mtas": mtas})
    assert ways(topology, EXTERNAL=[queued(connector)]).of_mail([ONE]) == word
