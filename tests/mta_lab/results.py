"""What a lab's result says, wherever it was played."""

from collections.abc import Callable
from typing import Any

from firewall_proxy.records import Outcome

Play = Callable[..., Any]

#: How a connection ends when both its ends do as they please.
_ENDS = {Outcome.CLOSED, Outcome.RESET_BY_CLIENT, Outcome.RESET_BY_DESTINATION}


def in_the_files_words(result: dict[str, Any]) -> dict[str, Any]:
    """What a result says, with the topology file's addresses, and without times and ports."""
    ours = {wire: file for file, wire in result["addresses"].items()}

    def address(text: str | None) -> str | None:
        return text and ours.get(text.partition(":")[0], text)

    mtas = {address(mta["address"]) for mta in result["mtas"].values()}

    def connection(each: dict[str, Any]) -> tuple[str | None, ...]:
        ends = ("source", "destination", "onward_source", "onward_destination")
        found = [address(each[end]) for end in ends]
        outcome = each["outcome"]
        if mtas.isdisjoint(found) and outcome in _ENDS:  # FIN or RST is a program's own affair
            outcome = "ended"
        return each["service"], each["rule"], outcome, *found

    return {
        "verdict": result["verdict"],
        "differences": result["differences"],
        "flows": [flow | {"source_seen": address(flow["source_seen"])} for flow in result["flows"]],
        "events": {
            name: [(event["id"], event["type"], event["category"]) for event in mta["events"]]
            for name, mta in result["mtas"].items()
        },
        "connections": {
            name: {connection(each) for each in firewall["connections"]}
            for name, firewall in result["firewalls"].items()
        },
    }


def same_elsewhere(play: Play, name: str, backend: str) -> None:
    elsewhere = play(name, backend).result
    here = play(name).result
    assert elsewhere["backend"] == backend
    assert in_the_files_words(elsewhere) == in_the_files_words(here)
    assert elsewhere["verdict"] == "pass"
    assert elsewhere["addresses"] == {address: address for address in here["addresses"]}
