"""Durations, instants, time zones, calendar windows, recurring times and spans, all in whole microseconds.

An instant is a count of microseconds since 1970-01-01T00:00:00Z, negative before it, from year 1 to year 9999.
A wall time is what a local clock shows, counted the same way as if it were UTC. Spans are half-open.

Where a time zone changes its clocks, calendar windows and recurring times begin and end at the first instant at
which the clock has reached the wall time: a time that is skipped is reached at the change itself, one that is
shown twice when it is first shown. Neighbouring windows therefore meet without a gap or an overlap.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC as _PYTHON_UTC
from datetime import date, datetime, timedelta
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_FLOOR, Context, Decimal
from functools import cache, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, get_args

from checker.errors import nearest
from checker.legible import shown as quoted
from checker.limits import limit
from checker.quick import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MICROSECOND = 1
MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

MAX_DURATION = limit("duration_days") * DAY
"""The longest duration that can be written: 10,000 years of 365.25 days."""

MIN_INSTANT = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z, the first instant."""

MAX_INSTANT = 253_402_300_800 * SECOND - 1
"""9999-12-31T23:59:59.999999Z, the last instant; the line of time ends one microsecond later."""

_END = MAX_INSTANT + 1
_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=_PYTHON_UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_LAST_ORDINAL = date.max.toordinal()
_MAX_TEXT = limit("time_text")
_WRITTEN = 16_384
"""Of so many instants, and durations, the texts are kept: findings tell the same ones again and again."""


def _with_fraction(amount: int, unit: int) -> str:
    whole, part = divmod(amount, unit)
    if not part:
        return str(whole)
    return f"{whole}.{str(unit + part)[1:].rstrip('0')}"  # unit is a power of ten: keeps the leading zeros


# Durations

_UNITS = {"w": WEEK, "d": DAY, "h": HOUR, "min": MINUTE, "s": SECOND, "ms": MILLISECOND, "us": MICROSECOND}
_NEXT_UNIT = dict(zip(_UNITS, list(_UNITS)[1:], strict=False))
_SPELLINGS = {
    **dict.fromkeys(("week", "weeks", "wk", "wks"), "w"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
    **dict.fromkeys(("minute", "minutes", "mins", "mn"), "min"),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), "s"),
    **dict.fromkeys(("millisecond", "milliseconds", "msec", "msecs", "millis"), "ms"),
    **dict.fromkeys(("microsecond", "microseconds", "usec", "usecs", "micros", "µs", "μs"), "us"),
}
_UNEVEN = frozenset({"month", "months", "mo", "mon", "quarter", "quarters", "year", "years", "y", "yr", "yrs"})
_UNEVEN_HINT = "months and years differ in length: write days ('30 d'), or use a calendar window"
_DURATION_EXAMPLES = "expected a number and a unit, such as '60 min', '72 h', '30 d' or '4 h 30 min'"
_PART = re.compile(r"([0-9]+)(?:\.([0-9]+))?\s*([^\W\d_]*)\s*")
_ISO_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_ISO_DURATION = re.compile(
    rf"P(?:{_ISO_NUMBER}W)?(?:{_ISO_NUMBER}D)?"
    rf"(?:T(?:{_ISO_NUMBER}H)?(?:{_ISO_NUMBER}M)?(?:{_ISO_NUMBER}S)?)?"
)
_ISO_UNEVEN = re.compile(r"P[0-9.]*[YM]")


def parse_duration(text: str) -> int:
    """Microseconds of a duration such as `4 h 30 min`, `1.5 h` or ISO 8601 `PT4H30M`; a day is exactly 24 hours.

    Units are w, d, h, min, s, ms and us, from the largest to the smallest, each at most once.
    Raises ValueError for anything else, for fractions of a microsecond and for more than `MAX_DURATION`.
    """
    shown = quoted(text)
    stripped = text.strip()
    if not stripped:
        raise ValueError(f"the duration is empty; {_DURATION_EXAMPLES}")
    if len(stripped) > _MAX_TEXT:
        raise ValueError(f"{shown} is too long for a duration; {_DURATION_EXAMPLES}")
    if stripped[0] in "-−":
        raise ValueError(f"{shown}: a duration cannot be negative; {_DURATION_EXAMPLES}")
    parts = _iso_parts(stripped, shown) if stripped[0] in "Pp" else _plain_parts(stripped, shown)
    total = 0
    for whole, fraction, unit in parts:
        amount, rest = divmod(int(whole + fraction) * _UNITS[unit], 10 ** len(fraction))
        if rest:
            raise ValueError(f"{shown} is not a whole number of microseconds, the finest that is measured")
        total += amount
    if total > MAX_DURATION:
        raise ValueError(f"{shown} is longer than 10,000 years; expected a duration of at most {MAX_DURATION // DAY} d")
    return total


