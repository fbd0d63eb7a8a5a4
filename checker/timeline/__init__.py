"""Durations, instants, time zones, calendar windows, recurring times and spans, all in whole microseconds.

An instant is a count of microseconds since 1970-01-01T00:00:00Z, negative before it, from year 1 to year 9999.
A wall time is what a local clock shows, counted the same way as if it were UTC. Spans are half-open.

Where a time zone changes its clocks, calendar windows and recurring times begin and end at the first instant at
which the clock has reached the wall time: a time that is skipped is reached at the change itself, one that is
shown twice when it is first shown. Neighbouring windows therefore meet without a gap or an overlap.
"""

from checker.timeline.duration import format_duration, parse_duration
from checker.timeline.instant import EpochUnit, check_format, format_instant, parse_epoch, parse_format, parse_instant
from checker.timeline.line import (
    DAY,
    HOUR,
    MAX_DURATION,
    MAX_INSTANT,
    MICROSECOND,
    MILLISECOND,
    MIN_INSTANT,
    MINUTE,
    SECOND,
    WEEK,
)
from checker.timeline.recurring import (
    Calendar,
    parse_date,
    parse_hours,
    parse_month_day,
    parse_time_of_day,
    parse_weekday,
)
from checker.timeline.spans import (
    Spans,
    complement,
    contains,
    encloses,
    intersect,
    lying_within,
    merge,
    total,
    union,
    widen,
)
from checker.timeline.window import CalendarUnit, calendar_window, calendar_windows, later_by_months, window_label
from checker.timeline.zone import UTC, Zone, parse_zone

__all__ = [
    "DAY",
    "HOUR",
    "MAX_DURATION",
    "MAX_INSTANT",
    "MICROSECOND",
    "MILLISECOND",
    "MINUTE",
    "MIN_INSTANT",
    "SECOND",
    "UTC",
    "WEEK",
    "Calendar",
    "CalendarUnit",
    "EpochUnit",
    "Spans",
    "Zone",
    "calendar_window",
    "calendar_windows",
    "check_format",
    "complement",
    "contains",
    "encloses",
    "format_duration",
    "format_instant",
    "intersect",
    "later_by_months",
    "lying_within",
    "merge",
    "parse_date",
    "parse_duration",
    "parse_epoch",
    "parse_format",
    "parse_hours",
    "parse_instant",
    "parse_month_day",
    "parse_time_of_day",
    "parse_weekday",
    "parse_zone",
    "total",
    "union",
    "widen",
    "window_label",
]
