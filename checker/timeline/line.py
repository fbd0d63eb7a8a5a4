"""The line of time: whole microseconds since 1970-01-01T00:00:00Z, from year 1 to year 9999."""

from datetime import UTC, date, datetime, timedelta

from checker.limits import limit

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

END = MAX_INSTANT + 1
EPOCH = datetime(1970, 1, 1)
EPOCH_UTC = EPOCH.replace(tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()
LAST_ORDINAL = date.max.toordinal()
MAX_TEXT = limit("time_text")
WRITTEN = 16_384
"""Of so many instants, and durations, the texts are kept: findings tell the same ones again and again."""


def in_microseconds(delta: timedelta | None) -> int:
    """The same span as a whole number; of None none."""
    return 0 if delta is None else (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def out_of_range(us: int) -> str:
    """What is said of an instant outside the years 1 to 9999."""
    return f"the time lies {'before year 1' if us < 0 else 'after year 9999'}; years run from 0001 to 9999"


def naive_at(us: int) -> datetime:
    """What a clock in UTC shows at an instant, without a zone; ValueError outside the years 1 to 9999."""
    if not MIN_INSTANT <= us <= MAX_INSTANT:
        raise ValueError(out_of_range(us))
    return EPOCH + timedelta(microseconds=us)


def checked(us: int) -> int:
    """The same instant; ValueError outside the years 1 to 9999."""
    if not MIN_INSTANT <= us <= MAX_INSTANT:
        raise ValueError(out_of_range(us))
    return us
