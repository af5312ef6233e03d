"""What every test may use, and the rule that nothing is skipped in CI."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mta_emu.decode.dissector import dissect
from mta_emu.decode.steps import Step
from mta_emu.osi.session.primitives import FunctionalUnit
from mta_emu.osi.session.spdu import Spdu

# How long one example takes says how busy the machine is, not whether the code is right.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

_IN_CI = os.environ.get("CI") == "true"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a test that nobody runs anywhere: fail."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if _IN_CI and exitstatus == pytest.ExitCode.OK and reporter.stats.get("skipped"):
        reporter.write_line("tests were skipped in CI: see the reasons below", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def labs_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The labs of the tests, in this process and others, are not those of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTA_LAB_STATE", str(tmp_path_factory.mktemp("labs")))
        yield


@pytest.fixture(scope="session")
def tshark() -> Callable[..., list[dict[str, list[str]]]]:
    """Wireshark as the judge of a capture: the values of `fields` in each packet it shows.

    `where` is a display filter; a `port` other than 102 is decoded as TPKT; `checksums` lets it
    verify those of IP and TCP.
    """
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed")

    def dissect(
        capture: Path, *fields: str, where: str = "", port: int = 102, checksums: bool = False
    ) -> list[dict[str, list[str]]]:
        options = ["-d", f"tcp.port=={port},tpkt"] if port != 102 else []
        options += ["-Y", where] if where else []
        if checksums:
            options += ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
        options += [option for field in fields for option in ("-e", field)]
        output = subprocess.run(
            [program, "-2", "-n", "-r", capture, "-T", "json", *options],
            check=True,
            capture_output=True,
        ).stdout
        return [packet["_source"]["layers"] for packet in json.loads(output)]

    return dissect


def _flags(names: list[str]) -> str:
    units = {unit.name.lower().replace("_", "-"): unit for unit in FunctionalUnit if unit.name}
    return f"0x{sum(units[name] for name in names):04x}"


#: Fields of Wireshark, and what our own steps say for each: (layer, PDUs, parameter, value).
_SAME: dict[str, tuple[str, set[str], str, Callable[[Any], Any]]] = {
    "cotp.srcref": ("transport", {"CR", "CC", "DR"}, "source_reference", "0x{:04x}".format),
    "ses.serial_number": ("session", set(), "serial_number", str),
    "ses.req.flags": ("session", set(), "functional_units", _flags),
    "ses.reason_code": ("session", {"RF"}, "reason", str),
    "rtse.checkpointSize": ("rtse", set(), "checkpoint_size", str),
    "rtse.windowSize": ("rtse", set(), "window_size", str),
    "rtse.dialogueMode": ("rtse", set(), "dialogue_mode", lambda mode: str(int("way" in mode))),
    "rtse.applicationProtocol": ("rtse", set(), "application_protocol", str),
    "rtse.refuseReason": ("rtse", set(), "refuse_reason", str),
    "rtse.abortReason": ("rtse", set(), "abort_reason", str),
    "rtse.rttp_apdu": ("rtse", set(), "priority", str),
    "acse.aSO_context_name": ("acse", set(), "application_context", str),
    "acse.result": ("acse", set(), "result", str),
    "p1.authenticated.initiator-name": ("mts", {"argument"}, "mta_name", str),
    "p1.authenticated.responder-name": ("mts", {"result"}, "mta_name", str),
    "p1.MTABindError": ("mts", {"error"}, "error", str),
    "p22.subject": ("mts", set(), "subject", str),
}
#: Values that stacks leave out of the encoding.
_DEFAULTS = {"rtse.checkpointSize": "0", "rtse.windowSize": "3", "rtse.dialogueMode": "0"}


def _ours(steps: list[Step], field: str) -> dict[int, list[str]]:
    """The values of a field by frame, as our decoder sees them."""
    name, pdus, parameter, value = _SAME[field]
    found: dict[int, list[str]] = {}
    for step in steps:
        for layer in step.layers:
            if (
                layer.name == name
                and parameter in layer.parameters
                and layer.pdu in (pdus or {layer.pdu})
            ):
                found.setdefault(step.frame, []).append(value(layer.parameters[parameter]))
    return found


def _spdus(steps: list[Step]) -> dict[int, list[int]]:
    """SI values by frame; Wireshark shows the GT or PT before those of category 2 as well."""
    found: dict[int, list[int]] = {}
    last = 0
    for step in steps:
        for layer in step.layers:
            if layer.name == "session":
                spdu = Spdu[layer.pdu]
                prefix = [-1] if spdu.category == 2 and step.tsdu != last else []
                found.setdefault(step.frame, []).extend([*prefix, spdu.value[0]])
                last = step.tsdu
    return found


@pytest.fixture(scope="session")
def agree_with_tshark(
    tshark: Callable[..., list[dict[str, list[str]]]],
) -> Callable[[Path, int], int]:
    """Assert that our decoder and Wireshark see the same in a capture; how many SPDUs that was."""

    def compare(capture: Path, port: int) -> int:
        steps = [step for association in dissect(capture, (port,)) for step in association.steps]
        packets = tshark(capture, "frame.number", "ses.type", *_SAME, where="cotp", port=port)
        theirs = {int(packet["frame.number"][0]): packet for packet in packets}
        spdus = _spdus(steps)
        for frame, packet in theirs.items():
            types = [int(value) for value in packet.get("ses.type", [])]
            ours = spdus.get(frame, [])
            assert len(types) == len(ours), frame
            assert all(
                a == b or (b == -1 and a in (1, 2)) for a, b in zip(types, ours, strict=True)
            ), frame
        assert spdus.keys() <= theirs.keys()
        for field in _SAME:
            default = _DEFAULTS.get(field)
            seen = _ours(steps, field)
            for frame, packet in theirs.items():
                ours_here = [value for value in seen.get(frame, []) if value != default]
                theirs_here = [value for value in packet.get(field, []) if value != default]
                assert ours_here == theirs_here, (frame, field)
        return sum(map(len, spdus.values()))

    return compare
