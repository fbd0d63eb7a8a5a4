"""Spans of time of many keys in columns: what they are together, which lie where, and how long they go on."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from checker.columns import Mask, Whole
from checker.interval import FAR

EMPTY: Whole = np.empty(0, np.int64)


class Runs:
    """What intervals of each key are together, in order of key and start: none of a key touches another."""

    def __init__(self, keys: Whole, starts: Whole, ends: Whole) -> None:
        self.keys, self.starts, self.ends = keys, starts, ends

    @cached_property
    def _ranked(self) -> "Ranked":
        return Ranked.of(self.keys, self.starts)

    @classmethod
    def merged(cls, keys: Whole, starts: Whole, ends: Whole) -> "Runs":
        """Those of intervals in no order."""
        order = np.lexsort((starts, keys))
        return cls.of(keys[order], starts[order], reached(keys[order], ends[order]))

    @classmethod
    def of(cls, keys: Whole, starts: Whole, reach: Whole) -> "Runs":
        """Merge what overlaps or touches, in order of key and start; `reach` is the greatest end so far in the key."""
        begins = np.ones(len(keys), np.bool_)
        begins[1:] = (keys[1:] != keys[:-1]) | (starts[1:] > reach[:-1])
        last = np.append(begins[1:], True) if len(keys) else begins
        return cls(keys[begins], starts[begins], reach[last])

    def last_before(self, comb: Whole, times: Whole, *, inclusive: bool = True) -> Whole:
        """The place of the last run of a key that began before a time (or at it, if inclusive); -1 if none did."""
        return self._ranked.last_before(comb, times, inclusive=inclusive)

    def touch(self, comb: Whole, lows: Whole, highs: Whole) -> Mask:
        """Of which spans [low, high) of a key some instant lies in a run."""
        place = self.last_before(comb, highs, inclusive=False)
        found: Mask = (place >= 0) & (np.append(self.ends, -FAR)[place] > lows)
        return found

    def total(self, comb: Whole, lows: Whole, highs: Whole) -> Whole:
        """For how long the runs of a key go on in each span [low, high), in all."""
        return self._upto(comb, highs) - self._upto(comb, lows)

    def _upto(self, comb: Whole, times: Whole) -> Whole:
        """For how long the runs of a key, and of all before it, have gone on by some time; what goes on has no end."""
        place = self.last_before(comb, times)
        first = np.searchsorted(self.keys, comb, side="left")
        lasting = np.where(self.ends >= FAR, 0, self.ends - self.starts)
        sums = np.append(0, np.cumsum(lasting))
        there = place >= 0
        current = np.where(
            there, np.minimum(times, np.append(self.ends, 0)[place]) - np.append(self.starts, 0)[place], 0
        )
        return np.where(there, sums[place] - sums[first], 0) + current

    def longest(self, comb: Whole, lows: Whole, highs: Whole, outside: bool) -> Whole:
        """The longest piece of a span [low, high) that lies in one run of a key, or in none."""
        first = np.searchsorted(self.keys, comb, side="left")
        since = np.maximum(self.last_before(comb, lows), first)  # the first that may reach into the span
        until = np.maximum(self.last_before(comb, highs, inclusive=False) + 1, since)
        many = until - since
        places, of = expanded(since, until), np.repeat(np.arange(len(comb)), many)
        starts = np.clip(self.starts[places], lows[of], highs[of])
        ends = np.clip(self.ends[places], lows[of], highs[of])
        found: Whole = np.zeros(len(comb), np.int64)
        if not outside:
            np.maximum.at(found, of, ends - starts)
            return found
        found[many == 0] = (highs - lows)[many == 0]
        heads = np.cumsum(many) - many
        before = np.concatenate([[0], ends[:-1]])[: len(ends)]
        before[heads[many > 0]] = lows[many > 0]
        np.maximum.at(found, of, starts - before)
        last = heads[many > 0] + many[many > 0] - 1
        found[many > 0] = np.maximum(found[many > 0], highs[many > 0] - ends[last])
        return found

    def hold(self, comb: Whole, lows: Whole, highs: Whole) -> Mask:
        """Which spans [low, high) of a key lie wholly in a run."""
        place = self.last_before(comb, lows)
        found: Mask = (place >= 0) & (np.append(self.ends, -FAR)[place] >= highs)
        return found


class Ranked(NamedTuple):
    """Things in order of key and time, as one number each, to be searched for by both."""

    keys: Whole
    moments: Whole
    numbers: Whole

    @classmethod
    def of(cls, keys: Whole, times: Whole) -> "Ranked":
        """Things whose keys are in order, and of each key the times."""
        moments = np.unique(times)
        return cls(keys, moments, keys * (len(moments) + 1) + np.searchsorted(moments, times))

    def below(self, comb: Whole, times: Whole, *, inclusive: bool) -> Whole:
        """How many things are of a lesser key, or of the key and before a time (or at it, if inclusive)."""
        rank = np.searchsorted(self.moments, times, side="right" if inclusive else "left")
        found: Whole = np.searchsorted(self.numbers, comb * (len(self.moments) + 1) + rank, side="left")
        return found

    def last_before(self, comb: Whole, times: Whole, *, inclusive: bool) -> Whole:
        """The place of the last thing of a key before a time (or at it, if inclusive); -1 if there is none."""
        if not len(self.keys) or not len(comb):
            return np.full(len(comb), -1)
        place = self.below(comb, times, inclusive=inclusive) - 1
        return np.where((place >= 0) & (self.keys[place] == comb), place, -1)

    def first_at(self, comb: Whole, times: Whole) -> Whole:
        """The place of the first thing of a key that is not before a time; of all that follow if there is none."""
        return self.below(comb, times, inclusive=False)


class Spread:
    """Records of keys, each with the span in which what it shows may lie; those of a key lie one after another."""

    def __init__(self, keys: Whole, since: Whole, until: Whole, rows: Whole) -> None:
        order = np.lexsort((until, since, keys))
        self._rows = rows[order]
        self._since, self._until = (Ranked.of(keys[order], side[order]) for side in (since, until))

    def touch(self, comb: Whole, lows: Whole, highs: Whole) -> Mask:
        """Of which spans [low, high] of a key one of a record's touches it."""
        over = self._until.below(comb, lows, inclusive=False)
        found: Mask = over < self._since.below(comb, highs, inclusive=True)
        return found

    def touching(self, comb: Whole, lows: Whole, highs: Whole) -> Whole:
        """The records of the spans that touch [low, high] of their key."""
        first = self._until.below(comb, lows, inclusive=False)
        until = self._since.below(comb, highs, inclusive=True)
        return self._rows[covered(first, until, len(self._rows))]


