"""Sequence numbers of all sources, as runs that rise by one: as many numbers as there are cost next to nothing."""

from itertools import pairwise

import numpy as np

from checker.columns import Code, Whole

_COALESCE = 1_000_000


class Runs:
    """For each run: source, first and last number, and the places (log * 2^40 + line) of the records that have them."""

    def __init__(self) -> None:
        self._held: list[Whole] = []
        self._size = 0
        self._bound = _COALESCE
        self.unnumbered: set[int] = set()

    def add(self, sources: Code, seqs: Whole, places: Whole) -> None:
        """Take note of records in the order in which they were read; only those that have a source."""
        bare = seqs < 0
        if bare.any():
            self.unnumbered.update(np.unique(sources[bare]).tolist())
            there = ~bare
            sources, seqs, places = sources[there], seqs[there], places[there]
        if not len(seqs):
            return
        order = np.argsort(sources, kind="stable")
        sources, seqs, places = sources[order].astype(np.int64), seqs[order], places[order]
        breaks = np.flatnonzero((np.diff(seqs) != 1) | (np.diff(sources) != 0)) + 1
        first = np.concatenate(([0], breaks))
        last = np.concatenate((breaks, [len(seqs)])) - 1
        found = np.stack((sources[first], seqs[first], seqs[last], places[first], places[last]))
        self._held.append(found)
        self._size += found.shape[1]
        if self._size > self._bound:
            self._bound = max(_COALESCE, 2 * self._merged().shape[1])

    def _merged(self) -> Whole:
        """The runs by source and number, those that follow one another as one."""
        if not self._held:
            return np.zeros((5, 0), np.int64)
        runs = np.concatenate(self._held, axis=1)
        source, low, high, _, _ = runs = runs[:, np.lexsort((runs[2], runs[1], runs[0]))]
        # where a run neither overlaps another nor leaves numbers out, it goes on from the one before
        follows = (source[1:] == source[:-1]) & (low[1:] == high[:-1] + 1)
        follows &= low[1:] > _covered(source, high)[:-1]
        starts = np.concatenate(([0], np.flatnonzero(~follows) + 1))
        ends = np.concatenate((starts[1:], [runs.shape[1]])) - 1
        merged = np.stack((source[starts], low[starts], high[ends], runs[3][starts], runs[4][ends]))
        self._held, self._size = [merged], merged.shape[1]
        return merged

    def leaps(self) -> list[tuple[int, list[int], list[int]]]:
        """Of each source and each leap in its numbers the places of the records before and after it."""
        source, low, high, first, last = self._merged()
        if not len(source):
            return []
        cover = _covered(source, high)
        found = []
        for at in np.flatnonzero((source[1:] == source[:-1]) & (low[1:] > cover[:-1] + 1)).tolist():
            start, end = np.searchsorted(source, (source[at], source[at] + 1))
            mine = slice(start, at + 1)
            before = last[mine][high[mine] == cover[at]]
            until = at + 1 + int(np.searchsorted(low[at + 1 : end], low[at + 1], side="right"))
            found.append((int(source[at]), before.tolist(), first[at + 1 : until].tolist()))
        return found


def _covered(source: Whole, high: Whole) -> Whole:
    """The highest number of each source so far; sources come one after the other."""
    cover = np.empty_like(high)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(source)) + 1, [len(source)])).tolist()
    for start, end in pairwise(starts):
        cover[start:end] = np.maximum.accumulate(high[start:end])
    return cover
