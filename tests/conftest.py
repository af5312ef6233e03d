"""What every test may use, and the rule that nothing is skipped in CI."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from mta_emu.decode.association import Association
from mta_emu.decode.dissector import dissect
from mta_emu.decode.steps import Step
from mta_emu.osi.session.primitives import FunctionalUnit
from mta_emu.osi.session.spdu import Spdu

# How long one example takes, or to draw it, says how busy the machine is, not whether the code is
# right. In CI hypothesis draws the same examples each time, because CI is set in the environment.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
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


@pytest.fixture(scope="session", autouse=True)
def no_terminal() -> Iterator[None]:
    """What the terminal is like from which the tests are started is no matter of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        for each in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            patch.delenv(each, raising=False)
        yield


@pytest.fixture(scope="session")
def tshark() -> Callable[..., list[dict[str, list[str]]]]:
    """Wireshark as the judge of a capture: the values of `fields` in each packet it shows.

    `where` is a display filter; a `port` other than 102 is decoded as TPKT; `checksums` lets it
    verify those of IP and TCP. It looks at each packet `times` times, the second time knowing all;
    but then it has forgotten which contexts each of several associations had.
    """
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed")

    def dissect(
        capture: Path,
        *fields: str,
        where: str = "",
        port: int = 102,
        checksums: bool = False,
        times: int = 2,
    ) -> list[dict[str, list[str]]]:
        options = ["-d", f"tcp.port=={port},tpkt"] if port != 102 else []
        options += ["-Y", where] if where else []
        if checksums:
            options += ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
        options += [option for field in fields for option in ("-e", field)]
        output = subprocess.run(
            [program, *["-2"] * (times - 1), "-n", "-r", capture, "-T", "json", *options],
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
    "ses.reason_code": ("session", set(), "reason", str),
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
                found.setdefault(step.frame, []).extend([*prefix, spdu.si])
                last = step.tsdu
    return found


def _same_types(theirs: list[int], ours: list[int]) -> bool:
    """Whether SPDUs are the same; -1 stands for a GT or a PT."""
    return len(theirs) == len(ours) and all(
        a == b or (b == -1 and a in (1, 2)) for a, b in zip(theirs, ours, strict=True)
    )


def _in_one(by_frame: dict[int, list[int]]) -> list[int]:
    return [value for _, values in sorted(by_frame.items()) for value in values]


def _between(associations: list[Association]) -> str:
    """A display filter of what the ends of associations say."""
    ends = (tuple(end.port for end in each.ends.values()) for each in associations)
    return " || ".join(f"(tcp.port == {one} && tcp.port == {other})" for one, other in set(ends))


@pytest.fixture(scope="session")
def agree_with_tshark(
    tshark: Callable[..., list[dict[str, list[str]]]],
) -> Callable[..., int]:
    """Assert that our decoder and Wireshark see the same in a capture; how many SPDUs that was.

    With several associations in different modes Wireshark loses track of what lies above the
    session, here or there: where it then sees nothing, there is nothing to compare (`forgetful`).
    """

    def compare(capture: Path, port: int, *, forgetful: bool = False) -> int:
        associations = dissect(capture, (port,))
        steps = [step for association in associations for step in association.steps]
        where = f"cotp && ({_between(associations)})"
        looks = [
            {
                int(packet["frame.number"][0]): packet
                for packet in tshark(
                    capture, "frame.number", "ses.type", *_SAME, where=where, port=port, times=times
                )
            }
            for times in ((2, 1) if forgetful else (2,))
        ]
        theirs = looks[0]
        spdus = _spdus(steps)
        seen_types = {
            frame: list(map(int, packet.get("ses.type", []))) for frame, packet in theirs.items()
        }
        if forgetful:  # it shows a TPDU where it begins or where it ends
            assert _same_types(_in_one(seen_types), _in_one(spdus))
        for frame in () if forgetful else theirs:
            assert _same_types(seen_types[frame], spdus.get(frame, [])), frame
        assert spdus.keys() <= theirs.keys() or forgetful
        for field in _SAME:
            default = _DEFAULTS.get(field)
            seen = _ours(steps, field)
            for frame in theirs:
                ours_here = [value for value in seen.get(frame, []) if value != default]
                theirs_here = [
                    [value for value in look.get(frame, {}).get(field, []) if value != default]
                    for look in looks
                ]
                known = any(theirs_here) or not forgetful
                assert not known or ours_here in theirs_here, (frame, field)
        return sum(map(len, spdus.values()))

    return compare
