"""Reasons made of comparisons."""

from labkit.reason import Place, Reason
from mta_emu.mta.policy.comparison import Comparison, reason_of


def comparison(number: int, *, fits: bool = False) -> Comparison:
    place = Place(f"connectors.{number}", "a.yaml", number)
    return Comparison("address", fits, "caller", f"A{number}", f"a{number}", "b", place)


def test_why_the_only_one_fits() -> None:
    assert reason_of([comparison(1, fits=True)]) == Reason(
        "address", "caller is A1", "a1", "b", Place("connectors.1", "a.yaml", 1)
    )


def test_why_none_of_several_fits() -> None:
    reason = reason_of([comparison(1), comparison(2)])
    assert (reason.text, reason.expected) == ("caller is not A1, nor A2", "a1, a2")
    assert reason.place == Place("connectors.1", "a.yaml", 1)


def test_a_hundred_are_not_all_shown() -> None:
    reason = reason_of([comparison(number) for number in range(100)])
    assert reason.text == "caller is not A0, nor A1, nor A2, nor that of 97 more"
    assert reason.expected == "a0, a1, a2"


def test_secrets_and_verbs() -> None:
    """An empty value is one that nobody is to see."""
    secret = Comparison("password", False, "passwords", "those", verb="are")
    reason = reason_of([secret, secret])
    assert (reason.text, reason.expected) == ("passwords are not those, nor those", "")
