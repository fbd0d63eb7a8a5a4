"""Calendar windows: days, weeks, months, quarters and years of a zone."""

from datetime import date
from typing import Literal, get_args

from checker.legible import shown as quoted
from checker.timeline.line import DAY, END, EPOCH_ORDINAL, LAST_ORDINAL, checked
from checker.timeline.wall import check_month_day
from checker.timeline.zone import Zone

CalendarUnit = Literal["day", "week", "month", "quarter", "year"]
"""Periods of the calendar that a limit can be counted in."""


def _ordinal(year: int, month: int, day: int) -> int:
    """Day number of a date; before 1 or after the last for years that no date can have."""
    if year < 1:
        return 0
    return date(year, month, day).toordinal() if year <= 9999 else LAST_ORDINAL + 1


def _period_start(unit: CalendarUnit, ordinal: int, anchor: tuple[int, int]) -> int:
    """Day number of the first day of the period that contains a day."""
    if unit == "day":
        return ordinal
    if unit == "week":
        return ordinal - (ordinal - 1) % 7  # day number 1 is a Monday
    day = date.fromordinal(ordinal)
    if unit == "month":
        return _ordinal(day.year, day.month, 1)
    if unit == "quarter":
        return _ordinal(day.year, day.month - (day.month - 1) % 3, 1)
    return _ordinal(day.year - ((day.month, day.day) < anchor), *anchor)


def _next_period(unit: CalendarUnit, start: int, anchor: tuple[int, int]) -> int:
    """Day number of the first day of the period after the one that starts on a day."""
    if unit == "day":
        return start + 1
    if unit == "week":
        return start + 7
    if start < 1:
        return _ordinal(1, *anchor)
    day = date.fromordinal(start)
    if unit == "year":
        return _ordinal(day.year + 1, *anchor)
    months = day.month + (1 if unit == "month" else 3)
    return _ordinal(day.year + (months > 12), (months - 1) % 12 + 1, 1)


def _check_window(unit: str, anchor: tuple[int, int]) -> None:
    units = get_args(CalendarUnit)
    if unit not in units:
        raise ValueError(f"unknown calendar unit {quoted(unit)}; expected one of {', '.join(units)}")
    if anchor == (1, 1):
        return
    if unit != "year":
        raise ValueError(f"a {unit} has no anchor; only a year can begin on another date")
    if anchor == (2, 29):
        raise ValueError("a year cannot begin on 29 February, which not every year has; use 02-28 or 03-01")
    check_month_day(*anchor)


def _ordinal_start(zone: Zone, ordinal: int) -> int:
    return zone.reach((ordinal - EPOCH_ORDINAL) * DAY)


def calendar_window(unit: CalendarUnit, zone: Zone, us: int, *, anchor: tuple[int, int] = (1, 1)) -> tuple[int, int]:
    """The half-open window of UTC instants of the local day, ISO week, month, quarter or year that contains `us`.

    A year begins on `anchor`, (month, day). The first and last windows end where time does. Raises ValueError for
    an unknown unit, an impossible anchor and instants outside the years 1 to 9999.
    """
    _check_window(unit, anchor)
    start = _period_start(unit, zone.ordinal_at(checked(us)), anchor)
    while True:
        following = _next_period(unit, start, anchor)
        end = _ordinal_start(zone, following)
        if us < end:
            return _ordinal_start(zone, start), end
        start = following  # the clocks were put back over the end: its first reading counts


def later_by_months(zone: Zone, us: int, months: int) -> int:
    """The same day of the month and time of day so many months later; the last day of a month that has no such day."""
    local = zone.to_local(us)
    number = local.year * 12 + local.month - 1 + months
    year, month = divmod(number, 12)
    if year > 9999:
        return END - 1
    for day in range(local.day, 27, -1):
        try:
            return zone.to_utc(local.replace(year=year, month=month + 1, day=day, tzinfo=None))
        except ValueError:
            continue
    return zone.to_utc(local.replace(year=year, month=month + 1, tzinfo=None))


def calendar_windows(
    unit: CalendarUnit, zone: Zone, start: int, end: int, anchor: tuple[int, int] = (1, 1)
) -> list[tuple[int, int]]:
    """All calendar windows that share an instant with [start, end), whole and in order; none if that is empty.

    Raises ValueError as `calendar_window`; `end` may be one microsecond after the last instant.
    """
    _check_window(unit, anchor)
    if start >= end:
        return []
    checked(end - 1)
    windows = [calendar_window(unit, zone, start, anchor=anchor)]
    following = _period_start(unit, zone.ordinal_at(windows[0][1] - 1), anchor)
    while windows[-1][1] < end:
        following = _next_period(unit, following, anchor)
        until = _ordinal_start(zone, following)
        if until > windows[-1][1]:  # a date that the zone skipped altogether is no window
            windows.append((windows[-1][1], until))
    return windows


def window_label(unit: CalendarUnit, window: tuple[int, int], zone: Zone) -> str:
    """The name of a calendar window: `2031-05-03`, `2031-W18`, `2031-05`, `2031-Q2` or `2031`.

    A year that does not begin on 1 January is named by its dates, `2031-03-01 to 2032-02-29`.
    """
    _check_window(unit, (1, 1))
    day = date.fromordinal(zone.ordinal_at(window[0]))
    if unit == "day":
        return day.isoformat()
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if unit == "month":
        return f"{day.year:04}-{day.month:02}"
    if unit == "quarter":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    if (day.month, day.day) == (1, 1):
        return f"{day.year:04}"
    return f"{day.isoformat()} to {date.fromordinal(zone.ordinal_at(window[1] - 1)).isoformat()}"
