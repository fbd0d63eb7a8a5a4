"""Deadlines that depend on dates: ends of months, months, working days, and what falls on a day that is none."""

from collections.abc import Iterator

from checker.limits import limit
from checker.measure import Deadline
from checker.timeline import DAY, HOUR, Calendar, calendar_window, later_by_months

_REACH = 4 * DAY
"""How far ahead is looked at first for times that count."""
_FURTHEST = limit("deadline_days") * DAY
_REACH_BACK = 5 * DAY
"""A month later, as many days apart, is never the other way round."""


def due(deadline: Deadline, at: int, length: int) -> int:
    """The last instant at which what an occasion at an instant asks for is in time."""
    if deadline.unit is not None:
        at = calendar_window(deadline.unit, deadline.zone, at)[1]
    if deadline.months:
        at = later_by_months(deadline.zone, at, deadline.months)
    at = at + length if deadline.counting is None else _counted(deadline.counting, at, length)
    return at if deadline.roll_over is None else _rolled(deadline.roll_over, at)


def due_between(deadline: Deadline, first: int, last: int | None, length: int) -> tuple[int, int | None]:
    """The earliest and the latest instant that `due` tells of an occasion at some instant from first to last, if any.

    What is due later need not stay later: a month after the 31st may come before one after the 29th; and from a day
    that does not count it moves to the end of the next that does, and so past what is due on that day.
    """
    if first == last:
        earliest = due(deadline, first, length)
        return earliest, earliest
    plain = deadline._replace(roll_over=None)
    soonest = min(due(plain, at, length) for at in _turns(plain, first, last, first))
    furthest = None if last is None else max(due(plain, at, length) for at in _turns(plain, first, last, last))
    if deadline.roll_over is None:
        return soonest, furthest
    earliest = _rolled(deadline.roll_over, soonest)
    if earliest != soonest:  # what is due at the beginning of the day it moves to does not move
        begun = calendar_window("day", deadline.roll_over.zone, earliest - 1)[0] + 1
        if furthest is None or begun <= furthest:
            earliest = begun
    if furthest is None:
        return earliest, None
    eve = calendar_window("day", deadline.roll_over.zone, furthest - 1)[0]
    latest = _rolled(deadline.roll_over, furthest)
    if soonest <= eve:
        latest = max(latest, _rolled(deadline.roll_over, eve))
    return earliest, latest


def _turns(deadline: Deadline, first: int, last: int | None, near: int) -> Iterator[int]:
    """Instants from first to last of which one is due soonest (if `near` is the first) or latest.

    A month after the 31st may be a 28th, earlier in the day than a month after the 29th; and a clock that is put back
    repeats an hour: what is due within days of an end, just before and at each full hour, says it.
    """
    yield near
    if not deadline.months:
        return
    low = max(first, near - _REACH_BACK)
    high = near + _REACH_BACK if last is None else min(last, near + _REACH_BACK)
    for at in range(low - low % HOUR + HOUR, high + 1, HOUR):
        yield at - 1
        yield at


def beginning(deadline: Deadline, at: int) -> int:
    """From when what has to come before an occasion at an instant is counted back."""
    return at if deadline.unit is None else calendar_window(deadline.unit, deadline.zone, at)[0]


def _counted(calendar: Calendar, at: int, length: int) -> int:
    """When so much of the calendar's time has passed; as if all time counted where it has none for ten years."""
    if not length:
        return at
    reach = _REACH + 4 * length
    while True:
        left = length
        for start, end in calendar.spans(at, at + reach):
            if end - start >= left:
                return start + left
            left -= end - start
        if reach > _FURTHEST + 8 * length:
            return at + length
        reach *= 2


def _rolled(calendar: Calendar, at: int) -> int:
    """The end of the next day of the calendar, unless this is one."""
    zone = calendar.zone
    day = calendar_window("day", zone, at - 1)  # what is due at the end of a day is due on it
    if calendar.spans(*day):
        return at
    reach = _REACH
    while reach <= _FURTHEST:
        found = calendar.spans(day[1], day[1] + reach)
        if found:
            return calendar_window("day", zone, found[0][0])[1]
        reach *= 2
    return at
