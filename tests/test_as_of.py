"""What was known when: --as-of leaves out what arrived later, and asks what is pending again."""

from pathlib import Path
from typing import Any

import pytest
import small

import checker
from checker import pipeline, telling
from checker.errors import UsageError
from checker.report import Report

ROOT = Path(__file__).resolve().parents[1]
S4 = ROOT / "fixtures/logs/s4_incomplete_log.jsonl"
LATE = ROOT / "fixtures/logs/s4_late_record.jsonl"
SPAN: dict[str, Any] = {"observed_from": "2031-06-01T00:00:00Z", "observed_until": "2031-06-15T00:00:00Z"}
ONLY = ["I-01", "I-06", "R-02", "R-01", "R-07", "R-03", "R-04", "R-05", "R-06", "I-05", "I-03", "I-02", "V-05"]


def s4(*logs: Path, **options: Any) -> Report:
    return checker.check([S4, *logs], position="intermediate", only=ONLY, **{**SPAN, **options})


def found(report: Report, constraint: str) -> list[tuple[Any, ...]]:
    return [
        (f.verdict, f.from_, f.until, f.measured.low, f.measured.high, f.margin.low)
        for f in report.findings
        if f.constraint == constraint
    ]


def test_the_late_record_decides_what_was_open() -> None:
    """Off at 11:00: 08:02 to 11:00 is 178 min of 60; with 40 min on 12 June 218 of 180, passed at 09:32."""
    assert found(s4(), "R-03") == [("inconclusive", "2031-06-05T09:02:00Z", "2031-06-05T11:30:00Z", 0, 12480, -8880)]
    report = s4(LATE)
    assert found(report, "R-03") == [("violated", "2031-06-05T09:02:00Z", "2031-06-05T11:00:00Z", 10680, 10680, -7080)]
    assert found(report, "R-04") == [("violated", "2031-06-12T09:32:00Z", "2031-06-15T00:00:00Z", 13080, 13080, -2280)]
    assert [n for n in report.notices if "arrived" in n] == [
        "1 record arrived after the end of observation, at 2031-06-20T09:00:00Z at the latest; "
        "--as-of leaves out what was not known yet"
    ]


def test_as_of_before_its_receipt_gives_the_old_report() -> None:
    before = s4(LATE, as_of="2031-06-15T00:00:00Z")
    assert before.findings == s4().findings
    assert before.constraints == s4().constraints
    assert before.as_of == "2031-06-15T00:00:00Z"
    assert "1 record not known as of 2031-06-15T00:00:00Z took no part" in before.notices
    after = s4(LATE, as_of="2031-06-20T09:00:00Z")
    assert after.findings == s4(LATE).findings
    assert s4(LATE, as_of="2031-06-20T08:59:59.999999Z").findings == s4().findings


def test_what_is_pending_becomes_definite() -> None:
    [pending] = [f for f in s4().findings if f.constraint == "V-05"]
    assert (pending.verdict, pending.due) == ("pending", "2031-06-24T09:00:00Z")
    later = s4(observed_until=None, as_of="2031-06-25")
    assert later.observed.until == "2031-06-25T20:59:59.999999Z"  # the end of that day, 3 h ahead of UTC
    assert found(later, "V-05")[-1][:3] == ("violated", "2031-06-24T09:00:00Z", "2031-06-25T20:59:59.999999Z")
    assert found(s4(observed_until=None, as_of="2031-06-24T09:00:00Z"), "V-05")[-1][0] == "pending"
    assert found(s4(observed_until=None, as_of="2031-06-24T09:00:01Z"), "V-05")[-1][0] == "violated"


def test_observation_ends_at_as_of_at_the_latest() -> None:
    with pytest.raises(UsageError, match="its end was still to come"):
        s4(as_of="2031-06-14T23:59:59Z")
    report = s4(observed_until="2031-06-10T00:00:00Z", as_of="2031-06-12T00:00:00Z")
    assert report.observed.until == "2031-06-10T00:00:00Z"


GIVEN = small.read("{events: {TEST: {}}, constraint: {kind: count, event: TEST, in: 1 d, at_most: 1}}")


def known(lines: list[str], as_of: str) -> Report:
    run = pipeline.run([small.log(lines)], small.rulebook(GIVEN), as_of=small.instant(as_of))
    return telling.report(run, all_findings=True)


@pytest.mark.parametrize(
    ("arrival", "counted"),
    [
        ("", True),
        ("recorded_at='2031-05-01T12:00:00Z'", True),
        ("recorded_at='2031-05-01T12:00:01Z'", False),
        ("recorded_at='2031-05-01T10:00:00Z' received_at='2031-05-01T12:00:01Z'", False),
        ("recorded_at='2031-05-01T13:00:00Z' received_at='2031-05-01T11:00:00Z'", True),
    ],
)
def test_a_record_is_known_when_received_else_recorded_else_at_its_time(arrival: str, counted: bool) -> None:
    lines = ["2031-05-01T08:00:00Z TEST A", f"2031-05-01T09:00:00Z TEST A {arrival}"]
    [finding] = known(lines, "2031-05-01T12:00:00Z").findings
    assert finding.measured.high == (2 if counted else 1)
    assert finding.until == "2031-05-01T12:00:00Z"


def test_as_of_before_all_records_shows_nothing() -> None:
    report = known(["2031-05-01T08:00:00Z TEST A"], "2031-04-30T12:00:00Z")
    assert (report.verdict, report.observed.from_) == ("inconclusive", None)
    assert report.notices == ["1 record not known as of 2031-04-30T12:00:00Z took no part"]


def test_a_gap_and_a_clock_that_was_off_leave_later_steps_as_they_are() -> None:
    """Two records are missing on 5 June, and the clock was 95 s off: neither reaches the step of 12 June."""
    report = checker.check(S4, position="intermediate", only=["R-10"], **SPAN)
    assert [(f.verdict, f.from_) for f in report.findings if f.shown] == [("violated", "2031-06-12T09:30:00Z")]
