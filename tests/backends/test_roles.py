"""Of all that came earlier in other roles, what shares a value with an event, or may, is found without looking at each."""

from decimal import Decimal
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.backends.reference import states
from checker.backends.reference.states import Part, _ByRole, _is_unseen, _shared
from checker.event import GAP, UNKNOWN, Event, Gap, Record
from checker.location import Location

SCALARS = st.sampled_from(
    ["a", "b", "1", 1, 0, Decimal("1.0"), Decimal("0.5"), True, False, {"a": 1}, {"a": Decimal("1.0")}]
)
VALUES = st.one_of(SCALARS, SCALARS, st.just(UNKNOWN), st.lists(st.one_of(SCALARS, st.just(["a"])), max_size=3))
GAPS = [Gap("s", 0, 0, 1, reason=GAP), Gap("p", 0, 0, 2, reason=GAP)]


@st.composite
def parts(draw: st.DrawFn) -> Part:
    """An event in a role, of this group or of any, which a record shows or a gap may hide."""
    gap = draw(st.sampled_from([None, None, *GAPS]))
    event = Event(Record(Location(""), 0, 0, "K"), 0, 0, "K", None, {}, hidden=gap)
    return Part(event, draw(st.sampled_from("pqr")), draw(VALUES), draw(st.booleans()), draw(st.booleans()))


def _plainly(known: list[Part], later: Part) -> tuple[list[Part], Part | None]:
    """What shares its value or may, and the last one in another role, by looking at each; of one gap and role the first."""
    gaps: set[tuple[Gap, str]] = set()
    found: list[Part] = []
    last = None
    for earlier in known:
        gap = earlier.event.hidden
        if later.role == earlier.role or not (later.own or earlier.own) or (gap and (gap, earlier.role) in gaps):
            continue
        if gap is not None:
            gaps.add((gap, earlier.role))
        last = earlier
        if _shared(later.value, earlier.value) is not False:
            found.append(earlier)
    return found, last


@settings(max_examples=500, deadline=None)
@given(st.lists(parts(), max_size=30))
def test_what_shares_a_value_is_what_each_pair_tells(given_parts: list[Part]) -> None:
    known: list[Part] = []
    any_, own = _ByRole(frozenset()), _ByRole(frozenset())
    for later in given_parts:
        before: Any = any_ if later.own else own
        if not _is_unseen(later):
            found, last = _plainly(known, later)
            assert list(map(id, before.meeting(later))) == list(map(id, found))
            assert before.last(later) is last
            known.append(later)
        for some in (any_, own) if later.own else (any_,):
            some.add(later)


def test_what_shares_no_value_is_not_looked_at() -> None:
    seen = _ByRole(frozenset())
    for number in range(100):
        event = Event(Record(Location(""), 0, 0, "K"), 0, 0, "K", None, {})
        seen.add(Part(event, "p", f"v{number % 50}", True))
    later = Part(event, "q", ["v3", "v7", "v3"], True)
    with mock.patch.object(states, "_shared", wraps=_shared) as looked:
        assert [part.value for part in seen.meeting(later)] == ["v3", "v7", "v3", "v7"]
        assert seen.meeting(later._replace(role="p")) == []
    assert looked.call_count == 4
