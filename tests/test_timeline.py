import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC as PYTHON_UTC
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checker.timeline import (
    DAY,
    HOUR,
    MAX_DURATION,
    MAX_INSTANT,
    MILLISECOND,
    MIN_INSTANT,
    MINUTE,
    SECOND,
    UTC,
    WEEK,
    Calendar,
    CalendarUnit,
    EpochUnit,
    Spans,
    Zone,
    calendar_window,
    calendar_windows,
    check_format,
    complement,
    contains,
    format_duration,
    format_instant,
    intersect,
    merge,
    parse_date,
    parse_duration,
    parse_epoch,
    parse_format,
    parse_hours,
    parse_instant,
    parse_month_day,
    parse_time_of_day,
    parse_weekday,
    parse_zone,
    total,
    union,
    widen,
    window_label,
)

BERLIN = parse_zone("Europe/Berlin")
LORD_HOWE = parse_zone("Australia/Lord_Howe")
EAST = parse_zone("UTC+14")
WEST = parse_zone("UTC-12")
ZONES = [
    UTC,
    parse_zone("UTC+05:45"),
    EAST,
    WEST,
    BERLIN,
    LORD_HOWE,  # half an hour of daylight saving
    *map(
        parse_zone,
        [
            "America/New_York",
            "America/St_Johns",  # put back at 00:01, over midnight
            "America/Havana",  # put back at 01:00, to midnight
            "America/Sao_Paulo",  # put forward at midnight
            "Pacific/Apia",  # skipped 2011-12-30
            "America/Sitka",  # repeated a whole day in 1867
            "Africa/Casablanca",  # negative daylight saving
            "Europe/Istanbul",
        ],
    ),
]
UNITS: list[CalendarUnit] = ["day", "week", "month", "quarter", "year"]
zones = st.sampled_from(ZONES)
modern = st.integers(-20 * 366 * DAY, 100 * 366 * DAY)
instants = st.integers(MIN_INSTANT, MAX_INSTANT) | modern


def at(text: str) -> int:
    earliest, latest = parse_instant(text)
    assert earliest == latest
    return earliest


def changes(zone: Zone, start: str, end: str) -> list[int]:
    """Instants of the clock changes of a zone, to the minute, found by looking at every hour."""
    found = []
    us = at(start)
    while us < at(end):
        if zone.to_local(us + HOUR) - zone.to_local(us) != timedelta(hours=1):
            low = us
            while zone.to_local(low + MINUTE) - zone.to_local(low) == timedelta(minutes=1):
                low += MINUTE
            found.append(low + MINUTE)
        us += HOUR
    return found


def refusal(parse: Callable[..., object], *args: object) -> str:
    with pytest.raises(ValueError, match=r"\S") as caught:
        parse(*args)
    assert type(caught.value) is ValueError
    return str(caught.value)


def run(script: str, *args: str) -> str:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", script, *args]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout.strip()


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "us"),
        [
            ("60 min", 60 * MINUTE),
            ("60min", 60 * MINUTE),
            ("72 h", 72 * HOUR),
            ("30 d", 30 * DAY),
            ("10 s", 10 * SECOND),
            ("500 ms", 500 * MILLISECOND),
            ("250 us", 250),
            ("2 w", 2 * WEEK),
            ("4 h 30 min", 270 * MINUTE),
            ("4h30min", 270 * MINUTE),
            ("  4 h  30 min ", 270 * MINUTE),
            ("30\u00a0min", 30 * MINUTE),
            ("1 w 1 d 1 h 1 min 1 s 1 ms 1 us", WEEK + DAY + HOUR + MINUTE + SECOND + MILLISECOND + 1),
            ("1.5 h", 90 * MINUTE),
            ("1.5 h 0.5 s", 90 * MINUTE + SECOND // 2),
            ("0.000001 s", 1),
            ("1.000000 us", 1),
            ("0 s", 0),
            ("007 d", 7 * DAY),
            ("90 min", 90 * MINUTE),
            ("3652500 d", MAX_DURATION),
            ("PT60M", 60 * MINUTE),
            ("P30D", 30 * DAY),
            ("PT4H30M", 270 * MINUTE),
            ("P1DT12H", 36 * HOUR),
            ("PT0.5S", SECOND // 2),
            ("PT1.5H", 90 * MINUTE),
            ("P2W", 2 * WEEK),
            ("PT1M", MINUTE),
            ("PT0S", 0),
        ],
    )
    def test_read(self, text: str, us: int) -> None:
        assert parse_duration(text) == us

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("30 mins", "write '30 min'"),
            ("30 minutes", "write '30 min'"),
            ("30 Min", "write '30 min'"),
            ("2 hours", "write '2 h'"),
            ("4 h 30 mins", "write '4 h 30 min'"),
            ("1.5 hrs", "write '1.5 h'"),
            ("1 H", "write '1 h'"),
            ("3 weeks", "write '3 w'"),
            ("5 µs", "write '5 us'"),
            ("5 \u03bcs", "write '5 us'"),
            ("3 ns", "the finest unit is the microsecond"),
            ("1h30", "the number 30 has no unit; write '1 h 30 min'"),
            ("1 d 12", "write '1 d 12 h'"),
            ("-5 min", "cannot be negative"),
            ("−5 min", "cannot be negative"),
            ("-P1D", "cannot be negative"),
            ("1 month", "months and years differ in length"),
            ("2 years", "or use a calendar window"),
            ("P1M", "months and years differ in length"),
            ("P1Y", "months and years differ in length"),
            ("P1Y2M10D", "months and years differ in length"),
            ("5 m", "write '5 min' for minutes; months"),
            ("30", "the number 30 has no unit; write for example '30 min'"),
            ("", "is empty; expected a number and a unit"),
            (" ", "is empty"),
            ("NaN", "expected a number and a unit"),
            ("nan s", "expected a number and a unit"),
            ("inf d", "expected a number and a unit"),
            ("soon", "expected a number and a unit"),
            ("+5 min", "expected a number and a unit"),
            (".5 h", "expected a number and a unit"),
            ("5. h", "expected a number and a unit"),
            ("1 000 s", "expected a number and a unit"),
            ("١ h", "expected a number and a unit"),
            ("4 h, 30 min", "expected a number and a unit"),
            ("1e3 s", "unknown unit 'e'"),
            ("5 parsecs", "expected one of w, d, h, min, s, ms, us"),
            ("1,5 h", "a decimal point"),
            ("1:30", "expected units, such as '1 h 30 min'"),
            ("30 min 4 h", "from the largest to the smallest, each once"),
            ("4 h 4 h", "from the largest to the smallest, each once"),
            ("0.3 us", "not a whole number of microseconds"),
            ("0.0000001 s", "not a whole number of microseconds"),
            ("3652501 d", "longer than 10,000 years"),
            ("9" * 90 + " w", "longer than 10,000 years"),
            ("9" * 9000 + " w", "too long"),
            ("P", "expected ISO 8601"),
            ("PT", "expected ISO 8601"),
            ("P1DT", "expected ISO 8601"),
            ("P1H", "expected ISO 8601"),
            ("PT1H1D", "expected ISO 8601"),
            ("pt60m", "write 'PT60M'"),
            ("PT0,5S", "a decimal point"),
            ("PT1.5H30M", "a fraction only in the last part"),
        ],
    )
    def test_refused_with_a_way_out(self, text: str, said: str) -> None:
        message = refusal(parse_duration, text)
        assert said in message
        assert len(message) < 300

    @pytest.mark.parametrize(
        ("us", "text"),
        [
            (0, "0 s"),
            (35 * MINUTE, "35 min"),
            (17 * HOUR + 35 * MINUTE, "17 h 35 min"),
            (HOUR + 15 * MINUTE + 20 * SECOND, "1 h 15 min 20 s"),
            (89 * HOUR + 35 * MINUTE, "89 h 35 min"),
            (72 * HOUR, "72 h"),
            (100 * HOUR - 1, "99 h 59 min 59.999999 s"),
            (100 * HOUR, "4 d 4 h"),
            (26 * DAY + 6 * HOUR + 25 * MINUTE, "26 d 6 h 25 min"),
            (30 * DAY, "30 d"),
            (250 * MILLISECOND, "250 ms"),
            (1_500, "1.5 ms"),
            (7, "7 us"),
            (1_250 * MILLISECOND, "1.25 s"),
            (MINUTE + 1, "1 min 0.000001 s"),
            (-35 * MINUTE, "-35 min"),
            (-1, "-1 us"),
            (MAX_DURATION, "3652500 d"),
        ],
    )
    def test_written(self, us: int, text: str) -> None:
        assert format_duration(us) == text

    @given(st.integers(0, MAX_DURATION) | st.integers(0, 200 * HOUR) | st.integers(0, 4 * SECOND))
    def test_round_trip(self, us: int) -> None:
        assert parse_duration(format_duration(us)) == us
        if us:
            assert format_duration(-us) == "-" + format_duration(us)

    @given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99_999_999))
    def test_both_notations_agree(self, days: int, hours: int, minutes: int, us: int) -> None:
        seconds = f"{us // SECOND}.{us % SECOND:06}"
        expected = timedelta(days=days, hours=hours, minutes=minutes, microseconds=us) // timedelta(microseconds=1)
        assert parse_duration(f"{days} d {hours} h {minutes} min {seconds} s") == expected
        assert parse_duration(f"P{days}DT{hours}H{minutes}M{seconds}S") == expected

    @given(st.text() | st.text("0123456789.PTDHMSWYdhmins -,:", max_size=12))
    def test_any_text_is_a_duration_or_a_value_error(self, text: str) -> None:
        try:
            us = parse_duration(text)
        except ValueError:
            return
        assert 0 <= us <= MAX_DURATION