def _plain_parts(text: str, shown: str) -> list[tuple[str, str, str]]:
    if re.search("[0-9],[0-9]", text):
        raise ValueError(f"{shown} is not a duration; expected a decimal point, such as '1.5 h'")
    if re.search("[0-9]:[0-9]", text):
        raise ValueError(f"{shown} is the time of a clock and not a duration; expected units, such as '1 h 30 min'")
    parts: list[tuple[str, str, str]] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or (not match.group(3) and match.end() < len(text)):
            raise ValueError(f"{shown} is not a duration; {_DURATION_EXAMPLES}")
        whole, fraction, unit = match.group(1), match.group(2) or "", match.group(3)
        if unit not in _UNITS:
            number = f"{whole}.{fraction}" if fraction else whole
            before = "".join(f"{_number(part)} {part[2]} " for part in parts)
            hint = _unit_hint(unit, number, before, parts[-1][2] if parts else "")
            what = f"unknown unit {quoted(unit)}" if unit else f"the number {quoted(number)[1:-1]} has no unit"
            raise ValueError(f"{shown}: {what}; {hint}")
        if parts and _UNITS[unit] >= _UNITS[parts[-1][2]]:
            raise ValueError(
                f"{shown}: {quoted(unit)} after {quoted(parts[-1][2])}; "
                "expected units from the largest to the smallest, each once: w, d, h, min, s, ms, us"
            )
        parts.append((whole, fraction, unit))
        position = match.end()
    return parts


def _number(part: tuple[str, str, str]) -> str:
    return f"{part[0]}.{part[1]}" if part[1] else part[0]


def _unit_hint(unit: str, number: str, before: str, previous: str) -> str:
    folded = unit.casefold()
    if not unit:
        if previous in _NEXT_UNIT:
            return f"write '{before}{number} {_NEXT_UNIT[previous]}'"
        return f"write for example '{number} min', '{number} h' or '{number} d'"
    if folded in _UNEVEN:
        return _UNEVEN_HINT
    if folded == "m":
        return f"write '{before}{number} min' for minutes; {_UNEVEN_HINT}"
    if folded in {"ns", "nsec", "nanosecond", "nanoseconds"}:
        return "the finest unit is the microsecond, 'us'"
    meant = folded if folded in _UNITS else _SPELLINGS.get(unit) or _SPELLINGS.get(folded)
    if meant:
        return f"write '{before}{number} {meant}'"
    return "expected one of w, d, h, min, s, ms, us"


def _iso_parts(text: str, shown: str) -> list[tuple[str, str, str]]:
    match = _ISO_DURATION.fullmatch(text)
    groups = match.groups() if match else ()
    named = [(number, unit) for number, unit in zip(groups, ("w", "d", "h", "min", "s"), strict=False) if number]
    if not named or text.endswith("T"):
        hint = "expected ISO 8601 such as 'PT60M', 'P30D' or 'PT4H30M'"
        if _ISO_UNEVEN.match(text.upper()):
            hint = _UNEVEN_HINT
        elif "," in text:
            hint = "expected a decimal point, such as 'PT0.5S'"
        elif text != text.upper() and _ISO_DURATION.fullmatch(text.upper()):
            hint = f"write {text.upper()!r}"
        raise ValueError(f"{shown} is not a duration; {hint}")
    if any("." in number for number, _ in named[:-1]):
        raise ValueError(f"{shown}: ISO 8601 allows a fraction only in the last part; {_DURATION_EXAMPLES}")
    parts = []
    for number, unit in named:
        whole, _, fraction = number.partition(".")
        parts.append((whole, fraction, unit))
    return parts


