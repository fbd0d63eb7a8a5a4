"""Resets, parts, intervals by length, dates: each against an oracle that goes from minute to minute, or day to day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import small
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.deadline import beginning, due, due_between
from checker.interval import Cover
from checker.measure import Deadline
from checker.renewal import renewals
from checker.timeline import DAY, HOUR, Calendar, later_by_months, merge, parse_zone

fast = settings(
    max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)  # fmt: skip
START = datetime(2031, 5, 1, tzinfo=UTC)
steps = st.lists(st.tuples(st.sampled_from("DRW"), st.integers(1, 6)), min_size=1, max_size=14)
"""Activities with how many minutes each: driving, rest, other work."""

RULEBOOK = """
events: {ACTIVITY: {activity: text}}
intervals:
  driving: {from: {type: ACTIVITY, activity: D}, until: {type: ACTIVITY, activity: {not: D}}, repeat: switches}
  rest: {from: {type: ACTIVITY, activity: R}, until: {type: ACTIVITY, activity: {not: R}}, repeat: switches}
  working: {from: {type: ACTIVITY, activity: W}, until: {type: ACTIVITY, activity: {not: W}}, repeat: switches}
"""


def lines(activities: list[tuple[str, int]]) -> tuple[list[str], str]:
    at, found = START, []
    for activity, minutes in activities:
        found.append(f"{at:%Y-%m-%dT%H:%M:%SZ} ACTIVITY A activity={activity}")
        at += timedelta(minutes=minutes)
    return found, f"{at:%Y-%m-%dT%H:%M:%SZ}"


def minutes_of(activities: list[tuple[str, int]]) -> str:
    return "".join(activity * minutes for activity, minutes in activities)


def judged(constraint: str, activities: list[tuple[str, int]], **more: Any) -> Any:
    written, until = lines(activities)
    given = small.read(RULEBOOK + f"constraint: {constraint}")
    report = small.check({**given, "observed": {"until": until}, **more}, written)
    return report


def pieces(text: str, letter: str) -> list[tuple[int, int]]:
    """Runs of a letter, each from its first minute to the one after its last."""
    found: list[tuple[int, int]] = []
    for at, one in enumerate(text):
        if one == letter:
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], at + 1)
            else:
                found.append((at, at + 1))
    return found


def renewed(text: str, whole: int, first: int, second: int) -> list[tuple[int, int]]:
    """Rests that renew, one after the other: a whole one, or a second part after a first one since the last."""
    found, waiting = [], False
    for start, end in pieces(text, "R"):
        length = end - start
        if length >= whole or (waiting and length >= second):
            found.append((start, end))
            waiting = False
        elif length >= first:
            waiting = True
    return found


def excess(text: str, resets: list[tuple[int, int]], most: int, window: int | None = None) -> int:
    """The greatest total of driving at any minute since the last reset, within the window."""
    worst = 0
    for at in range(len(text) + 1):
        if any(start < at < end for start, end in resets):
            continue
        since = max([0, *(end for _, end in resets if end <= at)])
        since = since if window is None else max(since, at - window)
        worst = max(worst, text[since:at].count("D"))
    return worst


@fast
@given(
    steps,
    st.integers(1, 12),
    st.integers(3, 5),
    st.integers(1, 2),
    st.integers(2, 4),
    st.one_of(st.none(), st.integers(4, 20)),
)
def test_totals_since_breaks_of_one_or_two_parts(
    activities: Any, most: int, whole: int, first: int, second: int, window: int | None
) -> None:
    text = minutes_of(activities)
    rolling = "" if window is None else f"in: {window} min, "
    report = judged(
        f"{{kind: total, of: driving, {rolling}since: [{{of: rest, lasting: {{at_least: {whole} min}}}}, "
        f"[{{of: rest, lasting: {{at_least: {first} min}}}}, {{of: rest, lasting: {{at_least: {second} min}}}}]], "
        f"at_most: {most} min}}",
        activities,
    )
    worst = excess(text, renewed(text, whole, first, second), most, window)
    if "D" not in text:
        assert report.constraints[0].verdict == "not_applicable"
    else:
        assert report.constraints[0].verdict == ("violated" if worst > most else "satisfied")
        assert max(f.measured.high for f in report.findings) == 60 * worst


@fast
@given(steps, st.integers(1, 4), st.integers(0, 3))
def test_counts_since_a_rest(activities: Any, least: int, most: int) -> None:
    text = minutes_of(activities)
    report = judged(
        f"{{kind: count, of: driving, since: {{of: rest, lasting: {{at_least: {least} min}}}}, at_most: {most}}}",
        activities,
    )
    resets = [(start, end) for start, end in pieces(text, "R") if end - start >= least]
    worst = 0
    for start, _ in pieces(text, "D"):
        since = max([0, *(end for _, end in resets if end <= start)])
        worst = max(worst, sum(1 for begun, _ in pieces(text, "D") if since <= begun <= start))
    if worst:
        assert report.constraints[0].verdict == ("violated" if worst > most else "satisfied")
        assert max(f.measured.high for f in report.findings) == worst


@fast
@given(steps, st.data())
def test_what_a_gap_hides_changes_no_certain_verdict(activities: Any, data: Any) -> None:
    """One record is taken away, and its number is missing: what is certain then is true."""
    constraint = small.read(
        RULEBOOK
        + "constraint: {kind: total, of: driving, at_most: 5 min, since: [{of: rest, lasting: {at_least: 4 min}}, "
        "[{of: rest, lasting: {at_least: 1 min}}, {of: rest, lasting: {at_least: 2 min}}]]}"
    )
    written, until = lines(activities)
    written = [f"{line} source=S seq={at}" for at, line in enumerate(written, 1)]
    whole = small.check({**constraint, "observed": {"until": until}}, written).constraints[0].verdict
    gone = data.draw(st.integers(0, len(written) - 1))
    left = small.check({**constraint, "observed": {"until": until}}, written[:gone] + written[gone + 1 :])
    if 0 < gone < len(written) - 1:  # that the first or the last one is missing nothing shows
        assert left.constraints[0].verdict in ("inconclusive", whole) or whole == "not_applicable"


@fast
@given(steps, st.integers(0, 5), st.integers(0, 5), st.booleans(), st.booleans())
def test_intervals_by_their_length(activities: Any, least: int, more: int, above: bool, below: bool) -> None:
    most = least + more + 1
    low, high = ("more_than" if above else "at_least"), ("less_than" if below else "at_most")
    report = judged(
        f"{{kind: count, of: {{of: {{not: driving}}, lasting: {{{low}: {least} min, {high}: {most} min}}}}, at_most: 0}}",
        [*activities, ("D", 1)],
    )
    text = minutes_of([*activities, ("D", 1)])
    others = pieces(text.replace("W", "R"), "R")
    fits = [e - s for s, e in others if (least < e - s or (least == e - s and not above))]
    fits = [length for length in fits if length < most or (length == most and not below)]
    assert report.constraints[0].verdict == ("violated" if fits else "not_applicable")
    if fits:
        assert max(f.measured.high for f in report.findings) == len(fits)


@fast
@given(steps, st.integers(0, 6))
def test_intervals_by_what_goes_on_in_them(activities: Any, least: int) -> None:
    activities = [*activities, ("R", 1), ("W", 1)]
    text = minutes_of(activities)
    report = judged(
        f"{{kind: count, of: {{of: {{not: rest}}, total: {{of: driving, more_than: {least} min}}}}, at_most: 0}}",
        activities,
    )
    found = [1 for s, e in pieces(text.replace("W", "D"), "D")[:-1] if text[s:e].count("D") > least]
    assert report.constraints[0].verdict in (("violated",) if found else ("not_applicable", "pending"))


@fast
@given(steps, st.integers(1, 5), st.booleans())
def test_what_follows_the_end_or_the_start_of_intervals(activities: Any, lasts: int, at_end: bool) -> None:
    activities = [*activities, ("R", 1), ("W", 1)]
    text = minutes_of(activities)
    form = "end_of" if at_end else "start_of"
    report = judged(f"{{kind: never, interval: driving, during: {{{form}: rest, lasts: {lasts} min}}}}", activities)
    after = {(e if at_end else s) + n for s, e in pieces(text, "R") for n in range(lasts)}
    hit = any(at in after for at, one in enumerate(text) if one == "D")
    assert report.constraints[0].verdict == ("violated" if hit else "satisfied" if "D" in text else "not_applicable")


@fast
@given(steps, st.integers(1, 5))
def test_intervals_begun_inside_others(activities: Any, lasts: int) -> None:
    activities = [*activities, ("R", 1), ("W", 1)]
    text = minutes_of(activities)
    report = judged(
        f"{{kind: count, of: {{of: driving, begun_in: {{end_of: rest, lasts: {lasts} min}}}}, at_most: 0}}", activities
    )
    after = {e + n for _, e in pieces(text, "R") for n in range(lasts)}
    assert report.constraints[0].verdict == (
        "violated" if any(s in after for s, _ in pieces(text, "D")) else "not_applicable"
    )


@fast
@given(steps, st.integers(1, 12), st.integers(1, 6), st.booleans())
def test_time_before(activities: Any, back: int, least: int, unbroken: bool) -> None:
    text = minutes_of(activities)
    report = judged(
        f"{{kind: time_before, of: driving, spent: rest, in: {back} min, at_least: {least} min"
        f"{', unbroken: true' if unbroken else ''}}}",
        activities,
    )
    amounts = []
    for start, _ in pieces(text, "D"):
        seen = text[max(0, start - back) : start]
        amounts.append(
            max((len(one) for one in seen.replace("W", "D").split("D")), default=0) if unbroken else seen.count("R")
        )
    if amounts:
        assert report.constraints[0].verdict == ("satisfied" if min(amounts) >= least else "violated")
        assert min(f.measured.low for f in report.findings) == 60 * min(amounts)


@fast
@given(
    st.lists(st.integers(0, 60 * 24 * 28), min_size=1, max_size=6, unique=True), st.integers(1, 3), st.integers(1, 4)
)
def test_calendar_windows_on_end(minutes: list[int], periods: int, most: int) -> None:
    given = small.read(
        f"{{events: {{TEST: {{}}}}, constraint: {{kind: count, event: TEST, each: week, periods: {periods}, at_most: {most}}}}}"
    )
    times = [START + timedelta(minutes=one) for one in sorted(minutes)]
    report = small.check(given, [f"{one:%Y-%m-%dT%H:%M:%SZ} TEST A" for one in times])
    weeks = [(one.date() - timedelta(days=one.weekday())).toordinal() // 7 for one in times]
    worst = max(sum(week - periods < one <= week for one in weeks) for week in range(min(weeks), max(weeks) + 1))
    assert report.constraints[0].verdict == ("violated" if worst > most else "satisfied")


# ---- dates ----

ZONES = st.sampled_from(["UTC", "UTC+3", "America/New_York", "Europe/Berlin"])
MOMENTS = st.integers(0, 500 * 24 * 60).map(lambda one: int((START + timedelta(minutes=one)).timestamp()) * 1_000_000)


@fast
@given(MOMENTS, ZONES, st.integers(0, 30))
def test_a_time_counts_from_the_end_of_the_month_and_back_from_its_start(at: int, zone: str, days: int) -> None:
    found = due(Deadline(parse_zone(zone), unit="month"), at, days * DAY)
    local = parse_zone(zone).to_local(at)
    following = datetime(local.year + local.month // 12, local.month % 12 + 1, 1)
    assert found == parse_zone(zone).to_utc(following) + days * DAY
    assert beginning(Deadline(parse_zone(zone), unit="month"), at) == parse_zone(zone).to_utc(
        datetime(local.year, local.month, 1)
    )


@fast
@given(MOMENTS, ZONES, st.integers(1, 30))
def test_months_later_is_the_same_day_or_the_last_of_the_month(at: int, zone: str, months: int) -> None:
    before = parse_zone(zone).to_local(at)
    after = parse_zone(zone).to_local(later_by_months(parse_zone(zone), at, months))
    assert (after.year * 12 + after.month) - (before.year * 12 + before.month) == months
    last = (date(after.year + after.month // 12, after.month % 12 + 1, 1) - timedelta(days=1)).day
    assert after.day == min(before.day, last)


@fast
@given(MOMENTS, st.integers(0, 12), st.sets(st.integers(0, 40), max_size=5))
def test_working_days_are_walked_through_one_by_one(at: int, days: int, holidays: set[int]) -> None:
    zone = parse_zone("UTC")
    first = zone.to_local(at).date()
    free = frozenset(first + timedelta(days=one) for one in holidays)
    calendar = Calendar(days=(0, 1, 2, 3, 4), except_dates=free)

    def works(moment: int) -> bool:
        day = zone.to_local(moment).date()
        return day.weekday() < 5 and day not in free

    left, moment, minute = days * 24 * 60, at, 60_000_000
    while left:
        left -= works(moment)
        moment += minute
    assert due(Deadline(zone, counting=calendar), at, days * DAY) == moment
    rolled = at + days * DAY
    if not works(rolled - 1):
        day = zone.to_local(rolled - 1).date() + timedelta(days=1)
        while day.weekday() >= 5 or day in free:
            day += timedelta(days=1)
        rolled = zone.to_utc(datetime(day.year, day.month, day.day)) + DAY
    assert due(Deadline(zone, roll_over=calendar), at, days * DAY) == rolled


@fast
@given(MOMENTS, st.integers(0, 4 * 24), st.integers(0, 6), st.sets(st.integers(0, 20), max_size=5))
def test_what_may_be_due_when_is_between_the_earliest_and_the_latest(
    at: int, hours: int, days: int, holidays: set[int]
) -> None:
    """Of occasions in a span: from hour to hour, and just before and after each midnight."""
    zone = parse_zone("UTC")
    first = zone.to_local(at).date()
    free = frozenset(first + timedelta(days=one) for one in holidays)
    deadline = Deadline(zone, roll_over=Calendar(days=(0, 1, 2, 3, 4), except_dates=free))
    last = at + hours * HOUR
    around = [midnight + off for midnight in range(at - at % DAY, last + DAY, DAY) for off in (-1, 0, 1)]
    tried = [*range(at, last + 1, HOUR), *(one for one in around if at <= one <= last)]
    found = [due(deadline, one, days * DAY) for one in tried]
    assert due_between(deadline, at, last, days * DAY) == (min(found), max(found))
    for later in (last + 30 * DAY, None):  # the earliest lies within the days that do not count and the next that does
        assert due_between(deadline, at, later, days * DAY)[0] <= min(found)
    assert due_between(deadline, at, None, days * DAY)[1] is None


@pytest.mark.parametrize(
    ("reported", "verdict"),
    [
        ("2031-03-10T00:00:00Z", "satisfied"),
        ("2031-03-10T00:00:01Z", "inconclusive"),
        ("2031-03-10T15:00:00Z", "inconclusive"),
        ("2031-03-11T00:00:00Z", "inconclusive"),
        ("2031-03-11T00:00:01Z", "violated"),
    ],
)
def test_an_occasion_on_some_day_may_be_due_earlier_although_it_is_later(reported: str, verdict: str) -> None:
    """Sixty days from the first instant of that Thursday end a Sunday; from any later one they end in the Monday."""
    given = {
        "zone": "UTC",
        "history": "complete",
        "events": {"FOUND": {}, "TOLD": {}},
        "calendars": {"working": {"days": "Mon-Fri"}},
        "constraint": {"kind": "followed_by", "event": "FOUND", "by": "TOLD", "within": "60 d", "roll_over": "working"},
    }
    report = small.check(given, ["2031-01-09 FOUND A", f"{reported} TOLD A"])
    assert report.constraints[0].verdict == verdict


DATES = [
    Deadline(parse_zone("UTC"), unit="week", roll_over=Calendar(days=(1, 2))),
    Deadline(parse_zone("UTC"), months=1),
    Deadline(parse_zone("Europe/Berlin"), months=13, roll_over=Calendar(days=(0, 3))),
    Deadline(parse_zone("UTC"), counting=Calendar(days=(0, 1, 4)), roll_over=Calendar(days=(2, 5, 6))),
    Deadline(parse_zone("UTC"), roll_over=Calendar(only_dates=frozenset())),
]


@fast
@given(
    st.sampled_from(DATES), st.integers(1, 60), st.integers(0, 4 * 24), st.integers(0, 3 * 24), st.floats(0, 1)
)  # fmt: skip
def test_of_a_time_that_is_not_known_the_deadline_lies_between_two(
    dates: Deadline, day: int, hours: int, wide: int, part: float
) -> None:
    hour = DAY // 24
    first, length = (22280 + day) * DAY + 7 * hour, hours * hour
    last = first + wide * hour
    each = [due(dates, at, length) for at in range(first, last + 1, hour // 2)]
    each.append(due(dates, first + int((last - first) * part), length))
    least, most = due_between(dates, first, last, length)
    assert most is not None
    assert least <= min(each)
    assert max(each) <= most
    # these skip times, as a shorter month does, and others may roll over there
    if dates.counting is dates.unit is None and not (dates.months and dates.roll_over):
        assert min(each) - least < hour
        assert most - max(each) < hour
    assert due_between(dates, first, first, length) == (due(dates, first, length),) * 2


def test_where_no_day_works_all_time_counts_and_nothing_moves() -> None:
    never = Calendar(only_dates=frozenset())
    deadline = Deadline(parse_zone("UTC"), counting=never, roll_over=never)
    assert due(deadline, 0, DAY) == DAY


def test_what_may_be_several_of_one_piece_may_be_a_renewal_and_a_part_after_it() -> None:
    """A whole rest, and a first part which a gap may join to it; the second part may come after that one."""
    whole = Cover([(0, 10)], [(0, 20)])
    first = Cover([(0, 10), (15, 20), (30, 33)], [(0, 20), (30, 33)])
    second = Cover([(0, 10), (30, 33)], [(0, 20), (30, 33)])
    found = renewals([[whole], [first, second]])
    assert found.surely == [(0, 10)]
    assert found.possibly == [(0, 20), (30, 33)]


@fast
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4), st.booleans()), max_size=6))
def test_what_surely_renews_possibly_does(found: Any) -> None:
    """Of uncertain parts: whichever of them there are, the surely renewing ones renew and no others than the possible."""
    spans: list[tuple[tuple[int, int], bool]] = []
    for span, sure in sorted({(start, start + length): sure for start, length, sure in found}.items()):
        if not spans or span[0] > spans[-1][0][1]:
            spans.append((span, sure))

    def covers(chosen: list[tuple[tuple[int, int], bool]]) -> list[list[Cover]]:
        def cover(least: int) -> Cover:
            long = [(span, sure) for span, sure in chosen if span[1] - span[0] >= least]
            return Cover(merge(span for span, sure in long if sure), merge(span for span, _ in long))

        return [[cover(4)], [cover(1), cover(2)]]

    whole = renewals(covers(spans))
    unsure = [at for at, (_, sure) in enumerate(spans) if not sure]
    for number in range(1 << len(unsure)):
        there = [(span, True) for at, (span, sure) in enumerate(spans) if sure or number >> unsure.index(at) & 1]
        exact = renewals(covers(there))
        assert exact.surely == exact.possibly
        assert set(whole.surely) <= set(exact.surely)
        assert set(exact.surely) <= set(whole.possibly)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{kind: total, of: driving, since: rest, at_least: 1 h}", "`at_least` does not go with `since`"),
        ("{kind: total, of: driving, since: rest, each: week, at_most: 1 h}", "`each` and `since` do not go together"),
        ("{kind: total, of: driving, periods: 2, at_most: 1 h}", "`periods` goes with `each`"),
        ("{kind: total, of: driving, each: week, periods: 0, at_most: 1 h}", "`periods` is a whole number"),
        ("{kind: count, of: {of: rest, lasting: {}}, at_most: 1}", "`lasting` expects a mapping with limits"),
        ("{kind: count, of: {of: rest, total: {at_most: 1 h}}, at_most: 1}", "`total` needs `of`"),
        ("{kind: count, of: {of: rest, lasting: {at_least: 2 h, at_most: 1 h}}, at_most: 1}", "no length is both"),
        ("{kind: count, of: {end_of: rest}, at_most: 1}", "`end_of` needs `lasts`"),
        ("{kind: followed_by, event: ACTIVITY, by: ACTIVITY, from_end_of: month}", "expected `within` or"),
        ("{kind: followed_by, event: ACTIVITY, by: ACTIVITY, within: 1 d, roll_over: x}", "unknown calendar 'x'"),
        ("{kind: followed_by, event: ACTIVITY, by: ACTIVITY, within_months: 0}", "`within_months` is a whole number"),
        ("{kind: always, event: {type: ACTIVITY, activity: {inside: x}}, field: time, at_most: 1}", "unknown register 'x'"),
    ],
)  # fmt: skip
def test_mistakes_are_told(written: str, told: str) -> None:
    with pytest.raises(Exception, match="(?s).*" + told.replace("(", r"\(")):
        small.rulebook(small.read(RULEBOOK + f"constraint: {written}"))
