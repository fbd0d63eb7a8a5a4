"""What is bounded, and what happens beyond: an error, an open question, or a page that says what it leaves out."""

import ast
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import small

import checker
from checker import charting, deadline, explanation, turns
from checker.cli import run
from checker.errors import CheckerError, ReportError, RulebookError, UsageError
from checker.legible import shown
from checker.limits import LIMITS, limit, using
from checker.logs import read_logs
from checker.measure import Deadline
from checker.render import Page, pieces
from checker.report import Report
from checker.stored import read_report
from checker.timeline import DAY, HOUR, parse_duration, parse_instant
from checker.yamltree import Text, core_value

ROOT = Path(__file__).resolve().parents[1]
HOSTILE = ROOT / "fixtures" / "hostile"
CHECKER = ROOT / "checker"

S2 = ROOT / "fixtures/logs/s2_violating.jsonl"

ELSEWHERE = {
    "rulebook_bytes": "rulebook/test_yamltree.py test_too_large",
    "rulebook_values": "rulebook/test_yamltree.py test_number_of_nodes",
    "rulebook_nesting": "rulebook/test_yamltree.py test_depth",
    "rulebook_problems": "rulebook/test_yamltree.py test_number_of_problems",
    "excerpt": "rulebook/test_yamltree.py test_excerpts_are_safe_and_the_caret_is_right",
    "place_steps": "rulebook/test_yamltree.py test_locate_ends_in_a_tree_with_very_many_ways",
    "line_bytes": "logs/test_logs_jsonl.py test_overlong_lines_are_passed_over",
    "expanded_bytes": "logs/test_logs_files.py test_bombs",
    "expansion": "logs/test_logs_files.py test_bombs",
    "log_nesting": "test_hostile_inputs.py test_a_hostile_log",
    "whole_digits": "test_hostile_inputs.py test_a_hostile_log",
    "exponent": "test_hostile_inputs.py test_a_hostile_log",
    "parquet_rows": "logs/test_logs_parquet.py test_more_rows_than_bytes",
    "notices_alike": "test_alike.py test_what_is_left_out_is_counted",
    "calendar_windows": "backends/test_calendar_windows.py test_no_window_is_kept_that_is_not_looked_at",
    "gaps": "test_many_gaps.py test_more_gaps_than_are_told_apart_are_taken_as_one",
    "hidden_records": "test_many_gaps.py test_gaps_that_may_be_about_too_many_assets_may_be_about_any",
    "periods": "backends/test_options.py test_mistakes_are_told",
    "assessments": "assessment/test_assessments.py test_many_rules_are_a_mistake_and_long_chains_are_none",
    "facts_of_a_rule": "assessment/test_assessments.py test_mistakes_are_told_with_the_nearest_name",
    "occurrences": "assessment/test_engines.py test_many_facts_in_a_short_window_name_the_latest_only",
    "facts": "assessment/test_engines.py test_too_many_facts",
    "matches": "assessment/test_engines.py test_too_many_matches_leave_out_the_rule_and_what_rests_on_it",
    "conclusions": "assessment/test_engines.py test_too_many_conclusions",
    "engine_facts": "assessment/test_engines.py test_rules_at_the_limits_of_the_engine_are_quick",
    "engine_matches": "assessment/test_engines.py test_rules_at_the_limits_of_the_engine_are_quick",
    "engine_rules": "assessment/test_engines.py test_rules_at_the_limits_of_the_engine_are_quick",
    "records_held": "test_scanned.py test_every_shipped_log_gives_the_same_report",
    "records_at_once": "backends/test_pieces.py test_no_more_is_judged_at_once_than_must_be",
    "unreadable_held": "test_many_refused.py test_every_page_names_all_of_them_in_order",
    "rows_at_once": "test_scanned.py test_every_shipped_log_gives_the_same_report",
    "sample": "test_proposing.py test_a_sample_is_the_first_records",
    "strip_assets": "render/test_widths.py test_what_is_too_much_is_not_drawn",
    "strip_marks": "render/test_widths.py test_what_is_too_much_is_not_drawn",
    "sarif_results": "render/test_hostile.py test_large_reports_are_cut_where_readers_cut_them_and_say_so",
    "junit_findings": "render/test_hostile.py test_large_reports_are_cut_where_readers_cut_them_and_say_so",
    "annotations": "render/test_hostile.py test_large_reports_are_cut_where_readers_cut_them_and_say_so",
    "cases": "test_page_limits.py test_nothing_is_said_of_a_pattern_with_too_many_alternatives",
    "expressions_known": "test_page_limits.py test_expressions_that_are_not_kept_are_worked_out_again",
    "schedule": "test_page_limits.py test_a_remark_stands_without_a_schedule_that_grows_too_long",
    "schedule_before": "test_page_limits.py test_a_remark_stands_without_a_schedule_that_grows_too_long",
    "schedules_tried": "lint/test_defects.py test_a_remark_stands_without_a_schedule_where_too_many_would_be_tried",
    "schedule_shown": "test_page_limits.py test_an_example_schedule_says_how_many_activities_it_leaves_out",
    "sample_listed": "test_page_limits.py test_a_proposal_says_how_many_fields_and_types_it_leaves_out",
    "breach_tries": "test_page_limits.py test_a_breach_that_finds_no_place_has_no_label",
    "breaches": "test_page_limits.py test_a_breach_that_finds_no_place_has_no_label",
    "simulated_listed": "test_page_limits.py test_simulated_logs_that_come_out_otherwise_are_counted",
    "mutants_listed": "test_page_limits.py test_changes_that_no_example_notices_are_counted",
    "evidence_told": "test_page_limits.py test_a_message_says_how_much_else_would_decide_it",
    "fields_told": "test_page_limits.py test_a_message_says_how_many_fields_the_norm_looks_at",
    "turned_text": "test_page_limits.py test_a_sweep_says_how_many_occasions_it_leaves_out",
    "turned_html": "test_page_limits.py test_a_sweep_says_how_many_occasions_it_leaves_out",
    "heat_rows": "test_page_limits.py test_a_heat_map_says_how_many_assets_it_leaves_out",
    "html_unreadable": "test_many_refused.py test_a_page_of_html_says_how_many_it_leaves_out",
    "heat_columns": "test_page_limits.py test_a_heat_map_says_how_many_columns_it_leaves_out",
    "marked": "test_page_limits.py test_too_many_intervals_are_drawn_without_their_records",
    "dense": "test_page_limits.py test_very_many_findings_are_marked_briefly_and_told_in_full",
    "repeated_characters": "test_page_limits.py test_records_without_room_are_counted",
    "markdown_characters": "render/test_hostile.py test_large_reports_are_cut_where_readers_cut_them_and_say_so",
    "markdown_findings": "render/test_hostile.py test_large_reports_are_cut_where_readers_cut_them_and_say_so",
}
"""Which test overruns a limit, where none here does."""


