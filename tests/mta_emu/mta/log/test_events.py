"""The event texts, to the letter, and which of them are logged."""

import pytest

from mta_emu.mta.log.diagnostics import DiagnosticsLogging
from mta_emu.mta.log.events import DEFINITIONS, Category, Level, event

DN = "/O=OrganizationName/OU=SiteName/CN=Configuration/CN=Connections/CN=ConnectorName"

WARNING, INFORMATION, ERROR = "Warning", "Information", "Error"
SECURITY, X400_SERVICE, RESOURCE = "Security", "X.400 Service", "Resource"
CONFIGURATION, OPERATING_SYSTEM = "Configuration", "Operating System"

EVENTS = {
    37: (
        WARNING,
        SECURITY,
        f"The {DN} (Adjacent-MTA) entity attempted to open an association while suspended. "
        "[MTA XFER-IN 22 35] (14)",
    ),
    48: (
        WARNING,
        SECURITY,
        f"An error occurred authenticating credentials from the remote entity {DN}. "
        "[2007 MTA XFER-IN 23 42] (14)",
    ),
    51: (
        WARNING,
        SECURITY,
        "An unknown MTA has attempted to bind. The MTA name in bind is EXTERNAL. The MTA "
        "presentation address is /t:0x4142/n:0xCB00710A, Association index: 2007. "
        "[MTA XFER-IN 35 42] (14)",
    ),
    55: (
        WARNING,
        SECURITY,
        f"The incorrect link option mode was specified by the binding remote entity {DN}, "
        "association index: 2007. [MTA XFER-IN 22 35] (14)",
    ),
    57: (
        WARNING,
        X400_SERVICE,
        f"The limit on the number of associations allowed to and from entity {DN} has been "
        "reached. The limit is 9. [MTA XFER-IN 16 34] (14)",
    ),
    270: (
        INFORMATION,
        X400_SERVICE,
        f"A permanent error has occurred with Entity {DN}. Entity is a Message Object is a "
        "Normal Priority Message. Object: 06000017. Message ID: C=US;A= ;P=Contoso;L=A-1. "
        "Content length: 1024, External Trace information (first 100 bytes) = 6180, PDU dump "
        "reference 3 [MTA SUBMIT 12 74] (14)",
    ),
    289: (
        WARNING,
        X400_SERVICE,
        f"A connection to {DN} could not be opened. [MTA XFER-IN 17 26] (12)",
    ),
    290: (
        WARNING,
        X400_SERVICE,
        "A non-delivery report (reason code transfer-failure and diagnostic code "
        "maximum-time-expired) is being generated for message C=US;A= ;P=Contoso;L=A-1. It was "
        "originally destined for C=US;S=Smith (recipient number 1), and was to be redirected "
        "to nobody. [MTA DISP:RESULT 14 136] (12)",
    ),
    301: (
        INFORMATION,
        X400_SERVICE,
        f"An open retry delay timer started on the association to {DN} on control block 202. "
        "Another attempt to reopen the association will be made in 600 seconds.",
    ),
    659: (
        WARNING,
        RESOURCE,
        f"The queue for {DN} is backlogged with 500 messages in the queue. "
        "[MTA GATEWAY 45 512] (14)",
    ),
    660: (
        WARNING,
        RESOURCE,
        f"The queue backlog for {DN} has subsided leaving 500 messages in the queue. "
        "[MTA GATEWAY 45 512] (14)",
    ),
    666: (
        WARNING,
        RESOURCE,
        "The MTA work queue is backlogged with 500 messages in the queue. [MTA SUBMIT 18 231] (14)",
    ),
    667: (
        WARNING,
        RESOURCE,
        "The MTA work queue backlog has subsided leaving 500 messages in the queue. "
        "[MTA DISP:RESULT 23 234] (14)",
    ),
    1290: (
        WARNING,
        X400_SERVICE,
        f"A locally initiated association to {DN} was refused. The failure reason provider was "
        "0 and the reason was 2. Control block index 202. Type 1. [PLATFORM KERNEL 20 130] (12)",
    ),
    1293: (
        WARNING,
        X400_SERVICE,
        f"A remotely-initiated association from {DN} was refused. The failure reason provider "
        "is 0 and the reason is 2. Control block index 202. Type 1. [PLATFORM KERNEL 26 128] (12)",
    ),
    1294: (
        WARNING,
        X400_SERVICE,
        f"An association with entity {DN} ended abnormally. "
        "[202 1 0 1 PLATFORM KERNEL 20 130] (10)",
    ),
    4284: (
        WARNING,
        X400_SERVICE,
        "An error occurred during connection/disconnection. Error code: 8511.",
    ),
    4300: (
        ERROR,
        CONFIGURATION,
        "Unable to initialize due to a bad configuration. Contact Microsoft Technical Support. "
        "Error code=8511 [1 POP4 MAIN BASE 1] (16)",
    ),
    9156: (
        WARNING,
        RESOURCE,
        "A resource limit has been reached while attempting to open an association. There are "
        "no free control blocks available for network type 1. The configured count is 500. "
        "[BASE IL MAIN BASE 1 282] (10)",
    ),
    9202: (
        WARNING,
        OPERATING_SYSTEM,
        "A sockets error 8511 on an accept() call was detected. The MTA will attempt to recover "
        "the sockets connection. Control block index: 202. [BASE IL TCP/IP DRVR 8 256] (12)",
    ),
    9215: (
        WARNING,
        OPERATING_SYSTEM,
        "A sockets error 8511 on a connect() call was detected. The MTA will attempt to recover "
        "the sockets connection. Control block index: 202. [BASE IL TCP/IP DRVR 10 273] (12)",
    ),
    9224: (
        WARNING,
        OPERATING_SYSTEM,
        "A sockets error 8511 on a recv() call was detected. The MTA will attempt to recover "
        "the sockets connection. Control block index: 202. [BASE IL TCP/IP DRVR 10 273] (12)",
    ),
    9301: (
        WARNING,
        CONFIGURATION,
        "The message transfer gateway that uses the network address CB00710A and the transport "
        "stack /o=OrganizationName/ou=SiteName/cn=Configuration/cn=Servers/cn=INTERNAL/cn=TCP "
        "(INTERNAL) could not be found. Check the configuration of the mail gateway. "
        "[BASE IL TCP/IP DRVR 8 218] (10)",
    ),
    9405: (
        ERROR,
        OPERATING_SYSTEM,
        "An unexpected error has occurred which may cause the MTA to terminate. Error: 8511. "
        "[BASE IL MAIN BASE 1 282] (16)",
    ),
}

