"""Origins: the tree of places beside a document."""

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from labkit.origin import Origin, entry_name, from_json, from_yaml
from labkit.reason import Place

TEXT = """\
name: LAB
connectors:
  - general:
      directory_name: FIREWALL
    stack:
      address: 192.0.2.1
  - general: {directory_name: "DIRECT"}
    stack: &same
      address: 192.0.2.2
rules:
  - name: first
    from: 192.0.2.0/24
copies:
  - <<: *same
    port: 102
numbers: [1, 2]
"""


def read(text: str) -> Origin:
    yaml = YAML(typ="safe", pure=True)
    node = yaml.compose(text)
    return from_yaml(node, yaml.constructor.construct_document(node) if node else None, "a.yaml")


def test_every_part_has_its_line_and_entries_go_by_their_names() -> None:
    origin = read(TEXT)
    assert origin.place == Place("", "a.yaml", 1)
    assert origin.at("connectors", "0", "stack", "address").place == Place(
        "connectors.FIREWALL.stack.address", "a.yaml", 6
    )
    assert origin.at("connectors", "1").place == Place("connectors.DIRECT", "a.yaml", 7)
    assert origin.at("rules", "0", "from").place == Place("rules.first.from", "a.yaml", 12)
    assert origin.at("numbers", "1").place == Place("numbers.1", "a.yaml", 16)


def test_what_was_not_written_has_the_line_of_the_part_around_it() -> None:
    place = read(TEXT).at("connectors", "0", "stack", "incoming", "t").place
    assert place == Place("connectors.FIREWALL.stack.incoming.t", "a.yaml", 5)


def test_what_an_anchor_brings_has_the_line_where_it_is_written() -> None:
    assert read(TEXT).at("copies", "0", "address").place == Place("copies.0.address", "a.yaml", 9)


def test_an_empty_document_has_its_file() -> None:
    assert read("").at("name").place == Place("name", "a.yaml")


def test_a_part_that_holds_itself_ends() -> None:
    assert read("a: &a [*a]").at("a", "0").place == Place("a.0", "a.yaml", 1)


def test_a_live_change_replaces_the_place_and_all_below_it() -> None:
    origin = read(TEXT).set_at(("connectors", "0", "stack"), "NOW")
    assert origin.at("connectors", "0", "stack", "address").place == Place(
        "connectors.FIREWALL.stack.address", since="NOW"
    )
    assert origin.at("connectors", "1", "stack").place.line == 8


def test_one_tree_over_another() -> None:
    upper = Origin(below={"rules": Origin(Place("firewall.rules", "lab.yaml", 3))})
    origin = upper.over(read(TEXT))
    assert origin.at("rules").place == Place("firewall.rules", "lab.yaml", 3)
    assert origin.at("rules", "0").place == Place("rules.first", "a.yaml", 11)
    assert origin.at("name").place == Place("name", "a.yaml", 1)


def test_origins_do_not_distinguish_values() -> None:
    assert read(TEXT) == Origin()
    assert hash(read(TEXT)) == hash(Origin())


def test_the_names_of_entries() -> None:
    assert entry_name({"name": "a"}) == "a"
    assert entry_name({"directory_name": "b"}) == "b"
    assert entry_name({"general": {"directory_name": "c"}}) == "c"
    for nameless in ({}, "a", {"general": "x"}, {"name": 7}, None):
        assert entry_name(nameless) is None


PLACES = st.builds(Place, st.text(), st.text(), st.integers(0), st.text())
TREES = st.recursive(
    st.builds(Origin, PLACES),
    lambda below: st.builds(Origin, PLACES, st.dictionaries(st.text(), below, max_size=3)),
    max_leaves=8,
)


def flat(origin: Origin, *keys: str) -> dict[tuple[str, ...], Place]:
    found = {keys: origin.place} if origin.place.file or origin.place.since else {}
    for key, each in origin.below.items():
        found |= flat(each, *keys, key)
    return found


@given(TREES)
def test_json_gives_the_tree_back(origin: Origin) -> None:
    assert flat(from_json(origin.as_json())) == flat(origin)
