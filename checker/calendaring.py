"""The calendar windows that a rule looks at: no more than a limit allows, wherever in time records lie."""

from collections.abc import Callable
from typing import NamedTuple

from checker.bounds import Number
from checker.limits import limit
from checker.measure import Window
from checker.timeline import DAY, MIN_INSTANT, Spans, Zone, calendar_window, calendar_windows

MOST = limit("calendar_windows")
TOO_MANY = "more calendar windows than are judged"
"""Why the windows beyond that are open."""

_DAYS = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
_LONGEST = {"day": 3, "week": 9, "month": 33, "quarter": 94, "year": 368}
"""How many days each has at least, and at most with all that clocks do."""


def too_long(low: Number, high: Number) -> bool:
    """Whether a span has more days than the times of a calendar are looked for in."""
    return high - low > MOST * DAY


class Windows(NamedTuple):
    """Half-open windows in order, and what lies beyond the last one that is looked at, if there is more."""

    judged: list[tuple[int, int]]
    left: tuple[int, int] | None = None


def windows_of(window: Window, first: int, last: int, touched: Callable[[], Spans] | None = None) -> Windows:
    """The windows that the observation [first, last] touches, or the whole of it.

    Where there are too many of them to look at each, only the outermost and those that touch one of the spans in which
    something was (`touched`), if what is empty does not matter.
    """
    if window.unit is None:
        return Windows([(first, last + 1)])
    assert window.zone is not None  # noqa: S101 - the loader gives every calendar window its zone
    days, longest = _DAYS[window.unit] * DAY, _LONGEST[window.unit] * DAY
    if last - first <= MOST * days:
        found = calendar_windows(window.unit, window.zone, first, last + 1, anchor=window.anchor)
        for _ in range(window.periods - 1):
            found.insert(0, _before(window, window.zone, found[0][0]))
        return Windows([(one[0], two[1]) for one, two in zip(found, found[window.periods - 1 :], strict=False)])
    spans = [(first, last + 1)] if touched is None else [(first, first + 1), *touched(), (last, last + 1)]
    around = (window.periods - 1) * longest
    found, end = list[tuple[int, int]](), first
    for low, high in spans:
        low, high = max(low, first), min(high, last + 1)
        if low >= high:
            continue
        at, end = max(low, end), min(high + around, last + 1)
        while at < end and len(found) <= MOST:
            found += calendar_windows(window.unit, window.zone, at, min(end, at + MOST * days), anchor=window.anchor)
            at = found[-1][1]
        end = max(at, end)
    return Windows([_together(window, one) for one in found[:MOST]], (found[MOST][0], end) if found[MOST:] else None)


def _together(window: Window, one: tuple[int, int]) -> tuple[int, int]:
    """The window of so many periods that ends with one."""
    start = one[0]
    for _ in range(window.periods - 1):
        assert window.zone is not None  # noqa: S101 - as above
        start = _before(window, window.zone, start)[0]
    return start, one[1]


def _before(window: Window, zone: Zone, start: int) -> tuple[int, int]:
    """The period before one that starts then; an empty one where time begins."""
    if start <= MIN_INSTANT or window.unit is None:
        return start, start
    return calendar_window(window.unit, zone, start - 1, anchor=window.anchor)
