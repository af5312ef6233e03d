import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.errors import ConfigurationError
from mta_lab.engines import iptables
from mta_lab.engines.decision import Decision, Forwarded, How, NotModelled, Stopped
from mta_lab.engines.nftables.engine import Nftables
from tests.mta_lab.engines.boxes import SERVER, box, needs, routes, syn

FILE = "site.rules"


@pytest.fixture(autouse=True)
def _root(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    needs("iptables-restore-translate")


def table(*rules: str, name: str = "filter", policy: str = "ACCEPT") -> str:
    chains = "\n".join(f":{each} {policy} [0:0]" for each in ("INPUT", "FORWARD"))
    if name == "mangle":
        chains = ":PREROUTING ACCEPT [0:0]"
    lines = "\n".join(rules)
    return f"# a comment\n*{name}\n{chains}\n{lines}\nCOMMIT\n"


def decide(text: str) -> Decision:
    model = Nftables(box(), iptables.read(text, FILE, ["outside", "inside"]))
    return model.decide(syn(SERVER), routes())


def test_a_rule_decides_with_its_own_line() -> None:
    decision = decide(table("[7:420] -A FORWARD -p tcp -m tcp --dport 102 -j DROP"))
    assert isinstance(decision, Stopped)
    assert str(decision.reasons[0]) == (
        "rule: -A FORWARD -p tcp -m tcp --dport 102 -j DROP (site.rules:5 filter FORWARD)"
    )


def test_the_policy_decides_in_the_end() -> None:
    assert isinstance(decide(table(policy="DROP")), Stopped)
    assert isinstance(decide(table("-A FORWARD -i outside -j ACCEPT", policy="DROP")), Forwarded)


@pytest.mark.parametrize(
    "rule",
    [
        "-A FORWARD -m recent --name bad --rcheck --rsource -j DROP",  # becomes a comment
        "-A FORWARD -m set --match-set friends src -j ACCEPT",  # is refused
        "-A FORWARD -m statistic --mode random --probability 0.5 -j DROP",  # is translated
    ],
)
def test_what_is_not_read_is_not_modelled_and_not_skipped(rule: str) -> None:
    decision = decide(table("-A FORWARD -p tcp --dport 25 -j DROP", rule))
    assert isinstance(decision, NotModelled)
    assert rule in decision.directive
    assert (decision.place.file, decision.place.line) == (FILE, 6)


def test_a_rule_that_decides_before_makes_up_for_it() -> None:
    rule = "-A FORWARD -m recent --name bad --rcheck --rsource -j DROP"
    assert isinstance(decide(table("-A FORWARD -p tcp --dport 102 -j ACCEPT", rule)), Forwarded)


def test_tproxy_without_a_listener_drops() -> None:
    rule = "-A PREROUTING -p tcp --dport 102 -j TPROXY --on-port 1102 --on-ip 0.0.0.0"
    decision = decide(
        table("-A PREROUTING -p tcp -m socket -j MARK --set-mark 1", rule, name="mangle")
    )
    assert isinstance(decision, Stopped)
    assert decision.how is How.SILENCE
    assert "-j TPROXY" in decision.reasons[0].text


@pytest.mark.parametrize("match", ["-m socket", "-j TPROXY --on-port 1"])
def test_what_a_comment_says_is_no_rule(match: str) -> None:
    rule = f'-A FORWARD -m comment --comment "not {match}" -p tcp --dport {{}} -j ACCEPT'
    assert isinstance(decide(table(rule.format(102), policy="DROP")), Forwarded)
    assert isinstance(decide(table(rule.format(25), policy="DROP")), Stopped)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            table("-A FORWARD -j DROP", "-I FORWARD -j ACCEPT"),
            r":6: '-I FORWARD -j ACCEPT': .*save",
        ),
        (table("-D FORWARD -j DROP"), ":5: '-D FORWARD"),
        (table("--append FORWARD -j DROP"), ":5: '--append FORWARD"),
        ("*filter\n-F\nCOMMIT\n", ":2: '-F'"),
        (table("-A FORWARD -j DROP") * 2, r":8: '\*filter': the table is there before"),
        (table("-A FORWARD -j DROP").replace("COMMIT\n", ""), ":2: .*no COMMIT"),
        ("-A FORWARD -j DROP\n", ":1: '-A FORWARD"),
    ],
)
def test_lines_that_iptables_save_does_not_write_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"site.rules{complaint}"):
        decide(text)


def test_line_ends_of_windows_are_refused_as_iptables_restore_does(tmp_path: Path) -> None:
    text = table().replace("\n", "\r\n")
    (tmp_path / FILE).write_bytes(text.encode("ascii"))
    command = ["unshare", "--net", "iptables-restore", str(tmp_path / FILE)]
    assert subprocess.run(command, capture_output=True, check=False).returncode
    with pytest.raises(ConfigurationError, match=r"site.rules:1: has a carriage return"):
        iptables.read(text, FILE, [])


def test_a_line_ends_where_iptables_restore_ends_it() -> None:
    """A separator of Unicode ends none: what stands behind it belongs to the comment."""
    decision = decide(table("# until\u2028-A FORWARD -j DROP", "-A FORWARD -j REJECT"))
    assert isinstance(decision, Stopped)
    assert "site.rules:6" in str(decision.reasons[0])


def test_what_is_no_file_of_iptables_save_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=FILE):
        decide("table inet filter { }\n")


def test_without_the_translator_it_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ConfigurationError, match="apt install iptables"):
        iptables.read(table(), FILE, [])
