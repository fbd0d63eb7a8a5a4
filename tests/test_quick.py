"""The quick `dataclass` behaves as the standard one where this program relies on it."""

import dataclasses

import pytest

from checker import quick
from checker.yamltree import _HIDDEN


def made(decorator, **options):
    @decorator(**options)
    class Pair:
        """Two."""

        one: int
        two: list[int] | int = dataclasses.field(default=2, repr=False)

    return Pair


@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("eq", [False, True])
def test_equality_hash_and_repr_are_those_of_the_standard_one(slots, frozen, eq):
    options = {"slots": slots, "frozen": frozen, "eq": eq}
    ours, theirs = made(quick.dataclass, **options), made(dataclasses.dataclass, **options)
    for cls in (ours, theirs):
        assert (cls(1) == cls(1, 2)) is eq
        assert cls(1) != cls(2)
        assert cls(1) != (1, 2)
        assert dataclasses.replace(cls(1), one=3).one == 3
        assert hasattr(cls(1), "__dict__") is not slots
    assert (ours.__hash__ is None) is (theirs.__hash__ is None)
    if frozen and eq:
        assert hash(ours(1)) == hash(ours(1, 2))
    assert repr(ours(1)) == repr(theirs(1))
    assert ours(1) != theirs(1)


def test_no_hidden_character_is_printable():
    assert not [c for c in map(chr, range(0x110000)) if c.isprintable() and _HIDDEN.search(c)]