# ---- one place ----


def test_what_is_called_a_maximum_stands_in_the_table() -> None:
    """A constant whose name says that it is the most of something takes its value from there."""
    own = []
    for path in sorted(CHECKER.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant | ast.BinOp):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name) and re.match(r"_?(MAX|MOST|LIMIT)", target.id):
                        calls = [n for n in ast.walk(node.value) if isinstance(n, ast.Call)]
                        if not calls and target.id not in NO_LIMITS:
                            own.append((path.relative_to(ROOT).as_posix(), target.id))
    assert own == []


NO_LIMITS = {
    "MAX_INSTANT",  # the line of time ends there
    "_MAX_COUNT",  # what fits a column of whole numbers
    "_MOST",  # the same, of sums
    "MAX_VALUE",  # how a table is set
}


def _asked() -> list[tuple[str, str, bool]]:
    """Where limits are asked for: the file, the name, and whether that is when the module is imported."""
    found = []

    def visit(node: ast.AST, path: str, late: bool) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "limit":
            (name,) = node.args
            found.append((path, ast.literal_eval(name), not late))
        for inner in ast.iter_child_nodes(node):
            visit(inner, path, late or isinstance(node, ast.FunctionDef | ast.Lambda))

    for path in CHECKER.rglob("*.py"):
        if path.name not in ("limits.py", "whole.py"):
            visit(ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT).as_posix(), False)
    return found


def test_each_limit_is_asked_for_when_it_may_be_set_and_not_before() -> None:
    asked = _asked()
    assert {name for _, name, _ in asked} == set(LIMITS)
    assert [one for one in asked if one[2] == LIMITS[one[1]].settable] == []


def test_each_limit_is_overrun_by_a_test() -> None:
    here = {name for test in HERE for name in test}
    assert set(ELSEWHERE) | here == set(LIMITS)
    for place in ELSEWHERE.values():
        file, _, test = place.partition(" ")
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), place


