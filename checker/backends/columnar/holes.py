"""Where records may be missing, as columns: which spans of time a gap may reach, and for how many there is room."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from checker.columns import Mask, Whole
from checker.event import Event, Gap

_MANY = 2
"""Of more missing records than that nothing else follows: together they may open and close."""


class Holes(NamedTuple):
    """Gaps, each from when to when what it hides can lie (µs, both included): in order of the start, and of the end.

    The sums say how many records, of the first so many gaps, are missing; of one gap at most two are counted.
    """

    starts: Whole
    ends: Whole
    sum_by_start: Whole
    sum_by_end: Whole

    @classmethod
    def of(cls, hidden: Iterable[Event]) -> "Holes":
        """Those that hide some events."""
        spans: dict[Gap, tuple[int, int, int]] = {}
        for event in hidden:
            gap = event.hidden
            if gap is not None:
                first, last = min(gap.start, event.earliest), max(gap.end, event.latest)
                spans[gap] = first, last, int(min(gap.missing, _MANY))
        table = np.array(list(spans.values()), np.int64).reshape(-1, 3)
        by_start, by_end = (np.argsort(table[:, side], kind="stable") for side in (0, 1))
        sums = [np.append(0, np.cumsum(table[order, 2])) for order in (by_start, by_end)]
        return cls(table[by_start, 0], table[by_end, 1], *sums)

    def __bool__(self) -> bool:
        return bool(len(self.starts))

    @property
    def many(self) -> bool:
        """Whether more than one record is missing in all."""
        return bool(self.sum_by_start[-1] > 1)

    def touch(self, lows: Whole, highs: Whole) -> Mask:
        """Which of the spans [low, high] one may reach."""
        began, over = self._passed(lows, highs)
        found: Mask = began > over
        return found

    def room(self, lows: Whole, highs: Whole) -> Whole:
        """For how many records those that may reach a span [low, high] have room; two stands for any more."""
        began, over = self._passed(lows, highs)
        found: Whole = self.sum_by_start[began] - self.sum_by_end[over]
        return found

    def since(self, times: Whole) -> Whole:
        """From when on what is missing at each time, or after it, can lie; there is such."""
        following = np.append(self.starts, self.starts[-1:])[np.searchsorted(self.starts, times, side="right")]
        return np.where(self.touch(times, times), times, following)

    def until(self, times: Whole) -> Whole:
        """Until when what is missing at each time, or before it, can lie; there is such."""
        earlier = self.ends[np.searchsorted(self.ends, times, side="left") - 1]
        return np.where(self.touch(times, times), times, earlier)

    def _passed(self, lows: Whole, highs: Whole) -> tuple[Whole, Whole]:
        """How many begin up to the end of each span, and how many of these are over before it."""
        return np.searchsorted(self.starts, highs, side="right"), np.searchsorted(self.ends, lows, side="left")
