"""The command `mta-emu`, as people run it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mta_emu.mta.store.store import Store
from mta_emu.osi.selectors import Selectors
from mta_emu.ping import parse_selectors

PORT = 10444
HERE, THERE = "127.0.113.44", "127.0.100.44"
JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"

CONFIGURATION = f"""
server:
  organization: Contoso
  site: Outside
  name: EXTERNAL
  local_mta_password: secret
  global_domain: {{country: US, private_domain: Contoso}}
  transport_stack: {{address: {HERE}, port: {PORT}, selectors: {{t: X400}}}}
  diagnostics_logging: {{x400_service: minimum}}
  mailboxes: [{{country: US, organization: Outside}}]
connectors:
  - general: {{directory_name: FIREWALL, remote_mta_name: INTERNAL, remote_mta_password: secret}}
    stack: {{address: {THERE}}}
    address_space: [{{country: US, organization: Inside}}]
"""


def mta_emu(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mta_emu", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=os.environ | {"COLUMNS": "200"},
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An MTA process whose peer does not exist; its data directory."""
    directory = tmp_path_factory.mktemp("mta")
    configuration = directory / "external.yaml"
    configuration.write_text(CONFIGURATION)
    data = directory / "data"
    command = [sys.executable, "-m", "mta_emu", "serve", str(configuration), "--data", str(data)]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert json.loads(process.stdout.readline())["kind"] == "listening"
    yield data
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_send_queue_and_events(served: Path) -> None:
    sent = mta_emu(
        "send", SMITH, "--from", JONES, "--subject", "Hi", "--count", "2", "--data", served
    )
    assert sent.returncode == 0, sent.stderr
    assert len(sent.stdout.splitlines()) == 2
    one = mta_emu("send", SMITH, "--from", JONES, "--json", "--data", served)
    assert len(json.loads(one.stdout)["mts_identifiers"]) == 1
    queue = json.loads(mta_emu("queue", "--json", "--data", served).stdout)
    assert (queue["name"], queue["queued"]) == ("FIREWALL", 3)
    assert "FIREWALL" in mta_emu("queue", "--data", served).stdout
    events = [
        json.loads(line)
        for line in mta_emu("events", "--json", "--data", served).stdout.splitlines()
    ]
    assert [event["id"] for event in events] == [9215, 1294, 4284, 289, 301]
    assert events[0].keys() >= {"time", "id", "type", "source", "category", "text"}
    table = mta_emu("events", "--data", served).stdout
    assert "MSExchangeMTA" in table
    assert "289" in table