VALUES: dict[str, object] = {
    "dn": DN,
    "association": 2007,
    "name": "EXTERNAL",
    "t_selector": "4142",
    "address": "CB00710A",
    "limit": 9,
    "priority": "Normal",
    "object": "06000017",
    "message_id": "C=US;A= ;P=Contoso;L=A-1",
    "content_length": 1024,
    "trace": "6180",
    "dump": 3,
    "mts_identifier": "C=US;A= ;P=Contoso;L=A-1",
    "recipient": "C=US;S=Smith",
    "recipient_number": 1,
    "redirected_to": "nobody",
    "block": 202,
    "seconds": 600,
    "count": 500,
    "provider": 0,
    "reason": 2,
    "diagnostic": "maximum-time-expired",
    "error": 8511,
    "call": "recv",
    "organization": "OrganizationName",
    "site": "SiteName",
    "server": "INTERNAL",
    "stack": "TCP",
}


@pytest.mark.parametrize("number", EVENTS)
def test_text_type_and_category(number: int) -> None:
    reason = {"reason": "transfer-failure"} if number == 290 else {}
    logged = event(number, **(VALUES | reason))
    assert (logged.type, logged.category, logged.text) == EVENTS[number]
    assert logged.id == number
    assert logged.source == "MSExchangeMTA"


def test_no_event_is_without_a_test() -> None:
    assert set(DEFINITIONS) == set(EVENTS)


def test_what_was_seen_only_in_part_is_marked() -> None:
    marked = {n: each.reconstructed for n, each in DEFINITIONS.items() if each.reconstructed}
    assert marked == {
        301: "text",
        4284: "text",
        9202: "category",
        9224: "text",
        9405: "text, category",
    }


@pytest.mark.parametrize("number", EVENTS)
@pytest.mark.parametrize("level", Level)
def test_only_information_waits_for_diagnostics_logging(number: int, level: Level) -> None:
    definition = DEFINITIONS[number]
    logging = DiagnosticsLogging.model_validate({definition.category.name.lower(): level})
    always = definition.type != INFORMATION
    assert logging.logs(definition) is (always or level is not Level.NONE)


def test_every_category_has_its_level() -> None:
    maximum = DiagnosticsLogging.model_validate(
        {category.name.lower(): "maximum" for category in Category}
    )
    assert {maximum.level(category) for category in Category} == {Level.MAXIMUM}
