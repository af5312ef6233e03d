"""`mta-lab set`: a lab changed while it is up."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mta_lab.lab.directory import labs_directory
from tests.patience import PATIENCE

Objects = Callable[..., list[dict[str, Any]]]
Command = Callable[..., Any]
JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"


def test_set_changes_the_firewall_while_it_runs(
    lab: str, lab_process: Command, objects: Objects, cli: Command, lab_port: int
) -> None:
    """With transparency off INTERNAL accepts the caller that it refuses with transparency on."""
    external, _, firewall = objects("ps")
    there = f"{firewall['addresses'][0]}:{lab_port}"
    call = ("mta-emu", "ping", there, "--source", external["addresses"][0], "--two-way")
    call = (*call, "--mta-name", "EXTERNAL", "--password", "secret")
    for setting, outcome in (("off", "open"), ("on", "refused")):
        before = len(associations(objects))
        done = cli("set", "--lab", lab, f"firewall.transparency={setting}")
        assert done.exit_code == 0, done.output
        lab_process("exec", "--lab", lab, "EXTERNAL", *call)
        while outcome not in [each["state"] for each in associations(objects)[before:]]:
            pass  # it is recorded soon
    wrong = cli("set", "--lab", lab, "firewall.limits.connections=0")
    assert wrong.exit_code == 2
    assert "limits.connections: " in wrong.output


def test_set_changes_an_mta_while_it_runs(lab: str, objects: Objects, cli: Command) -> None:
    path = "EXTERNAL.connectors.FIREWALL.schedule.activation"
    for activation in ("never", "always"):
        done = cli("set", "--lab", lab, f"{path}={activation}")
        assert done.exit_code == 0, done.output
        reloaded = [each for each in objects("logs", "EXTERNAL") if each["kind"] == "reloaded"][-1]
        assert reloaded["changed"] == ["FIREWALL"]
    wrong = cli("set", "--lab", lab, "EXTERNAL.server.site=Elsewhere")
    assert wrong.exit_code == 2
    assert "EXTERNAL: server.site: changes only when the MTA is started again" in wrong.output
    assert "mta-lab set --restart starts EXTERNAL again with the change" in wrong.output


def test_set_changes_nothing_when_one_of_its_settings_is_wrong(lab: str, cli: Command) -> None:
    configuration = labs_directory() / lab / "EXTERNAL" / "config.yaml"
    before = configuration.read_text()
    right = "EXTERNAL.connectors.FIREWALL.schedule.activation=never"
    done = cli("set", "--lab", lab, right, "INTERNAL.server.name_of_no_field=1")
    assert done.exit_code == 2
    assert "name_of_no_field" in done.output
    assert configuration.read_text() == before


def associations(objects: Objects) -> list[dict[str, Any]]:
    logged = objects("logs", "INTERNAL")
    return [each for each in logged if each["kind"] == "association"]


def test_set_restart_is_for_what_needs_a_new_start(
    lab: str, objects: Objects, cli: Command
) -> None:
    for name in ("EAST", "EXTERNAL"):
        done = cli("set", "--lab", lab, "--restart", f"EXTERNAL.server.name={name}")
        assert done.exit_code == 0, done.output
        external = objects("ps")[0]
        assert external["process"]
        assert any(each.startswith(f"EXTERNAL.server.name={name} ") for each in external["changes"])


def test_a_host_that_does_not_start_with_a_change_is_as_before(
    lab: str, objects: Objects, cli: Command
) -> None:
    done = cli(
        "set", "--lab", lab, "--restart", "EXTERNAL.server.transport_stack.address=192.0.2.1"
    )
    assert done.exit_code == 2
    assert "EXTERNAL does not start with that: " in done.output
    external = objects("ps")[0]
    assert external["process"]
    assert external["connectors"]
    assert not any("transport_stack" in each for each in external["changes"])


def test_changes_are_shown_without_passwords(lab: str, objects: Objects, cli: Command) -> None:
    path = "INTERNAL.connectors.FIREWALL.general.remote_mta_password"
    for password in ("Sesame", "secret"):
        assert cli("set", "--lab", lab, f"{path}={password}").exit_code == 0
        shown = cli("ps", "--lab", lab).stdout
        assert f"changed: {path}=******** set at " in shown
        assert password not in shown


def test_a_tunnel_takes_effect_or_is_refused(
    lab: str, objects: Objects, cli: Command, lab_process: Command
) -> None:
    """In namespaces EXTERNAL reaches INTERNAL's own address while there is a tunnel."""
    tunnel = "[{name: t, between: [203.0.113.10, 198.51.100.10], port: 102}]"
    done = cli("set", "--lab", lab, f"firewall.tunnels={tunnel}")
    if "loopback" in lab:
        assert done.exit_code == 2
        assert "firewall.tunnels: on loopback every host reaches every other" in done.output
        assert "--backend netns" in done.output
        assert not any("tunnels" in each for each in objects("ps")[2]["changes"])
        return
    assert done.exit_code == 0, done.output
    call = "import socket, sys; socket.create_connection((sys.argv[1], 102), float(sys.argv[2]))"
    command = ("exec", "--lab", lab, "EXTERNAL", sys.executable, "-c", call, "198.51.100.10")
    assert lab_process(*command, str(PATIENCE)).returncode == 0
    assert cli("set", "--lab", lab, "firewall.tunnels=[]").exit_code == 0
    assert lab_process(*command, "0.5").returncode == 1


