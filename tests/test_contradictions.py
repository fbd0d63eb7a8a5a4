"""Sources that disagree: whatever depends on an observation that the log excludes is inconclusive, nothing else is."""

from typing import Any

import pytest
import small

EVENTS: dict[str, Any] = small.read("""
events:
  "ON": {w: "number?", key: "text?"}
  "OFF": {}
  ANSWER: {key: "text?"}
  SEEN: {from: instant, to: instant}
  SYNC: {offset: number}
  OTHER: {}
intervals:
  run: {from: "ON", until: "OFF", observed_by: {event: SEEN, starts: from, ends: to}}
clock: {event: SYNC, offset: offset}
""")
RUN = ("08:00 ON A w=2 key=k", "09:00 OFF A")


def seen(start: str, end: str, at: str = "12:00") -> str:
    return f"{at} SEEN A from=2031-05-01T{start}:00Z to=2031-05-01T{end}:00Z"


def told(constraint: str, *lines: str) -> set[tuple[str, str | None]]:
    """The verdicts on a constraint that are no satisfied ones, with their reasons; the log is complete from 07:00."""
    given = {**EVENTS, "constraint": small.read(constraint)}
    made = small.check(given, [f"2031-05-01T{line[:5]}:00Z{line[5:]}" for line in ("07:00 OTHER A", *lines)])
    return {(finding.verdict, finding.reason) for finding in made.findings if finding.verdict != "satisfied"}


OPEN = {("inconclusive", "contradiction")}


@pytest.mark.parametrize(
    ("constraint", "observed"),
    [
        ("{kind: duration, of: run, at_most: 1 h}", ("08:30", "09:30")),  # one run of 1 h 30 min
        ("{kind: duration, of: run, at_most: 1 h}", ("07:30", "08:30")),
        ("{kind: duration, of: run, at_most: 80 min}", ("07:45", "09:15")),
        ("{kind: duration, of: run, at_least: 90 min}", ("08:30", "09:30")),  # which the log says was too short
        ("{kind: followed_by, of: run, by: ANSWER, within: 20 min}", ("08:30", "09:30")),  # 09:20 is before its end
    ],
)
def test_an_observation_that_begins_or_ends_in_a_recorded_interval_may_be_of_the_same(
    constraint: str, observed: tuple[str, str]
) -> None:
    both = told(constraint, *RUN, "09:20 ANSWER A", seen(*observed))
    assert both >= OPEN
    assert {reason for verdict, reason in both if verdict == "inconclusive"} == {"contradiction"}
    assert "violated" not in {verdict for verdict, _ in both}


def test_two_recorded_intervals_may_have_been_one() -> None:
    lines = ("08:00 ON A", "08:30 OFF A", "08:40 ON A", "09:10 OFF A", seen("08:20", "08:50"))
    assert told("{kind: duration, of: run, at_most: 1 h}", *lines) == OPEN  # 70 min
    assert told("{kind: duration, of: run, at_most: 70 min}", *lines) == set()


@pytest.mark.parametrize(
    "constraint",
    [
        "{kind: concurrent, of: run, sum: w, at_most: 2}",
        "{kind: total, event: 'ON', field: w, each: day, at_most: 3}",
        "{kind: count, event: {type: 'ON', key: {present: true}}, each: day, at_most: 1}",
    ],
)
def test_what_an_alleged_record_would_carry_is_not_known(constraint: str) -> None:
    assert told(constraint, *RUN) == set()
    assert told(constraint, *RUN, seen("09:10", "09:20")) == OPEN


def test_days_that_an_observation_does_not_touch_keep_their_verdicts() -> None:
    given = {**EVENTS, "constraint": small.read("{kind: count, of: run, each: day, at_most: 1}")}
    lines = ["01T08:00", "02T08:00", "02T10:00"]
    log = [line for at in lines for line in (f"2031-05-{at}:00Z ON A", f"2031-05-{at}:30Z OFF A")]
    log.append("2031-05-03T12:00:00Z SEEN A from=2031-05-03T08:00:00Z to=2031-05-03T09:00:00Z")
    assert [(f.verdict, f.until[:10]) for f in small.check(given, log).findings if f.verdict != "satisfied"] == [
        ("violated", "2031-05-03")
    ]


def test_a_wrong_clock_and_an_observation_together() -> None:
    """Two runs within an hour only if the clock of the first one was slow and the second one took place."""
    limit = "{kind: count, of: run, in: 1 h, at_most: 1}"
    run = ("08:00 ON A source=s", "08:10 OFF A source=s")
    other = seen("09:01", "09:05")
    assert told(limit, *run, other) == set()
    assert told(limit, *run, "12:00 SYNC - source=s offset=120") == set()
    assert told(limit, *run, other, "12:00 SYNC - source=s offset=120") == OPEN
    assert told(limit, *run, other, "12:00 SYNC - source=s offset=60") == set()