class TestInstants:
    @pytest.mark.parametrize(
        ("text", "earliest", "latest"),
        [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("1969-12-31T23:59:59.999999Z", -1, -1),
            ("0001-01-01T00:00:00Z", MIN_INSTANT, MIN_INSTANT),
            ("9999-12-31T23:59:59.999999Z", MAX_INSTANT, MAX_INSTANT),
            ("1970-01-01t01:00:00z", HOUR, HOUR),
            ("1970-01-01 01:00:00Z", HOUR, HOUR),
            ("1970-01-01T03:00:00+03:00", 0, 0),
            ("1970-01-01T03:00:00.5+03:00", SECOND // 2, SECOND // 2),
            ("1969-12-31 20:30:00-03:30", 0, 0),
            ("1970-01-01T23:59:00+23:59", 0, 0),
            ("1970-01-01T00:00:00-00:00", 0, 0),
            ("1970-01-01T00:00:00.5Z", 500_000, 500_000),
            ("1970-01-01T00:00:00.0000010Z", 1, 1),
            ("1970-01-01T00:00:00.000001000Z", 1, 1),
            ("1970-01-01T00:00:00.0000011Z", 1, 2),
            ("1970-01-01T00:00:00.123456789+00:00", 123456, 123457),
            ("1969-12-31T23:59:59.9999999Z", -1, 0),
            ("1970-01-01T00:01Z", MINUTE, 2 * MINUTE - 1),
            ("1970-01-01T03:01+03:00", MINUTE, 2 * MINUTE - 1),
            ("1970-01-01", 0, DAY - 1),
            ("1970-01-01Z", 0, DAY - 1),
            ("9999-12-31", MAX_INSTANT - DAY + 1, MAX_INSTANT),
            ("2000-02-29T00:00:00Z", 951782400 * SECOND, 951782400 * SECOND),
        ],
    )
    def test_read(self, text: str, earliest: int, latest: int) -> None:
        assert parse_instant(text) == (earliest, latest)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "the time is empty"),
            (" ", "the time is empty"),
            ("yesterday", "expected RFC 3339 such as '2031-05-03T07:10:00Z'"),
            ("2031-05-03T07:10:00", "carries no offset from UTC; write 'Z'"),
            ("2031-05-03T07:10", "declare the zone of the log in a mapping"),
            ("2031-05-03T07:10:00+0300", "write the offset as '+03:00'"),
            ("2031-05-03T07:10:00.5-03", "write the offset as '-03:00'"),
            ("2031-05-03T07:10:60Z", "leap seconds (second 60) are not read"),
            ("2016-12-31T23:59:60Z", "leap seconds (second 60) are not read"),
            ("2031-05-03T07:10:61Z", "there is no second 61"),
            ("2031-05-03T07:60:00Z", "there is no minute 60"),
            ("2031-05-03T24:00:00Z", "write 00:00 of the next day"),
            ("2031-05-03T24:00Z", "write 00:00 of the next day"),
            ("2031-05-03T25:00:00Z", "there is no hour 25"),
            ("2031-02-29", "there is no 29 February in 2031, which is not a leap year"),
            ("2100-02-29T07:10:00Z", "there is no 29 February in 2100"),
            ("2031-02-30T07:10:00Z", "there is no day 30 in February 2031"),
            ("2031-04-31T07:10:00Z", "there is no day 31 in April 2031"),
            ("2031-05-00T07:10:00Z", "there is no day 00 in May 2031"),
            ("2031-13-01T07:10:00Z", "there is no month 13"),
            ("2031-00-01T07:10:00Z", "there is no month 00"),
            ("0000-01-01T00:00:00Z", "there is no year 0000"),
            ("2031-05-03T07:10:00+24:00", "offsets run from -23:59 to +23:59"),
            ("2031-05-03T07:10:00+03:60", "offsets run from -23:59 to +23:59"),
            ("0001-01-01T00:00:00+00:01", "before year 1"),
            ("0001-01-01t00:00:00+00:01", "before year 1"),
            ("9999-12-31T23:59:00-00:01", "after year 9999"),
            ("9999-12-31T23:59:59.9999999Z", "after year 9999"),
            ("2031-05-03+03:00", "a date alone takes no offset but 'Z'"),
            ("2031-05-03T07:10:00,5Z", "a point and not a comma"),
            ("1935558600", "is a bare number"),
            ("-1935558600.5", "is a bare number"),
            (" 2031-05-03T07:10:00Z", "spaces around it"),
            ("2031-05-03T07:10:00Z\n", "spaces around it"),
            ("2031-05-03T07:10:00 Z", "not an RFC 3339 time"),
            ("20310503T071000Z", "not an RFC 3339 time"),
            ("2031-W18-6", "not an RFC 3339 time"),
            ("2031-W18-6T07:10:00Z", "not an RFC 3339 time"),
            ("2031-123", "not an RFC 3339 time"),
            ("2031-5-3", "not an RFC 3339 time"),
            ("+2031-05-03T07:10:00Z", "not an RFC 3339 time"),
            ("12031-05-03T07:10:00Z", "not an RFC 3339 time"),
            ("2031-05-03T07Z", "not an RFC 3339 time"),
            ("2031-05-03T07:10.5Z", "not an RFC 3339 time"),
            ("2031-05-03T07:10:00.Z", "not an RFC 3339 time"),
            ("2031-05-03_07:10:00Z", "not an RFC 3339 time"),
            ("2031-05-03T07:10:00+03:00:00", "not an RFC 3339 time"),
            ("2031-05-03T07:10:00UTC", "not an RFC 3339 time"),
            ("٢٠٣١-05-03T07:10:00Z", "not an RFC 3339 time"),
            ("2031-05-03T07:10:00.٥Z", "not an RFC 3339 time"),
            ("2031-05-03T07:10:00." + "0" * 99 + "Z", "too long"),
        ],
    )
    def test_refused_with_a_reason(self, text: str, said: str) -> None:
        message = refusal(parse_instant, text)
        assert said in message
        assert len(message) < 300

    @pytest.mark.parametrize(
        ("text", "zone", "earliest", "latest"),
        [
            ("2031-05-03T10:10:00", "UTC+3", "2031-05-03T07:10:00Z", "2031-05-03T07:10:00Z"),
            ("2031-05-03T10:10:00Z", "UTC+3", "2031-05-03T10:10:00Z", "2031-05-03T10:10:00Z"),
            ("2031-05-03T10:10", "UTC+3", "2031-05-03T07:10:00Z", "2031-05-03T07:10:59.999999Z"),
            ("2031-05-03", "UTC+3", "2031-05-02T21:00:00Z", "2031-05-03T20:59:59.999999Z"),
            ("2031-05-03Z", "UTC+3", "2031-05-03T00:00:00Z", "2031-05-03T23:59:59.999999Z"),
            ("2024-07-01T12:00:00", "Europe/Berlin", "2024-07-01T10:00:00Z", "2024-07-01T10:00:00Z"),
            ("2024-01-01 12:00:00.25", "Europe/Berlin", "2024-01-01T11:00:00.25Z", "2024-01-01T11:00:00.25Z"),
            ("2024-10-27T02:30:00", "Europe/Berlin", "2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"),
            ("2024-10-27T02:30", "Europe/Berlin", "2024-10-27T00:30:00Z", "2024-10-27T01:30:59.999999Z"),
            ("2024-10-27T02:59:59.9999999", "Europe/Berlin", "2024-10-27T00:59:59.999999Z", "2024-10-27T02:00:00Z"),
            ("2024-03-31T03:00:00", "Europe/Berlin", "2024-03-31T01:00:00Z", "2024-03-31T01:00:00Z"),
            ("2024-03-31", "Europe/Berlin", "2024-03-30T23:00:00Z", "2024-03-31T21:59:59.999999Z"),
            ("2024-10-27", "Europe/Berlin", "2024-10-26T22:00:00Z", "2024-10-27T22:59:59.999999Z"),
            # midnight is skipped: the day begins at 01:00
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T01:59:59.999999Z"),
            # midnight is shown twice on the same day
            ("2023-11-05", "America/Havana", "2023-11-05T04:00:00Z", "2023-11-06T04:59:59.999999Z"),
            # the last hour of the day before is shown again after midnight
            ("2010-11-06", "America/St_Johns", "2010-11-06T02:30:00Z", "2010-11-07T03:29:59.999999Z"),
            ("2024-04-07T01:45:00", "Australia/Lord_Howe", "2024-04-06T14:45:00Z", "2024-04-06T15:15:00Z"),
        ],
    )
    def test_read_in_a_zone(self, text: str, zone: str, earliest: str, latest: str) -> None:
        assert parse_instant(text, parse_zone(zone)) == (at(earliest), at(latest))

    @pytest.mark.parametrize(
        ("text", "zone"),
        [
            ("2024-03-31T02:30:00", "Europe/Berlin"),
            ("2024-03-31T02:00", "Europe/Berlin"),
            ("2024-03-31T02:59:59.999999", "Europe/Berlin"),
            ("2011-12-30", "Pacific/Apia"),
            ("2024-10-06T02:15:00", "Australia/Lord_Howe"),
        ],
    )
    def test_skipped_by_the_clock(self, text: str, zone: str) -> None:
        assert f"does not exist in {zone}" in refusal(parse_instant, text, parse_zone(zone))

    def test_outside_the_years_in_a_zone(self) -> None:
        assert "before year 1" in refusal(parse_instant, "0001-01-01", EAST)
        assert "after year 9999" in refusal(parse_instant, "9999-12-31T23:00:00", WEST)
        assert "before year 1" in refusal(parse_instant, "0001-01-01T00:00:00", BERLIN)
        assert "after year 9999" in refusal(parse_instant, "9999-12-31T23:59:59.9999999", BERLIN)

    @pytest.mark.parametrize(
        ("text", "us"),
        [
            ("2031-05-03T07:10:00Z", 1935558600000000),
            ("2031-05-03T07:10:00.5Z", 1935558600500000),
            ("2031-05-03T07:10:00.000001Z", 1935558600000001),
            ("1969-12-31T23:59:59.999Z", -1000),
            ("0001-01-01T00:00:00Z", MIN_INSTANT),
            ("9999-12-31T23:59:59.999999Z", MAX_INSTANT),
        ],
    )
    def test_written(self, us: int, text: str) -> None:
        assert format_instant(us) == text

    @pytest.mark.parametrize("us", [MIN_INSTANT - 1, MAX_INSTANT + 1, 10**40, -(10**40)])
    def test_beyond_the_years_the_first_and_the_last_instant_are_written(self, us: int) -> None:
        assert format_instant(us) == format_instant(MIN_INSTANT if us < 0 else MAX_INSTANT)

    @given(instants)
    def test_round_trip(self, us: int) -> None:
        assert parse_instant(format_instant(us)) == (us, us)

    @given(modern, st.integers(-23 * 60 - 59, 23 * 60 + 59))
    def test_an_offset_changes_nothing(self, us: int, minutes: int) -> None:
        local = format_instant(us + minutes * MINUTE)[:-1]
        offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        assert parse_instant(local + offset) == (us, us)
        assert parse_instant(local.replace("T", " ") + offset) == (us, us)
        assert parse_instant(local, parse_zone(offset)) == (us, us)

    @given(st.text() | st.text("0123456789-:.TZtzW+, ", max_size=30))
    def test_any_text_is_a_time_or_a_value_error(self, text: str) -> None:
        try:
            earliest, latest = parse_instant(text, BERLIN)
        except ValueError:
            return
        assert MIN_INSTANT <= earliest <= latest <= MAX_INSTANT

    @given(
        st.sampled_from(
            ["2031-05-03T07:10:00Z", "2031-05-03T07:10:00.250Z", "2000-02-29T23:59:59+03:00", "2031-W18-6T07:10:00Z"]
        ),
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from("0123456789-:.TZtz W+,٣é")), max_size=3),
        st.lists(st.integers(0, 30), max_size=2),
    )
    @example("2031-05-03T07:10:00Z", [(11, "2"), (12, "4")], [])
    def test_strictly_rfc_3339(self, text: str, replaced: list[tuple[int, str]], cut: list[int]) -> None:
        for position, letter in replaced:
            text = text[:position] + letter + text[position + 1 :]
        for position in cut:
            text = text[:position] + text[position + 1 :]
        shape = r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?)?([Zz]|[+-]\d\d:\d\d)?"
        try:
            earliest, latest = parse_instant(text, UTC)
        except ValueError:
            return
        match = re.fullmatch(shape, text, re.ASCII)
        assert match
        if match[2]:  # down to the second: the standard library is the judge of the rest
            spelled = text.upper() if match[4] else text.upper() + "Z"
            expected = datetime.fromisoformat(spelled) - datetime(1970, 1, 1, tzinfo=PYTHON_UTC)
            assert earliest == latest == expected // timedelta(microseconds=1)