HERE: list[tuple[str, ...]] = []


def overruns(*names: str) -> Callable[[Any], Any]:
    """The test that follows shows what happens beyond these limits."""
    HERE.append(names)
    return lambda test: test


# ---- set otherwise ----


def test_a_limit_that_was_set_is_told_in_the_report(capfd: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.chdir(HOSTILE)
    assert run(["check", "modes.jsonl", "-r", "rules.yaml", "--limit", "line_bytes=80", "--format", "json"]) == 3
    report = json.loads(capfd.readouterr().out)
    assert "the limit line_bytes was set to 80 bytes for this check, not 16,777,216" in report["notices"]
    assert {one["reason"] for one in report["rejected"]} == {"longer than 80 bytes"}
    assert run(["check", "modes.jsonl", "-r", "rules.yaml", "--format", "json"]) == 0, "it holds for one command"
    assert not any("limit" in told for told in json.loads(capfd.readouterr().out)["notices"])
    with using(line_bytes=80):
        assert checker.check("modes.jsonl", "rules.yaml").to_dict() == report
        with using(line_bytes=1000, expansion=7):
            assert (limit("line_bytes"), limit("expansion")) == (1000, 7)
        assert (limit("line_bytes"), limit("expansion")) == (80, 500)
    assert limit("line_bytes") == LIMITS["line_bytes"].value


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("line_byte=80", "did you mean 'line_bytes'?"),
        ("log_nesting=80", "the limit 'log_nesting' is fixed"),
        ("line_bytes", "expected NAME=VALUE"),
        ("line_bytes=-1", "expected NAME=VALUE"),
        ("line_bytes=0", "a whole number from 1 on"),
        ("line_bytes=" + "9" * 5000, "expected NAME=VALUE"),
    ],
)
def test_a_limit_that_cannot_be_set(given: str, told: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(HOSTILE / "modes.jsonl"), "-r", str(HOSTILE / "rules.yaml"), "--limit", given]) == 2
    assert told in capfd.readouterr().err


