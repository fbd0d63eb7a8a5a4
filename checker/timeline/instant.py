"""Instants: RFC 3339, counts since 1970 and formats of their own, read as the earliest and latest they can mean."""

import re
from datetime import datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from typing import Literal

from checker.legible import shown as quoted
from checker.timeline.line import (
    DAY,
    EPOCH,
    EPOCH_UTC,
    HOUR,
    MAX_INSTANT,
    MAX_TEXT,
    MICROSECOND,
    MIN_INSTANT,
    MINUTE,
    WRITTEN,
    checked,
    in_microseconds,
    naive_at,
    out_of_range,
)
from checker.timeline.wall import wall_of_date, wall_of_time
from checker.timeline.zone import Zone, offset_of

_INSTANT_EXAMPLES = "expected RFC 3339 such as '2031-05-03T07:10:00Z' or '2031-05-03T10:10:00+03:00'"
# fromisoformat alone reads far more than RFC 3339: week dates, 20310503, commas, in newer Pythons 24:00
_COMMON = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?)?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))?"
)
_from_iso = datetime.fromisoformat


def parse_instant(text: str, zone: Zone | None = None) -> tuple[int, int]:
    """The earliest and the latest instant that an RFC 3339 time can mean; equal when it is exact.

    A time without seconds means its minute and a date its day; digits beyond the microsecond and local times that
    the clock shows twice leave both readings open. `zone` is read where the text has no offset; without it a date
    is a day of UTC. Raises ValueError for any other text, for a time without offset when no zone is given, for a
    local time that the clock skips, and for instants outside the years 1 to 9999.
    """
    if _COMMON(text):
        try:
            since = _from_iso(text) - EPOCH_UTC
        except ValueError:
            pass  # no such date: said precisely below
        else:
            us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
            if MIN_INSTANT <= us <= MAX_INSTANT:
                return us, us
    shown = quoted(text)
    match = _INSTANT.fullmatch(text) if len(text) <= MAX_TEXT else None
    if match is None:
        raise ValueError(_instant_mistake(text))
    year, month, day, hour, minute, second, fraction, utc, sign, offset_hours, offset_minutes = match.groups()
    low = wall_of_date(int(year), int(month), int(day), shown)
    width = DAY
    if hour:
        low += wall_of_time(int(hour), int(minute), int(second or 0), shown)
        width = MICROSECOND if second else MINUTE
    high = low + width - 1
    if fraction:
        low += int(fraction[:6].ljust(6, "0"))
        high = low + (1 if fraction[6:].strip("0") else 0)
    if utc:
        return _range_at_offset(low, high, 0, shown)
    if sign:
        if not hour:
            raise ValueError(f"{shown}: a date alone takes no offset but 'Z'; {_INSTANT_EXAMPLES}")
        offset = offset_of(sign, int(offset_hours), int(offset_minutes), shown)
        return _range_at_offset(low, high, offset, shown)
    return _range_in_zone(low, high, zone, shown, has_time=bool(hour))


def _range_at_offset(low: int, high: int, offset: int, shown: str) -> tuple[int, int]:
    low -= offset
    high -= offset
    if low < MIN_INSTANT or high > MAX_INSTANT:
        raise ValueError(f"{shown}: {out_of_range(low)}, in UTC")
    return low, high


def _range_in_zone(low: int, high: int, zone: Zone | None, shown: str, *, has_time: bool) -> tuple[int, int]:
    """Instants whose wall times lie in [low, high], by their hull."""
    if zone is None:
        if has_time:
            raise ValueError(
                f"{shown} carries no offset from UTC; write 'Z' or an offset such as '+03:00' after it, "
                "or declare the zone of the log in a mapping"
            )
        return _range_at_offset(low, high, 0, shown)
    if zone.offset is not None or high > MAX_INSTANT:
        return _range_at_offset(low, high, zone.offset or 0, shown)
    first = zone._readings(low)
    last = first if high == low else zone._readings(high)
    if not first and not last:
        raise ValueError(f"{shown} does not exist in {zone}: the clock skips it")
    earliest = first[0] if first else zone.reach(low)
    latest = last[-1] if last else zone.reach(high) - 1
    return _range_at_offset(earliest, latest, 0, shown)


def _instant_mistake(text: str) -> str:
    shown = quoted(text)
    if not text.strip():
        return f"the time is empty; {_INSTANT_EXAMPLES}"
    if len(text) > MAX_TEXT:
        return f"{shown} is too long for a time; {_INSTANT_EXAMPLES}"
    if text != text.strip():
        return f"{shown}: the time has spaces around it; {_INSTANT_EXAMPLES}"
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text):
        return f"{shown} is a bare number, not a time; {_INSTANT_EXAMPLES}, or declare its unit in a mapping"
    if re.search(r":[0-9]{2},[0-9]", text):
        return f"{shown} is not an RFC 3339 time; write a point and not a comma before the fraction"
    if match := re.search(r":[0-9.]+ ?([+-][0-9]{2})([0-9]{2})?$", text):
        return f"{shown} is not an RFC 3339 time; write the offset as '{match.group(1)}:{match.group(2) or '00'}'"
    return f"{shown} is not an RFC 3339 time; {_INSTANT_EXAMPLES}"


