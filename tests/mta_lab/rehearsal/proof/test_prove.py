"""Every lab, predicted and proved on packets; and what is wrong is seen."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from labkit.reason import Reason
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy import admission, failedcalls
from mta_lab.backends.registry import backend
from mta_lab.rehearsal.prediction import Attempt, Step
from mta_lab.rehearsal.proof.proof import Compared, Proof
from mta_lab.rehearsal.proof.prove import Playing, prove, prove_scripts, scripts_of
from mta_lab.rehearsal.world import World
from mta_lab.topology.changed import with_settings
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import Topology
from mta_lab.topology.play import faults_at_start
from mta_lab.topology.reading import load_topology
from mta_lab.topology.settings import parse_settings
from tests.mta_lab.labs import on_loopback
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab
from tests.mta_lab.topologies import over_ipv6

#: A name without an address, and no control block for the call, end a call before it begins.
_WITHOUT_PACKETS = ("unreachable", "refused")

Name = Callable[[str], str]


def proved(topology: Topology, captures: Path, name: Name, where: str = "loopback") -> Proof:
    starts = topology.starts or NOW
    topology = topology.model_copy(update={"starts": starts})
    lab, faults = name(topology.name), faults_at_start(topology.play)
    return prove(topology, backend(where), captures, starts, name=lab, faults=faults)


def differences(proof: Proof) -> list[Compared]:
    return [line for flow in proof.flows for line in flow.lines if line.agrees is False]


FILES = sorted(LABS.glob("*.yaml"))
#: A strict reverse path drops a call before the first rule: nothing is there to be compared.
UNRULED = "trap-reverse-path"
RULED = [file for file in FILES if load_topology(file).foreign() and file.stem != UNRULED]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_lab_does_on_packets_what_is_predicted(
    file: Path, tmp_path: Path, lab_name: Name, needs_netns: Callable[[], None]
) -> None:
    topology = load_topology(file)
    where = "loopback"
    if not on_loopback(file.stem):
        needs_netns()
        where = "netns"
    proof = proved(topology, tmp_path, lab_name, where)
    assert differences(proof) == []
    assert proof.agrees
    assert proof.flows
    for flow in proof.flows:
        assert flow.predicted in (flow.observed, Disposition.NOT_MODELLED)
        assert flow.lines[-1].what == "the mail"
        calls = [each for each in flow.lines if " calls over " in each.what]
        assert all(each.frame or each.observed in _WITHOUT_PACKETS for each in calls)
        rules = [each for each in flow.lines if each.what.split(" at ")[-1] in topology.foreign()]
        assert bool(rules) == (file in RULED and bool(calls))


def test_mail_that_an_mta_does_not_take_is_so_predicted(tmp_path: Path, lab_name: Name) -> None:
    proof = proved(
        lab("q166308-all-right", "NORTH.connectors.SOUTH.address_space=[]"), tmp_path, lab_name
    )
    assert differences(proof) == []
    assert [(each.sender, each.observed) for each in proof.flows] == [
        ("NORTH", None),
        ("SOUTH", "delivered"),
    ]
    assert proof.flows[0].lines[-1].observed == "not taken"


@pytest.mark.proof  # waits for its whole timeout, which hosts need on a busy machine
def test_a_transfer_that_stalls_is_seen_before_its_idle_limit_is_over(
    tmp_path: Path, lab_name: Name, needs_netns: Callable[[], None]
) -> None:
    """Two hours are not waited for: what both sides log then is not judged."""
    needs_netns()
    topology = lab("trap-black-hole", "INTERNAL.server.transport_stack.idle_limit=7200")
    faults = faults_at_start(topology.play)
    (script,) = (
        each for each in scripts_of(topology, NOW, faults) if each.prediction.sender == "EXTERNAL"
    )
    seconds = 20  # until it is given up; the hosts have started by then on a busy machine as well
    (flow,) = prove_scripts(
        topology, [script], Playing(backend("netns"), tmp_path, lab_name("hole"), timeout=seconds)
    )
    assert flow.agrees
    assert (flow.predicted, flow.observed) == ("stalled", "stalled")
    assert {each.agrees for each in flow.lines if each.what.startswith("events")} == {None}


@pytest.mark.parametrize("name", ["nftables", "haproxy", "nginx", "two-firewalls"])
def test_engines_do_over_ipv6_what_is_predicted(
    name: str, tmp_path: Path, lab_name: Name, needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    topology = over_ipv6(load_topology(LABS / f"q196381-{name}.yaml"))
    proof = proved(topology, tmp_path, lab_name, "netns")
    assert differences(proof) == []
    assert proof.agrees
    seen = [each for flow in proof.flows for each in flow.lines if "source seen" in each.what]
    assert seen
    assert all(str(each.observed).startswith("2001:db8:") for each in seen)


def test_a_prediction_that_is_wrong_differs_at_the_packet_that_decided(
    tmp_path: Path, lab_name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is predicted with transparency off is played with transparency on."""
    on, off = lab("q196381"), lab("q196381", "firewall.transparency=off")
    (script,) = (each for each in scripts_of(off, NOW) if each.prediction.sender == "EXTERNAL")
    (flow,) = prove_scripts(on, [script], Playing(backend("loopback"), tmp_path, lab_name("wrong")))
    assert not flow.agrees
    assert (flow.predicted, flow.observed) == ("delivered", "refused")
    seen = {each.what: (each.predicted, each.observed, each.agrees) for each in flow.lines}
    assert seen["EXTERNAL calls over FIREWALL"] == ("accepted", "refused", False)
    assert seen["source seen by INTERNAL"] == ("198.51.100.1", "203.0.113.10", False)
    assert seen["deciding check"] == ("address", "address", True)
    assert seen["events of EXTERNAL"] == ("none", "1290 289 1294 301", False)
    assert seen["events of INTERNAL"] == ("none", "1293", False)
    assert {each.frame for each in flow.lines} == {flow.lines[0].frame}
    assert flow.lines[0].frame is not None


