"""What the choice of a route looks at, and that it is the same after it was kept."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.policy.routingfacts import RoutingFacts, responsible_recipients
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Report
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import TraceElement

HERE, FAR = GlobalDomain("US", " ", "Contoso"), GlobalDomain("US", " ", "Fabrikam")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SMITH = ORAddress(
    country="US",
    surname="Smith",
    organizational_units=("Sales", "West"),
    domain_defined=(("id", "7"), ("RFC-822", "a(a)b")),
)
JONES = ORAddress(country="US", surname="Jones")


def trace(*domains: GlobalDomain) -> tuple[TraceElement, ...]:
    return tuple(TraceElement(domain, NOW, 0) for domain in domains)


ENVELOPE = Envelope(MtsIdentifier(HERE, "1"), JONES, (Recipient(SMITH),), trace=trace(FAR, HERE))


def test_a_message_is_as_long_as_the_kilobytes_it_began() -> None:
    for octets, kilobytes in ((0, 0), (1, 1), (1024, 1), (1025, 2)):
        assert RoutingFacts.of(ENVELOPE, octets, HERE).kilobytes == kilobytes


def test_a_probe_is_as_long_as_what_it_asks_about() -> None:
    probe = Probe(MtsIdentifier(HERE, "1"), JONES, (Recipient(SMITH),), content_length=3000)
    assert RoutingFacts.of(probe, 0, HERE).kilobytes == 3


def test_domains_that_were_passed_stand_in_the_way_but_not_ours() -> None:
    assert RoutingFacts.of(ENVELOPE, 0, HERE).domains == {FAR}
    assert RoutingFacts.of(ENVELOPE, 0, FAR).domains == {HERE}


@given(st.from_type(Report))
def test_a_report_goes_to_one_and_comes_from_none(report: Report) -> None:
    facts = RoutingFacts.of(report, 99, HERE)
    assert facts.destinations == (report.envelope.destination,)
    assert (facts.originator, facts.kilobytes) == (None, 0)
    assert responsible_recipients(report) == [None]


@given(st.from_type(Envelope), st.integers(0, 5000), st.booleans())
def test_what_was_kept_asks_the_same(envelope: Envelope, octets: int, readdressed: bool) -> None:
    facts = RoutingFacts.of(envelope, octets, HERE, readdressed=readdressed)
    again = RoutingFacts.from_text(facts.to_text())
    assert again.to_text() == facts.to_text()
    assert (again.kilobytes, again.domains, again.readdressed) == (
        facts.kilobytes,
        facts.domains,
        facts.readdressed,
    )
    wanted = responsible_recipients(envelope)
    assert len(facts.destinations) == len(wanted)
    assert [str(each) for each in again.destinations] == [str(each) for each in facts.destinations]


def test_all_that_address_spaces_match_is_kept() -> None:
    facts = RoutingFacts((SMITH,), JONES)
    assert RoutingFacts.from_text(facts.to_text()) == facts


def test_equal_facts_are_the_same_text() -> None:
    """That is what puts copies into one group: the order of the domains is none."""
    one = RoutingFacts((SMITH,), domains=frozenset([HERE, FAR]))
    other = RoutingFacts((SMITH,), domains=frozenset([FAR, HERE]))
    assert one.to_text() == other.to_text()
    assert one.to_text() != RoutingFacts((JONES,), domains=one.domains).to_text()


def test_the_question_knows_how_it_came_unless_it_was_redirected_here() -> None:
    facts = RoutingFacts((SMITH,), JONES, 3)
    (question,) = facts.questions("IN", {"C": 2})
    assert (question.recipient, question.came_by, question.octets) == (SMITH, "IN", 3072)
    assert question.tries == {"C": 2}
    (back,) = RoutingFacts((SMITH,), readdressed=True).questions("IN")
    assert back.came_by is None
