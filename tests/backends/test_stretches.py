"""What was going on in stretches of a total or a level: found for many stretches without looking at all for each."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from checker.backends.reference.sums import _Going
from checker.bounds import INFINITY, Bounds, plus

TIMES = st.integers(0, 30)
SPAN = st.tuples(TIMES, st.one_of(TIMES, st.just(INFINITY))).map(lambda pair: (pair[0], max(pair)))


class Counted:
    """A span as an occasion that counts how often it is looked at."""

    def __init__(self, start: int, end: Any) -> None:
        self.start, self._end, self.looks = Bounds.exactly(start), Bounds.exactly(end), 0

    @property
    def end(self) -> Bounds:
        self.looks += 1
        return self._end


@given(st.lists(SPAN), st.lists(st.tuples(TIMES, TIMES, st.booleans())), st.integers(0, 9))
def test_those_that_go_on_are_those_that_a_look_at_all_finds(
    spans: list[tuple[int, Any]], asked: list[tuple[int, int, bool]], back: int
) -> None:
    group: list[Any] = [SimpleNamespace(start=Bounds.exactly(s), end=Bounds.exactly(e)) for s, e in sorted(spans)]
    going = _Going(group)
    for start, lasting, closed in sorted(asked):
        end = start + lasting
        assert going.within(start, end, back, closed) == [
            o for o in group
            if (o.start.low <= end if closed else o.start.low < end) and plus(o.end.high, back) > start
        ]  # fmt: skip


def test_what_is_over_is_not_looked_at_again() -> None:
    group: list[Any] = [Counted(at, at + 2) for at in range(1_000)]
    going = _Going(group)
    found = [going.within(at, at + 1, 0, False) for at in range(1_000)]
    assert [len(one) for one in found] == [1, *[2] * 999]
    assert max(one.looks for one in group) <= 3


def test_what_goes_on_without_end_keeps_nothing_else() -> None:
    group: list[Any] = [Counted(0, INFINITY), *(Counted(at, at + 2) for at in range(1_000))]
    going = _Going(group)
    for at in range(1_000):
        going.within(at, at + 1, 0, False)
    assert max(one.looks for one in group[1:]) <= 3
