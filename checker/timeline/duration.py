"""Durations: how they are read and written."""

import re
from functools import lru_cache

from checker.legible import shown as quoted
from checker.timeline.line import (
    DAY,
    HOUR,
    MAX_DURATION,
    MAX_TEXT,
    MICROSECOND,
    MILLISECOND,
    MINUTE,
    SECOND,
    WEEK,
    WRITTEN,
)

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
    if len(stripped) > MAX_TEXT:
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


@lru_cache(WRITTEN)
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


def _with_fraction(amount: int, unit: int) -> str:
    whole, part = divmod(amount, unit)
    if not part:
        return str(whole)
    return f"{whole}.{str(unit + part)[1:].rstrip('0')}"  # unit is a power of ten: keeps the leading zeros