def test_a_check_that_the_policy_changes_changes_prediction_and_packets_together(
    tmp_path: Path, lab_name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hosts are tasks of this process, and ask the same functions as the prediction."""
    seed = lab("q196381")
    before = proved(seed, tmp_path / "before", lab_name).flows[0]
    monkeypatch.setattr(admission, "_is_at", lambda *_: True)  # every address is the right one
    after = proved(seed, tmp_path / "after", lab_name).flows[0]
    assert (before.predicted, before.observed) == ("collected", "collected")
    assert (after.predicted, after.observed) == ("delivered", "delivered")
    assert before.agrees
    assert after.agrees


def test_events_in_another_order_differ(
    tmp_path: Path, lab_name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The events of a failed call are the wrong way round for the prediction alone."""
    others = vars(failedcalls) | {"REFUSED": failedcalls.REFUSED[::-1]}
    monkeypatch.setattr("mta_lab.rehearsal.call.failedcalls", SimpleNamespace(**others))
    proof = proved(lab("q166308-wrong-password"), tmp_path, lab_name)
    assert [(each.what, each.observed) for each in differences(proof)] == [
        ("events of NORTH", "1290 289 1294")
    ]
    assert not proof.agrees


def test_a_call_that_nobody_predicted_differs(
    tmp_path: Path, lab_name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = lab("q196381", "INTERNAL.connectors.FIREWALL.schedule.activation=remote-initiated")
    (script,) = (each for each in scripts_of(never, NOW) if each.prediction.sender == "INTERNAL")
    assert script.becomes is Disposition.NEVER_CALLED
    (flow,) = prove_scripts(
        lab("q196381"), [script], Playing(backend("loopback"), tmp_path, lab_name("more"))
    )
    unpredicted = "accepted (INTERNAL over FIREWALL)"
    assert ("a call", "no call", unpredicted, False) in [
        (each.what, each.predicted, each.observed, each.agrees) for each in flow.lines
    ]


@pytest.mark.parametrize(
    ("settings", "says"),
    [((), "delivered"), (("SOUTH.server.mailboxes=[]",), "not delivered: unable-to-transfer")],
)
def test_a_probe_and_the_report_on_it_are_proved(
    settings: tuple[str, ...], says: str, tmp_path: Path, lab_name: Name
) -> None:
    """That there is a mailbox, or that there is none."""
    mail, settled = lab("q166308-all-right").play
    assert mail.send
    probe = mail.send.model_copy(update={"probe": True, "stray": True})
    play = mail.model_copy(update={"send": probe}), settled
    topology = lab("q166308-all-right").model_copy(update={"play": play})
    proof = proved(with_settings(topology, parse_settings(settings)), tmp_path, lab_name)
    assert differences(proof) == []
    lines = {each.what: each.observed for each in proof.flows[0].lines}
    assert lines["report"].startswith(says)
    assert "SOUTH calls over NORTH" in lines


def test_mail_that_is_fetched_from_a_relay_is_seen_to_be(tmp_path: Path, lab_name: Name) -> None:
    relay = "RELAY.connectors.INTERNAL"
    topology = lab(
        "q196381-dmz-relay",
        f"{relay}.schedule.activation=remote-initiated",
        f"{relay}.advanced.two_way_alternate=true",
        "INTERNAL.connectors.RELAY.advanced.two_way_alternate=true",
    )
    (script,) = (
        each
        for each in scripts_of(topology, NOW)
        if (each.prediction.sender, each.prediction.receiver) == ("EXTERNAL", "INTERNAL")
    )
    (flow,) = prove_scripts(
        topology, [script], Playing(backend("loopback"), tmp_path, lab_name("relay"))
    )
    assert flow.agrees
    assert (flow.predicted, flow.observed) == ("collected", "collected")
    assert [each.what for each in flow.lines if "calls" in each.what] == [
        "EXTERNAL calls over RELAY",
        "INTERNAL calls over RELAY",
    ]


def test_where_nobody_calls_that_is_seen_too(tmp_path: Path, lab_name: Name) -> None:
    proof = proved(lab("q190022-both-remote-initiated"), tmp_path, lab_name)
    assert [[(each.what, each.observed) for each in flow.lines] for flow in proof.flows] == 2 * [
        [("calls", "none"), ("the mail", "never called")]
    ]
    assert proof.agrees
    assert not proof.delivered


def test_what_is_not_modelled_is_shown_and_not_judged(
    tmp_path: Path, lab_name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    for calling in ("run", "mail"):  # for mail of its own, and for the other side's
        monkeypatch.setattr(f"mta_lab.rehearsal.{calling}.call", _unread)
    proof = proved(lab("q166308-all-right"), tmp_path, lab_name)
    shown = [(each.what, each.predicted, each.observed) for each in proof.flows[0].lines]
    call, mail = shown
    assert call == (
        "NORTH calls over SOUTH",
        "not modelled",
        "accepted (NORTH over SOUTH)",
    )
    assert mail == ("the mail", "not modelled", "delivered")
    assert {line.agrees for flow in proof.flows for line in flow.lines} == {None}
    assert proof.agrees


def _unread(_world: World, name: str, connector: ConnectorConfig) -> Attempt:
    step = Step(name, "what is it", "not modelled", Reason("x", "not modelled: x"))
    return Attempt(name, connector.name, Disposition.NOT_MODELLED, (step,))


def test_a_rule_that_stops_a_call_is_seen_in_the_kernels_trace(
    tmp_path: Path, lab_name: Name, needs_netns: Callable[[], None]
) -> None:
    needs_netns()
    text = (LABS / "q196381-nftables.yaml").read_text("utf-8")
    assert "tcp dport 102 accept" in text
    file = tmp_path / "rejects.yaml"
    file.write_text(text.replace("tcp dport 102 accept", "tcp dport 102 reject with tcp reset"))
    proof = proved(load_topology(file), tmp_path / "captures", lab_name, "netns")
    assert differences(proof) == []
    for flow in proof.flows:
        assert (flow.predicted, flow.observed) == ("blocked", "blocked")
        (rule,) = (each for each in flow.lines if each.what == "rule at NFTABLES")
        assert "passing" in rule.observed
        assert rule.frame
