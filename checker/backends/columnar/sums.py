"""Totals over windows and levels at instants, in columns."""

from typing import NamedTuple

import numpy as np

from checker.backends.columnar.base import Base, Closest, Occasions, Screened, bound, compared
from checker.backends.columnar.intervals import EMPTY, Asked, expanded
from checker.backends.columnar.table import NotScreened
from checker.columns import Mask, Whole
from checker.interval import FAR, Key
from checker.measure import DURATION, Level, OnIntervals, Rule, Total
from checker.timeline import calendar_windows

_MOST = 1 << 61


class Groups(NamedTuple):
    """Occasions by group: in order of the group, with their keys; `odd` groups are those that are not plain."""

    occasions: Occasions
    of: Whole
    names: list[Key]
    odd: Mask


class Steps(NamedTuple):
    """A function of time for each group: at each turn (by group and time) the value from then on."""

    group: Whole
    times: Whole
    values: Whole
    befores: Whole
    """The value that is reached just before the turn."""


class Sums(Base):
    """Total and Level."""

    def _total(self, rule: Rule, measure: Total) -> Screened:
        if rule.limit.at_least is not None or not rule.history_complete:
            raise NotScreened
        groups = self._groups(rule, measure.per)
        if measure.window.rolling is None:
            return self._calendar(rule, measure, groups)
        window = measure.window.rolling
        occasions, of = groups.occasions, groups.of
        concerned = (occasions.starts <= self._until) & (np.minimum(occasions.ends, FAR - window) + window > self._from)
        low = self._from
        if measure.of == "duration":
            starts, ends = np.maximum(occasions.starts, low - window), np.minimum(occasions.ends, self._until)
            long = starts < ends
            steps = _ramps(of[long], starts[long], ends[long], window)
            unit = DURATION
        else:
            amounts = self._amounts(groups, measure)
            starts = occasions.starts
            steps = _jumps(of, starts, starts + window, amounts)
            unit = measure.unit
        return self._judged(rule, groups, steps, concerned, unit, window)

    def _level(self, rule: Rule, measure: Level) -> Screened:
        if rule.limit.at_least is not None:
            raise NotScreened
        groups = self._groups(rule, measure.per)
        occasions, of = groups.occasions, groups.of
        first, last = self._judged_span(rule)
        touching = (occasions.starts <= last) & ((occasions.ends > first) | (occasions.starts >= first))
        amounts = np.ones(len(of), np.int64)
        if measure.weight is not None:
            amounts = self._carried(groups, measure.weight)
        long = occasions.starts < occasions.ends
        starts, ends = np.maximum(occasions.starts, self._from), np.maximum(occasions.ends, self._from)
        steps = _jumps(of[long], starts[long], ends[long], amounts[long])
        return self._judged(rule, groups, steps, touching, measure.unit, 0)

    def _judged_span(self, rule: Rule) -> tuple[int, int]:
        return max(self._from, bound(rule.start)), min(self._until, bound(rule.end) - 1)

    def _groups(self, rule: Rule, per: tuple[str, ...]) -> Groups:
        occasions = self._all_occasions(rule)
        key = self._keys(_with_odd(occasions), per)
        if len(occasions.odd) and not (isinstance(rule.on, OnIntervals) and set(per) <= set(rule.on.spell.per)):
            raise NotScreened
        _, example, of = np.unique(key, return_index=True, return_inverse=True)
        every = _with_odd(occasions)
        names = [self._name(every.take(example[at : at + 1]), per) for at in range(len(example))]
        odd = np.zeros(len(names), np.bool_)
        count = len(occasions)
        odd[of[count:]] = True
        odd[of[:count][occasions.loose]] = True
        return Groups(occasions, of[:count], names, odd)

    def _name(self, one: Asked, per: tuple[str, ...]) -> Key:
        found = []
        for name in per:
            code = int(one.codes(name, name)[0])
            found.append((name, self._table.column(name).values[code] if code >= 0 else None))
        return tuple(found)

    def _amounts(self, groups: Groups, measure: Total) -> Whole:
        if measure.of == "count":
            return np.ones(len(groups.of), np.int64)
        return self._carried(groups, measure.of)

    def _carried(self, groups: Groups, field: str) -> Whole:
        """The number in a field of each occasion; groups in which it is not plain become odd."""
        occasions = groups.occasions
        if occasions.asked.closings is not None:
            closings = occasions.asked.closings
            opened = self._table.numbers(field, occasions.rows)[1] != 0
            if (~opened & (closings >= 0)).any():
                raise NotScreened  # the closing record may carry it
        values, known = self._table.numbers(field, occasions.rows)
        values = np.where(known == 1, values, 0)
        groups.odd[groups.of[(known == -1) | (values < 0)]] = True
        if len(values) and int(np.abs(values).max()) * len(values) >= _MOST:
            raise NotScreened
        return values

    def _judged(self, rule: Rule, groups: Groups, steps: Steps, touching: Mask, unit: str, back: int) -> Screened:
        """Of each group the greatest value against the limit; where it is too much, what was going on around it."""
        first, last = self._judged_span(rule)
        if first > last:
            return Screened(0, None, EMPTY, groups={})
        asked = np.zeros(len(groups.names), np.bool_)
        asked[groups.of[touching]] = True
        asked |= groups.odd
        if not steps.group.size:
            highest = np.zeros(len(groups.names), np.int64)
        else:
            highest = _greatest(steps, len(groups.names), first, last)
        kept, margins = compared(rule.limit, highest)
        if margins is None:
            raise NotScreened
        clean = kept & asked & ~groups.odd
        left = asked & ~clean
        nearest = None
        if clean.any():
            best = np.flatnonzero(clean & (margins == margins[clean].min()))
            subjects = [self._subject_of(groups.names[at]) for at in best]
            nearest = Closest(int(margins[best[0]]), first, min(subjects, key=lambda name: name or ""), unit)
        occasions = groups.occasions
        hot = _hot(steps, rule, left & ~groups.odd)
        chosen = left[groups.of] & (groups.odd[groups.of] | _near(groups, hot, back))
        rows = self._around(rule, occasions.take(chosen))
        asked_of = {groups.names[at]: None for at in np.flatnonzero(left)}
        return Screened(int(clean.sum()), nearest, self._closed(rule, rows), groups=asked_of)

    def _subject_of(self, key: Key) -> str | None:
        named = dict(key).get("subject")
        return named if isinstance(named, str) else None

    def _calendar(self, rule: Rule, measure: Total, groups: Groups) -> Screened:
        """Of each group and calendar window, as far as it was observed and the rule in force, the sum."""
        first, last = self._judged_span(rule)
        window = measure.window
        windows = [(self._from, self._until + 1)]
        if window.unit is not None:
            if window.zone is None:
                raise NotScreened
            windows = calendar_windows(window.unit, window.zone, self._from, self._until + 1, anchor=window.anchor)
        windows = [(s, e) for s, e in windows if s <= last and e > first]
        if not windows or first > last or "subject" not in measure.per:
            raise NotScreened
        occasions, of = groups.occasions, groups.of
        begins = np.array([start for start, _ in windows])
        ends = np.array([min(end, bound(rule.end)) for _, end in windows])
        finals = np.minimum(ends, self._until)
        count = len(windows)
        # an occasion takes part in each window that it touches
        low = np.searchsorted(ends, occasions.starts, side="right")
        high = np.searchsorted(begins, np.maximum(occasions.ends, occasions.starts + 1), side="left")
        many = np.maximum(high - low, 0)
        at, places = expanded(low, high), np.repeat(np.arange(len(of)), many)
        cell = of[places] * count + at
        starts = occasions.starts[places]
        inside = (starts < ends[at]) & ((occasions.ends[places] > begins[at]) | (starts >= begins[at]))
        if measure.of == "duration":
            amounts = np.minimum(occasions.ends[places], finals[at]) - np.maximum(starts, begins[at])
            amounts = np.maximum(amounts, 0)
            unit = DURATION
        else:
            amounts = self._amounts(groups, measure)[places]
            amounts = np.where((starts >= begins[at]) & (starts < ends[at]), amounts, 0)
            unit = measure.unit
        cells, of_cell = np.unique(cell[inside], return_inverse=True)
        sums = np.zeros(len(cells), np.int64)
        np.add.at(sums, of_cell, amounts[inside])
        kept, margins = compared(rule.limit, sums)
        if margins is None:
            raise NotScreened
        left = groups.odd.copy()
        left[cells[~kept] // count] = True
        clean = ~left[cells // count]
        nearest = None
        if clean.any():
            best = np.flatnonzero(clean & (margins == margins[clean].min()))
            moments = finals[cells[best] % count]
            best = best[moments == moments.min()]
            subjects = [self._subject_of(groups.names[cells[one] // count]) for one in best]
            subject = min(subjects, key=lambda name: name or "")
            nearest = Closest(int(margins[best[0]]), int(moments.min()), subject, unit)
        rows = self._around(rule, occasions.take(left[of]))
        asked_of = {groups.names[at]: None for at in np.flatnonzero(left)}
        return Screened(int(clean.sum()), nearest, self._closed(rule, rows), groups=asked_of)


def _with_odd(occasions: Occasions) -> Asked:
    """What occasions and the records of odd keys ask for, one after the other."""
    asked = occasions.asked
    rows = np.concatenate([asked.rows, occasions.odd])
    closings = None
    if asked.closings is not None:
        closings = np.concatenate([asked.closings, np.full(len(occasions.odd), -1)])
    return Asked(asked.table, rows, closings)


def _sorted_turns(group: Whole, times: Whole, changes: Whole) -> tuple[Whole, Whole, Whole]:
    """Changes by group and time, those of one instant together."""
    order = np.lexsort((times, group))
    group, times, changes = group[order], times[order], changes[order]
    new = np.ones(len(group), np.bool_)
    new[1:] = (group[1:] != group[:-1]) | (times[1:] != times[:-1])
    at = np.flatnonzero(new)
    return group[at], times[at], np.add.reduceat(changes, at) if len(at) else changes


def _jumps(group: Whole, starts: Whole, ends: Whole, amounts: Whole) -> Steps:
    """How much goes on: each amount from its start until its end."""
    group, times, changes = _sorted_turns(
        np.concatenate([group, group]), np.concatenate([starts, ends]), np.concatenate([amounts, -amounts])
    )
    values = np.cumsum(changes)  # of each group all changes come to nothing
    return Steps(group, times, values, np.concatenate([[0], values[:-1]]) if len(values) else values)


def _ramps(group: Whole, starts: Whole, ends: Whole, window: int) -> Steps:
    """How much of the spans lies in `(t - window, t]`: it rises and falls as fast as time goes."""
    ones = np.ones(len(group), np.int64)
    group, times, changes = _sorted_turns(
        np.concatenate([group] * 4),
        np.concatenate([starts, ends, starts + window, ends + window]),
        np.concatenate([ones, -ones, -ones, ones]),
    )
    slopes = np.cumsum(changes)
    gone = np.diff(times)
    rises: Whole = np.zeros(len(group), np.int64)
    rises[1:] = np.where(group[1:] == group[:-1], slopes[:-1] * gone, 0)
    values = np.cumsum(rises)  # each group ends where it began: at nothing
    return Steps(group, times, values, values)


def _greatest(steps: Steps, count: int, first: int, last: int) -> Whole:
    """The greatest value of each group for t in [first, last]."""
    highest = np.zeros(count, np.int64)
    group, times = steps.group, steps.times
    within = (times >= first) & (times <= last)
    np.maximum.at(highest, group[within], steps.values[within])
    ramps = steps.values is steps.befores
    # at the ends of the span: the value there, between two turns
    for moment in (first, last):
        ahead = (group[1:] != group[:-1]) | (times[1:] > moment)
        place = np.flatnonzero(np.append(ahead, True) & (times <= moment))
        values = steps.values[place]
        if ramps:
            following = np.minimum(place + 1, len(group) - 1)
            more = (following != place) & (group[following] == group[place])
            span = np.where(more, times[following] - times[place], 1)
            slope = np.where(more, steps.values[following] - values, 0) // span
            values += slope * (moment - times[place])
        np.maximum.at(highest, group[place], values)
    return highest


def _hot(steps: Steps, rule: Rule, left: Mask) -> tuple[Whole, Whole, Whole]:
    """The pieces (group, from, until) in which a function reaches the limit."""
    if not steps.group.size or not left.any():
        return EMPTY, EMPTY, EMPTY
    group, times, values = steps.group, steps.times, steps.values
    following = np.concatenate([times[1:], times[-1:]])
    same = np.concatenate([group[1:] == group[:-1], [False]])
    following = np.where(same, following, times)
    nexts = np.where(same, np.concatenate([steps.befores[1:], values[-1:]]), values)
    limit = int(rule.limit.at_most or 0)
    most = np.maximum(values, nexts)
    high = left[group] & (most >= limit if rule.limit.exclusive else most > limit)
    return group[high], times[high], following[high]


def _near(groups: Groups, hot: tuple[Whole, Whole, Whole], back: int) -> Mask:
    """Which occasions go on in a piece of their group, or went on up to so long before it."""
    group, since, until = hot
    found = np.zeros(len(groups.of), np.bool_)
    if not len(group):
        return found
    starts, ends = groups.occasions.starts, groups.occasions.ends
    # pieces are in order and do not overlap: the first that ends at or after the start tells
    moments = np.unique(until)
    own = group * (len(moments) + 1) + np.searchsorted(moments, until)
    place = np.searchsorted(own, groups.of * (len(moments) + 1) + np.searchsorted(moments, starts, side="left"))
    there = (place < len(group)) & (np.append(group, -1)[place] == groups.of)
    low = np.append(since, FAR)[place] - back
    near: Mask = there & (low <= ends)
    return near
