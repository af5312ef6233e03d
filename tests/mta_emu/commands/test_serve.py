"""`mta-emu serve`: wrong configurations, addresses that are taken, SIGHUP."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.mta_emu.serving import CONFIGURATION, HERE, JONES, SMITH, mta_emu
from tests.patience import PATIENCE


def test_a_wrong_configuration_exits_2_with_the_paths(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(CONFIGURATION.replace("country: US,", "country: USA,").replace("10444", "0"))
    done = mta_emu("serve", path)
    assert done.returncode == 2
    assert f"{path}:7: server.global_domain.country: " in done.stderr
    assert f"{path}:8: server.transport_stack.port: " in done.stderr
    assert "(found: 'USA')" in done.stderr


def test_an_address_that_is_taken_exits_2(served: Path, tmp_path: Path) -> None:
    path = tmp_path / "same.yaml"
    path.write_text(CONFIGURATION)
    done = mta_emu("serve", path, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "127.0.113.44:10444: Address already in use" in done.stderr


def test_a_queue_can_be_looked_at_when_the_mta_is_down(tmp_path: Path) -> None:
    path = tmp_path / "external.yaml"
    path.write_text(CONFIGURATION.replace(HERE, "127.0.113.45"))
    data = tmp_path / "data"
    command = [sys.executable, "-m", "mta_emu", "serve", str(path), "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert "listening on 127.0.113.45" in process.stdout.readline()
    assert mta_emu("send", SMITH, "--from", JONES, "--data", data).returncode == 0
    process.kill()
    process.communicate()
    (line,) = mta_emu("queue", "--json", "--data", data).stdout.splitlines()
    assert json.loads(line)["queued"] == 1


def test_sighup_reads_the_configuration_again(tmp_path: Path) -> None:
    path = tmp_path / "external.yaml"
    text = CONFIGURATION.replace(HERE, "127.0.113.46")
    path.write_text(text)
    command = [sys.executable, "-m", "mta_emu", "serve", str(path), "--data", str(tmp_path / "d")]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert json.loads(process.stdout.readline())["kind"] == "listening"

    def reload(text: str, kind: str) -> dict[str, object]:
        path.write_text(text)
        process.send_signal(signal.SIGHUP)
        assert process.stdout
        records = (json.loads(line) for line in process.stdout)
        return next(record for record in records if record["kind"] == kind)

    refused = reload(text.replace("country: US,", "country: USA,"), "reload-refused")
    assert "server.global_domain.country" in str(refused["reason"])
    refused = reload(text.replace("site: Outside", "site: X"), "reload-refused")
    assert "server.site: changes only when" in str(refused["reason"])
    changed = reload(text.replace("INTERNAL", "ANOTHER"), "reloaded")
    assert changed["changed"] == ["FIREWALL"]
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_configuration_that_is_watched_is_read_again_and_records_go_to_a_file_too(
    tmp_path: Path,
) -> None:
    path, records = tmp_path / "external.yaml", tmp_path / "records.jsonl"
    text = CONFIGURATION.replace(HERE, "127.0.113.47")
    path.write_text(text)
    options = ("--data", str(tmp_path / "data"), "--records", str(records), "--watch")
    command = [sys.executable, "-m", "mta_emu", "serve", str(path), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert "listening on 127.0.113.47" in process.stdout.readline()
    new = path.with_suffix(".new")
    new.write_text(text.replace("INTERNAL", "ANOTHER"))
    new.replace(path)
    assert any("reloaded" in line for line in process.stdout)
    process.terminate()
    process.communicate(timeout=PATIENCE)
    kinds = [json.loads(line)["kind"] for line in records.read_text().splitlines()]
    assert kinds[0] == "listening"
    assert "reloaded" in kinds