def test_a_dry_run_says_what_would_change_and_changes_nothing(lab: str, cli: Command) -> None:
    files = [*(labs_directory() / lab).glob("*/config.yaml")]
    before = [file.read_text() for file in files]
    done = cli("set", "--lab", lab, "--dry-run", "firewall.transparency=off")
    assert done.exit_code == 0, done.output
    assert "collected, now" in done.stdout
    comparison = json.loads(
        cli("set", "--lab", lab, "--dry-run", "--json", "firewall.transparency=off").stdout
    )
    (change,) = comparison["changes"]
    assert (change["sender"], change["after"]["disposition"]) == ("EXTERNAL", "delivered")
    same = cli("set", "--lab", lab, "--dry-run", "firewall.transparency=on")
    assert same.stdout == "nothing changes for the mail\n"
    site = "EXTERNAL.server.site=Elsewhere"
    refused = cli("set", "--lab", lab, "--dry-run", site)
    assert (refused.exit_code, "only when the MTA is started again" in refused.output) == (2, True)
    assert cli("set", "--lab", lab, "--dry-run", "--restart", site).exit_code == 0
    assert cli("set", "--lab", lab, "--dry-run", "firewall.nothing=1").exit_code == 2
    assert [file.read_text() for file in files] == before


def test_the_answer_says_when_what_waits_is_tried_again(
    lab: str, objects: Objects, cli: Command, lab_process: Command
) -> None:
    """The fix is in place, and the queue still waits for the retry timer of 600 s."""
    send = ("mta-emu", "send", SMITH, "--from", JONES, "--subject", "Waits")
    assert lab_process("exec", "--lab", lab, "EXTERNAL", *send).returncode == 0

    def connector() -> dict[str, Any]:
        found: dict[str, Any] = objects("ps")[0]["connectors"][0]
        return found

    deadline = time.monotonic() + PATIENCE
    while not connector()["next_try"]:
        assert time.monotonic() < deadline
    at = datetime.fromisoformat(connector()["next_try"])
    assert timedelta(seconds=500) < at - datetime.now(UTC) <= timedelta(seconds=600)
    done = cli("set", "--lab", lab, "firewall.transparency=off")
    assert done.exit_code == 0, done.output
    queued = connector()["queued"]
    wait = "1 message waits" if queued == 1 else f"{queued} messages wait"
    waiting = f"EXTERNAL: {wait} for connector FIREWALL, "
    assert waiting + f"next try at {at:%H:%M:%S}" in done.output
    mended = f"it moves by itself at {at:%H:%M:%S}, and now by: mta-emu call FIREWALL"
    assert mended in done.output
    predicted = cli("predict", lab)
    assert mended in predicted.stdout
    assert cli("set", "--lab", lab, "firewall.transparency=on").exit_code == 0
