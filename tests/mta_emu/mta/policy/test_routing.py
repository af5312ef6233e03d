"""Route selection: the criteria as a table, their order as properties, the routing table."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.config import parse
from labkit.reason import Reason
from mta_emu.mta.configuration.addressspace import RoutedAddressSpace
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.policy.routing import (
    Criterion,
    Route,
    RoutingQuestion,
    routes,
    select,
)
from mta_emu.mta.policy.schedule import ActivationState
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress, closeness

NOW = datetime(1999, 4, 26, tzinfo=UTC)
SMITH = ORAddress(country="US", private_domain="Contoso", organization="Inside", surname="Smith")
JONES = ORAddress(country="US", organization="Outside", surname="Jones")
US = RoutedAddressSpace(country="US")


def connector(name: str, **pages: Any) -> ConnectorConfig:
    return ConnectorConfig.model_validate(
        {
            "general": {"directory_name": name, "remote_mta_name": name},
            "stack": {"address": "198.51.100.1"},
            "address_space": [{"country": "US"}],
        }
        | pages
    )


def route(name: str, **fields: Any) -> Route:
    space = RoutedAddressSpace.model_validate({"country": "US"} | fields.pop("space", {}))
    return Route(
        name,
        fields.pop("queue", name),
        (space,),
        fields.pop("state", ActivationState.ACTIVE_NOW),
        **fields,
    )


def page(**fields: Any) -> Any:
    return connector("X", delivery_restrictions=fields).delivery_restrictions


ELSEWHERE = route("ELSEWHERE", space={"organization": "Outside"})
LATER = route("LATER", state=ActivationState.WILL_BECOME_ACTIVE)
CALLED = route("CALLED", state=ActivationState.REMOTE_INITIATED)
NEVER = route("NEVER", state=ActivationState.NEVER)
DEAR = route("DEAR", space={"cost": 99})
CHEAP = route("CHEAP")
WAITING = route("WAITING", waiting=True)
REMOTE = route("REMOTE", queue="CHEAP")
NEAR = route("NEAR", space={"organization": "Inside", "cost": 99})
DOMAIN = GlobalDomain("US", " ", "Fabrikam")


@pytest.mark.parametrize(
    ("ways", "question", "chosen", "by"),
    [
        ([ELSEWHERE], {}, None, Criterion.ADDRESS_SPACE),
        ([], {}, None, Criterion.ADDRESS_SPACE),
        ([ELSEWHERE, DEAR], {}, "DEAR", None),
        ([CHEAP], {"came_by": "CHEAP"}, None, Criterion.INBOUND),
        ([CHEAP, DEAR], {"came_by": "CHEAP"}, "DEAR", None),
        ([REMOTE, DEAR], {"came_by": "CHEAP"}, "DEAR", None),  # it would go back there
        ([route("A", domain=DOMAIN)], {"domains": {DOMAIN}}, None, Criterion.INBOUND),
        ([route("A", domain=DOMAIN)], {}, "A", None),
        ([route("A", max_open_retries=3)], {"tries": {"A": 2}}, "A", None),
        ([route("A", max_open_retries=3)], {"tries": {"A": 3}}, None, Criterion.MAX_OPEN_RETRIES),
        ([NEVER, CALLED, LATER, DEAR], {}, "DEAR", None),
        ([NEVER, CALLED, LATER], {}, "LATER", None),
        ([NEVER, CALLED], {}, "CALLED", None),
        ([NEVER], {}, "NEVER", None),
        ([CHEAP, DEAR], {"tries": {"CHEAP": 1}}, "DEAR", None),
        ([LATER, CHEAP], {"tries": {"CHEAP": 5}}, "CHEAP", None),  # 3 goes before 4
        ([WAITING, DEAR], {}, "DEAR", None),
        ([WAITING], {}, "WAITING", None),
        ([WAITING, DEAR], {"tries": {"DEAR": 1}}, "WAITING", None),  # 4 goes before 5
        ([WAITING, REMOTE], {}, "WAITING", None),  # a remote timer is not known: 5 is left out
        ([DEAR, CHEAP], {}, "CHEAP", None),
        ([CHEAP, NEAR], {}, "NEAR", None),  # the closer address space overrides the cost
        ([WAITING, NEAR], {}, "NEAR", None),
        ([CHEAP, route("NEAR", space={"organization": "*"}, waiting=True)], {}, "CHEAP", None),
        ([REMOTE, CHEAP], {}, "CHEAP", None),
        ([REMOTE, DEAR], {}, "REMOTE", None),  # 6 goes before 7
        ([route("ONE"), route("TWO")], {}, "ONE", None),
    ],
)
def test_selection(
    ways: list[Route], question: dict[str, Any], chosen: str | None, by: Criterion | None
) -> None:
    decision = select(ways, RoutingQuestion(SMITH, **question))
    assert (decision.chosen.name if decision.chosen else None) == chosen
    assert decision.failed_at == by


@pytest.mark.parametrize(
    ("fields", "octets", "failed_at"),
    [
        ({"restrictions": page(reject_from=[{"organization": "Out*"}])}, 0, Criterion.RESTRICTIONS),
        ({"restrictions": page(reject_from=[{"organization": "In*"}])}, 0, None),
        ({"restrictions": page(accept_from=[{"surname": "Jones"}])}, 0, None),
        ({"restrictions": page(accept_from=[{"surname": "Smith"}])}, 0, Criterion.RESTRICTIONS),
        ({"size_limit": 2}, 2048, None),
        ({"size_limit": 2}, 2049, Criterion.SIZE),
    ],
)
@pytest.mark.element("restricted delivery")
def test_delivery_restrictions_and_size(
    fields: dict[str, Any], octets: int, failed_at: Criterion | None
) -> None:
    question = RoutingQuestion(SMITH, originator=JONES, octets=octets)
    assert select([route("A", **fields)], question).failed_at == failed_at


def test_a_decision_tells_why_the_others_are_not_chosen() -> None:
    question = RoutingQuestion(SMITH, came_by="BACK", tries={"TRIED": 2})
    ways = [ELSEWHERE, route("BACK"), NEVER, route("TRIED"), DEAR, REMOTE, CHEAP]
    decision = select(ways, question)
    assert {name: why.text for step in decision.steps for name, why in step.eliminated.items()} == {
        "ELSEWHERE": "none of its address spaces has the recipient",
        "BACK": "the message came in by it",
        "NEVER": "never",
        "TRIED": "tried 2 times",
        "DEAR": "cost 99 to c=US",
        "REMOTE": "remote, through CHEAP",
    }
    assert decision.steps[-1].left == ("CHEAP",)
    assert [step.criterion for step in decision.steps] == list(Criterion)


local_routes = st.builds(
    Route,
    name=st.just(""),
    queue=st.just(""),
    spaces=st.lists(
        st.builds(
            RoutedAddressSpace,
            country=st.sampled_from(["", "US", "*", "NO"]),
            organization=st.sampled_from(["", "In*", "Inside", "Outside"]),
            cost=st.integers(1, 100),
        ),
        max_size=3,
    ).map(tuple),
    state=st.sampled_from(ActivationState),
    waiting=st.booleans(),
    max_open_retries=st.integers(0, 3),
)


def named(ways: list[Route]) -> list[Route]:
    return [
        Route(f"C{number}", f"C{number}", each.spaces, each.state, each.waiting, 3)
        for number, each in enumerate(ways)
    ]


@given(
    st.lists(local_routes, max_size=5).map(named),
    st.dictionaries(st.sampled_from(["C0", "C1", "C2"]), st.integers(0, 4)),
    st.sampled_from([None, "C0", "C1"]),
)
def test_the_order_of_the_criteria_is_the_order_of_importance(
    ways: list[Route], tries: dict[str, int], came_by: str | None
) -> None:
    """Against one sort by all criteria at once, which is the same where all are local."""
    decision = select(ways, RoutingQuestion(SMITH, came_by=came_by, tries=tries))
    able = [
        (
            list(ActivationState).index(each.state),
            tries.get(each.name, 0),
            each.waiting,
            min(([-level for level in closeness(space.pattern)], space.cost) for space in found),
            number,
        )
        for number, each in enumerate(ways)
        if each.name != came_by and tries.get(each.name, 0) < each.max_open_retries
        if (found := [space for space in each.spaces if space.matches(SMITH)])
    ]
    assert decision.chosen == (ways[min(able)[-1]] if able else None)


@given(st.lists(local_routes, max_size=5).map(named))
def test_every_connector_is_left_or_eliminated_once(ways: list[Route]) -> None:
    decision = select(ways, RoutingQuestion(SMITH))
    eliminated = [name for step in decision.steps for name in step.eliminated]
    assert sorted([*eliminated, *decision.steps[-1].left]) == [each.name for each in ways]
    assert bool(decision.steps[-1].left) is (decision.chosen is not None)


CONFIG = {
    "server": {
        "organization": "Contoso",
        "site": "Lab",
        "name": "A",
        "global_domain": {"country": "US"},
        "transport_stack": {"address": "198.51.100.10"},
    },
    "connectors": [
        connector("HUB").model_dump(mode="json"),
        connector(
            "SITE",
            schedule={
                "activation": "selected-times",
                "selected_times": {"tuesday": ["00:00-01:00"]},
            },
            address_space=[{"country": "*", "cost": 5}],
            connected_sites=[
                {
                    "organization": "Contoso",
                    "site": "Branch",
                    "routing_address": {"country": "US", "administration_domain": " "},
                    "cost": 2,
                }
            ],
            override={"max_open_retries": 7},
            advanced={
                "message_size_limit": 10,
                "remote_global_domain": {"country": "US", "private_domain": "Fabrikam"},
            },
        ).model_dump(mode="json"),
    ],
    "remote_connectors": [
        {"directory_name": "FAR", "home_server": "hub", "address_space": [{"country": "US"}]}
    ],
}


def test_routes_of_a_configuration() -> None:
    hub, site, far = routes(parse(CONFIG, MtaConfig, "test"), NOW, frozenset({"HUB"}))
    assert (hub.name, hub.local, hub.waiting, hub.state) == (
        "HUB",
        True,
        True,
        ActivationState.ACTIVE_NOW,
    )
    assert (site.state, site.waiting) == (ActivationState.WILL_BECOME_ACTIVE, False)
    assert (site.max_open_retries, site.size_limit, site.domain) == (7, 10, DOMAIN)
    assert [space.cost for space in site.spaces] == [5, 2]
    assert (far.name, far.queue, far.local) == ("FAR", "HUB", False)


def test_an_elimination_names_the_field_that_decided() -> None:
    config = parse(CONFIG, MtaConfig, "test")
    decision = select(routes(config, NOW), RoutingQuestion(SMITH, octets=11 * 1024))
    found = {name: why for step in decision.steps for name, why in step.eliminated.items()}
    assert found["SITE"] == Reason(
        "SIZE",
        "11264 octets are more than its limit of 10 KB",
        "takes messages of that size",
        "SITE",
        config.connectors[1].advanced.place("message_size_limit"),
    )
    assert found["FAR"].text == "remote, through HUB"
    assert decision.reason.text == "connector HUB is local"


@pytest.mark.parametrize(
    ("ways", "text"),
    [
        ([CHEAP], "connector CHEAP leads to the recipient"),
        ([CHEAP, DEAR], "connector CHEAP has the closest address space at the lowest cost"),
        ([ELSEWHERE], "no connector leads to the recipient"),
    ],
)
def test_the_reason_is_what_the_choice_came_down_to(ways: list[Route], text: str) -> None:
    assert select(ways, RoutingQuestion(SMITH)).reason.text == text
