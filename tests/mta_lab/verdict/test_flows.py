"""The figures of a flow, from what the hosts said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.records import Record
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.log.records import Association, Listening, Reported, Submitted, Transfer
from mta_lab.topology.play import FlowExpectation
from mta_lab.topology.reading import load_topology
from mta_lab.verdict.flows import RunLog, SentMail
from tests.mta_lab.topologies import row

LABS = Path(__file__).parents[3] / "labs"
SEED = LABS / "q196381.yaml"


def association(peer: str, number: int = 1, **fields: Any) -> Association:
    said: dict[str, Any] = {
        "connector": "FIREWALL",
        "initiated": "remotely",
        "local": "198.51.100.10:102",
    }
    return Association(association=number, peer=peer, state="open", **(said | fields))


def test_an_mta_that_is_started_again_numbers_its_associations_anew() -> None:
    listening = Listening("198.51.100.10:102")
    internal = [
        listening,
        association("198.51.100.1:1"),
        association("198.51.100.1:1"),  # the same, as any later record of it
        listening,
        association("198.51.100.1:2"),
    ]
    log = RunLog(load_topology(SEED), {"EXTERNAL": [], "INTERNAL": internal}, [], [])
    assert log.flows()[0].associations == 2


def transfer(identifier: str, association: int) -> Transfer:
    return Transfer("in", identifier, "SOUTH", association, 1000)


def test_relayed_mail_counts_from_its_first_mta_to_its_last() -> None:
    """NORTH's connector leads to SOUTH, whose connector leads to EAST; one of four was reported."""
    topology = load_topology(LABS / "q164838-loop.yaml")
    legs = {**topology.mtas, "NORTH": only(topology.mtas["NORTH"], "SOUTH")}
    topology = topology.model_copy(update={"mtas": legs})
    assert ("NORTH", "EAST") not in topology.legs()
    called, calls = ({"connector": "SOUTH", "initiated": each} for each in ("remotely", "locally"))
    east = [
        association("198.51.100.10:1", 1, **called),
        transfer("one", 1),
        association("198.51.100.10:1", 2, **calls),
        transfer("two", 2),
    ]
    south = [Reported("three", "C=US", "not delivered: unable-to-transfer, content-too-long")]
    records: dict[str, list[Record]] = {
        "NORTH": [Submitted("four")],
        "SOUTH": [*south],
        "EAST": [*east],
    }
    sent = SentMail("NORTH", "EAST", ("one", "two", "three", "four"))
    expected = topology.expect.model_copy(
        update={"flows": (FlowExpectation.model_validate({"from": "NORTH", "to": "EAST"}),)}
    )
    log = RunLog(topology.model_copy(update={"expect": expected}), records, [], [sent])
    flow = next(each for each in log.flows() if (each.sender, each.receiver) == ("NORTH", "EAST"))
    assert flow.disposition == "never called"  # the fourth, that nobody called for
    assert (flow.sent, flow.delivered_directly, flow.collected, flow.queued_at_end) == (4, 1, 1, 1)


def only(mta: MtaConfig, connector: str) -> MtaConfig:
    """The MTA with this connector alone."""
    kept = tuple(each for each in mta.connectors if each.name == connector)
    assert kept
    return mta.model_copy(update={"connectors": kept})


def test_mail_over_three_hops_counts_between_every_two_mtas(
    lab_command: Callable[..., Any], write: Callable[[dict[str, Any]], Path], tmp_path: Path
) -> None:
    """Twelve flows of four MTAs in a row; what the middle ones relay is no mail of theirs."""
    document = row("NORTH", "SOUTH", "EAST", "WEST")
    done = lab_command("run", write(document), "--json", "--capture", tmp_path / "run.pcapng")
    result = json.loads(done.stdout)
    assert (result["verdict"], result["differences"]) == ("pass", [])
    flows = {(each["from"], each["to"]): each for each in result["flows"]}
    assert len(flows) == 12
    assert flows["NORTH", "WEST"]["sent"] == flows["NORTH", "WEST"]["delivered_directly"] == 1


def test_what_a_relay_keeps_waits_between_the_ends(
    lab_command: Callable[..., Any], write: Callable[[dict[str, Any]], Path], tmp_path: Path
) -> None:
    """The last of three hops is shut: what comes from afar waits there, and is counted."""
    document = row("NORTH", "SOUTH", "EAST", "WEST")
    _, last = document["mtas"]["EAST"]["connectors"]
    last["schedule"] = {"activation": "never"}
    shut = {"delivered_directly": 0, "queued_at_end": 1, "disposition": "never called"}
    *sends, settled = document["play"]
    document["play"] = [*(each for each in sends if each["send"]["at"] != "WEST"), settled]
    expected = {(each["from"], each["to"]): each for each in document["expect"]["flows"]}
    for sender in ("NORTH", "SOUTH", "EAST"):
        expected[sender, "WEST"] |= shut
        del expected["WEST", sender]
    expected["EAST", "WEST"]["queued_at_end"] = (
        3  # a leg's queue has what came from the others, too
    )
    document["expect"]["flows"] = [*expected.values()]
    done = lab_command("run", write(document), "--json", "--capture", tmp_path / "run.pcapng")
    assert json.loads(done.stdout)["differences"] == []
