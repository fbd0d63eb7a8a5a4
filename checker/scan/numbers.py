"""Sequence numbers of all sources, as runs that rise by one: as many numbers as there are cost next to nothing."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from checker.columns import Code, Side, Whole

_COALESCE = 200_000


class Jump(NamedTuple):
    """A leap in the numbers of a source (its code): the records that may stand before it, and those after it."""

    source: int
    before: list[Side]
    after: list[Side]


class Runs:
    """For each run: source, first and last number, and place and times of the records that have them."""

    def __init__(self) -> None:
        self._held: list[Whole] = []
        self._size = 0
        self._bound = _COALESCE
        self.unnumbered: set[int] = set()

    def add(self, sources: Code, seqs: Whole, places: Whole, times: tuple[Whole, Whole]) -> None:
        """Take note of records in the order in which they were read; only those that have a source.

        `times`: the earliest and the latest of each.
        """
        bare = seqs < 0
        if bare.any():
            self.unnumbered.update(np.unique(sources[bare]).tolist())
            there = ~bare
            sources, seqs, places, times = (
                sources[there],
                seqs[there],
                places[there],
                (times[0][there], times[1][there]),
            )
        if not len(seqs):
            return
        order = np.argsort(sources, kind="stable")
        sources, seqs = sources[order].astype(np.int64), seqs[order]
        breaks = np.flatnonzero((np.diff(seqs) != 1) | (np.diff(sources) != 0)) + 1
        first = np.concatenate(([0], breaks))
        last = np.concatenate((breaks, [len(seqs)])) - 1
        sides = [one[order[at]] for at in (first, last) for one in (places, *times)]
        found = np.stack((sources[first], seqs[first], seqs[last], *sides))
        self._held.append(found)
        self._size += found.shape[1]
        if self._size > self._bound:
            self._bound = max(_COALESCE, 2 * self._merged().shape[1])

    def _merged(self) -> Whole:
        """The runs by source and number, those that follow one another as one."""
        if not self._held:
            return np.zeros((9, 0), np.int64)
        runs = np.concatenate(self._held, axis=1)
        runs = runs[:, np.lexsort((runs[2], runs[1], runs[0]))]
        source, low, high = runs[:3]
        # where a run neither overlaps another nor leaves numbers out, it goes on from the one before
        follows = (source[1:] == source[:-1]) & (low[1:] == high[:-1] + 1)
        follows &= low[1:] > _covered(source, high)[:-1]
        starts = np.concatenate(([0], np.flatnonzero(~follows) + 1))
        ends = np.concatenate((starts[1:], [runs.shape[1]])) - 1
        merged = np.concatenate((runs[:2, starts], runs[2:3, ends], runs[3:6, starts], runs[6:, ends]))
        self._held, self._size = [merged], merged.shape[1]
        return merged

    def leaps(self) -> list[Jump]:
        """The leaps of each source; of equal numbers next to one, all records."""
        runs = self._merged()
        source, low, high = runs[:3]
        if not len(source):
            return []
        cover = _covered(source, high)
        # runs by their last number, and for each run the place there of those that end with the highest one so far
        by_high = np.lexsort((high, source))
        is_new = np.concatenate(([True], (np.diff(source[by_high]) != 0) | (np.diff(high[by_high]) != 0)))
        heads = np.empty_like(by_high)
        heads[by_high] = np.flatnonzero(is_new)[np.cumsum(is_new) - 1]
        highest = np.maximum.accumulate(np.where(high == cover, np.arange(len(high)), 0))
        firsts, lasts = runs[[3, 4, 5, 1]], runs[[6, 7, 8, 2]]
        found = []
        leaps = np.flatnonzero((source[1:] == source[:-1]) & (low[1:] > cover[:-1] + 1))
        ends = np.searchsorted(source, source[leaps], side="right")
        for at, end in zip(leaps.tolist(), ends.tolist(), strict=True):
            head = int(heads[highest[at]])
            tail = head
            while tail < len(by_high) and heads[by_high[tail]] == head and by_high[tail] <= at:
                tail += 1
            before = by_high[head:tail]
            until = at + 1 + int(np.searchsorted(low[at + 1 : end], low[at + 1], side="right"))
            sides = (lasts[:, before], firsts[:, at + 1 : until])
            found.append(Jump(int(source[at]), *([Side(*one) for one in side.T.tolist()] for side in sides)))
        return found


def _covered(source: Whole, high: Whole) -> Whole:
    """The highest number of each source so far; sources come one after the other."""
    cover = np.empty_like(high)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(source)) + 1, [len(source)])).tolist()
    for start, end in pairwise(starts):
        cover[start:end] = np.maximum.accumulate(high[start:end])
    return cover