def reached(keys: Whole, ends: Whole) -> Whole:
    """Of each interval, in order of key and start, the greatest end so far in its key."""
    if not len(keys):
        return ends
    moments, rank = np.unique(ends, return_inverse=True)
    many = len(moments) + 1
    found: Whole = moments[np.maximum.accumulate(keys * many + rank) - keys * many]
    return found


def contained(ordered: Whole, rows: Whole) -> Mask:
    """Which of the rows are among others, of which each is there once, in order."""
    if not len(ordered):
        return np.zeros(len(rows), np.bool_)
    place = np.searchsorted(ordered, rows)
    found: Mask = ordered[np.minimum(place, len(ordered) - 1)] == rows
    return found


def expanded(since: Whole, until: Whole) -> Whole:
    """Every place of the ranges [since, until), one range after the other."""
    lengths = np.maximum(until - since, 0)
    total = int(lengths.sum())
    if not total:
        return EMPTY
    starts = np.cumsum(lengths) - lengths
    places: Whole = np.arange(total) - np.repeat(starts, lengths) + np.repeat(since, lengths)
    return places


def covered(since: Whole, until: Whole, size: int) -> Whole:
    """Every place below `size` that is in one of the ranges [since, until), once, in order."""
    some = since < until
    begin, end = (np.bincount(side[some], minlength=size + 1) for side in (since, until))
    return np.flatnonzero(np.cumsum(begin - end)[:size])


def shortened(places: Whole) -> Whole:
    """Rows or places, of which there are never so many that it takes eight bytes to tell them apart."""
    found: Whole = places.astype(np.int32)
    return found
