"""What the findings of the S-400 storyboards amount to by the rulebook's own rules, worked out by hand."""

import csv
from functools import cache
from pathlib import Path

import pytest

import checker
from checker.report import AssessmentOf, Report

ROOT = Path(__file__).resolve().parents[2]
SPAN = ("2031-04-30T00:00:00Z", "2031-05-15T00:00:00Z")


@cache
def report(log: str, position: str, start: str, until: str) -> Report:
    return checker.check(ROOT / "fixtures/logs" / log, position=position, observed_from=start, observed_until=until)


def runs() -> list[tuple[str, ...]]:
    with (ROOT / "fixtures/expected/index.csv").open(encoding="utf-8", newline="") as file:
        return [(log, position, start, until) for _, log, start, until, position, _ in list(csv.reader(file))[1:]]


def told(assessment: AssessmentOf) -> tuple[str, str, str | None, list[str]]:
    """Rule, subject and instant (day and time of May), due, and what it rests on without the hashes."""
    due = assessment.due[5:-4] if assessment.due else None
    about = f"{assessment.subject or 'all'} {assessment.from_[5:-4]}"
    return assessment.rule, about, due, [because.id.rsplit("-", 1)[0] for because in assessment.because]


def test_the_violating_storyboard_under_the_intermediate_position() -> None:
    """Minor: L-03, R-10, R-06 and I-02 of BTY-A; never waivable: N-01, N-02, N-07, P-01, D-01; consultation in 5 d."""
    found = [told(one) for one in report("s2_violating.jsonl", "intermediate", *SPAN).assessments]
    assert found == [
        ("X-01", "BTY-A 05-03T14:40", None, ["L-03", "R-10", "R-06"]),
        ("X-01", "BTY-A 05-07T00:00", None, ["L-03", "R-10", "R-06", "I-02"]),
        ("X-02", "BTY-A 05-07T10:00", None, ["N-01"]),
        ("X-02", "BTY-B 05-08T09:00", None, ["N-02"]),
        ("X-02", "BTY-A 05-08T10:00", None, ["N-07"]),
        ("X-02", "all 05-09T08:00", None, ["P-01"]),
        ("X-02", "BTY-A 05-10T12:00", None, ["D-01"]),
        ("X-03", "BTY-A 05-10T12:00", None, ["N-01", "D-01"]),
        ("X-03", "BTY-A 05-10T12:00", None, ["N-07", "D-01"]),
        ("X-05", "BTY-A 05-03T14:40", "05-08T14:40", ["X-01"]),
        ("X-05", "BTY-A 05-07T00:00", "05-12T00:00", ["X-01"]),
        ("X-05", "BTY-A 05-07T10:00", "05-12T10:00", ["X-02"]),
        ("X-05", "BTY-B 05-08T09:00", "05-13T09:00", ["X-02"]),
        ("X-05", "BTY-A 05-08T10:00", "05-13T10:00", ["X-02"]),
        ("X-05", "all 05-09T08:00", "05-14T08:00", ["X-02"]),
        ("X-05", "BTY-A 05-10T12:00", "05-15T12:00", ["X-02", "X-03", "X-03"]),
    ]  # fmt: skip


def test_the_same_storyboard_under_the_turkish_position() -> None:
    """No rule on repeated minor breaches there, and 14 d to consult."""
    found = [told(one) for one in report("s2_violating.jsonl", "turkish-limited-use", *SPAN).assessments]
    assert {rule for rule, *_ in found} == {"X-02", "X-03", "X-05"}
    assert ("X-05", "BTY-B 05-08T09:00", "05-22T09:00", ["X-02"]) in found


def test_every_rule_has_a_log_from_which_it_concludes_and_one_from_which_not() -> None:
    drawn = [{one.rule for one in report(*run).assessments} for run in runs()]
    rules = {rule.id for rule in checker.load_rulebook().assessments.rules}
    assert set.union(*drawn) == rules
    assert set.intersection(*drawn) == set()


@pytest.mark.parametrize("run", runs(), ids=lambda run: f"{run[0]}-{run[1]}")
def test_every_trail_ends_at_findings_of_the_report(run: tuple[str, ...]) -> None:
    made = report(*run)
    findings, assessments = {f.id for f in made.findings}, {a.id: a for a in made.assessments}
    assert len(assessments) == len(made.assessments)
    for assessment in made.assessments:
        assert assessment.because
        for because in assessment.because:
            assert because.id in (findings if because.sort == "finding" else assessments)
            assert because.from_ <= assessment.from_