class TestEpochs:
    @pytest.mark.parametrize(
        ("number", "unit", "earliest", "latest"),
        [
            (0, "s", 0, 0),
            (1935558600, "s", 1935558600000000, 1935558600000000),
            (1935558600123, "ms", 1935558600123000, 1935558600123000),
            (-1, "us", -1, -1),
            (1_000, "ns", 1, 1),
            (1_001, "ns", 1, 2),
            (-1, "ns", -1, 0),
            (Decimal("1.5"), "s", 1_500_000, 1_500_000),
            (Decimal("1.0000001"), "s", 1_000_000, 1_000_001),
            (Decimal("-0.0000001"), "s", -1, 0),
            (Decimal("1E+3"), "s", 1_000 * SECOND, 1_000 * SECOND),
            (Decimal("0.1"), "us", 0, 1),
            (Decimal("1000.0"), "ns", 1, 1),
            (Decimal("0E+999999999"), "s", 0, 0),
            (Decimal("1E-999999999"), "s", 0, 1),
            (Decimal("-1E-999999999"), "ns", -1, 0),
            (Decimal("1935558600.1234561" + "0" * 5000), "s", 1935558600123456, 1935558600123457),
        ],
    )
    def test_read(self, number: int | Decimal, unit: EpochUnit, earliest: int, latest: int) -> None:
        assert parse_epoch(number, unit) == (earliest, latest)

    @pytest.mark.parametrize(
        ("number", "unit", "said"),
        [
            (Decimal("NaN"), "s", "NaN is not a time"),
            (Decimal("sNaN"), "s", "is not a time"),
            (Decimal("-Infinity"), "s", "is not a time"),
            (Decimal("1E+999999999"), "s", "after year 9999"),
            (Decimal("-1E+999999999"), "ns", "before year 1"),
            (10**30, "s", "after year 9999"),
            (10**4000, "ns", "after year 9999"),
            (-(10**12), "s", "before year 1"),
            (1935558600123, "s", "after year 9999"),
            (Decimal((MAX_INSTANT * 10) + 1).scaleb(-1), "us", "after year 9999"),
            (True, "s", "expected a number"),
            (1, "min", "expected one of s, ms, us, ns"),
        ],
    )
    def test_refused(self, number: int | Decimal, unit: EpochUnit, said: str) -> None:
        assert said in refusal(parse_epoch, number, unit)

    @given(instants)
    def test_all_units_agree(self, us: int) -> None:
        assert parse_epoch(us, "us") == (us, us)
        assert parse_epoch(us * 1000, "ns") == (us, us)
        assert parse_epoch(Decimal(us).scaleb(-3), "ms") == (us, us)
        assert parse_epoch(Decimal(us).scaleb(-6), "s") == (us, us)


