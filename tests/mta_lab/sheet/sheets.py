"""Sheets for tests: two centres that agree, and copies of them with other fields."""

from typing import Any

from labkit.config import document_of, parse
from mta_lab.sheet.sheet import Sheet


def _centre(name: str, address: str) -> Sheet:
    domain = {"country": "XX", "administration_domain": "ICAO", "private_domain": name}
    own = {
        "mta_name": name,
        "password": f"of {name}",
        "ipv4": {"before_nat": address},
        "domain": domain,
    }
    return parse({"centre": name, "own": own}, Sheet, f"{name}.yaml")


ONE, TWO = _centre("ONE", "203.0.113.10"), _centre("TWO", "203.0.113.20")


def sheet(like: Sheet, **fields: Any) -> Sheet:
    """A sheet with other fields; those of `own` beside the ones that are there, without a None."""
    document = document_of(like)
    given = {**document["own"], **fields.pop("own", {})}
    own = {name: value for name, value in given.items() if value is not None}
    return parse({**document, **fields, "own": own}, Sheet, f"{like.centre}.yaml")
