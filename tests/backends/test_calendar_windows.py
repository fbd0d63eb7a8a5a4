"""Calendar windows over very long times: each that something falls into is judged, and what is left out is open."""

import random
from collections.abc import Iterable
from typing import Any

import pytest
import small

import checker
from checker import calendaring
from checker.calendaring import TOO_MANY, windows_of
from checker.measure import Window
from checker.report import Finding
from checker.timeline import DAY, MAX_INSTANT, MIN_INSTANT, parse_instant, parse_zone

RULES = [
    "{kind: total, of: run, each: day, at_most: 5 h, per: subject}",
    "{kind: total, of: run, each: day, at_least: 1 min}",
    "{kind: total, of: run, each: week, at_most: 20 h}",
    "{kind: count, event: 'ON', each: day, at_most: 1}",
    "{kind: count, event: 'ON', each: day, exactly: 1}",
    "{kind: count, event: 'ON', each: day, periods: 3, at_most: 2}",
    "{kind: count, event: 'ON', each: month, at_most: 3, effective: {from: 2031-01-20}}",
]


def book(constraint: str, history: str = "complete") -> Any:
    return small.rulebook({
        "history": history,
        "events": small.read("{'ON': {}, 'OFF': {}, Z: {}}"),
        "intervals": small.read("{run: {from: 'ON', until: 'OFF'}}"),
        "constraint": small.read(constraint),
    })  # fmt: skip


def lines(seed: int) -> list[str]:
    """Records of some weeks that lie far apart; some are known to the day only, some numbers are missing."""
    chance = random.Random(seed)
    found, seq = ["2031-01-01T06:00:00Z Z A"], 0
    for _ in range(chance.randint(1, 5)):
        day = f"2031-{chance.randint(1, 6):02d}-{chance.randint(1, 28):02d}"
        for kind in chance.choice((["ON", "OFF"], ["ON"], ["OFF"], ["ON", "ON", "OFF"])):
            seq += chance.choice((1, 1, 1, 3))
            at = chance.choice((day, f"{day}T{chance.randint(0, 23):02d}:30:00Z"))
            found.append(f"{at} {kind} {chance.choice('AB')} source=H seq={seq}")
    return found


def told(findings: Iterable[Finding]) -> set[tuple[Any, ...]]:
    """What findings say, but for their ids: of alike ones these depend on how many there are."""
    return {(one.subject, one.from_, one.until, one.verdict, one.message) for one in findings}


@pytest.mark.parametrize("history", ["complete", "unknown"])
@pytest.mark.parametrize("constraint", RULES)
def test_no_window_is_kept_that_is_not_looked_at(
    constraint: str, history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = book(constraint, history)
    sparse = cut = 0
    for seed in range(25):
        log = small.log(lines(seed))
        whole = checker.check(log, rules, backend="reference", all_findings=True)
        with monkeypatch.context() as patched:
            patched.setattr(calendaring, "MOST", 6)
            found = checker.check(log, rules, backend="reference", all_findings=True)
            assert checker.check(log, rules, backend="columnar", all_findings=True) == found, seed
        left = [one for one in found.findings if one.reason == TOO_MANY]
        if not left:
            sparse += 1
            assert found == whole, seed
            continue
        cut += 1
        assert {one.verdict for one in left} == {"inconclusive"}
        assert found.constraints[0].verdict in ("violated", "inconclusive")
        assert told(one for one in found.findings if one.reason != TOO_MANY) <= told(whole.findings), seed
    assert sparse or "at_least" in constraint or "exactly" in constraint
    assert cut or "at_most" in constraint


@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize("constraint", RULES)
def test_two_records_ten_thousand_years_apart(constraint: str, backend: str) -> None:
    """As many days as there are in between are not listed, and take no time."""
    log = small.log(["0001-01-01T08:00:00Z ON A", "9999-12-31T08:00:00Z OFF A", "2031-01-01T08:00:00Z Z A"])
    made = checker.check(log, book(constraint), backend=backend)
    assert len(made.findings) <= calendaring.MOST + 1
    beyond = any(one.reason == TOO_MANY for one in made.findings)
    if "event" in constraint and "at_most" in constraint:
        assert (made.verdict, beyond) == ("satisfied", False)
    else:
        assert (made.verdict, beyond) == ("inconclusive" if "at_least" in constraint else "violated", True)


def test_periods_where_time_begins() -> None:
    log = small.log(["0001-01-01T08:00:00Z ON A", "0001-01-02T08:00:00Z ON A", "0001-01-05T08:00:00Z Z A"])
    for backend in ("reference", "columnar"):
        made = checker.check(log, book(RULES[5].replace("at_most: 2", "at_most: 1")), backend=backend)
        assert [one.measured.low for one in made.findings] == [2, 2]


def test_windows_are_those_that_are_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, at = parse_zone("Europe/Istanbul"), parse_instant("2031-05-01T12:00:00Z")[0]
    for unit, anchor in (("day", (1, 1)), ("week", (1, 1)), ("month", (1, 1)), ("quarter", (1, 1)), ("year", (3, 1))):
        window = Window(unit=unit, zone=zone, anchor=anchor)  # type: ignore[arg-type]
        judged, left = windows_of(
            window, MIN_INSTANT, MAX_INSTANT, lambda: [(at, at + 1), (at + 800 * DAY, at + 900 * DAY)]
        )
        assert left is None
        assert judged == sorted(set(judged))
        for moment in (MIN_INSTANT, at, at + 800 * DAY, at + 850 * DAY, MAX_INSTANT):
            assert sum(start <= moment < end for start, end in judged) == 1
        assert not any(start <= at + 400 * DAY < end for start, end in judged) or unit == "year"
        monkeypatch.setattr(calendaring, "MOST", 3)
        judged, left = windows_of(window, MIN_INSTANT, MAX_INSTANT)
        assert (len(judged), left and left[0], left and left[1]) == (3, judged[-1][1], MAX_INSTANT + 1)
        monkeypatch.undo()
