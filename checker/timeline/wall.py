"""Dates and times of day as they are written, and what of them there is not."""

from datetime import date

from checker.timeline.line import DAY, EPOCH_ORDINAL, HOUR, MINUTE, SECOND

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def check_month_day(month: int, day: int) -> None:
    """Raise ValueError where no year has such a day."""
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month:02}; months run from 01 to 12")
    if not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
        raise ValueError(f"there is no day {day:02} in {MONTHS[month - 1]}")


def wall_of_date(year: int, month: int, day: int, shown: str) -> int:
    """The wall time at which a date begins; ValueError, which names what was `shown`, where there is no such date."""
    if not year:
        raise ValueError(f"{shown}: there is no year 0000; years run from 0001 to 9999")
    if not 1 <= month <= 12:
        raise ValueError(f"{shown}: there is no month {month:02}; months run from 01 to 12")
    try:
        return (date(year, month, day).toordinal() - EPOCH_ORDINAL) * DAY
    except ValueError:
        if (month, day) == (2, 29):
            raise ValueError(f"{shown}: there is no 29 February in {year:04}, which is not a leap year") from None
        raise ValueError(f"{shown}: there is no day {day:02} in {MONTHS[month - 1]} {year:04}") from None


def wall_of_time(hour: int, minute: int, second: int, shown: str) -> int:
    """Microseconds since midnight; ValueError, which names what was `shown`, where no clock shows it."""
    if hour == 24:
        raise ValueError(f"{shown}: hour 24 is not read; write 00:00 of the next day")
    if hour > 23:
        raise ValueError(f"{shown}: there is no hour {hour:02}; hours run from 00 to 23")
    if minute > 59:
        raise ValueError(f"{shown}: there is no minute {minute:02}; minutes run from 00 to 59")
    if second == 60:
        raise ValueError(f"{shown}: leap seconds (second 60) are not read; seconds run from 00 to 59")
    if second > 59:
        raise ValueError(f"{shown}: there is no second {second:02}; seconds run from 00 to 59")
    return hour * HOUR + minute * MINUTE + second * SECOND
