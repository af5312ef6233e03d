"""Where a page is served, and what that needs."""

import pytest

from labkit.addresses import End, parse_address
from labkit.config import ConfigurationError
from mta_lab.commands.pages import HERE, end_of, warn_of_others, web_extra


def test_a_page_is_served_here_unless_another_place_is_given() -> None:
    assert HERE.address.is_loopback
    assert end_of("--at", "[::1]:8400") == End(parse_address("::1"), 8400)
    for wrong in ("127.0.0.1", "here:8400", "127.0.0.1:0"):
        with pytest.raises(ConfigurationError, match="--at: "):
            end_of("--at", wrong)


def test_without_the_extra_it_says_what_brings_it() -> None:
    complaint = r"no fastapi: .*x400-firewall-lab\[web\]"
    with pytest.raises(ConfigurationError, match=complaint), web_extra():
        raise ModuleNotFoundError(name="fastapi")


def test_others_who_reach_the_page_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_others(End(parse_address("127.0.0.1"), 1))
    assert capsys.readouterr().err == ""
    warn_of_others(End(parse_address("192.0.2.1"), 1))
    assert "others reach this page" in capsys.readouterr().err