class TestFormats:
    @pytest.mark.parametrize(
        ("text", "format", "zone", "earliest", "latest"),
        [
            ("03/05/2031 07:10:00", "%d/%m/%Y %H:%M:%S", "UTC", "2031-05-03T07:10:00Z", "2031-05-03T07:10:00Z"),
            ("03/05/2031 07:10:00", "%d/%m/%Y %H:%M:%S", "UTC+3", "2031-05-03T04:10:00Z", "2031-05-03T04:10:00Z"),
            ("03 May 2031 7:10 PM", "%d %b %Y %I:%M %p", "UTC", "2031-05-03T19:10:00Z", "2031-05-03T19:10:59.999999Z"),
            ("20310503071000.25", "%Y%m%d%H%M%S.%f", "UTC", "2031-05-03T07:10:00.25Z", "2031-05-03T07:10:00.25Z"),
            ("3.5.31", "%d.%m.%y", "UTC", "2031-05-03T00:00:00Z", "2031-05-03T23:59:59.999999Z"),
            ("2031-05-03 07h", "%Y-%m-%d %Hh", "UTC", "2031-05-03T07:00:00Z", "2031-05-03T07:59:59.999999Z"),
            ("2031-05-03 07:10:00 +0300", "%Y-%m-%d %H:%M:%S %z", None, "2031-05-03T04:10:00Z", "2031-05-03T04:10:00Z"),
            ("2031-05-03 07:10:00Z", "%Y-%m-%d %H:%M:%S%z", "UTC+3", "2031-05-03T07:10:00Z", "2031-05-03T07:10:00Z"),
            ("2031-05-03", "%Y-%m-%d", None, "2031-05-03T00:00:00Z", "2031-05-03T23:59:59.999999Z"),
            ("100% 2031-05-03", "100%% %Y-%m-%d", None, "2031-05-03T00:00:00Z", "2031-05-03T23:59:59.999999Z"),
            (
                *("Sat, 3 May 2031 02:30:00", "%a, %d %B %Y %H:%M:%S", "Europe/Berlin"),
                *("2031-05-03T00:30:00Z", "2031-05-03T00:30:00Z"),
            ),
            (
                *("27.10.2024 02:30:00", "%d.%m.%Y %H:%M:%S", "Europe/Berlin"),
                *("2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"),
            ),
        ],
    )
    def test_read(self, text: str, format: str, zone: str | None, earliest: str, latest: str) -> None:
        check_format(format)
        assert parse_format(text, format, parse_zone(zone) if zone else None) == (at(earliest), at(latest))

    @pytest.mark.parametrize(
        ("text", "format", "said"),
        [
            ("x", "%Y-%m-%d", "does not fit the time format '%Y-%m-%d'"),
            ("2031-05-03Z", "%Y-%m-%d", "does not fit"),
            ("2031-02-29", "%Y-%m-%d", "day is out of range"),
            ("2031-05-03 07:10:60", "%Y-%m-%d %H:%M:%S", "second must be in 0..59"),
            ("2024-03-31 02:30:00", "%Y-%m-%d %H:%M:%S", "does not exist in Europe/Berlin"),
            ("2031-05-03 07:10:00 +9900", "%Y-%m-%d %H:%M:%S %z", "does not fit"),
            ("0001-01-01 00:00:00 +0300", "%Y-%m-%d %H:%M:%S %z", "before year 1"),
            ("2031-05-03" + " " * 200, "%Y-%m-%d", "too long"),
        ],
    )
    def test_text_refused(self, text: str, format: str, said: str) -> None:
        assert said in refusal(parse_format, text, format, BERLIN)

    def test_no_offset_and_no_zone(self) -> None:
        assert "carries no offset" in refusal(parse_format, "2031-05-03 07:10", "%Y-%m-%d %H:%M", None)

    @pytest.mark.parametrize(
        ("format", "said"),
        [
            ("", "must give the year once: %Y or %y"),
            ("%s", "has %s; expected only"),
            ("%Z %Y-%m-%d", "has %Z"),
            ("%c", "has %c"),
            ("%Y-%j", "has %j"),
            ("%Y-%m-%d%", "has %;"),
            ("%m-%d %H:%M:%S", "must give the year once"),
            ("%Y-%y-%m-%d", "must give the year once"),
            ("%Y-%d", "must give the month once: %m or %b or %B"),
            ("%Y-%m", "must give the day once: %d"),
            ("%Y-%m-%d %I:%M", "%I together with %p"),
            ("%Y-%m-%d %H:%M %p", "%I together with %p"),
            ("%Y-%m-%d %H:%S", "leaves out a part"),
            ("%Y-%m-%d %M", "leaves out a part"),
            ("%Y-%m-%d %z", "has an offset but no time"),
            ("%Y-%m-%d %H %H", "gives the hour twice"),
            ("%Y-%m-%d %a %A", "gives the weekday twice"),
        ],
    )
    def test_format_refused(self, format: str, said: str) -> None:
        assert said in refusal(check_format, format)
        assert said in refusal(parse_format, "2031-05-03", format, UTC)

    @given(instants)
    def test_round_trip(self, us: int) -> None:
        text = format_instant(us - us % SECOND)
        assert parse_format(text, "%Y-%m-%dT%H:%M:%SZ", UTC) == parse_instant(text)


