"""A month of activity changes, checked with the rulebook for drivers' hours: kept, and broken in one thing at a time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from checker import pipeline, telling
from checker.logs import from_dicts
from checker.report import Report
from checker.rulebook import load_rulebook

RULEBOOK = Path(__file__).resolve().parents[2] / "constraints" / "regimes" / "eu-561-2006.yaml"
MONDAY = datetime(2031, 3, 3, 5, tzinfo=UTC)
NAMES = {"D": "DRIVING", "W": "WORK", "A": "AVAILABLE", "R": "REST", "U": "UNKNOWN"}
Steps = list[tuple[str, int]]
"""Activities with how many minutes each."""


SHORT: Steps = [("D", 210), ("R", 45), ("W", 20), ("D", 210)]


def day(long: bool, random: Random) -> Steps:
    """A day of 9 or 10 h of driving with its breaks, whole or in two parts, without the rest after it."""
    first, second = (300, 300) if long else (270, 270)
    parts: Steps = []
    for half in (first, second):
        if half == 270:
            parts += [("D", 120), ("R", 15), ("D", 150)] if random.random() < 0.5 else [("D", 270)]
        else:
            parts += [("D", 270), ("R", 45), ("D", 30)]
        if half is first:
            parts += [("R", 45), ("W", 20)]
    return parts


def month(seed: int = 1) -> list[Steps]:
    """Four weeks of five days, three of 9 h of driving (two of 10 in the second week) and two of 7, and a rest of 45 h or more."""
    random = Random(seed)
    days: list[Steps] = []
    for week in range(4):
        for number in range(5):
            work = SHORT if number > 2 else day(week == 1 and number < 2, random)
            spent = sum(minutes for _, minutes in work)
            rest = 24 * 60 - spent
            if number < 3:
                rest = min(rest, random.choice([9 * 60, 10 * 60 + 30, 11 * 60, 12 * 60]))
            days.append([*work, ("R", rest)])
        used = sum(minutes for one in days[-5:] for _, minutes in one)
        days[-1][-1] = ("R", days[-1][-1][1] + 7 * 24 * 60 - used)
    return days


def records(days: list[Steps], subject: str) -> tuple[list[dict[str, object]], datetime]:
    at, found = MONDAY - timedelta(hours=48), []
    for activity, minutes in [("R", 48 * 60), *(step for one in days for step in one)]:
        found.append({
            "time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "type": "ACTIVITY", "subject": subject, "source": f"T-{subject}",
            "seq": len(found) + 1, "data": {"activity": NAMES[activity]},
        })  # fmt: skip
        at += timedelta(minutes=minutes)
    return found, at


def report(days: list[Steps], left_out: int | None = None) -> Report:
    """On two drivers, the other of whom keeps everything; `left_out`: a record that is missing."""
    found, until = records(days, "D1")
    if left_out is not None:
        del found[left_out]
    others, _ = records(month(2), "D2")
    run = pipeline.run(
        [from_dicts([*found, *others], name="month")], load_rulebook(RULEBOOK),
        observed_until=int(until.timestamp()) * 1_000_000,
    )  # fmt: skip
    return telling.report(run, all_findings=True)


def broken(found: Report) -> dict[str, list[tuple[str | None, float | None]]]:
    rows: dict[str, list[tuple[str | None, float | None]]] = {}
    for finding in found.findings:
        if finding.verdict == "violated":
            rows.setdefault(finding.constraint, []).append((finding.subject, finding.margin.high))
    return rows


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_month_that_keeps_every_limit(seed: int) -> None:
    found = report(month(seed))
    verdicts = {row.id: row.verdict for row in found.constraints}
    assert verdicts == {
        "DH-01": "satisfied", "DH-02": "satisfied", "DH-03": "satisfied", "DH-04": "satisfied", "DH-05": "satisfied",
        "DH-06": "not_applicable",
    }  # fmt: skip


WHOLE: Steps = [("D", 270), ("R", 45), ("W", 20), ("D", 270)]


def changed(number: int, work: Steps, rest: int | None = None) -> list[Steps]:
    """The month with one day replaced; its rest ends when it did, or is of so many minutes."""
    days = month()
    length = sum(minutes for _, minutes in days[number])
    spent = sum(minutes for _, minutes in work)
    days[number] = [*work, ("R", length - spent if rest is None else rest)]
    return days


def test_one_minute_too_few_of_a_break() -> None:
    work: Steps = [("D", 270), ("R", 44), ("W", 21), ("D", 270)]
    assert broken(report(changed(4, work))) == {"DH-03": [("D1", -270 * 60)]}


def test_the_parts_of_a_break_in_the_wrong_order() -> None:
    work: Steps = [("D", 120), ("R", 30), ("D", 150), ("R", 15), ("D", 270)]
    assert broken(report(changed(4, work))) == {"DH-03": [("D1", -270 * 60)]}


def test_the_parts_of_a_break_in_the_right_order() -> None:
    work: Steps = [("D", 120), ("R", 15), ("D", 150), ("R", 30), ("D", 270)]
    assert broken(report(changed(4, work))) == {}


def test_unknown_time_is_no_break_and_no_rest() -> None:
    work: Steps = [("D", 270), ("U", 45), ("W", 20), ("D", 270)]
    assert broken(report(changed(4, work))) == {"DH-03": [("D1", -270 * 60)]}
    night: Steps = [*WHOLE, ("U", 11 * 60)]
    found = broken(report(changed(4, night)))
    assert set(found) == {"DH-04"}


def test_one_minute_more_than_ten_hours() -> None:
    work: Steps = [("D", 270), ("R", 45), ("D", 270), ("R", 45), ("D", 61)]
    assert broken(report(changed(4, work))) == {"DH-01": [("D1", -60)]}


def test_ten_hours_a_third_time() -> None:
    work: Steps = [("D", 270), ("R", 45), ("D", 270), ("R", 45), ("D", 60)]
    assert broken(report(changed(9, work))) == {"DH-01": [("D1", -1)]}


def test_one_minute_more_than_90_hours_in_two_weeks() -> None:
    days = month()
    for number in (13, 14):  # the third week is of 45 h then, with the 43 of the second 88
        days[number] = [*WHOLE, ("R", days[number][-1][1] - 120)]
    days[9] = [("D", 270), ("R", 45), ("D", 270), ("R", 45), ("D", 1), ("R", days[9][-1][1] - 146)]
    assert broken(report(days)) == {"DH-01": [("D1", -1)], "DH-02": [("D1", -60)]}


def test_a_rest_of_a_minute_less_than_nine_hours() -> None:
    days = month()
    days[3] = [*WHOLE, ("R", 8 * 60 + 59)]
    found = broken(report(days))
    assert "DH-04" in found
    assert {subject for rows in found.values() for subject, _ in rows} == {"D1"}


def test_a_record_that_is_missing_leaves_open_only_what_depends_on_it() -> None:
    """A change in the middle of the first day is gone, and its number is missing."""
    found = report(month(), left_out=3)
    verdicts = {row.id: row.verdict for row in found.constraints}
    assert "violated" not in verdicts.values()
    assert verdicts["DH-03"] == "inconclusive"
    assert verdicts["DH-02"] in ("satisfied", "inconclusive")
