"""What all assets come to together, added up from one bin of assets after the other, none of which need be held.

Of each bin only the turns are kept: when how much more or less goes on. They lie in a temporary file, and are put
together one stretch of time after the other.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from checker.backends.columnar.base import Closest, compared, unscaled
from checker.backends.columnar.steps import Steps, sorted_turns
from checker.backends.columnar.sums import Judging, Sums
from checker.backends.columnar.table import DIGITS, LARGEST, NotScreened, digits_of
from checker.bounds import is_finite
from checker.columns import Whole
from checker.limits import limit
from checker.measure import Rule, Total
from checker.rolling import Piece

_AT_ONCE = limit("rows_at_once")
"""So many turns are put together at once, more or less."""
_EACH = 256
"""Of so many turns of a bin the time of one tells where to cut."""


class _Kept(NamedTuple):
    """Turns of one bin in the file: times, then changes of one kind, which are of so many digits."""

    offset: int
    many: int
    kind: Any
    digits: int


class Turns:
    """When how much more or less goes on, of many bins, each in order and of an instant once."""

    def __init__(self, most: int = _AT_ONCE, each: int = _EACH) -> None:
        """So many turns at `most` are put together at once, more or less; of so many of a bin `each` time is held."""
        import tempfile

        self._most, self._each = most, each
        self._kept: list[_Kept] = []
        self._seen: list[Whole] = []
        self._edges: list[Whole] | None = None
        self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        finalize(self, file.close)

    def add(self, times: Whole, changes: Whole, digits: int = 0) -> None:
        """Take those of one more bin."""
        size = max(int(np.abs(changes).max(initial=0)), 1)
        kind = next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if size <= np.iinfo(kind).max)
        offset = self._file.seek(0, 2)
        self._file.write(times.astype(np.int64).tobytes())
        self._file.write(changes.astype(kind).tobytes())
        self._kept.append(_Kept(offset, len(times), kind, digits))
        self._seen.append(times[:: self._each].copy())

    @property
    def digits(self) -> int:
        """Of so many digits are those of all bins when they are put together."""
        return max((one.digits for one in self._kept), default=0)

    def stretches(self) -> Iterator[tuple[Whole, Whole]]:
        """Those of all bins in the order of time, of an instant once: times, and changes of so many `digits`."""
        edges, digits = self._cut(), self.digits
        for at in range(len(edges[0]) - 1 if edges else 0):
            found = [
                (times, changes.astype(np.int64) * 10 ** (digits - one.digits))
                for one, mine in zip(self._kept, edges, strict=True)
                for times, changes in [self._read(one, int(mine[at]), int(mine[at + 1]))]
            ]
            times = np.concatenate([times for times, _ in found])
            changes = np.concatenate([changes for _, changes in found])
            yield sorted_turns(np.zeros(len(times), np.int8), times, changes)[1:]

    def _cut(self) -> list[Whole]:
        """Of each bin where the stretches of time begin and end."""
        if self._edges is None:
            seen = np.sort(np.concatenate(self._seen)) if self._seen else np.empty(0, np.int64)
            moments = np.unique(seen[:: max(1, self._most // self._each)][1:])
            self._seen.clear()
            self._edges = [
                np.concatenate([[0], np.searchsorted(self._read(one, 0, one.many)[0], moments), [one.many]])
                for one in self._kept
            ]
        return self._edges

    def _read(self, one: _Kept, low: int, high: int) -> tuple[Whole, NDArray[Any]]:
        size = np.dtype(one.kind).itemsize
        times = self._bytes(one.offset + 8 * low, 8 * (high - low))
        changes = self._bytes(one.offset + 8 * one.many + size * low, size * (high - low))
        return np.frombuffer(times, np.int64), np.frombuffer(changes, one.kind)

    def _bytes(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)


class Odd(NamedTuple):
    """The records of a bin that show what columns do not tell, in the order of the trace: their places and times."""

    places: Whole
    earliest: Whole
    latest: Whole


class Together:
    """One level, or total over a rolling window, of all assets: kept, or too much in some pieces of time.

    What records of `odd` keys come to at most is told by the reference backend, and `weigh`ed beside the others.
    """

    def __init__(self, rule: Rule, most: int = _AT_ONCE) -> None:
        self.rule = rule
        self._turns = Turns(most)
        self._judging: Judging | None = None
        self._unit, self._back, self._any = "", 0, False
        self._rises = isinstance(rule.measure, Total) and rule.measure.of == "duration"
        """Whether it rises and falls between two turns: then they are changes of its slope."""
        self._base: list[tuple[int, int]] = []
        """What it begins with, in numbers of so many digits."""
        self._reach: list[tuple[float, int]] = []
        """How far from nothing the numbers of each bin go, and of how many digits they are."""
        self._hot: tuple[Whole, Whole] | None = None
        self.odd: list[Odd] = []
        self.passed = 0
        self.nearest: Closest | None = None

    def add(self, columnar: Sums) -> None:
        """Take one more bin of assets. Raises NotScreened where columns do not tell of all of it."""
        summed, self._judging = columnar.sum_of(self.rule)
        self._unit, self._back = summed.unit, summed.back
        if self._judging.never:
            return
        course = summed.course()
        odd = summed.groups.occasions.odd
        if course.odd.any() or (len(odd) and (self.rule.limit.at_least is not None or self.rule.limit.exclusive)):
            raise NotScreened
        if len(odd):
            columns = columnar.table.columns
            self.odd.append(Odd(columns.places[odd], columns.earliest[odd], columns.latest[odd]))
        self._any |= bool(course.touched.any())
        steps = course.steps
        if len(steps.times):
            self._add(steps.times, steps.values, _changes(steps, self._rises), course.digits)

    def weigh(self, pieces: Sequence[Piece], touched: bool) -> None:
        """Take what is not plain as a function of time, and whether any of it is asked about."""
        numbers = [piece.value for piece in pieces]
        digits = max((digits_of(one) for one in numbers if isinstance(one, Decimal) and is_finite(one)), default=0)
        if digits > DIGITS or not all(is_finite(one) and abs(one) < LARGEST // 10**digits for one in numbers):
            raise NotScreened
        values = np.array([int(one * 10**digits) for one in numbers], np.int64)
        slopes = np.array([piece.slope for piece in pieces], np.int64)
        self._any |= touched
        self._base.append((int(values[0]), digits))
        changes = np.diff(slopes, prepend=0) if self._rises else np.diff(values, prepend=values[:1])
        self._add(np.array([piece.start for piece in pieces], np.int64), values, changes, digits)

    def _add(self, times: Whole, values: Whole, changes: Whole, digits: int) -> None:
        self._turns.add(times, changes, digits)
        self._reach.append((float(np.abs(values).max()), digits))

    def judge(self) -> None:
        """Find out whether it was kept. Raises NotScreened where it takes all records to tell of what was not."""
        judging, rule = self._judging, self.rule
        at_all = rule.limit.at_least is not None
        if judging is None or judging.never or not (self._any or at_all):
            return
        digits = self._turns.digits
        if sum(most * 10.0 ** (digits - its) for most, its in self._reach) >= LARGEST:
            raise NotScreened
        owed = judging.limit.at_least is not None
        asked = np.unique(np.array([judging.first, judging.last, judging.due if owed else judging.last], np.int64))
        self._turns.add(asked, np.zeros(len(asked), np.int64))
        highest, lowest = 0, None
        for times, values in self._values():
            inside = values[(times >= judging.first) & (times <= judging.last)]
            highest = max(highest, int(inside.max(initial=0)))
            if owed and (inside := values[(times >= judging.due) & (times <= judging.last)]).size:
                lowest = int(inside.min()) if lowest is None else min(lowest, int(inside.min()))
        least = np.array([lowest or 0])
        kept, margins = compared(judging.limit, np.array([highest]), digits, least)
        if margins is None:
            raise NotScreened
        if kept[0]:
            margin = unscaled(judging.limit, int(margins[0]), digits)
            self.passed, self.nearest = 1, Closest(margin, judging.since, None, self._unit)
            return
        if owed:
            raise NotScreened  # where it is too little everything is told
        self._hot = self._too_much(judging, digits)

    @property
    def kept(self) -> bool:
        """Whether nothing is left."""
        return self._hot is None

    def left(self, columnar: Sums) -> Whole:
        """The records of a bin that it takes to tell what was too much."""
        assert self._hot is not None  # noqa: S101 - who calls has looked
        since, until = self._hot
        summed, _ = columnar.sum_of(self.rule)
        hot = np.zeros(len(since), np.int64), since, until
        # beside what is odd one that surely is there: so that it is known that there are such
        return columnar.shown_near(self.rule, summed.groups, hot, self._back, one=bool(self.odd))

    def _values(self) -> Iterator[tuple[Whole, Whole]]:
        """At each turn of time the value from then on, stretch by stretch."""
        digits = self._turns.digits
        value, slope = sum(base * 10 ** (digits - its) for base, its in self._base), 0
        since: int | None = None
        for times, changes in self._turns.stretches():
            if not len(times):
                continue
            values = np.cumsum(changes)
            if self._rises:
                slopes = slope + values
                before = np.concatenate([[slope], slopes[:-1]])
                values = np.cumsum(before * np.diff(times, prepend=times[0] if since is None else since))
                slope = int(slopes[-1])
            values += value
            value, since = int(values[-1]), int(times[-1])
            yield times, values

    def _too_much(self, judging: Judging, digits: int) -> tuple[Whole, Whole]:
        """The pieces of time, from when until when, in which the limit is reached: in order, none meets another."""
        most = int((judging.limit.at_most or 0) * 10**digits)
        found: list[tuple[Whole, Whole]] = []
        last = np.empty(0, np.int64), np.empty(0, np.int64)
        for times, values in self._values():
            times, values = np.concatenate([last[0], times]), np.concatenate([last[1], values])
            found.append(self._pieces(times, values, most, judging.limit.exclusive))
            last = times[-1:], values[-1:]
        times, values = np.repeat(last[0], 2), np.repeat(last[1], 2)  # as it is in the end
        found.append(self._pieces(times, values, most, judging.limit.exclusive))
        return _merged(np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found]))

    def _pieces(self, times: Whole, values: Whole, most: int, exclusive: bool) -> tuple[Whole, Whole]:
        """Between turns that follow one another."""
        highest = np.maximum(values[:-1], values[1:]) if self._rises else values[:-1]
        hot = highest >= most if exclusive else highest > most
        return _merged(times[:-1][hot], times[1:][hot])


def _changes(steps: Steps, rises: bool) -> Whole:
    """By how much the value, or where it `rises` and falls in between its slope, changes at each turn."""
    if not rises:
        return steps.values - steps.befores
    slopes = np.append(np.diff(steps.values) // np.diff(steps.times), 0)
    return np.diff(slopes, prepend=0)


def _merged(since: Whole, until: Whole) -> tuple[Whole, Whole]:
    """Pieces in order, of which those that meet are one."""
    begins = np.append(True, since[1:] > until[:-1])[: len(since)]
    return since[begins], until[np.append(begins[1:], True)[: len(since)]]
