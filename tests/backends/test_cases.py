"""The conformance cases in fixtures/cases: every backend passes all of them.

A file is a list. An entry with `given` holds what the cases after it have in common (sections of a rulebook,
`observed`, the `constraint`); a case may replace any of it. Times of logs, of `observed` and of findings are of
2031 and UTC where they are short: `05-02T08:00`, `08:00:30` (then of 1 May). Findings are complete; with `all: true`
also the satisfied ones. Of a finding, `subject` is A unless it says otherwise, `until` is `from`, and `due`,
`reason` and `key` are absent. `measured` and `margin` are one value where it is known, else both bounds, `none`
where there is no such bound. `why` holds the calculation by hand.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import small
from small import Text

from checker.backends import BACKENDS
from checker.report import Finding, Report
from checker.timeline import parse_duration

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "cases"
FILES = sorted(FOLDER.glob("*.yaml"))

_SHORT = re.compile(r"(?:([0-9]{2}-[0-9]{2})T)?([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)?")
_DEFAULTS = {"subject": "A", "due": None, "reason": None, "key": {}}


def time(text: str) -> str:
    match = _SHORT.fullmatch(text)
    if match is None:
        return text
    day, minute, second = match.groups()
    return f"2031-{day or '05-01'}T{minute}{second or ':00'}Z"


def line(text: str) -> str:
    first, _, rest = text.partition(" ")
    return f"{time(first)} {rest}"


def cases(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    given: dict[str, Any] = {}
    for entry in small.read(path.read_text(encoding="utf-8")):
        if "given" in entry:
            assert set(entry) == {"given"}
            given = entry["given"]
            continue
        case = {**given, **entry}
        case["log"] = [line(text) for text in case["log"]]
        case["observed"] = {name: time(at) for name, at in (case.get("observed") or {}).items()}
        found.append(case)
    names = [case["name"] for case in found]
    assert len(names) == len(set(names)), "names of cases are unique in a file"
    return found


ALL = [pytest.param(case, id=f"{path.stem}: {case['name']}") for path in FILES for case in cases(path)]


def quantity(node: Any) -> Any:
    """What is written, as a report has it: a duration in seconds, a number as it is."""
    value = small.values(node)
    if value == "none":
        return None
    if isinstance(value, str):
        sign = -1 if value.startswith("-") else 1
        value = Decimal(sign * parse_duration(value.removeprefix("-"))) / 1_000_000
    return int(value) if value == int(value) else float(value)


def both(node: Any) -> list[Any]:
    return [quantity(one) for one in (node if isinstance(node, list) else [node, node])]


def expected(node: dict[str, Any]) -> dict[str, Any]:
    unknown = set(node) - {*_DEFAULTS, "verdict", "from", "until", "measured", "margin"}
    assert not unknown, f"unknown in a finding: {unknown}"
    told = {**_DEFAULTS, **{name: small.values(value) for name, value in node.items()}}
    told["from"] = told["from"] and time(told["from"])
    told["until"] = time(told.get("until") or told["from"])
    told["due"] = told["due"] and time(told["due"])
    told["measured"], told["margin"] = both(node["measured"]), both(node["margin"])
    return told


def found(finding: Finding) -> dict[str, Any]:
    return {
        "verdict": finding.verdict,
        "subject": finding.subject,
        "key": finding.key,
        "from": finding.from_,
        "until": finding.until,
        "due": finding.due,
        "reason": finding.reason,
        "measured": [finding.measured.low, finding.measured.high],
        "margin": [finding.margin.low, finding.margin.high],
    }


def in_order(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(findings, key=lambda one: (one["from"], one["subject"] or "", sorted(map(repr, one.items()))))


def outcome(report: Report) -> dict[str, Any]:
    """Everything a case expects of a report, and all else that must not depend on the order of the records."""
    [row] = report.constraints
    counted = {name: getattr(row, name) for name in ("satisfied", "violated", "inconclusive", "pending", "excused")}
    assert sum(counted.values()) == row.activations
    return {
        "verdict": row.verdict,
        "activations": row.activations,
        "findings": in_order([found(finding) for finding in report.findings]),
    }


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_passes_the_case(backend: str, case: dict[str, Any]) -> None:
    expect = case["expect"]
    every = small.values(expect.get("all", Text("false")))
    report = small.check(case, case["log"], backend=backend, all_findings=every)
    assert outcome(report) == {
        "verdict": expect["verdict"],
        "activations": small.values(expect["activations"]),
        "findings": in_order([expected(finding) for finding in expect["findings"]]),
    }, case["why"]
    starts = [(small.instant(finding.from_), finding.subject or "") for finding in report.findings]
    assert starts == sorted(starts)


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_place_of_a_record_in_the_log_does_not_matter(backend: str, case: dict[str, Any]) -> None:
    lines = case["log"]
    straight = small.check(case, lines, backend=backend)
    for shuffled in (lines[::-1], lines[1::2] + lines[::2]):
        report = small.check(case, shuffled, backend=backend)
        assert outcome(report) == outcome(straight)
        assert [(f.id, f.message) for f in report.findings] == [(f.id, f.message) for f in straight.findings]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_cases_is_complete(path: Path) -> None:
    """Each case says why, is of the kind of its file, and between them they reach every verdict."""
    reached = set()
    for case in cases(path):
        assert {"name", "why", "constraint", "log", "expect"} <= set(case)
        kinds = [one["kind"] for one in case["constraint"].get("clauses", [case["constraint"]])]
        assert set(kinds) == {path.stem}
        reached.add(str(case["expect"]["verdict"]))
    assert reached >= {"satisfied", "violated", "inconclusive", "not_applicable"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_empty_log_is_inconclusive_never_satisfied(backend: str) -> None:
    given = small.read("{events: {TEST: {}}, constraint: {kind: never, event: TEST}}")
    report = small.check(given, [], backend=backend)
    assert report.verdict == "inconclusive"
    assert [(row.verdict, row.activations) for row in report.constraints] == [("not_applicable", 0)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_whole_check_is_as_its_worst_constraint_and_shows_how_near_the_nearest_pass_came(backend: str) -> None:
    given = small.read("""
    events: {"ON": {}, "OFF": {}, TEST: {}}
    intervals: {run: {from: "ON", until: "OFF"}}
    constraint: {kind: duration, of: run, at_most: 60 min}
    """)
    lines = [
        "2031-05-01T08:00:00Z ON A", "2031-05-01T08:20:00Z OFF A", "2031-05-01T09:00:00Z ON A",
        "2031-05-01T09:55:00Z OFF A", "2031-05-01T10:00:00Z ON B", "2031-05-01T10:30:00Z OFF B",
    ]  # fmt: skip
    report = small.check(given, lines, backend=backend)
    [row] = report.constraints
    assert (report.verdict, row.activations, row.satisfied) == ("satisfied", 3, 3)
    assert row.nearest is not None
    assert (row.nearest.margin, row.nearest.unit, row.nearest.subject) == (300, "s", "A")
    for more, verdict in (
        (["2031-05-01T11:00:00Z ON A"], "pending"),
        (["2031-05-01T11:00:00Z ON A", "2031-05-01T12:01:00Z ON A"], "inconclusive"),
        (["2031-05-01T11:00:00Z ON A", "2031-05-01T12:01:00Z ON A", "2031-05-01T14:00:00Z TEST A"], "violated"),
    ):
        assert small.check(given, lines + more, backend=backend).verdict == verdict