@lru_cache(_WRITTEN)
def format_duration(us: int) -> str:
    """A duration in the notation that `parse_duration` reads: `17 h 35 min`, `250 ms`, from 100 h on `26 d 6 h`.

    Never rounds: less than a second is written in ms or us, from a second on as a decimal of seconds.
    A negative duration begins with `-`.
    """
    if us < 0:
        return "-" + format_duration(-us)
    if 0 < us < MILLISECOND:
        return f"{us} us"
    if 0 < us < SECOND:
        return f"{_with_fraction(us, MILLISECOND)} ms"
    days, rest = divmod(us, DAY) if us >= 100 * HOUR else (0, us)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    if rest or not parts:
        parts.append(f"{_with_fraction(rest, SECOND)} s")
    return " ".join(parts)


# Zones


@dataclass(frozen=True, slots=True)
class Zone:
    """A fixed offset from UTC or a zone of the IANA database; made by `parse_zone`, equal when the same place.

    `offset` is the number of microseconds east of UTC, None for an IANA zone.
    """

    name: str
    offset: int | None

    def __str__(self) -> str:
        return self.name

    def to_local(self, us: int) -> datetime:
        """The naive local time at an instant; its `fold` is 1 where it is the second time the clock shows it.

        Raises ValueError outside the years 1 to 9999, UTC or local.
        """
        if self.offset is not None:
            return _naive(us + self.offset)
        info = _zone_info(self.name)
        utc = _naive(us).replace(tzinfo=_PYTHON_UTC)
        try:
            return utc.astimezone(info).replace(tzinfo=None)
        except (OverflowError, ValueError):
            raise ValueError(_out_of_range(us)) from None

    def to_utc(self, naive: datetime, *, fold: int = 0) -> int:
        """The instant at which the clock shows a naive local time, the second one when shown twice and `fold` is 1.

        A time that the clock skips is read with the offset before the change (`fold` 0) or after it (1), as
        Python does; `readings` tells such times apart. Raises ValueError outside the years 1 to 9999.
        """
        wall = _whole(naive.replace(tzinfo=None) - _EPOCH)
        return _checked(wall - self._offsets_on_wall(wall)[1 if fold else 0])

    def readings(self, naive: datetime) -> tuple[int, ...]:
        """All instants at which the clock shows a naive local time, in order: one, two in a fold, none in a gap."""
        return self._readings(_whole(naive.replace(tzinfo=None) - _EPOCH))

    def _readings(self, wall: int) -> tuple[int, ...]:
        first, second = self._offsets_on_wall(wall)
        if first == second:
            return (wall - first,)
        return (wall - first, wall - second) if first > second else ()

    def _offsets_on_wall(self, wall: int) -> tuple[int, int]:
        """Offsets of both readings of a wall time; the first is the smaller one exactly in a gap."""
        if self.offset is not None:
            return self.offset, self.offset
        local = _naive(wall).replace(tzinfo=_zone_info(self.name))
        return _whole(local.utcoffset()), _whole(local.replace(fold=1).utcoffset())

    def _offset_at(self, us: int) -> int:
        """Offset at an instant; in the outermost day of the line of time the one a day further in."""
        if self.offset is not None:
            return self.offset
        utc = _naive(min(max(us, MIN_INSTANT + DAY), MAX_INSTANT - DAY)).replace(tzinfo=_PYTHON_UTC)
        return _whole(utc.astimezone(_zone_info(self.name)).utcoffset())

    def _ordinal_at(self, us: int) -> int:
        """Day number of the local date at an instant."""
        ordinal = (us + self._offset_at(us)) // DAY + _EPOCH_ORDINAL
        return min(max(ordinal, 1), _LAST_ORDINAL)

    def _reach(self, wall: int) -> int:
        """The first instant at which the clock has reached a wall time; the ends of time for times beyond them.

        The first and last local day stretch to the ends of time, so that every instant lies in some day.
        """
        if wall <= MIN_INSTANT:
            return MIN_INSTANT
        if wall > MAX_INSTANT:
            return _END
        first, second = self._offsets_on_wall(wall)
        us = wall - first
        if first < second:
            us = self._change_within(wall - second, us)
        return min(max(us, MIN_INSTANT), _END)

    def _change_within(self, low: int, high: int) -> int:
        """The instant in (low, high] from which the offset is no longer the one at `low`."""
        before = self._offset_at(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset_at(middle) == before:
                low = middle
            else:
                high = middle
        return high


UTC = Zone("UTC", 0)
"""The zone of UTC."""

_OFFSET_ZONE = re.compile(r"(?:UTC([+-])([0-9]{1,2})(?::([0-9]{2}))?|([+-])([0-9]{2}):([0-9]{2}))")
_ZONE_EXAMPLES = "expected 'UTC', an offset such as 'UTC+3' or '+03:00', or a name such as 'Europe/Istanbul'"


def parse_zone(text: str) -> Zone:
    """A zone from `UTC`, `UTC+3`, `UTC+03:00`, `+03:00` or an IANA name; raises ValueError for anything else."""
    if text in {"UTC", "Z"}:
        return UTC
    match = _OFFSET_ZONE.fullmatch(text)
    if match:
        sign, hours, minutes = match.group(1) or match.group(4), match.group(2) or match.group(5), 0
        if match.group(3) or match.group(6):
            minutes = int(match.group(3) or match.group(6))
        offset = _offset(sign, int(hours), minutes, quoted(text))
        if not offset:
            return UTC
        return Zone(f"UTC{sign}{int(hours):02}:{minutes:02}", offset)
    names = _zone_names()
    if text in names:
        return Zone(text, None)
    if not text:
        raise ValueError(f"the time zone is empty; {_ZONE_EXAMPLES}")
    if text.startswith("GMT") and _OFFSET_ZONE.fullmatch("UTC" + text[3:]):
        hint = f"write {'UTC' + text[3:]!r}"  # the database's own Etc/GMT+3 means UTC-3: never suggest it
    elif text[:1] in "+-" or text.upper().startswith("UTC"):
        hint = _ZONE_EXAMPLES
    else:
        hint = nearest(text[:_MAX_TEXT], names)
        if not hint.startswith("did you mean"):
            hint = _ZONE_EXAMPLES
    raise ValueError(f"unknown time zone {quoted(text)}; {hint}")


def _offset(sign: str, hours: int, minutes: int, shown: str) -> int:
    if hours > 23 or minutes > 59:
        raise ValueError(f"{shown}: no offset {sign}{hours:02}:{minutes:02}; offsets run from -23:59 to +23:59")
    offset = hours * HOUR + minutes * MINUTE
    return -offset if sign == "-" else offset


# The rules of the zones come from the tzdata package and never from the machine: what counts as a day or as a
# permitted hour decides a verdict, and two parties checking the same log must not differ by their operating systems.


@cache
def _zone_names() -> frozenset[str]:
    from importlib.resources import files

    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}  # a placeholder for "not configured", no place


