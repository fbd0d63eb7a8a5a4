"""What a page leaves out it says, with how many; what is machine-read has all of it."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import small

import checker
from checker import limits, simulation
from checker.answers import Breakpoint, Turned
from checker.charting import chart
from checker.interval import Recurring
from checker.lint import patterns, spells, witness
from checker.pattern import AllOf, AnyOf, IsType
from checker.proposing import propose
from checker.render import html, proposed, simulated, tested
from checker.render import lint as lint_page
from checker.render import sweep as sweep_page
from checker.render.html import drawing, telling
from checker.render.html import sweep as sweep_html
from checker.report import Report, Timeline
from checker.route import judged_files
from checker.rulebook import load_positions, load_rulebook
from checker.rulebook.scenarios import load_scenario
from checker.simulating import checked
from checker.simulation import Ask, simulate
from checker.telling import report as report_of
from checker.tested import Mutation, Outcome, Survivor

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "constraints/scenarios/intermediate-emissions.yaml"


def most(name: str) -> int:
    return limits.LIMITS[name].value


@cache
def _s2() -> tuple[Report, Timeline]:
    book = load_rulebook(None, position="intermediate")
    found = judged_files([str(ROOT / "fixtures/logs/s2_violating.jsonl")], book.mapping, book, every=False)
    made = report_of(found)
    return made, chart(found, made)


def s2() -> tuple[Report, Timeline]:
    return deepcopy(_s2())


def many_of(report: Report, count: int, change: Callable[[Any, int], None]) -> Report:
    """The report with so many findings of one kind, each changed a little."""
    found = []
    for at in range(count):
        one = deepcopy(report.findings[0])
        one.id = f"{one.constraint}-{at:010x}"
        change(one, at)
        found.append(one)
    return replace(report, findings=found, assessments=[])


# ---- the page of a check ----


def test_a_heat_map_says_how_many_assets_it_leaves_out() -> None:
    report, timeline = s2()
    made = many_of(report, most("heat_rows") + 7, lambda one, at: setattr(one, "subject", f"U-{at:04}"))
    page = html.render(made, timeline)
    assert "7 assets with fewer findings are left out here and stand below" in page
    assert "U-0106" in page
    assert len(made.to_dict()["findings"]) == most("heat_rows") + 7


def test_a_heat_map_says_how_many_columns_it_leaves_out() -> None:
    report, timeline = s2()
    years = 2 * most("heat_columns") + 5

    def placed(one: Any, at: int) -> None:
        one.from_ = one.until = f"{2031 + at}-05-01T00:00:00Z"

    made = many_of(report, years, placed)
    assert made.observed.until is not None
    made.observed = replace(made.observed, until="2199-01-01T00:00:00Z")
    page = html.render(made, timeline)
    assert "5 later years with findings are left out here and stand below" in page
    assert all(one.id in page for one in made.findings)


def test_too_many_intervals_are_drawn_without_their_records(monkeypatch: pytest.MonkeyPatch) -> None:
    report, timeline = s2()
    told = "There are too many intervals for each to tell its records; findings do."
    assert told not in html.render(report, timeline)
    monkeypatch.setattr(drawing, "MARKED", len(timeline.intervals) - 1)
    assert told in html.render(report, timeline)
    assert most("marked") > drawing.MARKED


def test_very_many_findings_are_marked_briefly_and_told_in_full() -> None:
    report, timeline = s2()
    for count, brief in ((most("dense"), False), (most("dense") + 1, True)):
        made = many_of(report, count, lambda one, at: None)
        page = html.render(made, timeline)
        assert ("aria-label" in page.split('<a class="m ', 2)[1].split(">")[0]) is brief
        assert all(one.id in page for one in made.findings), "each is told below"


def test_records_without_room_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    report, timeline = s2()
    assert "named by file and line only" not in html.render(report, timeline)
    shown = html.render(report, timeline).count("<code>{")
    monkeypatch.setattr(telling, "ROOM", 1000)
    page = html.render(report, timeline)
    left = shown - page.count("<code>{")
    assert 0 < left < shown
    assert f"Some records are named by file and line only: {left}." in page
    assert most("repeated_characters") > 1000


# ---- messages ----


def test_a_message_says_how_much_else_would_decide_it() -> None:
    """Five records of reduced time, or five missing ones: three are named, the others counted and in JSON."""
    book = {
        "events": small.read("{" + ", ".join(f"E{n}: {{}}" for n in range(6)) + ", T: {n: number}}"),
        "intervals": small.read("{x: {from: E0, until: E1}, y: {from: E2, until: E3}, z: {from: E4, until: E5}}"),
        "constraint": small.read("{kind: total, event: T, field: n, in: 1 d, at_most: 5}"),
    }  # fmt: skip
    rows = [f"2031-05-01T08:{2 * n:02}:00Z T A source=S seq={2 * n} n=1" for n in range(most("evidence_told") + 3)]
    [finding] = [f for f in small.check(book, rows).findings if f.verdict == "inconclusive"][-1:]
    named = 1 + (finding.evidence or "").count("; or a")
    assert len(finding.missing) > most("evidence_told") >= named
    assert f"; or one of {len(finding.missing) - most('evidence_told')} others" in (finding.evidence or "")


def test_a_message_says_how_many_fields_the_norm_looks_at() -> None:
    names = [f"f{n}" for n in range(most("fields_told") + 2)]
    book = {
        "events": small.read("{A: {" + ", ".join(f"{name}: number" for name in names) + "}}"),
        "constraint": small.read("{kind: always, event: A, require: {" + ", ".join(f"{n}: 1" for n in names) + "}}"),
    }  # fmt: skip
    line = "2031-05-01T08:00:00Z A a " + " ".join(f"{name}=2" for name in names)
    [finding] = small.check(book, [line]).findings
    assert "`f3` is 2, and 2 more that the norm looks at." in finding.message
    assert "f4" not in finding.message


# ---- sweep ----


def swept(count: int) -> Any:
    made = checker.sweep(
        ROOT / "fixtures/logs/s2_violating.jsonl", "notice_period", position="intermediate",
        observed_from="2031-04-30T00:00:00Z", observed_until="2031-05-15T00:00:00Z",
    )  # fmt: skip
    turned = [Turned(f"U-{n:03}", {}, "2031-05-01T00:00:00Z", "satisfied", "violated") for n in range(count)]
    made.constraints[0].breakpoints = [Breakpoint(1, "1 s", turned)]
    return made


def test_a_sweep_says_how_many_occasions_it_leaves_out() -> None:
    made = swept(most("turned_html") + 3)
    assert f"and {most('turned_html') + 3 - most('turned_text')} more" in sweep_page.render(made, 100)
    assert "and 3 more" in sweep_html.render(made)
    assert "U-052" in json.dumps(made.to_dict())


# ---- the other commands ----


def test_a_proposal_says_how_many_fields_and_types_it_leaves_out(tmp_path: Path) -> None:
    count = most("sample_listed") + 4
    rows = [
        {"time": f"2031-05-01T08:{n // 60:02}:{n % 60:02}Z", "type": f"T{n}", "data": {f"field_{n}": n}}
        for n in range(count)
    ]
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = propose([str(log)])
    page = proposed.render(made, 100)
    assert page.count("#   and 4 more") == 2
    assert len(made.to_dict()["fields"]) == len(made.to_dict()["types"]) == count


def test_simulated_logs_that_come_out_otherwise_are_counted() -> None:
    strict = load_rulebook(None, position="intermediate", parameters={"emission_limit": "1 s"})
    scenario, _ = load_scenario(
        SCENARIO, lambda position, set_: load_rulebook(None, position=position, parameters=set_)
    )
    logs = [simulate(scenario, seed, asked=[]) for seed in range(most("simulated_listed") + 2)]
    made = checked(scenario, strict, "a.yaml", logs)
    page = simulated.render(made, 100)
    assert len(made.misses) == most("simulated_listed") + 2 == len(made.to_dict()["misses"])
    assert "and 2 more; --format json lists all" in page
    assert page.count("\nseed ") + page.startswith("seed ") == most("simulated_listed")


def test_changes_that_no_example_notices_are_counted() -> None:
    survivors = [Survivor(f"R-{n:03}", None, "a change") for n in range(most("mutants_listed") + 6)]
    report, _ = s2()
    made = Outcome(1, report.tool, report.rulebook, 0, 0, 0, [], [], Mutation(100, 54, survivors))  # type: ignore[arg-type]
    page = tested.render(made, 100)
    assert "  and 6 more; --format json lists all" in page
    assert len(made.to_dict()["mutation"]["survivors"]) == most("mutants_listed") + 6


# ---- lint ----


@cache
def linted(**changed: int) -> Any:
    from checker.lint import lint

    with pytest.MonkeyPatch.context() as patch:
        for name, value in changed.items():
            patch.setattr(witness, name, value)
        books, files = load_positions(ROOT / "constraints")
        return lint([book for book in books if book.position == "crete-model"], files)


def test_an_example_schedule_says_how_many_activities_it_leaves_out() -> None:
    made = deepcopy(linted())
    remark = next(r for r in made.remarks if r.witness is not None and r.witness.spans)
    remark.witness.spans = [remark.witness.spans[0]] * (most("schedule_shown") + 5)
    remark.meant = None
    assert "and 5 more; --format json lists all" in lint_page.render(made, 100)
    assert most("schedule_shown") + 5 in [
        len(one["witness"]["spans"]) for one in made.to_dict()["remarks"] if one["witness"]
    ]


@pytest.mark.parametrize(("name", "value"), [("MOST", 1), ("MOST_BEFORE", 1)])
def test_a_remark_stands_without_a_schedule_that_grows_too_long(name: str, value: int) -> None:
    usual, made = linted(), linted(**{name: value})
    told = [(r.code, r.constraints, r.text) for r in usual.remarks]
    assert [(r.code, r.constraints, r.text) for r in made.remarks] == told
    lengths = [[len(r.witness.spans) if r.witness is not None else 0 for r in one.remarks] for one in (usual, made)]
    assert lengths[0] != lengths[1]
    assert all(fewer <= usually for usually, fewer in zip(*lengths, strict=True))


def test_nothing_is_said_of_a_pattern_with_too_many_alternatives() -> None:
    never = AllOf((IsType(frozenset(["RADAR_ON"])), IsType(frozenset(["RADAR_OFF"]))))
    definitions = load_rulebook(None).definitions
    assert not patterns.possible(never, definitions)
    assert patterns.possible(AnyOf((never,) * (most("cases") + 1)), definitions), "it counts as possible"


def test_expressions_that_are_not_kept_are_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calendars = load_rulebook(None).definitions.calendars
    expressions = [Recurring(calendar, name) for name, calendar in calendars.items()]
    usual = [spells.times(one).spans for one in expressions]
    monkeypatch.setattr(spells, "MOST_KNOWN", 0)
    spells._KNOWN.clear()
    assert [spells.times(one).spans for one in expressions] == usual
    assert len(spells._KNOWN) <= 1 < len(expressions)


# ---- simulate ----


def test_a_breach_that_finds_no_place_has_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, _ = load_scenario(
        SCENARIO, lambda position, set_: load_rulebook(None, position=position, parameters=set_)
    )
    usual = [len(simulate(scenario, seed).labels) for seed in range(12)]
    assert any(usual)
    assert max(usual) <= most("breaches") * max(
        len(simulate(scenario, s, asked=[Ask(b.name)]).labels) for s, b in enumerate(scenario.breaches)
    )
    monkeypatch.setattr(simulation, "TRIES", 0)
    assert not any(simulate(scenario, seed).labels for seed in range(12))
    monkeypatch.setattr(simulation, "TRIES", most("breach_tries"))
    monkeypatch.setattr(simulation, "MOST", 0)
    assert not any(simulate(scenario, seed).labels for seed in range(12))
