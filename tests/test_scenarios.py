"""Storyboards as logs, with what the S-400 rulebook says of them worked out by hand: `fixtures/expected`.

`index.csv` lists the runs: a log, the span observed, a position, and the constraints that the log speaks of. The file
of a scenario holds one row for each finding expected: where it lies, what was measured and the margin (seconds or a
count, `low..high` where only bounds are known), how that was worked out, and where it matters which waiver excuses it. Rows are counted both ways: every row is
found, nothing but what is written is violated, inconclusive or pending, and every constraint selected has a row.
Of satisfied occasions only those worth a calculation have rows; an empty cell is not compared.
"""

import csv
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import checker
from checker.report import Finding, Report
from checker.yamltree import load

ROOT = Path(__file__).resolve().parents[1]
EXPECTED = ROOT / "fixtures" / "expected"
TOLD = ("violated", "inconclusive", "pending", "excused")


class Run(NamedTuple):
    scenario: str
    log: str
    observed_from: str
    observed_until: str
    position: str
    only: str

    def report(self) -> Report:
        return checker.check(
            ROOT / "fixtures" / "logs" / self.log,
            position=self.position,
            only=self.only.split(),
            observed_from=self.observed_from,
            observed_until=self.observed_until,
            all_findings=True,
        )


class Row(NamedTuple):
    position: str
    constraint: str
    verdict: str
    subject: str
    start: str
    until: str
    measured: str
    margin: str
    note: str
    waiver: str = ""

    def fits(self, finding: Finding) -> bool:
        told = (
            (self.constraint, finding.constraint),
            (self.verdict, finding.verdict),
            (self.subject, finding.subject or "-"),
            (self.start, finding.from_),
            (self.until, finding.until),
            (self.waiver, f"{finding.waiver}{' provisional' if finding.provisional else ''}"),
        )
        if any(wanted and wanted != found for wanted, found in told):
            return False
        return all(
            not wanted or bounds(wanted) == (found.low, found.high)
            for wanted, found in ((self.measured, finding.measured), (self.margin, finding.margin))
        )


def bounds(text: str) -> tuple[float | None, float | None]:
    low, dots, high = text.partition("..")
    return _number(low), _number(high if dots else low)


def _number(text: str) -> float | None:
    return float(text) if text else None


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


RUNS = [Run(*line) for line in read(EXPECTED / "index.csv")]


def rows_of(run: Run) -> list[Row]:
    rows = [Row(*line) for line in read(EXPECTED / f"{run.scenario}.csv")]
    return [row for row in rows if row.position == run.position]


def shown(finding: Finding) -> str:
    numbers = f"{finding.measured.low}..{finding.measured.high} margin {finding.margin.low}..{finding.margin.high}"
    span = f"{finding.from_} {finding.until}"
    return f"{finding.constraint} {finding.verdict} {finding.subject} {span} {numbers} {finding.reason or ''}"


@pytest.mark.parametrize("run", RUNS, ids=[f"{run.scenario}-{run.position}" for run in RUNS])
def test_a_log_gives_what_was_worked_out_by_hand(run: Run) -> None:
    report = run.report()
    free = list(report.findings)
    missing = []
    for row in rows_of(run):
        if row.verdict == "not_applicable":
            continue
        found = next((finding for finding in free if row.fits(finding)), None)
        if found is None:
            missing.append(" ".join(row))
        else:
            free.remove(found)
    more = [shown(finding) for finding in free if finding.verdict in TOLD]
    assert (missing, more) == ([], [])


@pytest.mark.parametrize("run", RUNS, ids=[f"{run.scenario}-{run.position}" for run in RUNS])
def test_every_constraint_selected_is_accounted_for(run: Run) -> None:
    report = run.report()
    verdicts = {constraint.id: constraint.verdict for constraint in report.constraints}
    assert list(verdicts) == sorted(run.only.split(), key=list(verdicts).index)
    rows = rows_of(run)
    assert {row.constraint for row in rows} == set(verdicts)
    worst = ("violated", "inconclusive", "pending", "excused", "satisfied", "not_applicable")
    expected = {c: min((row.verdict for row in rows if row.constraint == c), key=worst.index) for c in verdicts}
    assert verdicts == expected


def test_every_row_belongs_to_a_run_and_says_how_it_was_worked_out() -> None:
    runs = {(run.scenario, run.position): set(run.only.split()) for run in RUNS}
    assert {path.stem for path in EXPECTED.glob("*.csv")} == {run.scenario for run in RUNS} | {"index"}
    for scenario in {run.scenario for run in RUNS}:
        for row in (Row(*line) for line in read(EXPECTED / f"{scenario}.csv")):
            assert row.constraint in runs[scenario, row.position], row
            assert row.note, row


@pytest.mark.parametrize(
    ("scenario", "position", "count"),
    [
        ("s1_compliant", "intermediate", 0),
        ("s1_compliant", "turkish-limited-use", 0),
        ("s1_compliant", "crete-model", 2),
        ("s1_compliant", "us-demand", 3),
        ("s2_violating", "intermediate", 18),
        ("s2_violating", "turkish-limited-use", 7),
    ],
)
def test_how_many_breaches_a_storyboard_holds(scenario: str, position: str, count: int) -> None:
    run = next(run for run in RUNS if (run.scenario, run.position) == (scenario, position))
    assert [finding.verdict for finding in run.report().findings].count("violated") == count


@pytest.mark.parametrize("run", RUNS, ids=[f"{run.scenario}-{run.position}" for run in RUNS])
def test_every_breach_cites_the_records_that_show_it(run: Run) -> None:
    uncited = [shown(f) for f in run.report().findings if f.verdict == "violated" and not f.witnesses]
    assert uncited == []


