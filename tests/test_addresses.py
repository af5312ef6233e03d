"""O/R addresses wherever people write them: one reader of every form, and one validator.

All forms are in tests/mta_emu/mts/test_addresstext.py, all that is wrong in test_addressrules.py.
Live MTAs are asked in tests/mta_emu/commands/test_send.py and, by HTTP and SMTP, in
tests/mta_emu/doors.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.config import ConfigurationError, parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.dispatch.submission import Submission
from mta_emu.mta.policy.routing import answer
from mta_emu.mts import mixer
from mta_emu.mts.ipm.names import IpmIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_lab.topology.play import PlayStep
from tests.mta_emu.mta.conftest import JONES, A, B, document

NOW = datetime(1999, 12, 31, tzinfo=UTC)
PASTED = [
    "/C=US/A= /P=Contoso/O=A/S=Jones/",
    "S=Jones/O=A/PRMD=Contoso/ADMD= /C=US",
    "X400:c=US;a= ;p=Contoso;o=A;s=Jones;",
    "C=US;ADMD= ;PRMD=Contoso;O=A;PN=Jones",
]
FAULTY = [
    ("C=US;A= ;P=Contoso;O=A;OU2=Lab;S=Jones", "OU2 without OU1"),
    ("C=US;A= ;P=Contoso;O=A;S=Jones;S=Brown", "S is given twice"),
    ("C=USA;A= ;P=Contoso;O=A;S=Jones", "C=USA is no country"),
    ("C=84;A= ;P=Contoso;O=A;S=Jones", "C=84 is no country"),
    ("C=US;A= ;P=Contoso;O=A;N-ID=12a", "N-ID has 'a'"),
    ("C=US;A= ;DDA:A=1;DDA:B=2;DDA:C=3;DDA:D=4;DDA:E=5", "5 attributes DDA: at most 4"),
    ("C=US;P=Contoso;O=A;S=Jones", "the administration domain A is missing"),
    ("A= ;P=Contoso;O=A;S=Jones", "the country C is missing"),
    ("C=US;A= ;P=Contoso;O=a@b;S=Jones", "O has '@'"),
    (f"C=US;A= ;P=Contoso;O={'x' * 65};S=Jones", "O has 65 characters, at most 64"),
]


def config(**server: Any) -> MtaConfig:
    found = document("A", "B", A, B)
    found["server"] |= server
    return parse(found, MtaConfig, "a.yaml")


def configured(text: str) -> ORAddress | None:
    return config(alternate_recipient=text).server.alternate_recipient


def of_a_list(text: str) -> ORAddress:
    everybody = {"address": text, "members": [JONES]}
    return config(distribution_lists=[everybody]).server.distribution_lists[0].address


def member(text: str) -> ORAddress:
    everybody = {"address": f"{JONES};G=All", "members": [text]}
    return config(distribution_lists=[everybody]).server.distribution_lists[0].members[0]


def redirected(text: str) -> ORAddress | None:
    mailbox = {"country": "US", "redirect_to": text}
    return config(mailboxes=[mailbox]).server.mailboxes[0].redirect_to


def in_a_play(text: str) -> ORAddress:
    step = PlayStep.model_validate({"send": {"at": "A", "from": JONES, "to": text}})
    assert step.send
    return step.send.to


def of_a_sender_in_a_play(text: str) -> ORAddress:
    step = PlayStep.model_validate({"send": {"at": "A", "from": text, "to": JONES}})
    assert step.send
    return step.send.sender


def submitted(**request: Any) -> Submission:
    return Submission.parse({"from": JONES, "to": [JONES]} | request, NOW)


def recipient(text: str) -> ORAddress:
    return submitted(to=[text]).recipients[0]


def copied(text: str) -> ORAddress:
    return submitted(cc=[text]).recipients[1]


def blind(text: str) -> ORAddress:
    return submitted(bcc=[text]).recipients[1]


def sender(text: str) -> ORAddress | None:
    return submitted(**{"from": text}).originator.formal_name


def named(text: str) -> ORAddress | None:
    return submitted(**{"from": f"Jo Jones <{text}>"}).originator.formal_name


def alternate(text: str) -> ORAddress | None:
    return submitted(alternate=text).alternate


def of_an_identifier(text: str) -> ORAddress | None:
    return IpmIdentifier.parse(f"1 of {text}").user


def routed(text: str) -> ORAddress:
    request = {"to": text}
    assert answer(config(), request, NOW, frozenset())["outcome"] == "mailbox"
    return ORAddress.parse(JONES)


PLACES: list[Callable[[str], ORAddress | None]] = [
    configured,
    of_a_list,
    member,
    redirected,
    in_a_play,
    of_a_sender_in_a_play,
    recipient,
    copied,
    blind,
    sender,
    named,
    alternate,
    of_an_identifier,
    routed,
]


@pytest.mark.parametrize("place", PLACES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("text", PASTED)
def test_every_place_reads_every_form(place: Callable[[str], ORAddress | None], text: str) -> None:
    assert place(text) == ORAddress.parse(JONES)


@pytest.mark.parametrize("place", PLACES, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("text", "complaint"), FAULTY)
def test_every_place_refuses_what_is_no_address(
    place: Callable[[str], ORAddress | None], text: str, complaint: str
) -> None:
    with pytest.raises((ValueError, ConfigurationError), match="O/R address") as refused:
        place(text)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(("text", "complaint"), FAULTY)
def test_the_smtp_door_refuses_them_too(text: str, complaint: str) -> None:
    local = f"/{text.replace(';', '/')}/"
    with pytest.raises(ValueError, match="O/R address") as refused:
        mixer.from_mailbox(local, "gateway.example", "gateway.example", ORAddress.parse(JONES))
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("attributes", "complaint"),
    [
        ({"country": "USA"}, "C=USA is no country"),
        ({"country": "US", "organization": "a@b"}, "O has '@'"),
        ({"country": "US", "organizational_units": ["x"] * 5}, "5 organizational units OU"),
        ({"country": "US", "surname": "x" * 41}, "S has 41 characters, at most 40"),
    ],
)
@pytest.mark.parametrize("where", ["mailboxes", "address_space", "accept_from"])
def test_parts_of_the_address_space_are_judged_by_the_same_rules(
    where: str, attributes: dict[str, Any], complaint: str
) -> None:
    found = document("A", "B", A, B)
    (connector,) = found["connectors"]
    match where:
        case "mailboxes":
            found["server"]["mailboxes"] = [attributes]
        case "address_space":
            connector["address_space"] = [attributes]
        case _:
            connector["delivery_restrictions"] = {"accept_from": [attributes]}
    with pytest.raises(ConfigurationError, match="O/R address") as refused:
        parse(found, MtaConfig, "a.yaml")
    assert complaint in str(refused.value)
    assert where in str(refused.value)