@cache
def _zone_info(name: str) -> "ZoneInfo":
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    if name not in _zone_names():  # guards the file access for zones that were not made by parse_zone
        raise ValueError(f"unknown time zone {quoted(name)}; {_ZONE_EXAMPLES}")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _whole(delta: timedelta | None) -> int:
    return 0 if delta is None else (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def _out_of_range(us: int) -> str:
    return f"the time lies {'before year 1' if us < 0 else 'after year 9999'}; years run from 0001 to 9999"


def _naive(us: int) -> datetime:
    if not MIN_INSTANT <= us <= MAX_INSTANT:
        raise ValueError(_out_of_range(us))
    return _EPOCH + timedelta(microseconds=us)


def _checked(us: int) -> int:
    if not MIN_INSTANT <= us <= MAX_INSTANT:
        raise ValueError(_out_of_range(us))
    return us


# Instants

_INSTANT_EXAMPLES = "expected RFC 3339 such as '2031-05-03T07:10:00Z' or '2031-05-03T10:10:00+03:00'"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
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
            since = _from_iso(text) - _EPOCH_UTC
        except ValueError:
            pass  # no such date: said precisely below
        else:
            us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
            if MIN_INSTANT <= us <= MAX_INSTANT:
                return us, us
    shown = quoted(text)
    match = _INSTANT.fullmatch(text) if len(text) <= _MAX_TEXT else None
    if match is None:
        raise ValueError(_instant_mistake(text))
    year, month, day, hour, minute, second, fraction, utc, sign, offset_hours, offset_minutes = match.groups()
    low = _wall_of_date(int(year), int(month), int(day), shown)
    width = DAY
    if hour:
        low += _wall_of_time(int(hour), int(minute), int(second or 0), shown)
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
        offset = _offset(sign, int(offset_hours), int(offset_minutes), shown)
        return _range_at_offset(low, high, offset, shown)
    return _range_in_zone(low, high, zone, shown, has_time=bool(hour))


def _wall_of_date(year: int, month: int, day: int, shown: str) -> int:
    if not year:
        raise ValueError(f"{shown}: there is no year 0000; years run from 0001 to 9999")
    if not 1 <= month <= 12:
        raise ValueError(f"{shown}: there is no month {month:02}; months run from 01 to 12")
    try:
        return (date(year, month, day).toordinal() - _EPOCH_ORDINAL) * DAY
    except ValueError:
        if (month, day) == (2, 29):
            raise ValueError(f"{shown}: there is no 29 February in {year:04}, which is not a leap year") from None
        raise ValueError(f"{shown}: there is no day {day:02} in {_MONTHS[month - 1]} {year:04}") from None


def _wall_of_time(hour: int, minute: int, second: int, shown: str) -> int:
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


def _range_at_offset(low: int, high: int, offset: int, shown: str) -> tuple[int, int]:
    low -= offset
    high -= offset
    if low < MIN_INSTANT or high > MAX_INSTANT:
        raise ValueError(f"{shown}: {_out_of_range(low)}, in UTC")
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
    earliest = first[0] if first else zone._reach(low)
    latest = last[-1] if last else zone._reach(high) - 1
    return _range_at_offset(earliest, latest, 0, shown)


def _instant_mistake(text: str) -> str:
    shown = quoted(text)
    if not text.strip():
        return f"the time is empty; {_INSTANT_EXAMPLES}"
    if len(text) > _MAX_TEXT:
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
            raise ValueError(_out_of_range(-1 if number.is_signed() else 1))
        scaled = _EXACT.scaleb(number, digits)
        floor = scaled.to_integral_value(ROUND_FLOOR)
        low, exact = int(floor), scaled == floor
    return _checked(low), _checked(low if exact else low + 1)


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
    if len(text) > _MAX_TEXT:
        raise ValueError(f"{shown} is too long for a time; expected the format {quoted(format)}")
    try:
        parsed = datetime.strptime(text, format)
    except ValueError as error:
        reason = str(error)
        detail = "" if reason.startswith(("time data", "unconverted")) else f": {reason}"
        raise ValueError(f"{shown} does not fit the time format {quoted(format)}{detail}") from None
    offset = parsed.utcoffset()
    low = _whole(parsed.replace(tzinfo=None) - _EPOCH)
    high = low + width - 1
    if offset is not None:
        return _range_at_offset(low, high, _whole(offset), shown)
    return _range_in_zone(low, high, zone, shown, has_time=width < DAY)


@lru_cache(maxsize=4096)
@lru_cache(_WRITTEN)
def format_instant(us: int) -> str:
    """RFC 3339 in UTC: `2031-05-03T07:10:00Z`, with as many decimals as needed.

    Years run from 1 to 9999: the first and the last instant of these stand for all that lies beyond, as a due time may.
    """
    text = _naive(min(max(us, MIN_INSTANT), MAX_INSTANT)).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}Z"