@pytest.mark.parametrize("run", RUNS, ids=[f"{run.scenario}-{run.position}" for run in RUNS])
def test_the_event_catalogue_fits_the_logs(run: Run) -> None:
    report = run.report()
    assert [finding for finding in report.findings if finding.reason == "withheld field"] == []
    assert report.rejected == []
    usual = ("missing between", "stands for", "assessment X-", "durable-rules", "may be off by")
    assert [notice for notice in report.notices if not any(text in notice for text in usual)] == []


# ---- the rulebook itself ----

POSITIONS = ("us-demand", "turkish-limited-use", "crete-model", "intermediate")
GROUPS = {"R": 12, "N": 8, "C": 8, "P": 4, "L": 5, "D": 3, "I": 6, "V": 6, "E": 4, "A": 4}
IDS = {f"{letter}-{number:02}" for letter, count in GROUPS.items() for number in range(1, count + 1)}
CONDITIONS = {f"E-01{letter}" for letter in "abcde"} | {"E-02a", "E-02b", "E-03a", "E-04c"}
NEVER_WAIVABLE = {id_ for id_ in IDS if id_.startswith("N-")} | {"P-01", "D-01"}


def sections(name: str) -> list[Any]:
    """That section of every file of the rulebook, every scalar as it is written."""
    files: list[Any] = []
    for path in sorted((ROOT / "constraints").glob("*.yaml")):
        document = load(path.read_bytes(), path.name, [])
        assert document is not None
        files.append(document.root)
    return [file[name] for file in files if name in file]


def numbers(node: Any) -> list[str]:
    """Every number, duration and share in a part of the rulebook."""
    if isinstance(node, dict):
        return [number for value in node.values() for number in numbers(value)]
    if isinstance(node, list):
        return [number for value in node for number in numbers(value)]
    return [node] if re.fullmatch(r"-?[0-9][0-9.]*( ?(%|[a-z]+))?", node) else []


@pytest.mark.parametrize("position", POSITIONS)
def test_the_rulebook_holds_the_same_constraints_under_every_position(position: str) -> None:
    rulebook = checker.load_rulebook(position=position)
    assert rulebook.positions == POSITIONS
    assert len(IDS) == 60
    assert sorted(constraint.id for constraint in rulebook.constraints) == sorted(IDS | CONDITIONS)
    assert {c.id for c in rulebook.constraints if c.exception is not None} == CONDITIONS
    assert {c.id for c in rulebook.constraints if c.never_waivable} == NEVER_WAIVABLE
    assert all(c.id.startswith(c.exception) for c in rulebook.constraints if c.exception is not None)
    for constraint in rulebook.constraints:
        assert constraint.source, constraint.id
        assert constraint.text.endswith("."), constraint.id
        assert constraint.in_force == bool(constraint.clauses)


@pytest.mark.parametrize("position", POSITIONS)
def test_the_rulebook_holds_the_same_assessments_under_every_position(position: str) -> None:
    rules = checker.load_rulebook(position=position).assessments.rules
    assert [rule.id for rule in rules] == [f"X-{number:02}" for number in range(1, 7)]
    off = {"us-demand": {"X-04", "X-05", "X-06"}, "turkish-limited-use": {"X-01", "X-04"}}
    assert {rule.id for rule in rules if not rule.in_force} == off.get(position, set())
    assert all(rule.text.endswith(".") for rule in rules)


def test_each_file_holds_one_group() -> None:
    groups = [{constraint["group"] for constraint in section} for section in sections("constraints")]
    assert [len(group) for group in groups] == [1] * len(GROUPS)
    assert len(set.union(*groups)) == len(GROUPS)


def test_every_number_is_a_parameter_that_says_where_it_is_from() -> None:
    for section in sections("parameters"):
        for name, parameter in section.items():
            assert parameter["source"], name
            values = [parameter.get("value", []), parameter.get("values", {})]
            assert not numbers(values) or "illustrative" in parameter["source"], name
    heads = {"id", "title", "text", "group", "severity", "source", "note", "exception", "never_waivable"}
    for section in sections("constraints"):
        for constraint in section:
            formal = {key: value for key, value in constraint.items() if key not in heads}
            assert set(numbers(formal)) <= {"0", "1", "-1"}, constraint["id"]
    for section in sections("assessments"):
        for assessment in section:
            assert assessment["source"].startswith("illustrative"), assessment["id"]
            assert numbers([assessment["when"], assessment["conclude"]]) == [], assessment["id"]
    for section in sections("registers"):
        for name, register in section.items():
            assert register["source"], name


def test_every_parameter_and_definition_is_used() -> None:
    everything = "\n".join(path.read_text() for path in sorted((ROOT / "constraints").glob("*.yaml")))
    for section in sections("parameters"):
        for name in section:
            assert re.search(rf"\${name}\b", everything), name
    for kind in ("registers", "intervals", "calendars"):
        for section in sections(kind):
            for name in section:
                assert len(re.findall(rf"\b{name}\b", everything)) > 1, name


def test_every_constraint_has_a_worked_breach_and_a_worked_pass() -> None:
    rows = [Row(*line) for run in {run.scenario for run in RUNS} for line in read(EXPECTED / f"{run}.csv")]
    broken = {row.constraint for row in rows if row.verdict == "violated"}
    kept = {row.constraint for row in rows if row.verdict == "satisfied"}
    assert broken == IDS | CONDITIONS
    assert kept == (IDS | CONDITIONS) - {"N-01"}  # no link, no occasion: it is never more than not applicable
