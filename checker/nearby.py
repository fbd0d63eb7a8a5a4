"""Which of many things touch a span of time, found without looking at all of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from checker.bounds import Number

T = TypeVar("T")

_MANY = 64


class Nearby(Generic[T]):
    """Things in their own order, each with the first and the last instant of its span."""

    def __init__(self, items: Sequence[T], span: Callable[[T], tuple[Number, Number]]) -> None:
        self.items = items
        spans = [(*span(item), place) for place, item in enumerate(items)]
        spans.sort(key=lambda one: one[0])
        self._starts = [start for start, _, _ in spans]
        self._ends = [end for _, end, _ in spans]
        self._places = [place for _, _, place in spans]
        # what ends late may have begun long ago: up to here none has, so all before can be passed over
        self._reach = list(accumulate(self._ends, max))
        # of one that never ends all that come after it would be looked at: those are passed over, many at a time
        self._last = [max(self._ends[at : at + _MANY]) for at in range(0, len(self._ends), _MANY)]

    def touching(self, first: Number, last: Number) -> Iterator[T]:
        """Those whose span has an instant of [first, last] in it, in the order given."""
        return map(self.items.__getitem__, sorted(self._touching(first, last)))

    def meet(self, first: Number, last: Number) -> bool:
        """Whether there is one of them."""
        return next(self._touching(first, last), None) is not None

    def _touching(self, first: Number, last: Number) -> Iterator[int]:
        since, until = bisect_left(self._reach, first), bisect_right(self._starts, last)
        return (
            self._places[at]
            for many in range(since // _MANY, -(-until // _MANY)) if self._last[many] >= first
            for at in range(max(since, many * _MANY), min(until, (many + 1) * _MANY)) if self._ends[at] >= first
        )  # fmt: skip