class TestZones:
    @pytest.mark.parametrize(
        ("text", "name", "offset"),
        [
            ("UTC", "UTC", 0),
            ("Z", "UTC", 0),
            ("UTC+0", "UTC", 0),
            ("-00:00", "UTC", 0),
            ("UTC+3", "UTC+03:00", 3 * HOUR),
            ("UTC+03", "UTC+03:00", 3 * HOUR),
            ("UTC+03:00", "UTC+03:00", 3 * HOUR),
            ("+03:00", "UTC+03:00", 3 * HOUR),
            ("UTC-3:30", "UTC-03:30", -210 * MINUTE),
            ("-23:59", "UTC-23:59", -DAY + MINUTE),
            ("Europe/Istanbul", "Europe/Istanbul", None),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires", None),
        ],
    )
    def test_read(self, text: str, name: str, offset: int | None) -> None:
        zone = parse_zone(text)
        assert zone == Zone(name, offset)
        assert str(zone) == name
        assert parse_zone(name) == zone

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "the time zone is empty"),
            ("Europe/Istambul", "did you mean 'Europe/Istanbul'?"),
            ("europe/berlin", "did you mean 'Europe/Berlin'?"),
            ("Mars/Olympus", "expected 'UTC', an offset such as 'UTC+3'"),
            ("GMT+3", "write 'UTC+3'"),
            ("utc", "expected 'UTC'"),
            ("+3", "expected 'UTC', an offset such as 'UTC+3' or '+03:00'"),
            ("+0300", "'+03:00'"),
            ("UTC+24", "offsets run from -23:59 to +23:59"),
            ("+03:60", "offsets run from -23:59 to +23:59"),
            ("Factory", "unknown time zone"),
            ("../zones", "unknown time zone"),
            ("x" * 9000, "unknown time zone"),
        ],
    )
    def test_refused(self, text: str, said: str) -> None:
        message = refusal(parse_zone, text)
        assert said in message
        assert len(message) < 300

    def test_a_zone_made_by_hand_reads_no_other_files(self) -> None:
        assert "unknown time zone" in refusal(Zone("../zones", None).to_local, 0)

    @given(zones, instants)
    def test_local_and_back(self, zone: Zone, us: int) -> None:
        try:
            local = zone.to_local(us)
        except ValueError:
            assert us < MIN_INSTANT + DAY or us > MAX_INSTANT - DAY
            return
        assert local.tzinfo is None
        assert zone.to_utc(local, fold=local.fold) == us
        assert us in zone.readings(local)

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    def test_local_and_back_around_changes(self, zone: Zone) -> None:
        for change in changes(zone, "2009-01-01T00:00:00Z", "2012-06-01T00:00:00Z"):
            for us in (change - HOUR, change - 1, change, change + 1, change + HOUR):
                local = zone.to_local(us)
                assert zone.to_utc(local, fold=local.fold) == us
                readings = zone.readings(local)
                assert us == readings[local.fold]
                assert all(zone.to_local(reading) == local for reading in readings)
                assert list(readings) == sorted(set(readings))

    def test_skipped_and_repeated_times(self) -> None:
        skipped = datetime(2024, 3, 31, 2, 30)
        assert BERLIN.readings(skipped) == ()
        assert BERLIN.to_utc(skipped, fold=0) == at("2024-03-31T01:30:00Z")
        assert BERLIN.to_utc(skipped, fold=1) == at("2024-03-31T00:30:00Z")
        repeated = datetime(2024, 10, 27, 2, 30)
        assert BERLIN.readings(repeated) == (at("2024-10-27T00:30:00Z"), at("2024-10-27T01:30:00Z"))
        assert BERLIN.to_utc(repeated, fold=0) == at("2024-10-27T00:30:00Z")
        assert BERLIN.to_utc(repeated, fold=1) == at("2024-10-27T01:30:00Z")

    @pytest.mark.parametrize("zone", [EAST, WEST, BERLIN], ids=str)
    def test_the_ends_of_time(self, zone: Zone) -> None:
        for us in (MIN_INSTANT - 1, MAX_INSTANT + 1):
            assert "years run from 0001 to 9999" in refusal(zone.to_local, us - (zone.offset or 0))
        assert "before year 1" in refusal(EAST.to_utc, datetime(1, 1, 1))
        assert "after year 9999" in refusal(WEST.to_utc, datetime(9999, 12, 31, 23))

    def test_the_machines_own_zone_data_are_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "Europe").mkdir()
        (tmp_path / "Europe" / "Berlin").write_bytes(files("tzdata").joinpath("zoneinfo", "UTC").read_bytes())
        script = (
            "import datetime, sys, zoneinfo, checker.timeline as t\n"
            "zoneinfo.reset_tzpath([sys.argv[1]])\n"
            "machine = datetime.datetime(1970, 1, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).utcoffset()\n"
            "print(machine, t.parse_zone('Europe/Berlin').to_local(0).hour)\n"
        )
        assert run(script, str(tmp_path)) == "0:00:00 1"

    def test_nothing_heavy_is_loaded(self) -> None:
        script = (
            "import sys, checker.timeline as t\n"
            "t.calendar_window('month', t.parse_zone('+03:00'), t.parse_instant('2031-05-03T07:10:00Z')[0])\n"
            "print(sorted({'pydantic', 'zoneinfo', 'tzdata', 'importlib.resources', 'difflib'} & set(sys.modules)))\n"
        )
        assert run(script) == "[]"


