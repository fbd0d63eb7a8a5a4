"""What changed from one report to another: every sort of change, and through what."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import checker
from checker.difference import Difference, FindingChange, difference
from checker.errors import ReportError
from checker.render.difference import render_json, render_text
from checker.report import Report
from checker.stored import read_report, report_of

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "fixtures/rulebooks/small.yaml"
S4 = ROOT / "fixtures/logs/s4_incomplete_log.jsonl"
LATE = ROOT / "fixtures/logs/s4_late_record.jsonl"

ON = {"id": "1", "time": "2031-05-04T08:00:00Z", "type": "RADAR_ON", "subject": "A", "data": {"notice": "N1"}}
OFF = {"id": "2", "time": "2031-05-04T09:15:00Z", "type": "RADAR_OFF", "subject": "A"}
EARLY = {**OFF, "time": "2031-05-04T08:55:00Z"}
NOTICE = {
    "id": "0",
    "time": "2031-05-01T08:00:00Z",
    "type": "ACTIVATION_NOTIFIED",
    "subject": "A",
    "data": {"notice": "N1"},
}
UNTIL = "2031-05-05T00:00:00Z"


def check(*records: dict[str, Any], **options: Any) -> Report:
    return checker.check(list(records), SMALL, **{"observed_until": UNTIL, "only": ["T-1"], **options})


def told(change: FindingChange) -> tuple[Any, ...]:
    return (change.change, change.constraint, change.old_verdict, change.new_verdict)


def circumstances(found: Difference) -> list[tuple[Any, ...]]:
    return [(c.what, c.name, c.old, c.new) for c in found.circumstances]


def test_equal_reports_do_not_differ() -> None:
    found = difference(check(ON, OFF), check(ON, OFF))
    assert (found.same, found.circumstances, found.constraints, found.findings) == (True, [], [], [])
    assert render_text(found) == "The reports do not differ: violated.\n"


def test_the_late_record_of_the_incomplete_log() -> None:
    """R-03 from 0..12480 s to 10680 s of 3600 s; R-04 from 2400..14880 s to 13080 s of 10800 s."""
    options: dict[str, Any] = {
        "position": "intermediate", "only": ["R-03", "R-04"], "observed_from": "2031-06-01T00:00:00Z",
        "observed_until": "2031-06-15T00:00:00Z",
    }  # fmt: skip
    old, new = checker.check(S4, **options), checker.check([S4, LATE], **options)
    found = difference(old, new)
    assert [told(change) for change in found.findings] == [
        ("verdict", "R-03", "inconclusive", "violated"),
        ("verdict", "R-04", "inconclusive", "violated"),
    ]
    for change, measured in zip(found.findings, (10680, 13080), strict=True):
        assert change.new is not None
        assert change.new.measured.low == change.new.measured.high == measured
        assert [(Path(w.log).name, w.line, w.id, w.type) for w in change.new_records] == [
            ("s4_late_record.jsonl", 1, "HOST-000012", "RADAR_OFF")
        ]
        assert change.old_records == []
    [(what, name, before, after)] = circumstances(found)
    assert (what, Path(name).name, before) == ("log", "s4_late_record.jsonl", None)
    assert after is not None
    assert after.startswith("1 record, sha256:")
    assert {(c.id, c.old and c.old.verdict, c.new and c.new.verdict) for c in found.constraints} == {
        ("R-03", "inconclusive", "violated"), ("R-04", "inconclusive", "violated"),
    }  # fmt: skip
    assert difference(old, checker.check([S4, LATE], **options, as_of="2031-06-15T00:00:00Z")).findings == []


@pytest.mark.parametrize("all_new", [False, True])
@pytest.mark.parametrize("all_old", [False, True])
def test_a_breach_that_is_gone_reads_as_satisfied(all_old: bool, all_new: bool) -> None:
    old, new = check(ON, OFF, all_findings=all_old), check(ON, EARLY, all_findings=all_new)
    [change] = difference(old, new).findings
    assert told(change)[1:] == ("T-1", "violated", "satisfied")
    [change] = difference(new, old).findings
    assert told(change)[1:] == ("T-1", "satisfied", "violated")


def test_one_of_several_that_is_gone_is_read_from_the_counts() -> None:
    other = [
        {**record, "id": f"1{record['id']}", "time": record["time"].replace("05-04", "05-03")} for record in (ON, OFF)
    ]
    found = difference(check(ON, OFF, *other), check(ON, EARLY, *other))
    assert [told(change) for change in found.findings] == [("vanished", "T-1", "violated", "satisfied")]
    [row] = found.constraints
    assert row.old is not None
    assert row.new is not None
    assert (row.old.violated, row.new.violated, row.new.satisfied) == (2, 1, 1)


def test_a_magnitude_a_parameter_a_position_and_a_span() -> None:
    old = check(ON, OFF)
    found = difference(old, check(ON, {**OFF, "time": "2031-05-04T09:20:00Z"}))
    [change] = found.findings
    assert told(change) == ("magnitude", "T-1", "violated", "violated")
    found = difference(old, check(ON, OFF, parameters={"emission_limit": "70 min"}))
    assert circumstances(found) == [("parameter", "emission_limit", "60 min", "70 min")]
    [change] = found.findings
    assert told(change) == ("magnitude", "T-1", "violated", "violated")
    assert change.old is not None
    assert change.new is not None
    assert (change.old.limit, change.new.limit) == (3600, 4200)
    found = difference(old, check(ON, OFF, position="loose"))
    assert ("position", "", "strict", "loose") in circumstances(found)
    assert [told(change) for change in found.findings] == [("vanished", "T-1", "violated", "not_applicable")]
    found = difference(old, check(ON, OFF, observed_until="2031-05-04T08:30:00Z"))
    assert circumstances(found) == [("observed", "until", UNTIL, "2031-05-04T08:30:00Z")]
    assert [told(change) for change in found.findings] == [("verdict", "T-1", "violated", "pending")]


def test_findings_far_from_one_another_are_not_one() -> None:
    moved = [
        {**record, "id": f"1{record['id']}", "time": record["time"].replace("05-04", "05-02")} for record in (ON, OFF)
    ]
    found = difference(check(ON, OFF), check(*moved))
    assert sorted(told(change) for change in found.findings) == [
        ("appeared", "T-1", None, "violated"), ("vanished", "T-1", "violated", None),
    ]  # fmt: skip


def test_a_constraint_that_is_not_in_the_other_check() -> None:
    found = difference(check(ON, OFF), check(ON, OFF, only=["T-2"]))
    assert ("vanished", "T-1", "violated", None) in [told(change) for change in found.findings]
    assert ("T-1", None) in [(row.id, row.new) for row in found.constraints]


def test_a_log_that_only_moved_is_the_same_log(tmp_path: Path) -> None:
    lines = "".join(json.dumps({k: v for k, v in record.items() if k != "id"}) + "\n" for record in (ON, OFF))
    paths = [tmp_path / name for name in ("a.jsonl", "b.jsonl")]
    for path in paths:
        path.write_text(lines)
    old, new = (checker.check(path, SMALL, observed_until=UNTIL) for path in paths)
    assert difference(old, new).same
    paths[1].write_text(lines + json.dumps(NOTICE) + "\n")
    changed = difference(old, checker.check(paths[1], SMALL, observed_until=UNTIL))
    assert [(c.what, Path(c.name).name) for c in changed.circumstances if c.what == "log"] == [
        ("log", "a.jsonl"),
        ("log", "b.jsonl"),
    ]


def test_corrections_unreadable_records_and_as_of_are_told() -> None:
    old = check(ON, OFF)
    new = check(ON, OFF, {"time": "never"}, as_of=UNTIL)
    told_ = circumstances(difference(old, new))
    assert [(what, name) for what, name, *_ in told_] == [
        ("observed", "as of"),
        ("log", "events"),
        ("unreadable record", "events:3"),
    ]


def test_many_findings_are_compared_in_time() -> None:
    """A thousand breaches of one asset with another limit: other ids, and the same records."""
    records = []
    for n in range(1000):
        day, minute = divmod(n, 100)
        hour, minute = divmod(minute, 25)
        at = f"2031-05-{day + 10:02}T{hour:02}:{minute * 2:02}"
        records += [
            {"time": f"{at}:00Z", "type": "RADAR_ON", "subject": "A", "data": {"notice": "N"}},
            {"time": f"{at}:50Z", "type": "RADAR_OFF", "subject": "A"},
        ]
    reports = [
        check(*records, parameters={"emission_limit": limit}, observed_until="2031-06-01T00:00:00Z")
        for limit in ("20 s", "30 s")
    ]
    found = difference(*reports)
    assert {change.change for change in found.findings} == {"magnitude"}
    assert len(found.findings) == 1000
    for report in reports:  # and where no record is the same
        for finding in report.findings:
            finding.witnesses = []
    assert {change.change for change in difference(*reports).findings} == {"magnitude"}


def test_json_keeps_its_schema_and_a_report_survives_being_stored() -> None:
    reports = [check(ON, OFF), check(ON, EARLY, NOTICE, all_findings=True)]
    for report in reports:
        assert report_of(json.loads(json.dumps(report.to_dict()))) == report
    jsonschema.validate(json.loads(render_json(difference(*reports))), Difference.schema())


def mangled(change: Any) -> bytes:
    data = json.loads(json.dumps(check(ON, OFF).to_dict()))
    change(data)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not JSON: Expecting value"),
        (b"{", "not JSON"),
        (b"[]", "not a report of version 1: no `report_version`"),
        (b"{}", "no `report_version`"),
        (b'{"report_version": 2}', "not a report of version 1: version '2'"),
        (b'{"report_version": true}', "not a report of version 1"),
        (b'{"report_version": NaN}', "NaN is no number of a report"),
        (b"\xff", "not a report"),
        (b"[" * 100_000, "not a report: nested too deep"),
        (b'{"report_version": ' + b"1" * 5000 + b"}", "not a report"),
        (mangled(lambda d: d.pop("findings")), "`findings` is missing"),
        (mangled(lambda d: d.update(findings={})), "`findings` is an object; expected a list"),
        (mangled(lambda d: d["findings"][0].update(limit="60 min")), "`findings[0].limit` is '60 min'; expected a whole number or a number or null"),
        (mangled(lambda d: d["findings"][0].update(limit=float("inf"))), "Infinity is no number"),
        (mangled(lambda d: d["findings"][0]["measured"].pop("low")), "`findings[0].measured.low` is missing"),
        (mangled(lambda d: d["findings"][0].update({"from": "noon"})), "`findings[0].from`: 'noon' is not"),
        (mangled(lambda d: d["rulebook"]["parameters"].update(x=1)), "`rulebook.parameters.x` is a whole number; expected a text"),
        (mangled(lambda d: d.update(complete="yes")), "`complete` is 'yes'; expected true or false"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(ReportError) as caught:
        read_report(content, "old.json")
    [first, *_] = caught.value.problems
    assert problem in first.message
    assert first.location is not None
    assert first.location.file == "old.json"


def test_what_a_later_version_added_is_passed_over_and_what_has_a_default_may_be_missing() -> None:
    def change(data: Any) -> None:
        data["more"] = 1
        for name in ("as_of", "corrections", "waivers"):
            del data[name]

    assert read_report(mangled(change), "old.json") == check(ON, OFF)


def test_text_from_files_is_escaped() -> None:
    old = report_of(json.loads(mangled(lambda d: d["findings"][0].update(subject="A\x1b[31m\n"))))
    assert "\x1b" not in render_text(difference(old, check(ON, EARLY)))


def through(old: Report, new: Report) -> list[str]:
    return [reason for change in difference(old, new).findings for reason in change.through]


def test_through_what_a_finding_changed_is_told() -> None:
    base = check(ON, OFF)
    assert through(base, check(ON, OFF, parameters={"emission_limit": "70 min"})) == [
        "parameter emission_limit: 60 min -> 70 min", "limit: 1 h -> 1 h 10 min",
    ]  # fmt: skip
    assert through(base, check(ON, OFF, parameters={"emission_limit": "80 min"})) == [
        "parameter emission_limit: 60 min -> 80 min"
    ]
    later = check(ON, {**OFF, "id": "3"})
    assert all(reason.startswith("record: ") for reason in through(base, later))
    assert through(base, later)
    assert through(check(ON, EARLY), base) == ["the records"]
    other = report_of({**base.to_dict(), "findings": []})
    other.rulebook.version = "9"
    assert [reason for reason in through(base, other) if reason.startswith("rulebook: ")]
    assert "the new report does not ask about T-1" in through(base, check(ON, OFF, only=["T-2"]))


@settings(max_examples=15, deadline=None)
@given(
    ends=st.lists(st.integers(1, 59), min_size=2, max_size=2),
    limits=st.lists(st.integers(1, 60), min_size=2, max_size=2),
)
def test_equal_reports_never_differ_and_the_other_way_round_is_the_opposite(ends: list[int], limits: list[int]) -> None:
    old, new = (
        check(ON, {**OFF, "time": f"2031-05-04T08:{end:02}:00Z"}, parameters={"emission_limit": f"{limit} min"})
        for end, limit in zip(ends, limits, strict=True)
    )
    for one in (old, new):
        again = difference(one, one)
        assert (again.same, again.findings, again.constraints, again.circumstances) == (True, [], [], [])
    there, back = difference(old, new), difference(new, old)
    turned = {"appeared": "vanished", "vanished": "appeared"}
    assert [(turned.get(c.change, c.change), c.new_verdict, c.old_verdict) for c in there.findings] == [
        (c.change, c.old_verdict, c.new_verdict) for c in back.findings
    ]
