"""The event texts, to the letter."""

import pytest

from mta_emu.mta.events import event

DN = "/O=OrganizationName/OU=SiteName/CN=Configuration/CN=Connections/CN=ConnectorName"

TEXTS = {
    37: f"The {DN} (Adjacent-MTA) entity attempted to open an association while suspended. "
    "[MTA XFER-IN 22 35] (14)",
    48: f"An error occurred authenticating credentials from the remote entity {DN}. "
    "[2007 MTA XFER-IN 23 42] (14)",
    51: "An unknown MTA has attempted to bind. The MTA name in bind is EXTERNAL. The MTA "
    "presentation address is /t:0x4142/n:0xCB00710A, Association index: 2007. "
    "[MTA XFER-IN 35 42] (14)",
    55: f"The incorrect link option mode was specified by the binding remote entity {DN}, "
    "association index: 2007. [MTA XFER-IN 22 35] (14)",
    289: f"A connection to {DN} could not be opened. [MTA XFER-IN 17 26] (12)",
    301: f"An open retry delay timer started on the association to {DN} on control block 202. "
    "Another attempt to reopen the association will be made in 600 seconds.",
    1290: f"A locally initiated association to {DN} was refused. The failure reason provider was "
    "0 and the reason was 0. Control block index 202. Type 1. [PLATFORM KERNEL 20 130] (12)",
    1293: f"A remotely-initiated association from {DN} was refused. The failure reason provider "
    "is 0 and the reason is 0. Control block index 202. Type 1. [PLATFORM KERNEL 26 128] (12)",
    1294: f"An association with entity {DN} ended abnormally. "
    "[202 1 0 1 PLATFORM KERNEL 20 130] (10)",
    9156: "A resource limit has been reached while attempting to open an association. There are "
    "no free control blocks available for network type 1. The configured count is 20. "
    "[BASE IL MAIN BASE 1 282] (10)",
}


@pytest.mark.parametrize("number", TEXTS)
def test_text(number: int) -> None:
    logged = event(
        number,
        dn=DN,
        association=2007,
        name="EXTERNAL",
        t_selector="4142",
        address="CB00710A",
        block=202,
        seconds=600,
        provider=0,
        reason=0,
        count=20,
    )
    assert logged.text == TEXTS[number]
    assert logged.id == number
    assert logged.source == "MSExchangeMTA"


@pytest.mark.parametrize(
    ("number", "type_", "category"),
    [
        (37, "Warning", "Security"),
        (48, "Warning", "Security"),
        (51, "Warning", "Security"),
        (55, "Warning", "Security"),
        (289, "Warning", "X.400 Service"),
        (301, "Information", "X.400 Service"),
        (1290, "Warning", "X.400 Service"),
        (1293, "Warning", "X.400 Service"),
        (1294, "Warning", "X.400 Service"),
        (9156, "Warning", "Resource"),
    ],
)
def test_type_and_category(number: int, type_: str, category: str) -> None:
    names = ("dn", "association", "name", "t_selector", "address", "block", "seconds")
    values = dict.fromkeys((*names, "provider", "reason", "count"), 0)
    logged = event(number, **values)
    assert (logged.type, logged.category) == (type_, category)