class TestWindows:
    @pytest.mark.parametrize(
        ("unit", "zone", "instant", "start", "end", "label"),
        [
            ("day", "UTC", "2031-05-03T07:10:00Z", "2031-05-03T00:00:00Z", "2031-05-04T00:00:00Z", "2031-05-03"),
            ("day", "UTC+3", "2031-05-03T22:10:00Z", "2031-05-03T21:00:00Z", "2031-05-04T21:00:00Z", "2031-05-04"),
            ("week", "UTC", "2031-05-03T07:10:00Z", "2031-04-28T00:00:00Z", "2031-05-05T00:00:00Z", "2031-W18"),
            ("week", "UTC", "2024-12-31T07:10:00Z", "2024-12-30T00:00:00Z", "2025-01-06T00:00:00Z", "2025-W01"),
            ("month", "UTC", "2031-05-03T07:10:00Z", "2031-05-01T00:00:00Z", "2031-06-01T00:00:00Z", "2031-05"),
            ("month", "UTC", "2031-12-31T23:59:59Z", "2031-12-01T00:00:00Z", "2032-01-01T00:00:00Z", "2031-12"),
            ("month", "UTC-3", "2031-05-01T01:00:00Z", "2031-04-01T03:00:00Z", "2031-05-01T03:00:00Z", "2031-04"),
            ("quarter", "UTC", "2031-05-03T07:10:00Z", "2031-04-01T00:00:00Z", "2031-07-01T00:00:00Z", "2031-Q2"),
            ("quarter", "UTC", "2031-12-03T07:10:00Z", "2031-10-01T00:00:00Z", "2032-01-01T00:00:00Z", "2031-Q4"),
            ("year", "UTC", "2031-05-03T07:10:00Z", "2031-01-01T00:00:00Z", "2032-01-01T00:00:00Z", "2031"),
            (
                *("month", "Europe/Berlin", "2024-03-31T12:00:00Z"),
                *("2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z", "2024-03"),
            ),
            (
                *("day", "Europe/Berlin", "2024-10-27T12:00:00Z"),
                *("2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z", "2024-10-27"),
            ),
            (
                *("day", "America/Sao_Paulo", "2018-11-04T12:00:00Z"),
                *("2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", "2018-11-04"),
            ),
            (
                *("day", "Pacific/Apia", "2011-12-30T09:59:59Z"),
                *("2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-29"),
            ),
            (
                *("day", "Pacific/Apia", "2011-12-30T10:00:00Z"),
                *("2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", "2011-12-31"),
            ),
            # put back at 00:01: the new day begins when midnight is first reached
            (
                *("day", "America/St_Johns", "2010-11-07T03:00:00Z"),
                *("2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z", "2010-11-07"),
            ),
        ],
    )
    def test_of_an_instant(self, unit: CalendarUnit, zone: str, instant: str, start: str, end: str, label: str) -> None:
        place = parse_zone(zone)
        window = calendar_window(unit, place, at(instant))
        assert tuple(map(format_instant, window)) == (start, end)
        assert window_label(unit, window, place) == label

    @pytest.mark.parametrize(
        ("instant", "start", "end", "label"),
        [
            ("2031-05-03T00:00:00Z", "2031-03-01T00:00:00Z", "2032-03-01T00:00:00Z", "2031-03-01 to 2032-02-29"),
            ("2031-03-01T00:00:00Z", "2031-03-01T00:00:00Z", "2032-03-01T00:00:00Z", "2031-03-01 to 2032-02-29"),
            ("2031-02-28T23:59:59Z", "2030-03-01T00:00:00Z", "2031-03-01T00:00:00Z", "2030-03-01 to 2031-02-28"),
            ("0001-01-05T00:00:00Z", "0001-01-01T00:00:00Z", "0001-03-01T00:00:00Z", "0001"),
        ],
    )
    def test_of_a_treaty_year(self, instant: str, start: str, end: str, label: str) -> None:
        window = calendar_window("year", UTC, at(instant), anchor=(3, 1))
        assert tuple(map(format_instant, window)) == (start, end)
        assert window_label("year", window, UTC) == label

    @pytest.mark.parametrize(
        ("unit", "anchor", "said"),
        [
            ("fortnight", (1, 1), "expected one of day, week, month, quarter, year"),
            ("month", (3, 1), "a month has no anchor"),
            ("year", (2, 29), "use 02-28 or 03-01"),
            ("year", (2, 30), "there is no day 30 in February"),
            ("year", (13, 1), "there is no month 13"),
        ],
    )
    def test_refused(self, unit: CalendarUnit, anchor: tuple[int, int], said: str) -> None:
        with pytest.raises(ValueError, match=r"\S") as caught:
            calendar_window(unit, UTC, 0, anchor=anchor)
        assert said in str(caught.value)
        assert said in refusal(calendar_windows, unit, UTC, 0, 1, anchor)

    def test_outside_the_line_of_time(self) -> None:
        assert "before year 1" in refusal(calendar_window, "day", UTC, MIN_INSTANT - 1)
        assert "after year 9999" in refusal(calendar_window, "day", UTC, MAX_INSTANT + 1)
        assert "after year 9999" in refusal(calendar_windows, "year", UTC, 0, MAX_INSTANT + 2)
        assert "before year 1" in refusal(calendar_windows, "year", UTC, MIN_INSTANT - 1, 0)

    @pytest.mark.parametrize("unit", UNITS)
    @pytest.mark.parametrize("zone", [UTC, EAST, WEST, BERLIN], ids=str)
    def test_the_ends_of_time(self, unit: CalendarUnit, zone: Zone) -> None:
        first = calendar_window(unit, zone, MIN_INSTANT)
        last = calendar_window(unit, zone, MAX_INSTANT)
        assert first[0] == MIN_INSTANT
        assert last[1] == MAX_INSTANT + 1
        assert calendar_windows(unit, zone, MIN_INSTANT, MIN_INSTANT + 1) == [first]
        assert calendar_windows(unit, zone, MAX_INSTANT, MAX_INSTANT + 1) == [last]
        assert window_label(unit, first, zone).startswith("0001")
        assert window_label(unit, last, zone).startswith("9999")

    def test_a_skipped_date_has_no_window(self) -> None:
        apia = parse_zone("Pacific/Apia")
        windows = calendar_windows("day", apia, at("2011-12-29T12:00:00Z"), at("2012-01-01T00:00:00Z"))
        assert [window_label("day", window, apia) for window in windows] == ["2011-12-29", "2011-12-31", "2012-01-01"]

    def test_no_windows_in_nothing(self) -> None:
        assert calendar_windows("day", UTC, 5, 5) == []
        assert calendar_windows("day", UTC, 6, 5) == []

    def test_touching_is_not_sharing(self) -> None:
        assert calendar_windows("day", UTC, 0, DAY) == [(0, DAY)]
        assert calendar_windows("day", UTC, 0, DAY + 1) == [(0, DAY), (DAY, 2 * DAY)]
        assert calendar_windows("day", UTC, -1, DAY) == [(-DAY, 0), (0, DAY)]

    @given(
        st.sampled_from(UNITS),
        zones,
        modern | st.integers(-120 * 366 * DAY, 0) | instants,
        st.integers(1, 800 * DAY),
        st.sampled_from([(1, 1), (2, 28), (3, 1), (7, 4), (12, 31)]),
    )
    def test_tile_the_line(
        self, unit: CalendarUnit, zone: Zone, start: int, length: int, anchor: tuple[int, int]
    ) -> None:
        anchor = anchor if unit == "year" else (1, 1)
        end = min(start + length, MAX_INSTANT + 1)
        windows = calendar_windows(unit, zone, start, end, anchor)
        assert windows[0][0] <= start < windows[0][1]
        assert windows[-1][0] < end <= windows[-1][1]
        assert all(low < high for low, high in windows)
        for before, after in pairwise(windows):
            assert before[1] == after[0]
        for low, high in windows:
            for us in (low, (low + high) // 2, high - 1):
                assert calendar_window(unit, zone, us, anchor=anchor) == (low, high)
        labels = [window_label(unit, window, zone) for window in windows]
        assert len(set(labels)) == len(labels)

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    def test_days_begin_when_the_clock_first_shows_the_date(self, zone: Zone) -> None:
        for change in changes(zone, "2009-01-01T00:00:00Z", "2012-02-01T00:00:00Z"):
            latest = date.min
            for us in range(change - 2 * DAY, change + 2 * DAY, step(zone)):
                latest = max(latest, zone.to_local(us).date())
                window = calendar_window("day", zone, us)
                assert window[0] <= us < window[1]
                assert window_label("day", window, zone) == latest.isoformat()

    def test_a_repeated_day_is_one_window(self) -> None:
        sitka = parse_zone("America/Sitka")
        windows = calendar_windows("day", sitka, at("1867-10-16T00:00:00Z"), at("1867-10-22T00:00:00Z"))
        lengths = [high - low for low, high in windows]
        assert sorted(lengths)[-2:] == [DAY, 2 * DAY]


def step(zone: Zone) -> int:
    """Fine enough to see the clock at midnight: St. John's put it back a minute later."""
    return MINUTE if zone.name == "America/St_Johns" else 15 * MINUTE


def running_clock(zone: Zone, start: int, end: int, every: int) -> list[tuple[int, datetime]]:
    """(instant, the latest wall time the clock has shown so far) for every step, begun two days early."""
    latest = datetime.min
    shown = []
    for us in range(start - 2 * DAY, end, every):
        latest = max(latest, zone.to_local(us).replace(fold=0))
        if us >= start:
            shown.append((us, latest))
    return shown


def recurs(calendar: Calendar, wall: datetime) -> bool:
    """Whether a wall time lies in the calendar, from its words."""
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        since = (wall - datetime(day.year, day.month, day.day)) // timedelta(microseconds=1)
        month_day = (day.month, day.day)
        in_season = not calendar.seasons or any(
            (low <= month_day and month_day <= high) if low <= high else not (high < month_day < low)
            for low, high in calendar.seasons
        )
        if (
            day.weekday() in calendar.days
            and in_season
            and day not in calendar.except_dates
            and (calendar.only_dates is None or day in calendar.only_dates)
            and any(low <= since < (high if high > low else high + DAY) for low, high in calendar.hours)
        ):
            return True
    return False


quarter_hours = st.integers(0, 95).map(lambda n: n * 15 * MINUTE)
month_days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: (day.month, day.day))
DATES = [date(2010, 11, 6) + timedelta(days=n) for n in range(5)]
calendars = st.builds(
    Calendar,
    days=st.lists(st.integers(0, 6), min_size=1, unique=True).map(tuple),
    hours=st.lists(st.tuples(quarter_hours, quarter_hours | st.just(DAY)), min_size=1, max_size=3).map(tuple),
    seasons=st.lists(st.tuples(month_days, month_days), max_size=2).map(tuple),
    zone=zones,
)


