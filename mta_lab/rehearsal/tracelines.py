"""A trace for people, line by line, and as JSON has it: the same for a topology and a bare box."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from labkit.reason import Reason
from mta_lab.engines.answer import Answer
from mta_lab.engines.decision import (
    Decision,
    Forwarded,
    How,
    NotModelled,
    Proxied,
    Stopped,
    Syn,
    endpoint,
)
from mta_lab.rehearsal.trace import Trace
from mta_lab.rehearsal.way import Device


def trace_lines(found: Trace) -> Iterator[str]:
    """A topology's trace: each device, what it does and why, and who answers in the end."""
    first, *others = found.devices
    yield f"{first.host} sends {first.syn}"
    yield from _route(first)
    for device in others:
        yield from device_lines(device, device.host)
        yield from _route(device)
    yield f"=> {outcome(found)}"


def outcome(found: Trace) -> str:
    """What the client gets, from whom, and the source address that is seen in the end."""
    if found.answered.answer is Answer.CONNECTED:
        return f"{found.answered}: {found.by} has the connection, from {found.source_seen}"
    return f"{found.answered}, at {found.by}"


def device_lines(device: Device, host: str = "") -> Iterator[str]:
    """What becomes of a SYN at a device, and of the answer."""
    yield f"{device.syn} arrives at {device.syn.interface}" + (f" of {host}" if host else "")
    if device.decision is None:
        return
    yield from _reasons(device.decision.reasons)
    yield _decision(device.decision)
    if device.answer is not None:
        yield "The answer comes back:"
        yield from _reasons(device.answer.reasons)
        yield _decision(device.answer)


def if_it_listens(device: Device) -> str | None:
    """What can be said of the host behind a bare box; None where nothing gets there."""
    leaves = device.decision.syn if isinstance(device.decision, Forwarded | Proxied) else None
    if leaves is None or not (
        isinstance(device.decision, Proxied) or isinstance(device.answer, Forwarded)
    ):
        return None
    to = endpoint(leaves.destination, leaves.destination_port)
    return f"{to} answers if it listens, and sees {leaves.source} as the source"


def trace_json(found: Trace) -> dict[str, Any]:
    """A topology's trace as JSON has it."""
    icmp = found.answered.icmp
    return {
        "devices": [_device_json(each) for each in found.devices],
        "answer": found.answered.answer.value,
        "icmp": asdict(icmp) if icmp else None,
        "by": found.by,
        "source_seen": str(found.source_seen) if found.source_seen else None,
    }


def _device_json(device: Device) -> dict[str, Any]:
    route = asdict(device.route) if device.route else None
    return {"host": device.host} | device_json(device) | {"route": route}


def device_json(device: Device) -> dict[str, Any]:
    """A device as JSON has it."""
    said: dict[str, Any] = {"arrives": _syn(device.syn)}
    said |= _json(device.decision) if device.decision else {}
    return said | ({"answer": _json(device.answer)} if device.answer else {})


def _route(device: Device) -> Iterator[str]:
    """The route on; a firewall's that forwards is among its reasons, unless it was given."""
    told = device.decision is not None and not (device.route and device.route.place)
    if device.route and not told:
        yield f"  {device.route}"


def _reasons(reasons: Sequence[Reason]) -> Iterator[str]:
    for each in reasons:
        yield f"  {each}"


def _decision(decision: Decision) -> str:
    match decision:
        case Forwarded(syn=syn):
            return f"-> forwarded by {syn.interface}: {syn}"
        case Proxied(syn=syn):
            header = f", with a PROXY protocol {decision.header} header" if decision.header else ""
            return f"-> accepted; a connection of its own by {syn.interface}: {syn}{header}"
        case Stopped(how=How.ICMP):
            return f"-> stopped: icmp {decision.icmp}"
        case Stopped(how=how):
            return f"-> stopped: {how}"
        case NotModelled():
            return f"-> {decision}"


def _json(decision: Decision) -> dict[str, Any]:
    words = {Forwarded: "forwarded", Proxied: "proxied", Stopped: "stopped"}
    said: dict[str, Any] = {"decision": words.get(type(decision), "not modelled")}
    match decision:
        case Forwarded(syn=syn):
            said |= {"leaves": _syn(syn)}
        case Proxied(syn=syn):
            said |= {"leaves": _syn(syn), "transparent": decision.transparent}
            said |= {"header": decision.header}
        case Stopped():
            said |= {"how": decision.how.value}
            said |= {"icmp": asdict(decision.icmp)} if decision.icmp else {}
        case NotModelled():
            said |= {"directive": decision.directive, "place": asdict(decision.place)}
    return said | {"reasons": [asdict(each) for each in decision.reasons]}


def _syn(syn: Syn) -> dict[str, str | int]:
    return {
        "interface": syn.interface,
        "source": str(syn.source),
        "source_port": syn.source_port,
        "destination": str(syn.destination),
        "destination_port": syn.destination_port,
    }
