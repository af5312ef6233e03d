"""Large structures are freed part by part, and nothing that somebody else holds."""

import weakref
from dataclasses import dataclass, field

from labkit.freeing import take_apart


@dataclass(eq=False)
class Part:
    """A part with parts."""

    name: str
    parts: list["Part"] = field(default_factory=list)


def test_the_outer_parts_go_before_the_inner_ones() -> None:
    freed: list[str] = []
    inner = [Part(f"inner {number}") for number in range(3)]
    outer = Part("outer", inner)
    for each in (outer, *inner):
        weakref.finalize(each, freed.append, each.name)
    parts: list[object] = [outer]
    del outer, inner, each
    take_apart(parts)
    assert parts == []
    assert freed[0] == "outer"
    assert sorted(freed[1:]) == ["inner 0", "inner 1", "inner 2"]


def test_what_somebody_else_holds_stays_whole() -> None:
    leaf = Part("leaf")
    shared = Part("shared", [leaf])
    leaf_ref = weakref.ref(leaf)
    whole = Part("whole", [shared, Part("own")])
    own = weakref.ref(whole.parts[1])
    parts: list[object] = [whole]
    del whole, leaf
    take_apart(parts)
    assert own() is None
    assert leaf_ref() is shared.parts[0]


def test_depth_is_no_limit() -> None:
    part = Part("deepest")
    for number in range(100_000):
        part = Part(str(number), [part])
    parts: list[object] = [part]
    del part
    take_apart(parts)
    assert parts == []
