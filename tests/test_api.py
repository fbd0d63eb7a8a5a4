"""The Python API: everything without the command line, and a report that keeps its contract."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import checker
from checker.report import Report

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "fixtures/rulebooks/small.yaml"
S2 = ROOT / "fixtures/logs/s2_violating.jsonl"
SPAN: dict[str, Any] = {"observed_from": "2031-04-30T00:00:00Z", "observed_until": "2031-05-15T00:00:00Z"}


def told(report: Report) -> list[dict[str, Any]]:
    """The findings without the places of their records."""
    found = report.to_dict()["findings"]
    for finding in found:
        for witness in finding["witnesses"]:
            del witness["log"], witness["line"]
    return list(found)


def test_check_takes_paths_logs_and_records() -> None:
    from_path = checker.check(S2, SMALL, **SPAN)
    from_log = checker.check(checker.read_log(S2), checker.load_rulebook(SMALL), **SPAN)
    from_records = checker.check([json.loads(line) for line in S2.read_text().splitlines()], SMALL, **SPAN)
    assert told(from_path) == told(from_log) == told(from_records)
    assert from_path.verdict == "violated"
    assert {f.constraint for f in from_path.findings} == {"T-1", "T-2", "T-3a"}


def test_report_keeps_its_schema() -> None:
    schema = Report.schema()
    for report in (
        checker.check(S2, position="intermediate", all_findings=True, **SPAN),
        checker.check([{"time": "2031-05-01T08:00:00Z", "type": "X"}, {"time": "never"}], SMALL),
        checker.check([], SMALL),
    ):
        jsonschema.validate(json.loads(json.dumps(report.to_dict())), schema)


def test_report_fields_are_those_of_the_contract() -> None:
    made = checker.check(S2, position="intermediate", **SPAN).to_dict()
    assert made["report_version"] == 1
    assert set(made) >= {
        "report_version", "tool", "verdict", "rulebook", "logs", "observed", "constraints", "findings", "waivers",
        "assessments", "rejected", "notices",
    }  # fmt: skip
    assert set(made["rulebook"]) >= {"id", "version", "digest", "position", "parameters"}
    assert set(made["logs"][0]) == {"name", "digest", "records", "rejected"}
    assert made["observed"] == {"from": "2031-04-30T00:00:00Z", "until": "2031-05-15T00:00:00Z"}
    assert set(made["constraints"][0]) >= {
        "id", "title", "group", "severity", "kind", "verdict", "activations", "satisfied", "violated",
        "inconclusive", "pending", "excused", "nearest",
    }  # fmt: skip
    assert set(made["findings"][0]) == {
        "id", "constraint", "verdict", "severity", "subject", "key", "from", "until", "measured", "limit", "margin",
        "unit", "message", "reason", "evidence", "shown", "missing", "due", "waiver", "provisional", "witnesses",
    }  # fmt: skip
    assert set(made["findings"][0]["witnesses"][0]) == {"role", "log", "line", "id", "time", "type"}


def test_counts_of_a_constraint_add_up() -> None:
    for row in checker.check(S2, position="intermediate", **SPAN).constraints:
        assert row.activations == row.satisfied + row.violated + row.inconclusive + row.pending + row.excused
        assert (row.verdict == "not_applicable") == (row.activations == 0)


@pytest.mark.parametrize("seed", range(5))
def test_shuffling_splitting_and_compressing_change_only_places(tmp_path: Path, seed: int) -> None:
    lines = S2.read_text().splitlines(keepends=True)
    chance = random.Random(seed)
    chance.shuffle(lines)
    parts = [tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"]
    cut = chance.randrange(len(lines))
    parts[0].write_text("".join(lines[:cut]))
    with gzip.open(parts[1], "wt") as stream:
        stream.writelines(lines[cut:])
    options: dict[str, Any] = {"position": "intermediate", "all_findings": True, **SPAN}
    assert told(checker.check(parts, **options)) == told(checker.check(S2, **options))


def test_finding_ids_are_unique_and_stable_under_unrelated_records() -> None:
    records = [json.loads(line) for line in S2.read_text().splitlines()]
    before = checker.check(records, position="intermediate", all_findings=True, **SPAN)
    ids = [finding.id for finding in before.findings]
    assert len(ids) == len(set(ids))
    other = {"time": "2031-05-02T00:00:00Z", "type": "CLOCK_SYNCED", "subject": "BTY-Z", "data": {"offset_s": 0}}
    after = checker.check([*records, other], position="intermediate", all_findings=True, only=["R-*", "N-*"], **SPAN)
    kept = {f.id for f in before.findings if f.constraint[0] in "RN"}
    assert kept <= {f.id for f in after.findings}


def test_mistakes_are_raised_all_at_once() -> None:
    with pytest.raises(checker.RulebookError) as caught:
        checker.load_rulebook(ROOT / "fixtures/rulebooks/mistakes.yaml")
    assert len(caught.value.problems) == 14
    assert all(problem.location and problem.location.line for problem in caught.value.problems)
    with pytest.raises(checker.LogError):
        checker.read_log("no/such/log.jsonl")
    with pytest.raises(checker.UsageError, match="position"):
        checker.load_rulebook(SMALL, position="none")
    with pytest.raises(checker.UsageError):
        checker.check([], checker.load_rulebook(SMALL), position="loose")


def test_everything_public_is_documented_and_importable() -> None:
    for name in checker.__all__:
        assert getattr(checker, name).__doc__


def test_importing_the_package_is_light() -> None:
    import subprocess
    import sys

    code = "import sys, checker; sys.exit('pydantic' in sys.modules or 'yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_field_may_stand_under_another_name() -> None:
    on = {"time": "2031-05-01T08:00:00Z", "type": "RADAR_ON", "subject": "A", "data": {"emergency": "EM1"}}
    declared = {
        "time": "2031-05-01T08:20:00Z",
        "type": "EMERGENCY_DECLARED",
        "subject": "A",
        "data": {"em": "EM1", "by": "P"},
    }
    report = checker.check([on, declared], position="intermediate", only=["E-01a"])
    assert [(f.verdict, f.margin.high) for f in report.findings] == [("violated", -300)]


def test_what_is_due_after_the_last_year_is_pending(tmp_path: Path) -> None:
    members = {"time": "9999-12-31T23:50:00Z", "type": "RADAR_ON", "subject": "BTY-A", "source": "HOST", "seq": 1}
    (tmp_path / "a.jsonl").write_text(json.dumps(members | {"id": "a", "data": {"notice": "N"}}), encoding="utf-8")
    dues = {finding.due for finding in checker.check(tmp_path / "a.jsonl").findings if finding.verdict == "pending"}
    assert dues >= {"9999-12-31T23:59:59.999999Z"}


@pytest.mark.parametrize(
    ("logs", "found"),
    [
        (None, "a NoneType"),
        (5, "a int"),
        ({"type": "RADAR_ON"}, "a dict"),
        ([S2, 5], "a int"),
        ([S2, {"type": "RADAR_ON"}], "records beside paths or logs"),
    ],
)
@pytest.mark.parametrize("asked", [checker.check, checker.compare, lambda logs: checker.sweep(logs, "emission_limit")])
def test_what_is_no_log_is_told(asked, logs, found):
    with pytest.raises(checker.UsageError, match=f"logs: found {found}"):
        asked(logs)


def test_a_single_name_is_one_name():
    assert [row.id for row in checker.check(S2, position="intermediate", only="R-03").constraints] == ["R-03"]


def test_a_log_that_holds_nothing_is_told_beside_others(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    for backend in ("reference", "columnar"):
        report = checker.check([S2, empty], position="intermediate", backend=backend)
        assert f"{empty} holds no record" in report.notices
    assert checker.check(empty, position="intermediate").notices == []