# Calendar windows

CalendarUnit = Literal["day", "week", "month", "quarter", "year"]
"""Periods of the calendar that a limit can be counted in."""


def _ordinal(year: int, month: int, day: int) -> int:
    """Day number of a date; before 1 or after the last for years that no date can have."""
    if year < 1:
        return 0
    return date(year, month, day).toordinal() if year <= 9999 else _LAST_ORDINAL + 1


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
    _check_month_day(*anchor)


def _ordinal_start(zone: Zone, ordinal: int) -> int:
    return zone._reach((ordinal - _EPOCH_ORDINAL) * DAY)


def calendar_window(unit: CalendarUnit, zone: Zone, us: int, *, anchor: tuple[int, int] = (1, 1)) -> tuple[int, int]:
    """The half-open window of UTC instants of the local day, ISO week, month, quarter or year that contains `us`.

    A year begins on `anchor`, (month, day). The first and last windows end where time does. Raises ValueError for
    an unknown unit, an impossible anchor and instants outside the years 1 to 9999.
    """
    _check_window(unit, anchor)
    start = _period_start(unit, zone._ordinal_at(_checked(us)), anchor)
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
        return _END - 1
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
    _checked(end - 1)
    windows = [calendar_window(unit, zone, start, anchor=anchor)]
    following = _period_start(unit, zone._ordinal_at(windows[0][1] - 1), anchor)
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
    day = date.fromordinal(zone._ordinal_at(window[0]))
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
    return f"{day.isoformat()} to {date.fromordinal(zone._ordinal_at(window[1] - 1)).isoformat()}"