class TestCalendar:
    def spans(self, calendar: Calendar, start: str, end: str) -> list[tuple[str, str]]:
        return [(format_instant(a), format_instant(b)) for a, b in calendar.spans(at(start), at(end))]

    def test_always(self) -> None:
        assert Calendar().spans(5, 100 * DAY) == [(5, 100 * DAY)]
        assert Calendar(hours=((6 * HOUR, 6 * HOUR),)).spans(5, 100 * DAY) == [(5, 100 * DAY)]
        assert Calendar().spans(5, 5) == []
        assert Calendar().spans(6, 5) == []

    def test_working_hours(self) -> None:
        calendar = Calendar(days=parse_weekday("Mon-Fri"), hours=(parse_hours("06:00-18:00"),))
        assert self.spans(calendar, "2031-05-02T12:00:00Z", "2031-05-06T07:00:00Z") == [
            ("2031-05-02T12:00:00Z", "2031-05-02T18:00:00Z"),
            ("2031-05-05T06:00:00Z", "2031-05-05T18:00:00Z"),
            ("2031-05-06T06:00:00Z", "2031-05-06T07:00:00Z"),
        ]

    def test_hours_over_midnight_belong_to_the_day_they_begin_on(self) -> None:
        calendar = Calendar(days=parse_weekday("fri"), hours=(parse_hours("22:00-06:00"),))
        assert self.spans(calendar, "2031-05-01T00:00:00Z", "2031-05-08T00:00:00Z") == [
            ("2031-05-02T22:00:00Z", "2031-05-03T06:00:00Z")
        ]
        assert self.spans(calendar, "2031-05-03T05:00:00Z", "2031-05-03T07:00:00Z") == [
            ("2031-05-03T05:00:00Z", "2031-05-03T06:00:00Z")
        ]
        excepted = Calendar(hours=calendar.hours, except_dates=frozenset({date(2031, 5, 3)}))
        assert self.spans(excepted, "2031-05-03T00:00:00Z", "2031-05-04T12:00:00Z") == [
            ("2031-05-03T00:00:00Z", "2031-05-03T06:00:00Z")
        ]

    def test_seasons_include_both_dates_and_go_over_the_new_year(self) -> None:
        calendar = Calendar(seasons=((parse_month_day("11-15"), parse_month_day("02-29")),))
        assert self.spans(calendar, "2030-01-01T00:00:00Z", "2033-01-01T00:00:00Z") == [
            ("2030-01-01T00:00:00Z", "2030-03-01T00:00:00Z"),
            ("2030-11-15T00:00:00Z", "2031-03-01T00:00:00Z"),
            ("2031-11-15T00:00:00Z", "2032-03-01T00:00:00Z"),
            ("2032-11-15T00:00:00Z", "2033-01-01T00:00:00Z"),
        ]

    def test_only_dates(self) -> None:
        calendar = Calendar(
            only_dates=frozenset({date(2031, 5, 3), date(2031, 5, 9), date(2032, 5, 3)}), zone=parse_zone("UTC+3")
        )
        assert self.spans(calendar, "2031-01-01T00:00:00Z", "2032-01-01T00:00:00Z") == [
            ("2031-05-02T21:00:00Z", "2031-05-03T21:00:00Z"),
            ("2031-05-08T21:00:00Z", "2031-05-09T21:00:00Z"),
        ]
        assert Calendar(only_dates=frozenset()).spans(0, 9 * DAY) == []

    @pytest.mark.parametrize(
        ("hours", "start", "end"),
        [
            # put forward from 02:00 to 03:00 at 01:00Z
            ("01:00-04:00", "2024-03-31T00:00:00Z", "2024-03-31T02:00:00Z"),
            ("02:30-04:00", "2024-03-31T01:00:00Z", "2024-03-31T02:00:00Z"),
            ("01:30-02:30", "2024-03-31T00:30:00Z", "2024-03-31T01:00:00Z"),
            ("02:10-02:50", None, None),
        ],
    )
    def test_put_forward(self, hours: str, start: str | None, end: str | None) -> None:
        calendar = Calendar(hours=(parse_hours(hours),), zone=BERLIN)
        expected = [(start, end)] if start else []
        assert self.spans(calendar, "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z") == expected

    @pytest.mark.parametrize(
        ("hours", "start", "end"),
        [
            # put back from 03:00 to 02:00 at 01:00Z
            ("01:00-04:00", "2024-10-26T23:00:00Z", "2024-10-27T03:00:00Z"),
            ("01:00-02:30", "2024-10-26T23:00:00Z", "2024-10-27T00:30:00Z"),
            ("02:30-04:00", "2024-10-27T00:30:00Z", "2024-10-27T03:00:00Z"),
            ("02:10-02:50", "2024-10-27T00:10:00Z", "2024-10-27T00:50:00Z"),
        ],
    )
    def test_put_back(self, hours: str, start: str, end: str) -> None:
        calendar = Calendar(hours=(parse_hours(hours),), zone=BERLIN)
        assert self.spans(calendar, "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z") == [(start, end)]

    def test_the_ends_of_time(self) -> None:
        for zone in (UTC, EAST, WEST, BERLIN):
            assert Calendar(zone=zone).spans(MIN_INSTANT - DAY, MIN_INSTANT + DAY) == [(MIN_INSTANT, MIN_INSTANT + DAY)]
            assert Calendar(zone=zone).spans(MAX_INSTANT - DAY, MAX_INSTANT + DAY) == [
                (MAX_INSTANT - DAY, MAX_INSTANT + 1)
            ]

    @given(
        calendars,
        st.sampled_from(
            ["2010-11-05T00:00:00Z", "2009-03-27T10:00:00Z", "2011-12-28T00:00:00Z", "2018-11-02T05:00:00Z"]
        ),
        st.booleans(),
    )
    def test_against_the_words(self, calendar: Calendar, begin: str, dated: bool) -> None:
        if dated:
            calendar = Calendar(
                *(calendar.days, calendar.hours, (), frozenset(DATES[::3]), frozenset(DATES), calendar.zone)
            )
        start = at(begin)
        end = start + 4 * DAY
        spans = calendar.spans(start, end)
        assert spans == merge(spans)
        for us, wall in running_clock(calendar.zone, start, end, step(calendar.zone)):
            assert contains(spans, us) == recurs(calendar, wall)

    @given(calendars, modern, st.integers(1, 40 * DAY), st.integers(1, 40 * DAY))
    def test_pieces_make_the_whole(self, calendar: Calendar, start: int, first: int, second: int) -> None:
        middle, end = start + first, start + first + second
        pieces = union(calendar.spans(start, middle), calendar.spans(middle, end))
        assert pieces == calendar.spans(start, end)

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    def test_complementary_hours_share_no_time_and_leave_none(self, zone: Zone) -> None:
        start, end = at("2009-01-01T00:00:00Z"), at("2012-01-01T00:00:00Z")
        for at_minute in (0, 1, 30, 135, 150):
            dawn, dusk = at_minute * MINUTE, 18 * HOUR
            day = Calendar(hours=((dawn, dusk),), zone=zone).spans(start, end)
            night = Calendar(hours=((dusk, dawn),), zone=zone).spans(start, end)
            assert night == complement(day, start, end)

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"days": ()}, "at least one weekday"),
            ({"days": (7,)}, "at least one weekday"),
            ({"hours": ()}, "at least one range of hours"),
            ({"hours": ((DAY, HOUR),)}, "hours begin from 00:00"),
            ({"hours": ((-1, HOUR),)}, "hours begin from 00:00"),
            ({"hours": ((0, DAY + 1),)}, "end from 00:00 to 24:00"),
            ({"seasons": (((2, 30), (3, 1)),)}, "there is no day 30 in February"),
            ({"seasons": (((1, 1), (0, 1)),)}, "there is no month 00"),
        ],
    )
    def test_refused(self, fields: dict[str, Any], said: str) -> None:
        assert said in refusal(lambda: Calendar(**fields))

    def test_a_long_range_with_few_dates_is_cheap(self) -> None:
        calendar = Calendar(only_dates=frozenset({date(2031, 5, 3)}))
        assert len(calendar.spans(MIN_INSTANT, MAX_INSTANT)) == 1