EpochUnit = Literal["s", "ms", "us", "ns"]
"""Units in which logs count the time since 1970."""

_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
_EPOCH_DIGITS: dict[str, int] = {"s": 6, "ms": 3, "us": 0, "ns": -3}


def parse_epoch(number: int | Decimal, unit: EpochUnit) -> tuple[int, int]:
    """The earliest and the latest instant of a count of `unit` since 1970-01-01T00:00:00Z; equal when exact.

    Parts of a microsecond leave both neighbours open. Raises ValueError for NaN, infinities, an unknown unit and
    instants outside the years 1 to 9999.
    """
    if unit not in _EPOCH_DIGITS:
        raise ValueError(f"unknown unit {quoted(unit)}; expected one of s, ms, us, ns")
    digits = _EPOCH_DIGITS[unit]
    if isinstance(number, bool):
        raise ValueError(f"{number} is not a count of {unit}; expected a number")
    if isinstance(number, int):
        low, rest = (number * 10**digits, 0) if digits >= 0 else divmod(number, 10**-digits)
        exact = not rest
    else:
        if not number.is_finite():
            raise ValueError(f"{number} is not a time; expected a number of {unit} since 1970-01-01T00:00:00Z")
        if number and number.adjusted() + digits > 20:  # before any arithmetic: 1e999999999 must not be expanded
            raise ValueError(out_of_range(-1 if number.is_signed() else 1))
        scaled = _EXACT.scaleb(number, digits)
        floor = scaled.to_integral_value(ROUND_FLOOR)
        low, exact = int(floor), scaled == floor
    return checked(low), checked(low if exact else low + 1)


_DIRECTIVES = "%Y %y %m %b %B %d %H %I %p %M %S %f %z %a %A %%"
_DIRECTIVE = re.compile("%(.?)", re.DOTALL)


@lru_cache(maxsize=64)
def _format_width(format: str) -> int:
    """Microseconds that a time in this format covers; raises ValueError for a format that leaves the time open."""
    shown = quoted(format)
    found = [match.group(1) for match in _DIRECTIVE.finditer(format) if match.group(1) != "%"]
    for letter in found:
        if f"%{letter}" not in _DIRECTIVES.split():
            raise ValueError(f"the time format {shown} has %{letter}; expected only {_DIRECTIVES}")
    for letters, name in (("Yy", "year"), ("mbB", "month"), ("d", "day")):
        if sum(letter in letters for letter in found) != 1:
            raise ValueError(f"the time format {shown} must give the {name} once: %{' or %'.join(letters)}")
    for letters, name in (
        *(("HI", "hour"), ("M", "minute"), ("S", "second"), ("f", "fraction")),
        *(("p", "half of the day"), ("z", "offset"), ("aA", "weekday")),
    ):
        if sum(letter in letters for letter in found) > 1:
            raise ValueError(f"the time format {shown} gives the {name} twice")
    if ("I" in found) != ("p" in found):
        raise ValueError(f"the time format {shown} must give %I together with %p, or %H alone")
    present = ["H" in found or "I" in found, "M" in found, "S" in found, "f" in found]
    if present != sorted(present, reverse=True):
        raise ValueError(f"the time format {shown} leaves out a part between the hour and its finest part")
    if "z" in found and not present[0]:
        raise ValueError(f"the time format {shown} has an offset but no time; expected %H or %I %p with %z")
    return (DAY, HOUR, MINUTE, MICROSECOND, MICROSECOND)[sum(present)]


def check_format(format: str) -> None:
    """Raises ValueError for a format that `parse_format` cannot use, with what is wrong with it."""
    _format_width(format)


def parse_format(text: str, format: str, zone: Zone | None) -> tuple[int, int]:
    """The earliest and the latest instant of a time written in a strptime format, with the rules of `parse_instant`.

    The format must give the year, month and day; month and weekday names are English, and a weekday is not
    compared with the date. Raises ValueError as `parse_instant`, and for an unusable format or a text off it.
    """
    width = _format_width(format)
    shown = quoted(text)
    if len(text) > MAX_TEXT:
        raise ValueError(f"{shown} is too long for a time; expected the format {quoted(format)}")
    try:
        parsed = datetime.strptime(text, format)
    except ValueError as error:
        reason = str(error)
        detail = "" if reason.startswith(("time data", "unconverted")) else f": {reason}"
        raise ValueError(f"{shown} does not fit the time format {quoted(format)}{detail}") from None
    offset = parsed.utcoffset()
    low = in_microseconds(parsed.replace(tzinfo=None) - EPOCH)
    high = low + width - 1
    if offset is not None:
        return _range_at_offset(low, high, in_microseconds(offset), shown)
    return _range_in_zone(low, high, zone, shown, has_time=width < DAY)


@lru_cache(WRITTEN)
def format_instant(us: int) -> str:
    """RFC 3339 in UTC: `2031-05-03T07:10:00Z`, with as many decimals as needed.

    Years run from 1 to 9999: the first and the last instant of these stand for all that lies beyond, as a due time may.
    """
    text = naive_at(min(max(us, MIN_INSTANT), MAX_INSTANT)).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}Z"
