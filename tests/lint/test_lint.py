"""What is said of the S-400 rulebook under each position, what is meant, and how it is told."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from linted import lint_of, lint_text, text_of
from small import read, written

from checker.answers import Lint, RemarkOf
from checker.errors import RulebookError, UsageError
from checker.lint import lint
from checker.rulebook import load_positions
from checker.timeline import parse_instant

ROOT = Path(__file__).resolve().parents[2]
TWO = {
    "events": {"ON": {}, "OFF": {}},
    "intervals": {"run": {"from": "ON", "until": "OFF"}},
    "constraints": {
        "A": {"kind": "duration", "of": "run", "at_most": "1 h"},
        "B": {"kind": "duration", "of": "run", "at_most": "2 h"},
    },
}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "checker", "lint", *map(str, arguments)],
        check=False, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


# ---- the S-400 rulebook ----


@pytest.fixture(scope="module")
def s400() -> Lint:
    return lint(*load_positions(ROOT / "constraints"))


def under(made: Lint, position: str) -> list[RemarkOf]:
    return [remark for remark in made.remarks if position in remark.positions and remark.code != "unused"]


EXPECTED = {
    "us-demand": [("dominated", "R-01"), ("dominated", "L-01")],
    "turkish-limited-use": [("dominated", "C-02"), ("dangling", "C-05"), ("dangling", "E-01b"), ("dangling", "E-02b")],
    "crete-model": [("vacuous", "R-04"), ("dominated", "C-02"), ("conflicting", "C-05"), ("duplicate", "E-02b")],
    "intermediate": [("near-unsatisfiable", "R-06"), ("conflicting", "C-05"), ("conflicting", "C-05")],
}


def test_the_s400_rulebook_gives_what_is_meant_and_nothing_else(s400: Lint) -> None:
    assert s400.positions == list(EXPECTED)
    for position, expected in EXPECTED.items():
        assert sorted((r.code, r.constraints[0]) for r in under(s400, position)) == sorted(expected), position
    assert all(remark.meant for remark in s400.remarks)
    assert (s400.errors, s400.warnings, s400.notes, s400.failed) == (0, 0, 0, False)
    assert {r.code for r in s400.remarks if not r.constraints} == {"unused"}


@pytest.mark.parametrize("position", EXPECTED)
def test_one_position_gives_what_all_together_give(s400: Lint, position: str) -> None:
    made = lint(*load_positions(ROOT / "constraints"), position=position)
    alone = sorted((r.code, r.file, r.line, tuple(r.constraints)) for r in made.remarks)
    assert alone == sorted(
        (r.code, r.file, r.line, tuple(r.constraints)) for r in s400.remarks if position in r.positions
    )


def the(made: Lint, code: str, constraint: str, position: str) -> RemarkOf:
    return next(r for r in under(made, position) if (r.code, r.constraints[0]) == (code, constraint))


def test_with_crete_values_two_emissions_never_reach_the_budget(s400: Lint) -> None:
    remark = the(s400, "vacuous", "R-04", "crete-model")
    assert "12 h" in remark.text
    assert "each lasts at most 2 h, and 2 in each calendar year" in remark.text
    assert "8 h at most" in remark.text
    assert remark.witness is not None
    assert len(remark.witness.spans) == 4
    assert remark.witness.verdicts == dict.fromkeys(("R-03", "R-04", "R-05", "R-06", "R-07"), "satisfied")
    assert remark.witness.text.startswith("exactly 8 h")


def test_hours_and_cool_down_leave_one_a_day(s400: Lint) -> None:
    remark = the(s400, "near-unsatisfiable", "R-06", "intermediate")
    assert "from 18:00 to 06:00 it is exactly as long" in remark.text
    assert remark.constraints == ["R-06", "R-07"]
    assert remark.witness is not None
    first, second = remark.witness.spans
    assert (first.until, second.from_) == ("2031-01-01T15:00:00Z", "2031-01-02T03:00:00Z")  # 18:00 and 06:00 in UTC+3


def test_what_is_never_permitted_is_one_remark_and_not_eight(s400: Lint) -> None:
    remark = the(s400, "dominated", "R-01", "us-demand")
    assert "no emission is permitted under us-demand" in remark.text
    assert "R-02 to R-09" in remark.text
    assert {f"R-0{n}" for n in range(2, 10)} <= set(remark.constraints)
    assert not [r for r in under(s400, "us-demand") if r.constraints[0] in remark.constraints[1:]]


def test_an_emergency_takes_the_liaison_that_a_stop_request_needs(s400: Lint) -> None:
    told = [r for r in under(s400, "intermediate") if r.code == "conflicting"]
    assert [(r.constraints, r.about) for r in told] == [(["C-05", "C-03"], ["E-01"]), (["C-05", "C-03"], ["E-02"])]


def test_without_what_is_marked_as_meant_it_fails(s400: Lint, tmp_path: Path) -> None:
    for file in sorted((ROOT / "constraints").glob("*.yaml")):
        lines = file.read_text(encoding="utf-8").split("\n")
        kept, indent = [], None
        for line in lines:
            depth = len(line) - len(line.lstrip())
            if indent is not None and line.strip() and depth <= indent:
                indent = None
            if line.strip() == "meant:":
                indent = depth
            if indent is None:
                kept.append(line)
        (tmp_path / file.name).write_text("\n".join(kept), encoding="utf-8")
    made = lint(*load_positions(tmp_path))
    assert made.failed
    assert made.meant == 0
    assert len(made.remarks) == len(s400.remarks)


# ---- what is meant ----


def test_a_constraint_says_what_is_meant(tmp_path: Path) -> None:
    assert [(r.code, r.meant) for r in lint_of(TWO, tmp_path).remarks] == [("dominated", None)]
    meant = {**TWO["constraints"]["B"], "meant": {"dominated": "Both stand in the agreement."}}  # type: ignore[index]
    made = lint_of({**TWO, "constraints": {**TWO["constraints"], "B": meant}}, tmp_path)  # type: ignore[dict-item]
    assert [(r.code, r.meant) for r in made.remarks] == [("dominated", "Both stand in the agreement.")]
    assert (made.warnings, made.meant, made.failed) == (0, 1, False)


def test_it_is_meant_of_the_constraint_that_is_pointed_at_alone(tmp_path: Path) -> None:
    meant = {**TWO["constraints"]["A"], "meant": {"dominated": "Not this one."}}  # type: ignore[index]
    made = lint_of({**TWO, "constraints": {**TWO["constraints"], "A": meant}}, tmp_path)  # type: ignore[dict-item]
    assert [(r.code, r.meant) for r in made.remarks] == [("dominated", None), ("unused", None)]
    assert "A says that a remark 'dominated' is meant, and there is none" in made.remarks[1].text
    assert made.remarks[1].line


def test_the_section_says_what_is_meant_of_names(tmp_path: Path) -> None:
    given = {**TWO, "registers": {"spare_1": ["X"], "spare_2": ["Y"], "other": ["Z"]}}
    meant = [{"code": "unused", "about": ["spare_*", "nobody"], "reason": "For the annex."}]
    made = lint_of({**given, "meant": meant}, tmp_path)
    told = [(r.about, r.meant) for r in made.remarks if r.code == "unused"]
    assert told == [
        (["spare_1"], "For the annex."),
        (["spare_2"], "For the annex."),
        (["other"], None),
        (["nobody"], None),
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"meant": {"dominatd": "x"}}, "dominatd"),
        ({"needs": ["Z"]}, "unknown constraint 'Z'"),
        ({"needs": ["B"]}, "a constraint does not need itself"),
    ],
)
def test_mistakes_in_it_are_told_when_the_rulebook_is_read(more: dict[str, object], told: str, tmp_path: Path) -> None:
    given = {**TWO, "constraints": {**TWO["constraints"], "B": {**TWO["constraints"]["B"], **more}}}  # type: ignore
    with pytest.raises(RulebookError, match=told):
        lint_of(given, tmp_path)


def test_a_section_that_is_no_list_or_of_no_such_code(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="begin each entry with `- code:`"):
        lint_of({**TWO, "meant": {"code": "unused"}}, tmp_path)
    with pytest.raises(RulebookError, match="expected 'unsatisfiable'"):
        lint_of({**TWO, "meant": [{"code": "unusd", "about": "x", "reason": "y"}]}, tmp_path)


# ---- what is asked for ----


def test_one_remark_for_what_holds_under_several_positions(tmp_path: Path) -> None:
    positions = {name: {"title": name} for name in ("one", "two", "three")}
    made = lint_of({
        **TWO, "positions": positions,
        "parameters": {"most": {"title": "Most", "values": {"one": "2 h", "two": "30 min", "three": "2 h"}}},
        "constraints": {**TWO["constraints"], "B": {**TWO["constraints"]["B"], "at_most": "$most"}},  # type: ignore
    }, tmp_path)  # fmt: skip
    told = [(r.constraints[0], r.positions) for r in made.remarks]
    assert told == [("A", ["two"]), ("B", ["one", "three"])]
    assert "under one and three" in made.remarks[1].text


def test_only_keeps_what_is_said_of_these(s400: Lint) -> None:
    made = lint(*load_positions(ROOT / "constraints"), only=["R-04"])
    assert {(r.code, r.constraints[0]) for r in made.remarks} == {("dominated", "R-01"), ("vacuous", "R-04")}
    with pytest.raises(UsageError, match="R-99"):
        lint(*load_positions(ROOT / "constraints"), only=["R-99"])
    with pytest.raises(UsageError, match="did you mean 'crete-model'"):
        lint(*load_positions(ROOT / "constraints"), position="crete")


def test_a_parameter_set_otherwise_is_looked_at() -> None:
    books, files = load_positions(ROOT / "constraints", parameters={"cool_down": "4 h", "emission_budget": "20 min"})
    made = lint(books, files, position="intermediate")
    assert ("vacuous", "R-03") in {(r.code, r.constraints[0]) for r in made.remarks if r.constraints}
    assert ("near-unsatisfiable", "R-06") not in {(r.code, r.constraints[0]) for r in made.remarks if r.constraints}


# ---- the command ----


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(text_of({**TWO, "registers": {"spare": ["X"]}}), encoding="utf-8")
    return path


def test_exit_status_by_level(small: Path) -> None:
    found = run("-r", small)
    assert (found.returncode, found.stderr) == (2, "")
    assert "dominated: B follows from A: whatever keeps A keeps it too" in " ".join(found.stdout.split())
    assert "^\n    what to do:" in found.stdout
    assert "what to do:" in found.stdout
    assert found.stdout.endswith("0 errors, 2 warnings, 0 notes.\n")
    assert run("-r", small, "--fail-on", "error").returncode == 0
    assert run("-r", small, "--only", "A", "--fail-on", "note").returncode == 2
    shipped = run()
    assert (shipped.returncode, shipped.stderr) == (0, "")
    assert shipped.stdout.endswith("meant so.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--position", "nobody"], "no position"), (["--only", "Z-1"], "no constraint"), (["--format", "jsn"], "json"),
     (["-r", "nowhere.yaml"], "no such file"), (["--set", "x"], "NAME=VALUE")],
)  # fmt: skip
def test_mistakes_end_with_2_and_no_traceback(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_json_is_the_same_each_time_and_fits_its_schema(tmp_path: Path) -> None:
    first = run("--format", "json", "--output", f"json:{tmp_path}/a.json")
    assert first.stdout == run("--format", "json").stdout == (tmp_path / "a.json").read_text(encoding="utf-8")
    document = json.loads(first.stdout)
    jsonschema.validate(document, Lint.schema())
    assert document["lint_version"] == 1
    assert document["remarks"][0].keys() == {
        "code", "level", "file", "line", "column", "excerpt", "constraints", "about", "positions", "text", "what_to_do", "meant",
        "witness",
    }  # fmt: skip


def test_sarif_fits_its_schema_and_what_is_meant_is_suppressed(small: Path) -> None:
    schema = json.loads((ROOT / "tests/schemas/sarif-2.1.0.json").read_text(encoding="utf-8"))
    for arguments, suppressed in (([], 17), (["-r", small], 0)):
        document = json.loads(run(*arguments, "--format", "sarif").stdout)
        jsonschema.validate(document, schema)
        results = document["runs"][0]["results"]
        assert sum("suppressions" in result for result in results) == suppressed
        assert all(result["locations"][0]["physicalLocation"]["region"]["startLine"] > 1 for result in results)


def test_annotations_stand_at_the_rulebook(small: Path) -> None:
    lines = run("-r", small, "--format", "github").stdout.split("\n")
    assert lines[0].startswith(f"::warning file={small},line=")
    assert "title=dominated B A::B follows from A" in "".join(lines)


def test_nothing_from_a_rulebook_reaches_a_terminal_as_it_is(tmp_path: Path) -> None:
    given = {**TWO, "registers": {"spare": ["X"]}}
    text = text_of(given).replace("spare", "::error\\e[31m##[x]").replace("'", '"')
    made = lint_text(text, tmp_path)
    from checker.render.answers import LINTS

    for name, render in LINTS.items():
        page = render(made, 100)
        assert "\x1b" not in page, name
        assert "##[" not in page, name
        assert all(not line.lstrip().startswith("::error\\") for line in page.split("\n")), name


def test_texts_are_written_as_rulebooks_are() -> None:
    assert written({"a": ["b"]}) == '{"a": ["b"]}'


def test_limits_that_no_schedule_reaches_are_met_as_far_as_it_goes(tmp_path: Path) -> None:
    sections = read("""
events: {REPORT: {}, NOTICE: {}, ON: {}, OFF: {}}
intervals: {run: {from: ON, until: OFF}}
constraints:
  M: {kind: spacing, event: REPORT, at_most: 1 us}
  S: {kind: spacing, event: REPORT, at_least: 2000000 d}
  N: {kind: count, event: REPORT, each: year, at_most: 3}
  L: {kind: concurrent, of: run, at_least: 1000000000}
  K: {kind: concurrent, of: run, at_most: 100000000}
  X: {kind: followed_by, event: REPORT, by: NOTICE}
  P: {kind: never, event: NOTICE}
""")
    found = {r.constraints[0]: r.witness for r in lint_of(sections, tmp_path).remarks if r.code == "conflicting"}
    assert found.keys() == {"M", "L", "X"}
    for witness in found.values():
        assert witness is not None
        assert [parse_instant(one["time"]) for one in witness.records] == sorted(
            parse_instant(one["time"]) for one in witness.records
        )
        assert len(witness.records) <= 200