class TestWords:
    @pytest.mark.parametrize(
        ("text", "hours"),
        [
            ("06:00-18:00", (6 * HOUR, 18 * HOUR)),
            ("06:00 - 18:00", (6 * HOUR, 18 * HOUR)),
            ("06:00–18:00", (6 * HOUR, 18 * HOUR)),
            ("22:00-06:00", (22 * HOUR, 6 * HOUR)),
            ("00:00-24:00", (0, DAY)),
            ("22:00-24:00", (22 * HOUR, DAY)),
            ("06:00:30-06:01", (6 * HOUR + 30 * SECOND, 6 * HOUR + MINUTE)),
        ],
    )
    def test_hours(self, text: str, hours: tuple[int, int]) -> None:
        assert parse_hours(text) == hours

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "expected for example '06:00-18:00'"),
            ("06:00", "expected for example '06:00-18:00'"),
            ("06:00-12:00-18:00", "expected for example '06:00-18:00'"),
            ("6:00-18:00", "write '06:00'"),
            ("06-18", "expected hours and minutes such as '06:00'"),
            ("24:00-06:00", "24:00 can only end a range"),
            ("00:00-24:01", "24:00 can only end a range"),
            ("06:60-18:00", "there is no minute 60"),
            ("06:00-25:00", "there is no hour 25"),
        ],
    )
    def test_hours_refused(self, text: str, said: str) -> None:
        assert said in refusal(parse_hours, text)

    def test_time_of_day(self) -> None:
        assert parse_time_of_day("23:59:59") == DAY - SECOND
        assert parse_time_of_day("24:00", end=True) == DAY
        assert "24:00 can only end" in refusal(parse_time_of_day, "24:00")
        assert "there is no second 61" in refusal(parse_time_of_day, "06:00:61")

    def test_month_day(self) -> None:
        assert parse_month_day("11-15") == (11, 15)
        assert parse_month_day("02-29") == (2, 29)
        assert "there is no day 31 in November" in refusal(parse_month_day, "11-31")
        assert "there is no day 00 in November" in refusal(parse_month_day, "11-00")
        assert "there is no month 15" in refusal(parse_month_day, "15-11")
        assert "such as '11-15'" in refusal(parse_month_day, "15 Nov")

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("mon", (0,)),
            ("Sunday", (6,)),
            ("Mon-Fri", (0, 1, 2, 3, 4)),
            ("monday – wed", (0, 1, 2)),
            ("Fri-Mon", (0, 4, 5, 6)),
            ("tue-tue", (1,)),
        ],
    )
    def test_weekdays(self, text: str, days: tuple[int, ...]) -> None:
        assert parse_weekday(text) == days

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "expected for example 'mon' or 'mon-fri'"),
            ("mon-", "expected mon, tue, wed, thu, fri, sat or sun"),
            ("mon-wed-fri", "expected for example"),
            ("mondy", "did you mean 'monday'?"),
            ("7", "expected mon, tue"),
        ],
    )
    def test_weekdays_refused(self, text: str, said: str) -> None:
        assert said in refusal(parse_weekday, text)

    def test_dates(self) -> None:
        assert parse_date("2031-05-03") == date(2031, 5, 3)
        assert "there is no 29 February in 2031" in refusal(parse_date, "2031-02-29")
        assert "expected for example '2031-05-03'" in refusal(parse_date, "3 May 2031")


LENGTH = 40
raw_spans = st.lists(st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)), max_size=8)
disjoint = raw_spans.map(merge)


def members(spans: Spans) -> set[int]:
    return {n for low, high in spans for n in range(low, high)}


def well_formed(spans: Spans) -> bool:
    ends_apart = all(a[1] < b[0] for a, b in pairwise(spans))
    return ends_apart and all(low < high for low, high in spans)


class TestSpans:
    @given(raw_spans)
    def test_merge(self, spans: Spans) -> None:
        merged = merge(spans)
        assert well_formed(merged)
        assert members(merged) == members(spans)
        assert merge(merged) == merged
        assert merge(iter(reversed(spans))) == merged

    @given(disjoint, disjoint)
    def test_union_and_intersection(self, a: Spans, b: Spans) -> None:
        assert well_formed(union(a, b))
        assert members(union(a, b)) == members(a) | members(b)
        assert well_formed(intersect(a, b))
        assert members(intersect(a, b)) == members(a) & members(b)

    @given(disjoint, st.integers(-5, LENGTH + 5), st.integers(-5, LENGTH + 5))
    def test_complement(self, spans: Spans, start: int, end: int) -> None:
        rest = complement(spans, start, end)
        assert well_formed(rest)
        assert members(rest) == set(range(start, end)) - members(spans)

    @given(disjoint, st.integers(0, 9), st.integers(0, 9))
    def test_widen(self, spans: Spans, before: int, after: int) -> None:
        wide = widen(spans, before, after)
        assert well_formed(wide)
        assert members(wide) == {n + step for n in members(spans) for step in range(-before, after + 1)}

    @given(disjoint, st.integers(-2, LENGTH + 2))
    def test_total_and_contains(self, spans: Spans, instant: int) -> None:
        assert total(spans) == len(members(spans))
        assert contains(spans, instant) == (instant in members(spans))

    def test_widening_by_less_than_nothing(self) -> None:
        assert "not by -1 us" in refusal(widen, [(0, 1)], -1, 0)
        assert "not by -2 us" in refusal(widen, [(0, 1)], 0, -2)

    def test_many(self) -> None:
        many = [(4 * n, 4 * n + 2) for n in range(100_000)]
        assert merge(reversed(many)) == many
        assert total(intersect(many, widen(many, 1, 0))) == 200_000
        assert complement(complement(many, 0, 400_000), 0, 400_000) == many
