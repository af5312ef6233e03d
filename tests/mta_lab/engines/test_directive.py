import pytest

from labkit.errors import ConfigurationError
from labkit.reason import Place
from mta_lab.engines.decision import NotModelledError
from mta_lab.engines.directive import Directive, Socket, refuse_carriage_returns
from tests.mta_lab.engines.boxes import CLIENT, OUTSIDE, syn

LINE = Directive(("allow", "203.0.113.0/24"), Place("stream allow", "nginx.conf", 7))


def test_a_directive_is_written_as_in_the_file() -> None:
    assert (LINE.name, LINE.arguments, str(LINE)) == (
        "allow",
        ("203.0.113.0/24",),
        "allow 203.0.113.0/24",
    )
    assert str(LINE.reason()) == "allow 203.0.113.0/24 (nginx.conf:7 stream allow)"


def test_networks() -> None:
    assert LINE.has(["203.0.113.0/24"], syn(source=CLIENT).source)
    assert not LINE.has(["198.51.100.0/24", "2001:db8::/32"], syn(source=CLIENT).source)


@pytest.mark.parametrize("text", ["core.example", "$server", ""])
def test_a_name_or_a_variable_is_not_modelled(text: str) -> None:
    for read in (LINE.address, LINE.port):
        with pytest.raises(NotModelledError, match=r"at nginx\.conf:7"):
            read(text)
    with pytest.raises(NotModelledError):
        LINE.has([text], syn().source)


def test_the_closest_socket_takes_a_syn() -> None:
    own = syn(OUTSIDE)
    everywhere = Socket((4,), None, 100, 103)
    here = Socket((4,), own.destination, 102, 102)
    assert everywhere.takes(own)
    assert here.takes(own)
    assert here.closeness > everywhere.closeness
    assert not Socket((6,), None, 102, 102).takes(own)
    assert not Socket((4,), None, 103, 104).takes(own)
    assert not Socket((4,), None, 102, 102, "inside").takes(own)


@pytest.mark.parametrize(("text", "line"), [("a\r\nb\r\n", 1), ("a\nb\rc\n", 2)])
def test_carriage_returns_are_refused_with_their_line(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"^site.nft:{line}: .* nft takes lines"):
        refuse_carriage_returns(text, "site.nft", "nft")


def test_lines_of_a_unix_pass() -> None:
    refuse_carriage_returns("a\nb\n", "site.nft", "nft")