@pytest.mark.parametrize(
    "command", ["check", "compare", "explain", "sweep", "diff", "map", "lint", "test", "docs", "simulate"]
)
def test_every_command_that_reads_files_takes_limits(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    run([command, "--help"])
    assert "--limit NAME=VALUE" in capfd.readouterr().out


# ---- files that are held whole ----


@overruns("report_bytes", "report_problems")
def test_a_report_that_is_too_large_or_wrong_throughout(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "a.json"
    made = checker.check(HOSTILE / "modes.jsonl", HOSTILE / "rules.yaml")
    report.write_text(json.dumps(made.to_dict()))
    assert run(["diff", str(report), str(report)]) == 0
    assert run(["diff", str(report), str(report), "--limit", "report_bytes=100"]) == 2
    assert "more than 100 bytes, the limit" in capfd.readouterr().err
    wrong = {**made.to_dict(), "notices": [1] * 1000}
    with pytest.raises(ReportError) as caught:
        read_report(json.dumps(wrong), "a.json")
    assert len(caught.value.problems) == limit("report_problems")


@overruns("rulebook_number")
def test_a_number_of_very_many_digits_is_a_text() -> None:
    assert core_value(Text("9" * 100)) == int("9" * 100)
    assert core_value(Text("9" * 101)) == "9" * 101
    with pytest.raises(RulebookError):
        small.rulebook(
            {
                "events": small.read("{A: {n: number}}"),
                "constraint": small.read("{kind: always, event: A, field: n, at_most: " + "9" * 101 + "}"),
            }
        )


@overruns("time_text", "duration_days")
def test_times_and_durations_of_any_length() -> None:
    for text in ("1" * 101 + " s", "3652501 d"):
        with pytest.raises(ValueError, match=r"."):
            parse_duration(text)
    assert parse_duration("3652500 d") == limit("duration_days") * DAY
    with pytest.raises(ValueError, match=r"."):
        parse_instant("2031-05-01T08:00:00." + "0" * 100 + "Z")


# ---- logs ----


@overruns("decimal_digits")
def test_a_decimal_of_many_digits_is_unreadable() -> None:
    rules = small.rulebook(
        {
            "events": small.read("{A: {n: number}}"),
            "constraint": small.read("{kind: always, event: A, field: n, at_most: 2}"),
        }
    )
    fits, beyond = (Decimal("1." + "3" * n) for n in (39, 40))
    log = small.from_dicts([{"time": "2031-05-01T08:00:00Z", "type": "A", "data": {"n": n}} for n in (fits, beyond)])
    assert [one.reason for one in log.rejected] == ["'n': a number of more than 40 digits"]
    assert checker.check(log, rules).verdict == "inconclusive"


@overruns("csv_columns")
def test_a_table_of_many_columns(tmp_path: Path) -> None:
    table = tmp_path / "log.csv"
    table.write_text("time,type,a,b\n2031-05-01T08:00:00Z,RADAR_ON,,\n")
    assert len(read_logs([table])[0].records) == 1
    with using(csv_columns=3), pytest.raises(CheckerError, match="more than 3 cells"):
        read_logs([table])


# ---- judging ----


@overruns("orders")
def test_the_order_of_many_records_of_one_minute_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    book = {
        "history": "complete",
        "events": small.read("{ON: {}, OFF: {}}"), "intervals": small.read("{x: {from: ON, until: OFF}}"),
        "constraint": small.read("{kind: duration, of: x, at_most: 1 h}"),
    }  # fmt: skip
    times = (("08:00:00Z", "ON"), ("08:50Z", "ON"), ("08:50Z", "OFF"), ("09:45:00Z", "OFF"))
    log = small.log(f"2031-05-01T{at} {kind} A" for at, kind in times)
    assert checker.check(log, small.rulebook(book)).verdict == "satisfied"
    monkeypatch.setattr(turns, "_MOST", 1)
    assert checker.check(log, small.rulebook(book)).verdict == "inconclusive"


DAYS_OFF = limit("clock_error_days")


@overruns("clock_error_days")
@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize(
    ("constraint", "kept"),
    [
        ("{kind: duration, of: run, at_most: 5000 d}", "satisfied"),
        ("{kind: duration, of: run, at_most: 1 min}", "violated"),
        ("{kind: followed_by, event: 'ON', by: 'OFF', within: 5000 d}", "satisfied"),
        ("{kind: total, of: run, in: 1 d, at_most: 20 h}", "satisfied"),
        ("{kind: total, of: run, each: day, at_most: 20 h}", "satisfied"),
        ("{kind: total, of: run, each: day, at_least: 1 min}", "satisfied"),
        ("{kind: concurrent, of: run, at_most: 1}", "satisfied"),
        ("{kind: never, event: {type: 'ON'}, during: stay}", "satisfied"),
        ("{kind: duration, of: stay, at_most: 1 h}", "not_applicable"),
        ("{kind: count, event: IN, in: 1 d, at_most: 1}", "not_applicable"),
    ],
)
def test_nothing_rests_on_a_clock_that_is_off_by_years(constraint: str, kept: str, backend: str) -> None:
    """Of a time that is further off than is looked at nothing is known: neither that a limit was kept nor broken."""
    book = {
        "events": small.read("{SYNC: {offset_s: number}, 'ON': {}, 'OFF': {}, IN: {}, OUT: {}, A: {}, Z: {}}"),
        "clock": small.read("{event: SYNC, offset: offset_s}"),
        "intervals": small.read("{run: {from: 'ON', until: 'OFF'}, stay: {from: IN, until: OUT}}"),
        "constraint": small.read(constraint),
    }  # fmt: skip
    lines = [
        "2031-05-01T06:00:00Z Z A source=X", "2031-05-01T08:00:00Z ON A source=H", "2031-05-01T09:00:00Z OFF A source=H",
        "2031-05-01T12:00:00Z Z A source=X",
    ]  # fmt: skip
    for every in (True, False):
        for seconds, verdict in ((0, kept), (DAYS_OFF * 86400 + 1, "inconclusive"), (10**20, "inconclusive")):
            if constraint.endswith(("of: stay, at_most: 1 h}", "event: IN, in: 1 d, at_most: 1}")):
                verdict = kept
            told = small.check(
                book, [*lines, f"2031-05-01T10:00:00Z SYNC - source=H offset_s={seconds}"],
                backend=backend, all_findings=every,
            )  # fmt: skip
            assert told.constraints[0].verdict == verdict, (every, seconds)
            assert bool(seconds) == any("off by more than 366 d: no verdict rests on them" in n for n in told.notices)
            if verdict == "inconclusive":
                assert {one.reason for one in told.findings if one.verdict == verdict} == {"uncertain clock"}


@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize(
    ("constraint", "lines", "verdict"),
    [
        ("{kind: never, event: A}", ["05-01T08:00:00Z A a source=H", "05-01T12:00:00Z Z b source=X"], "violated"),
        ("{kind: never, event: {type: A, n: {at_least: 2}}}", ["05-01T08:00:00Z A a source=H n=1"], "satisfied"),
        # what is missing between records of such a clock may be of any time
        ("{kind: count, event: Z, in: 1 d, at_most: 9}", ["05-01T08:00:00Z A a source=H seq=1"], "inconclusive"),
        # from when on something was observed is not known
        ("{kind: count, event: Z, each: day, at_most: 9}", ["04-01T08:00:00Z A a source=H"], "inconclusive"),
        ("{kind: count, event: Z, each: day, at_most: 9}", ["05-01T08:00:00Z A a source=H"], "satisfied"),
    ],
)
def test_what_else_a_clock_that_is_off_by_years_leaves_open(
    constraint: str, lines: list[str], verdict: str, backend: str
) -> None:
    book = {
        "events": small.read("{SYNC: {offset_s: number}, A: {n: number?}, Z: {}}"),
        "clock": small.read("{event: SYNC, offset: offset_s}"),
        "constraint": small.read(constraint),
    }  # fmt: skip
    syncs = ["05-01T09:00:00Z SYNC - source=H seq=4 offset_s=99999999", "05-02T12:00:00Z Z b source=X"]
    given = [f"2031-{line}" for line in ["05-01T06:00:00Z Z b source=X", *lines, *syncs]]
    if "seq=1" not in lines[0]:
        given = [line.replace(" seq=4", "") for line in given]
    assert small.check(book, given, backend=backend).constraints[0].verdict == verdict


@overruns("deadline_days")
def test_a_calendar_whose_time_never_comes_again() -> None:
    book = small.rulebook({
        "events": small.read("{A: {}, B: {}}"), "calendars": small.read("{past: {only: [2031-01-01]}}"),
        "constraint": small.read("{kind: followed_by, event: A, by: B, within: 2 h, counting: past}"),
    })  # fmt: skip
    at = parse_instant("2031-05-01T08:00:00Z")[0]
    assert deadline.due(Deadline(book.zone, counting=book.definitions.calendars["past"]), at, 2 * HOUR) == at + 2 * HOUR


@overruns("values_again")
def test_a_sweep_that_would_judge_too_often() -> None:
    with using(values_again=1), pytest.raises(UsageError, match="for more than 1 values"):
        checker.sweep(ROOT / "fixtures/logs/s4_incomplete_log.jsonl", "emission_limit", position="intermediate")


# ---- memory: the report is the same ----


@overruns(
    "contents_at_once", "windows_at_once", "parquet_batch", "layouts", "members", "forms", "form_values", "form_text"
)
@pytest.mark.parametrize("name", ["s1_compliant", "s2_violating", "s4_incomplete_log"])
def test_how_much_is_held_at_once_makes_no_difference(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = ROOT / f"fixtures/logs/{name}.jsonl"
    usual = checker.check(log, position="intermediate", backend="reference").to_dict()
    for place in (
        "checker.scanned._AT_ONCE", "checker.backends.columnar.sums._CELLS", "checker.logs.parquet.BATCH",
        "checker.scan.layout.MAX_LAYOUTS", "checker.scan.table.MAX_LAYOUTS", "checker.scan.layout.MAX_MEMBERS",
        "checker.scan.forms.FEW", "checker.scan.forms.MAX_FORMS",
    ):  # fmt: skip
        monkeypatch.setattr(place, 1)
    monkeypatch.setattr("checker.scan.forms._MAX_SLOTS", 7)
    monkeypatch.setattr("checker.scan.forms._MAX_PIECE", 30)
    assert checker.check(log, position="intermediate", backend="columnar").to_dict() == usual


# ---- pages ----


@pytest.fixture(scope="module")
def s2() -> Report:
    return checker.check(S2, position="intermediate")


def page(report: Report, name: str) -> str:
    return "".join(pieces(name, report, Page()))


def many_witnesses(report: Report) -> Report:
    """The same with one finding on a hundred records."""
    one = next(f for f in report.findings if f.verdict == "violated")
    witnesses = [replace(one.witnesses[n % len(one.witnesses)], line=n + 1) for n in range(100)]
    return replace(report, findings=[replace(one, witnesses=witnesses)], assessments=[], waivers=[])


@overruns("text_witnesses", "sarif_records", "junit_records", "oscal_records")
def test_a_finding_on_very_many_records(s2: Report) -> None:
    made = many_witnesses(s2)
    assert "and 92 more" in page(made, "text")
    assert "more records not listed here." in page(made, "sarif")
    assert "and 80 more records" in page(made, "junit")
    assert "50 more records are not listed as evidence." in page(made, "oscal")


@overruns("sarif_notes", "markdown_listed")
def test_very_many_unreadable_records(s2: Report) -> None:
    reject = checker.check(HOSTILE / "logs/no-time.jsonl", HOSTILE / "rules.yaml").rejected[0]
    made = replace(s2, rejected=[reject] * 1000, complete=False)
    assert "1,000 records could not be read; 100 of them are told one by one." in page(made, "sarif")
    assert "and 980 more" in page(made, "markdown")
    assert re.search("and 9[0-9]{2} more notes", page(made, "junit"))
    assert "The first 50 are evidence here." in page(made, "oscal")


@overruns("markdown_logs", "markdown_constraints", "markdown_text", "text_nearest")
def test_very_many_logs_and_constraints(s2: Report) -> None:
    made = replace(
        s2, logs=s2.logs * 12, constraints=[replace(s2.constraints[0], id=f"X-{n}") for n in range(120)], findings=[]
    )
    told = page(made, "markdown")
    assert "and 2 more logs" in told
    assert "20 more" in told
    long = replace(s2, findings=[replace(s2.findings[0], message="x" * 5000)])
    assert "x" * 900 in page(long, "markdown")
    assert "x" * 1001 not in page(long, "markdown")
    nearest = page(s2, "text").partition("Kept with the least to spare\n")[2].partition("\n\n")[0]
    assert len(nearest.splitlines()) == limit("text_nearest")


@overruns("text_shown")
def test_a_long_text_is_cut_where_it_is_repeated() -> None:
    assert shown("x" * 60) == repr("x" * 60)
    assert shown("x" * 61) == repr("x" * 59 + "…")


@overruns("parts_told")
def test_a_sum_of_very_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanation, "_MAX_PARTS", 1)
    made = checker.explain(ROOT / "fixtures/logs/activation.jsonl", "R-04", position="intermediate")
    assert re.search("and [0-9]+ more", json.dumps(made.to_dict()))


@overruns("drawn", "records_repeated", "records_of_a_finding")
def test_very_many_intervals_and_citations(monkeypatch: pytest.MonkeyPatch) -> None:
    from checker.cli.options import run_check
    from checker.telling import report

    options = dict.fromkeys(
        ("rulebook", "position", "observed_from", "observed_until", "as_of", "waivers", "mapping", "backend")
    )
    found = run_check((str(S2),), {**options, "position": "intermediate", "only": (), "parameters": ()})
    made = report(found)
    monkeypatch.setattr(charting, "MOST", 3)
    monkeypatch.setattr(charting, "MOST_RECORDS", 2)
    monkeypatch.setattr(charting, "MAX_WITNESSES", 1)
    drawn = charting.chart(found, made)
    assert len(drawn.intervals) == 3
    assert drawn.left_out > 0
    assert len(drawn.records) == 2
    told = "".join(pieces("html", made, Page(timeline=drawn)))
    assert "left out" in told or "not drawn" in told


# ---- the table ----


def test_the_table_in_the_documents_is_up_to_date() -> None:
    def value(one: Any) -> str:
        mega = 1024 * 1024
        return (
            f"{one.value // mega:,} MiB"
            if one.unit == "bytes" and one.value % mega == 0
            else f"{one.value:,} {one.unit}"
        )

    lines = ["| limit | value | of what | beyond it |", "|---|---|---|---|"]
    for scope in dict.fromkeys(one.scope for one in LIMITS.values()):
        lines.append(f"| **{scope}** | | | |")
        lines += [
            f"| `{one.name}`{' *' if one.settable else ''} | {value(one)} | {one.means} | {one.beyond} |"
            for one in LIMITS.values() if one.scope == scope
        ]  # fmt: skip
    path = ROOT / "docs" / "limits.md"
    before, _, _ = path.read_text(encoding="utf-8").partition("| limit |")
    text = before + "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
