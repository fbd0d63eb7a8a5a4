"""Recurring times: weekdays, hours of the day and seasons of a zone."""

import re
from collections.abc import Iterable
from datetime import date

from checker.errors import nearest
from checker.legible import shown as quoted
from checker.quick import dataclass
from checker.timeline.line import DAY, END, EPOCH_ORDINAL, LAST_ORDINAL, MAX_TEXT, MIN_INSTANT
from checker.timeline.spans import Spans, merge
from checker.timeline.wall import check_month_day, wall_of_date, wall_of_time
from checker.timeline.zone import UTC, Zone

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY_NUMBERS = {name: day for day, full in enumerate(_WEEKDAYS) for name in (full, full[:3])}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Recurring times of a zone: on these weekdays, in these seasons, between these hours of the day.

    `days` are weekdays from Monday = 0. `hours` are pairs of microseconds of wall time since midnight; an end not
    after its start lies on the next day, and `DAY` as an end is 24:00. `seasons` are pairs of (month, day), both
    included, over the new year where the second is the earlier one; none means the whole year. Dates in
    `except_dates` are left out, and all but `only_dates` are unless it is None. ValueError for impossible values.
    """

    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    hours: tuple[tuple[int, int], ...] = ((0, DAY),)
    seasons: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    except_dates: frozenset[date] = frozenset()
    only_dates: frozenset[date] | None = None
    zone: Zone = UTC

    def __post_init__(self) -> None:
        if not self.days or not all(0 <= day <= 6 for day in self.days):
            raise ValueError("expected at least one weekday, from 0 for Monday to 6 for Sunday")
        if not self.hours:
            raise ValueError("expected at least one range of hours")
        for start, end in self.hours:
            if not (0 <= start < DAY and 0 <= end <= DAY):
                raise ValueError("hours begin from 00:00 to 23:59 and end from 00:00 to 24:00")
        for season in self.seasons:
            for month, day in season:
                check_month_day(month, day)

    def spans(self, start: int, end: int) -> Spans:
        """The times of the calendar within [start, end), as UTC spans.

        Hours that cross midnight belong to the day they begin on. They begin and end when the clock first reaches
        their ends: what the clock skips is missing, and where it shows a time twice the first showing counts.
        """
        start, end = max(start, MIN_INSTANT), min(end, END)
        if start >= end:
            return []
        # a day's hours reach into the next day, and a clock put back can show yesterday again
        first = max(self.zone.ordinal_at(start) - 1, 1)
        last = min(self.zone.ordinal_at(end - 1) + 1, LAST_ORDINAL)
        hours = [(low, high if high > low else high + DAY) for low, high in self.hours]
        reach = self.zone.reach
        found: Spans = []
        for ordinal in self._candidates(first, last):
            midnight = (ordinal - EPOCH_ORDINAL) * DAY
            for low, high in hours:
                begin = reach(midnight + low)
                if begin >= end:
                    continue
                until = reach(midnight + high)
                if until > start:
                    found.append((max(begin, start), min(until, end)))
        return merge(found)

    def _candidates(self, first: int, last: int) -> list[int]:
        """Day numbers from first to last on which the calendar's hours begin."""
        days = frozenset(self.days)
        ordinals: Iterable[int] = range(first, last + 1)
        if self.only_dates is not None:
            ordinals = sorted(day.toordinal() for day in self.only_dates)
        excepted = frozenset(day.toordinal() for day in self.except_dates)
        return [
            ordinal
            for ordinal in ordinals
            if first <= ordinal <= last
            and (ordinal - 1) % 7 in days
            and ordinal not in excepted
            and (not self.seasons or self._in_season(ordinal))
        ]

    def _in_season(self, ordinal: int) -> bool:
        day = date.fromordinal(ordinal)
        at = (day.month, day.day)
        return any(first <= at <= last if first <= last else at >= first or at <= last for first, last in self.seasons)


_TIME_OF_DAY = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")


def parse_time_of_day(text: str, *, end: bool = False) -> int:
    """Microseconds since midnight of `06:00` or `06:00:30`; `24:00` only where `end`. ValueError otherwise."""
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        hint = "expected hours and minutes such as '06:00'"
        if len(text) < 10 and _TIME_OF_DAY.fullmatch("0" + text):
            hint = f"write {'0' + text!r}"
        raise ValueError(f"{quoted(text)} is not a time of day; {hint}")
    hour, minute, second = (int(part or 0) for part in match.groups())
    if hour == 24:
        if end and not minute and not second:
            return DAY
        hint = "24:00 can only end a range of hours, and nothing comes after it; write 00:00"
        raise ValueError(f"{quoted(text)} is not a time of day; {hint}")
    return wall_of_time(hour, minute, second, quoted(text))


def parse_hours(text: str) -> tuple[int, int]:
    """A range of hours such as `06:00-18:00` or `22:00-06:00` (over midnight), as `Calendar.hours` has them.

    `00:00-24:00` is the whole day. Raises ValueError for anything else.
    """
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash or "-" in end:
        raise ValueError(f"{quoted(text)} is not a range of hours; expected for example '06:00-18:00'")
    return parse_time_of_day(start.strip()), parse_time_of_day(end.strip(), end=True)


def parse_month_day(text: str) -> tuple[int, int]:
    """(month, day) of a date of every year such as `11-15`; `02-29` is one. ValueError otherwise."""
    if not re.fullmatch("[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"{quoted(text)} is not a date of the year; expected month and day such as '11-15'")
    month, day = int(text[:2]), int(text[3:])
    try:
        check_month_day(month, day)
    except ValueError as error:
        raise ValueError(f"{quoted(text)}: {error}") from None
    return month, day


def parse_weekday(text: str) -> tuple[int, ...]:
    """Weekdays from Monday = 0 of `mon`, `Monday` or a range such as `Mon-Fri`; `Fri-Mon` goes over the Sunday.

    Sorted; raises ValueError for anything else.
    """
    names = [name.strip().casefold() for name in text.replace("–", "-").split("-")]
    if len(names) > 2 or not names[0]:
        raise ValueError(f"{quoted(text)} is not a weekday; expected for example 'mon' or 'mon-fri'")
    for name in names:
        if name not in _WEEKDAY_NUMBERS:
            hint = nearest(name[:MAX_TEXT], _WEEKDAYS)
            if not hint.startswith("did you mean"):
                hint = "expected mon, tue, wed, thu, fri, sat or sun"
            raise ValueError(f"{quoted(name)} is not a weekday; {hint}")
    first, last = _WEEKDAY_NUMBERS[names[0]], _WEEKDAY_NUMBERS[names[-1]]
    return tuple(sorted((first + step) % 7 for step in range((last - first) % 7 + 1)))


def parse_date(text: str) -> date:
    """A calendar date such as `2031-05-03`, as `Calendar.except_dates` has them; ValueError otherwise."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"{quoted(text)} is not a date; expected for example '2031-05-03'")
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    wall_of_date(year, month, day, quoted(text))
    return date(year, month, day)
