"""What came before one of a group, and what overlaps, is looked up: the same as looking at each of the group."""

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.backends.reference.base import Occasion
from checker.backends.reference.rows import _comes, _Order, _overlapping
from checker.bounds import Bounds
from checker.event import GAP, Event, Record
from checker.location import Location

GROUPS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([0, 0, 1, 4]), st.integers(0, 3), st.booleans()), max_size=12
)


def _group(drawn: list[tuple[int, int, int, bool]]) -> list[Occasion]:
    found = []
    for start, wide, length, certain in sorted(drawn, key=lambda one: one[0]):
        event = Event(Record(Location(""), start, start + wide, "T"), start, start + wide, "T", None, {})
        moment, end = Bounds(start, start + wide), Bounds(start + length, start + wide + length)
        found.append(Occasion(event, moment, end, certain, "" if certain else GAP))
    return found


def _before(group: list[Occasion], at: int) -> tuple[Occasion | None, list[Occasion]]:
    """The last that surely came before one of a group, and each that may be the one just before it."""
    later, surely, rank = group[at], None, -1
    for place, one in enumerate(group):
        if place != at and one.certain and _comes(one.start.high, later.start.low, place < at):
            surely, rank = one, place
    return surely, [
        one for place, one in enumerate(group)
        if place == rank or (
            place != at and _comes(one.start.low, later.start.high, place < at)
            and (surely is None or not _comes(one.start.high, surely.start.low, place < rank))
        )
    ]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(GROUPS)
def test_what_came_before(drawn: list[tuple[int, int, int, bool]]) -> None:
    group = _group(drawn)
    order = _Order(group)
    for at in range(len(group)):
        surely, possibly = _before(group, at)
        found = order.before(at)
        if not possibly:
            assert found is None
            continue
        assert found is not None
        assert list(found.possibly) == possibly
        assert found.surely is (surely is not None)
        assert found.one is (surely or possibly[-1])
        assert found.end == Bounds(min(o.end.low for o in possibly), max(o.end.high for o in possibly))
        assert found.reason == next((o.reason for o in reversed(possibly) if o.reason), "")


@settings(max_examples=400, deadline=None)
@given(GROUPS)
def test_what_overlaps(drawn: list[tuple[int, int, int, bool]]) -> None:
    group = _group(drawn)
    assert _overlapping(group) == {
        one for one in group for two in group
        if one is not two and one.start.low <= two.start.high and two.start.low <= one.start.high
    }  # fmt: skip