# Spans

Spans = list[tuple[int, int]]
"""Half-open spans, sorted, without empty ones; neither overlapping nor touching each other."""


def merge(spans: Iterable[tuple[int, int]]) -> Spans:
    """Spans from half-open pairs in any order: overlapping and touching ones joined, empty ones dropped."""
    merged: Spans = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def union(a: Spans, b: Spans) -> Spans:
    """Instants in either."""
    return merge([*a, *b])


def intersect(a: Spans, b: Spans) -> Spans:
    """Instants in both."""
    common: Spans = []
    if not a or not b:
        return common
    i, j = (
        max(bisect_left(one, other[0]) - 1, 0) for one, other in ((a, b), (b, a))
    )  # what ends earlier meets nothing
    while i < len(a) and j < len(b):
        start = max(a[i][0], b[j][0])
        end = min(a[i][1], b[j][1])
        if start < end:
            common.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return common


def lying_within(spans: Spans, first: int, last: int) -> Spans:
    """Of spans in order, those that lie wholly within [first, last)."""
    found = []
    for at in range(bisect_left(spans, (first, first)), len(spans)):
        if spans[at][1] > last:
            break
        found.append(spans[at])
    return found


def complement(spans: Spans, start: int, end: int) -> Spans:
    """Instants of [start, end) that are in none of the spans."""
    rest: Spans = []
    for low, high in spans:
        if low >= end:
            break
        if start < low:
            rest.append((start, low))
        start = max(start, high)
    if start < end:
        rest.append((start, end))
    return rest


def widen(spans: Spans, before: int, after: int) -> Spans:
    """Spans that begin `before` microseconds earlier and end `after` later; ValueError if either is negative."""
    if before < 0 or after < 0:
        raise ValueError(f"spans are widened by nothing or more, not by {min(before, after)} us")
    return merge((start - before, end + after) for start, end in spans)


def total(spans: Spans) -> int:
    """Length of all spans together, in microseconds."""
    return sum(end - start for start, end in spans)


def encloses(spans: Spans, first: int, last: int) -> bool:
    """Whether one of spans in order reaches from `first`, or before it, to `last`."""
    begun = bisect_right(spans, first, key=itemgetter(0))
    return begun > 0 and last <= spans[begun - 1][1]


def contains(spans: Spans, instant: int) -> bool:
    """Whether an instant lies in one of the spans."""
    after = bisect_right(spans, instant, key=itemgetter(0))
    return after > 0 and instant < spans[after - 1][1]


# Recurring times

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY_NUMBERS = {name: day for day, full in enumerate(_WEEKDAYS) for name in (full, full[:3])}
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _check_month_day(month: int, day: int) -> None:
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month:02}; months run from 01 to 12")
    if not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
        raise ValueError(f"there is no day {day:02} in {_MONTHS[month - 1]}")


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
                _check_month_day(month, day)

    def spans(self, start: int, end: int) -> Spans:
        """The times of the calendar within [start, end), as UTC spans.

        Hours that cross midnight belong to the day they begin on. They begin and end when the clock first reaches
        their ends: what the clock skips is missing, and where it shows a time twice the first showing counts.
        """
        start, end = max(start, MIN_INSTANT), min(end, _END)
        if start >= end:
            return []
        # a day's hours reach into the next day, and a clock put back can show yesterday again
        first = max(self.zone._ordinal_at(start) - 1, 1)
        last = min(self.zone._ordinal_at(end - 1) + 1, _LAST_ORDINAL)
        hours = [(low, high if high > low else high + DAY) for low, high in self.hours]
        reach = self.zone._reach
        found: Spans = []
        for ordinal in self._candidates(first, last):
            midnight = (ordinal - _EPOCH_ORDINAL) * DAY
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
    return _wall_of_time(hour, minute, second, quoted(text))


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
        _check_month_day(month, day)
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
            hint = nearest(name[:_MAX_TEXT], _WEEKDAYS)
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
    _wall_of_date(year, month, day, quoted(text))
    return date(year, month, day)
