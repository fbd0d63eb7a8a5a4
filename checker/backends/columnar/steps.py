"""Functions of time in columns, one for each group: what goes on, or lies in a window, as steps or as ramps."""

from typing import NamedTuple

import numpy as np

from checker.backends.columnar.runs import EMPTY
from checker.columns import Mask, Whole


class Steps(NamedTuple):
    """A function of time for each group: at each turn (by group and time) the value from then on."""

    group: Whole
    times: Whole
    values: Whole
    befores: Whole
    """The value that is reached just before the turn."""


def sorted_turns(group: Whole, times: Whole, changes: Whole) -> tuple[Whole, Whole, Whole]:
    """Changes by group and time, those of one instant together."""
    order = np.lexsort((times, group))
    group, times, changes = group[order], times[order], changes[order]
    new = np.ones(len(group), np.bool_)
    new[1:] = (group[1:] != group[:-1]) | (times[1:] != times[:-1])
    at = np.flatnonzero(new)
    return group[at], times[at], np.add.reduceat(changes, at) if len(at) else changes


def jumps(group: Whole, starts: Whole, ends: Whole, amounts: Whole) -> Steps:
    """How much goes on: each amount from its start until its end."""
    group, times, changes = sorted_turns(
        np.concatenate([group, group]), np.concatenate([starts, ends]), np.concatenate([amounts, -amounts])
    )
    values = np.cumsum(changes)  # of each group all changes come to nothing
    return Steps(group, times, values, np.concatenate([[0], values[:-1]]) if len(values) else values)


def ramps(
    group: Whole, starts: Whole, ends: Whole, window: int, more: tuple[Whole, Whole, Whole] | None = None,
    many: Whole | None = None,
) -> Steps:  # fmt: skip
    """How much of the spans lies in `(t - window, t]`: it rises and falls as fast as time goes.

    `more` are groups and two instants each at which the value is asked for, too. A span counts so `many` times (once).
    """
    asked, one, other = more or (EMPTY, EMPTY, EMPTY)
    each = np.ones(len(group), np.int64) if many is None else many
    group, times, changes = sorted_turns(
        np.concatenate([*[group] * 4, asked, asked]),
        np.concatenate([starts, ends, starts + window, ends + window, one, other]),
        np.concatenate([each, -each, -each, each, np.zeros(2 * len(asked), np.int64)]),
    )
    slopes = np.cumsum(changes)
    gone = np.diff(times)
    rises: Whole = np.zeros(len(group), np.int64)
    rises[1:] = np.where(group[1:] == group[:-1], slopes[:-1] * gone, 0)
    values = np.cumsum(rises)  # each group ends where it began: at nothing
    return Steps(group, times, values, values)


def greatest(steps: Steps, count: int, first: int, last: int) -> Whole:
    """The greatest value of each group for t in [first, last]."""
    highest = np.zeros(count, np.int64)
    within = (steps.times >= first) & (steps.times <= last)
    np.maximum.at(highest, steps.group[within], steps.values[within])
    for moment in (first, last):  # at the ends of the span: the value there, between two turns
        np.maximum.at(highest, *_values_at(steps, moment))
    return highest


def least(steps: Steps, count: int, first: int, last: int) -> Whole:
    """The least value of each group for t in [first, last]."""
    lowest = np.zeros(count, np.int64)
    group, values = _values_at(steps, first)
    lowest[group] = values
    within = (steps.times > first) & (steps.times <= last)
    np.minimum.at(lowest, steps.group[within], steps.values[within])
    np.minimum.at(lowest, *_values_at(steps, last))
    return lowest


def _values_at(steps: Steps, moment: int) -> tuple[Whole, Whole]:
    """The groups that have turned by an instant, and the value of each then."""
    group, times = steps.group, steps.times
    ahead = (group[1:] != group[:-1]) | (times[1:] > moment)
    place = np.flatnonzero(np.append(ahead, True) & (times <= moment))
    values: Whole = steps.values[place]
    if steps.values is steps.befores:  # it rises and falls in between
        following = np.minimum(place + 1, len(group) - 1)
        more = (following != place) & (group[following] == group[place])
        span = np.where(more, times[following] - times[place], 1)
        slope = np.where(more, steps.values[following] - values, 0) // span
        values += slope * (moment - times[place])
    return group[place], values


def beyond(steps: Steps, limit: int, exclusive: bool, left: Mask) -> tuple[Whole, Whole, Whole]:
    """The pieces (group, from, until) in which a function reaches the limit."""
    if not steps.group.size or not left.any():
        return EMPTY, EMPTY, EMPTY
    group, times, values = steps.group, steps.times, steps.values
    following = np.concatenate([times[1:], times[-1:]])
    same = np.concatenate([group[1:] == group[:-1], [False]])
    following = np.where(same, following, times)
    nexts = np.where(same, np.concatenate([steps.befores[1:], values[-1:]]), values)
    most = np.maximum(values, nexts)
    high = left[group] & (most >= limit if exclusive else most > limit)
    return group[high], times[high], following[high]