def test_send_a_file(served: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.bin"
    file.write_bytes(bytes(range(256)) * 1000)
    options = ("--from", JONES, "--data", served)
    sent = mta_emu("send", JONES, "--subject", "Report", "--file", file, *options)
    assert sent.returncode == 0, sent.stderr
    assert "256.0/256.0 kB" in sent.stderr
    (mail,) = [
        each
        for each in Store.reader(served).mailbox.read()
        if each.mts_identifier == sent.stdout.strip()
    ]
    content = Store.reader(served).contents.read(mail.message, 0, mail.content_length)
    assert content.endswith(b"\x81\x83\x03\xe8\x00" + file.read_bytes())  # [1], 256000 octets
    assert mail.subject == "Report"
    shown = mta_emu("mail", "show", str(mail.id), "--data", served)
    assert "(file report.bin, 256000 octets)" in shown.stdout
    for wrong in (("--probe",), ("--count", "2")):
        refused = mta_emu("send", JONES, "--file", file, *wrong, *options)
        assert refused.returncode == 1
        assert "one message" in refused.stderr
    nowhere = mta_emu("send", "C=DE;A= ;S=Nobody", "--file", file, *options)
    assert nowhere.returncode == 1
    assert "no mailbox here" in nowhere.stderr


def test_send_files_and_rich_text(served: Path, tmp_path: Path) -> None:
    empty, small, rtf = tmp_path / "empty", tmp_path / "small.txt", tmp_path / "text.rtf"
    empty.touch()
    small.write_bytes(b"x")
    rtf.write_bytes(rb"{\rtf1 {\b Bold}}")
    options = ("--from", JONES, "--data", served, "--text", "Bold")
    attached = ("--attach", empty, "--attach", small, "--attach", empty)
    sent = mta_emu("send", JONES, *attached, "--rich-text", rtf, *options)
    assert sent.returncode == 0, sent.stderr
    alone = mta_emu("send", JONES, "--attach", empty, *options)
    assert alone.returncode == 0, alone.stderr
    listed = list(Store.reader(served).mailbox.read())
    number = next(each.id for each in listed if each.mts_identifier == sent.stdout.strip())
    shown = mta_emu("mail", "show", str(number), "--data", served).stdout
    assert shown.split("\n\n", 1)[1].splitlines() == [
        "Bold",
        "(file winmail.dat, TNEF, 146 octets)",
        "(file empty, 0 octets)",
        "(file small.txt, 1 octets)",
        "(file empty, 0 octets)",
    ]
    plain = mta_emu("send", JONES, "--rich-text", small, *options)
    assert plain.returncode == 1
    assert "must be RTF" in plain.stderr


def test_probes_and_reports(served: Path) -> None:
    options = ("--from", JONES, "--data", served)
    sent = mta_emu("send", JONES, "--probe", "--subject", "Ask", "--json", *options)
    (identifier,) = json.loads(sent.stdout)["mts_identifiers"]
    told = json.loads(mta_emu("reports", identifier, "--json", "--data", served).stdout)
    assert (told["mts_identifier"], told["recipient"]) == (identifier, JONES)
    assert (told["outcome"], told["content_identifier"]) == ("delivered", "Ask")
    assert told["text"] == f"Delivered at {told['delivered'][:19].replace('T', ' ')} UTC."
    table = mta_emu("reports", "--data", served).stdout
    assert "Delivered at" in table
    nothing = mta_emu("reports", "[C=US;A= ;X]", "--data", served)
    assert nothing.returncode == 1
    wrong = mta_emu("send", SMITH, "--report", "always", *options)
    assert wrong.returncode == 1
    assert "report 'always': one of delivery, non-delivery, none" in wrong.stderr


async def test_events_follow_shows_what_happens(served: Path) -> None:
    command = [sys.executable, "-m", "mta_emu", "events", "--json", "--follow", "--data"]
    process = await asyncio.create_subprocess_exec(
        *command, str(served), stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout
    async with asyncio.timeout(20):
        while True:  # the log so far, then what is new; ping until the stream shows it
            await asyncio.to_thread(mta_emu, "ping", f"{HERE}:{PORT}", "--mta-name", "STRANGER")
            try:
                async with asyncio.timeout(1):
                    line = json.loads(await process.stdout.readline())
                    while line["id"] != 51:
                        line = json.loads(await process.stdout.readline())
                break
            except TimeoutError:
                continue
    assert "STRANGER" in line["text"]
    process.kill()
    await process.wait()


PINGS: list[tuple[list[str], str, str, str]] = [
    (["--mta-name", "NOBODY"], "mts bind", "failed", "authentication error (2)"),
    (["--called", "WRONG"], "transport", "failed", "refused: address unknown (3)"),
    (["--mta-name", "INTERNAL", "--password", "secret"], "mts bind", "failed", "refused"),
    (
        ["--mta-name", "INTERNAL", "--password", "secret", "--source", THERE, "--called", "X400"],
        "mts bind",
        "ok",
        "accepted by EXTERNAL",
    ),
]


@pytest.mark.parametrize(("options", "layer", "outcome", "text"), PINGS)
def test_ping_tells_how_far_it_got(
    served: Path, options: list[str], layer: str, outcome: str, text: str
) -> None:
    done = mta_emu("ping", f"{HERE}:{PORT}", "--json", *options)
    steps = {step["layer"]: step for step in map(json.loads, done.stdout.splitlines())}
    assert (steps[layer]["outcome"], done.returncode) == (outcome, int(outcome == "failed"))
    assert text in steps[layer]["text"]
    assert steps["tcp"]["outcome"] == "ok"
    assert "accepted" in mta_emu("ping", "--help").stdout


def test_ping_where_nobody_listens() -> None:
    done = mta_emu("ping", f"127.0.0.1:{PORT}", "--json")
    first = json.loads(done.stdout.splitlines()[0])
    assert (first["layer"], first["outcome"], done.returncode) == ("tcp", "failed", 1)


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["ping", "host:port"], 2, "must be HOST or HOST:PORT"),
        (["ping", "127.0.0.1", "--called", "a/b/c/d"], 2, "T/S/P"),
        (["send", "nobody", "--from", JONES, "--data", "DATA"], 1, "KEYWORD=VALUE"),
        (["send", SMITH, "--from", JONES, "--data", "/nowhere"], 1, "no MTA answers at"),
        (["queue", "--data", "/nowhere"], 2, "no MTA has kept its data here"),
        (["serve", "/nowhere.yaml"], 2, "/nowhere.yaml: cannot be read"),
    ],
)
def test_errors_are_for_people(
    served: Path, arguments: list[str], status: int, complaint: str
) -> None:
    done = mta_emu(*(str(served) if each == "DATA" else each for each in arguments))
    assert done.returncode == status
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


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
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_help_names_every_command() -> None:
    text = mta_emu("--help").stdout
    for command in ("serve", "send", "queue", "events", "ping"):
        assert command in text


def test_selectors_of_a_ping() -> None:
    assert parse_selectors("T/0x00ff/P") == Selectors(b"P", b"\x00\xff", b"T")
    assert parse_selectors("") == Selectors()
