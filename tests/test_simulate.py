"""Simulated logs: the same bytes for the same seed, labels that a check finds exactly, and mistakes that are told."""

import hashlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from small import read

from checker import simulating
from checker.errors import CheckerError, UsageError
from checker.formula import INSTANT, LENGTH, NUMBER, Formula, parse_formula, parse_value
from checker.rulebook import Rulebook, builtin, load_rulebook, parse_rulebook
from checker.rulebook.scenarios import load_scenario, parse_scenario, scenario_schema
from checker.rulebook.shorthand import plain_value
from checker.scenario import Scenario
from checker.simulation import Ask, Chance, asked_of, simulate

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted((ROOT / "constraints").rglob("scenarios/*.yaml"))


def rulebook_of(scenario: Path) -> Path:
    beside = scenario.parent.parent
    return beside / scenario.name if beside.name != "constraints" else beside


READY = [path for path in SHIPPED if rulebook_of(path).exists()]
NAMED = pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)


@cache
def loaded(path: Path) -> tuple[Scenario, Rulebook]:
    book = rulebook_of(path)
    return load_scenario(path, lambda position, set_: load_rulebook(book, position=position, parameters=set_))


def differences(path: Path, seed: int, book: Rulebook | None = None, **how: Any) -> list[str]:
    scenario, own = loaded(path)
    made = simulate(scenario, seed, **how)
    return simulating.differences(made, simulating.report_on(made, scenario, book or own), scenario)[0]


NEWLINE = "\n"
EMISSIONS = ROOT / "constraints/scenarios/intermediate-emissions.yaml"


# ---- shipped scenarios ----


@NAMED
def test_labels_are_found_exactly(path: Path) -> None:
    for seed in range(1, 21):
        assert not differences(path, seed, shuffle=seed % 5 == 0), seed


@NAMED
def test_each_breach_is_found_and_nothing_else(path: Path) -> None:
    scenario, _ = loaded(path)
    for breach in scenario.breaches:
        size = breach.sizes[0]
        assert not differences(path, 1, asked=[Ask(breach.name, size)]), (breach.name, size)


@NAMED
def test_nothing_false_is_told_where_records_are_missing(path: Path) -> None:
    scenario, _ = loaded(path)
    for seed in range(1, 5):
        assert not differences(path, seed, gaps=1 + seed), seed
        if scenario.contradictions:
            assert not differences(path, seed, contradictions=2), seed


def test_every_constraint_of_the_rulebook_is_broken_in_some_scenario() -> None:
    broken: set[str] = set()
    for path in READY:
        if rulebook_of(path) == ROOT / "constraints":
            broken |= {one.constraint for breach in loaded(path)[0].breaches for one in breach.broken}
    assert {constraint.id for constraint in load_rulebook(builtin()).constraints} - broken == set()


def test_the_table_of_broken_constraints_is_up_to_date() -> None:
    """`UPDATE_DOCS=1` writes it anew."""
    rows = ["| rulebook | constraints | broken | left out |", "|---|---|---|---|"]
    for path in READY:
        if rulebook_of(path).is_file():
            scenario, book = loaded(path)
            every = [constraint.id for constraint in book.constraints]
            broken = {one.constraint for breach in scenario.breaches for one in breach.broken}
            left = [name for name in every if name not in broken]
            assert not left, "a reason is to be told in the table below it"
            rows.append(f"| {path.stem} | {len(every)} | {len(broken)} | {', '.join(left) or '–'} |")
    page = ROOT / "docs/simulate.md"
    text = page.read_text()
    made = re.sub(
        "(<!-- regimes -->\n).*(<!-- /regimes -->)", lambda m: f"{m[1]}{NEWLINE.join(rows)}{NEWLINE}{m[2]}", text,
        flags=re.DOTALL,
    )  # fmt: skip
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(made)
    assert page.read_text() == made


def test_limits_are_reached_exactly() -> None:
    """Chance chooses the limit itself often: margins of 0 are among what is kept."""
    scenario, book = loaded(EMISSIONS)
    exact = set()
    for seed in range(8):
        report = simulating.report_on(simulate(scenario, seed, asked=[]), scenario, book)
        exact |= {row.id for row in report.constraints if row.nearest is not None and row.nearest.margin == 0}
    assert {"R-03", "R-02", "R-12", "C-02", "V-01"} <= exact


# ---- what is planted in the rules is noticed ----


@pytest.mark.parametrize(
    ("name", "parameter", "value", "breach"),
    [
        ("intermediate-emissions", "emission_limit", "3601 s", "R-03=1 s"),
        ("intermediate-emissions", "emission_limit", "3599 s", "R-03=1 s"),
        ("intermediate-emissions", "notice_period", "259199 s", "R-02=1 s"),
        ("intermediate-emissions", "cool_down", "43201 s", "R-06=1 s"),
        ("intermediate-emissions", "monitor_interval", "301 s", "R-11=1 s"),
        ("intermediate-emissions", "activations_allowed", "5", "R-05=1"),
        ("intermediate-emissions", "emission_budget", "10801 s", "R-04=1 s"),
        ("intermediate-networks", "incident_report_time", "86401 s", "N-07=1 s"),
        ("intermediate-integrity", "status_interval", "93601 s", "I-05=1 s"),
        ("intermediate-exceptions", "emergency_declaration_time", "901 s", "E-01a=1 s"),
    ],
)
def test_a_limit_that_is_one_off_is_noticed(name: str, parameter: str, value: str, breach: str) -> None:
    path = ROOT / f"constraints/scenarios/{name}.yaml"
    scenario, _ = loaded(path)
    book = load_rulebook(builtin(), position=scenario.position, parameters={parameter: value})
    told = differences(path, 1, book, asked=[asked_of(breach)])
    assert any(line.startswith(("not found", "no label")) for line in told)


def test_limits_that_are_one_off_show_by_chance_alone() -> None:
    """Without a breach, since the limit itself is often reached."""
    book = load_rulebook(builtin(), position="intermediate", parameters={"activity_report_time": "86399 s"})
    assert any(differences(EMISSIONS, seed, book, asked=[]) for seed in range(8))


def test_a_finding_told_as_certain_across_a_gap_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from checker import pipeline

    monkeypatch.setattr(pipeline, "gaps_in", lambda *_, **__: [])
    assert any(differences(EMISSIONS, seed, gaps=6) for seed in range(1, 10))


# ---- seeds ----


def test_the_same_seed_gives_the_same_bytes_everywhere() -> None:
    scenario, _ = small()
    told = "".join(
        made.lines() + made.told() for made in (simulate(scenario, n, gaps=1, shuffle=True) for n in range(9))
    )
    assert hashlib.sha256(told.encode()).hexdigest() == DIGEST


DIGEST = "214390aae4657d1b15886f0afe0a34f53b09972579cb28f927dbd608d8b0514d"
"""Of the small scenario below; only a change of what is simulated may change it."""


def test_another_seed_gives_another_log() -> None:
    scenario, _ = loaded(EMISSIONS)
    assert simulate(scenario, 1).lines() == simulate(scenario, 1).lines() != simulate(scenario, 2).lines()


def test_a_breach_changes_nothing_but_what_it_is_about() -> None:
    scenario, _ = loaded(EMISSIONS)
    kept = {json.dumps(row) for row in _plain(simulate(scenario, 3, asked=[]).records)}
    broken = {json.dumps(row) for row in _plain(simulate(scenario, 3, asked=[asked_of("L-02=1 s")]).records)}
    assert len(kept - broken) == len(broken - kept) == 1


def _plain(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in record.items() if name not in ("id", "seq")} for record in records]


def test_shuffling_changes_the_order_alone() -> None:
    scenario, _ = loaded(EMISSIONS)
    plain, mixed = simulate(scenario, 3), simulate(scenario, 3, shuffle=True)
    assert plain.records != mixed.records
    assert sorted(map(json.dumps, plain.records)) == sorted(map(json.dumps, mixed.records))
    assert plain.labels == mixed.labels


def test_what_is_taken_out_is_told_and_missing() -> None:
    scenario, _ = loaded(EMISSIONS)
    made = simulate(scenario, 3, gaps=4)
    assert len(made.holes) == 4
    there = {(record["source"], record["seq"]) for record in made.records}
    for hole in made.holes:
        assert not {(hole.source, seq) for seq in range(hole.first, hole.last + 1)} & there
        assert {(hole.source, hole.first - 1), (hole.source, hole.last + 1)} & there
    assert [json.loads(line)["put_in"] for line in made.told().splitlines()].count("gap") == 4


def test_chance_is_even_and_reaches_both_ends() -> None:
    chance = Chance(1, "test")
    found = [chance.below(3) for _ in range(3000)]
    assert set(found) == {0, 1, 2}
    assert all(900 < found.count(one) < 1100 for one in range(3))
    drawn = [chance.between(0, 100_000_000) for _ in range(400)]
    assert drawn.count(0) > 25
    assert drawn.count(100_000_000) > 25
    assert all(one % 1_000_000 == 0 for one in drawn)
    assert chance.between(5, 5) == 5


# ---- formulas ----


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("15 min", LENGTH, 900_000_000),
        ("-15 min", LENGTH, -900_000_000),
        ("- 1 h + 15 min", LENGTH, -2_700_000_000),
        ("$limit + 1 s", LENGTH, 3_601_000_000),
        ("2 * $limit - 1 h 30 min", LENGTH, 1_800_000_000),
        ("25 % * $limit", LENGTH, 900_000_000),
        ("on + $limit", INSTANT, 3_600_000_005),
        ("on - on", LENGTH, 0),
        ("3 - 2 * 2", NUMBER, -1),
    ],
)
def test_formulas(text: str, kind: str, value: int) -> None:
    made = parse_formula(text)
    known = {"$limit": parse_value("1 h"), "on": parse_value("5 us")._replace(of=INSTANT)}  # type: ignore[union-attr]
    assert made.kind({name: one.of for name, one in known.items()}) == kind  # type: ignore[union-attr]
    found = made.value(lambda name: known[name])  # type: ignore[return-value]
    assert (found.of, found.whole) == (kind, value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a length of time"),
        ("1 h + ", "1 h +"),
        ("1 fortnight", "unknown unit"),
        ("on + on", "an instant cannot be added to an instant"),
        ("1 h + 3", "a number cannot be added to a length of time"),
        ("1 h * 1 h", "cannot be multiplied"),
        ("1 h - on", "cannot be taken from"),
        ("25:00", "25:00"),
        ("limt", "did you mean 'limit'?"),
    ],
)
def test_formulas_that_are_none(text: str, told: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - what it says is looked at below
        parse_formula(text).kind({"on": INSTANT, "limit": LENGTH})
    assert told in str(error.value)


def test_a_formula_knows_its_names() -> None:
    assert parse_formula("2 * $limit + on - 1 h").names == ["$limit", "on"]
    assert isinstance(parse_formula("1 h"), Formula)


# ---- mistakes in scenarios ----

BOOK = """
rulebook: {id: small, version: "1", title: Small}
events:
  ON: {name: text}
  OFF: {name: text}
intervals: {stay: {from: ON, until: OFF, per: [subject, name]}}
parameters:
  limit: {title: The limit, source: illustrative, value: 1 h}
  open: {title: No limit, source: illustrative, value: none}
constraints:
  - {id: S-1, title: Length, text: It lasts no longer., group: Test, severity: minor, source: illustrative, kind: duration, of: stay, at_most: $limit}
"""
SMALL = """
scenario: {id: small, title: Small, from: 2031-01-01T00:00:00Z, until: 2031-01-08T00:00:00Z}
assets: {A: {pause: 1 d}}
activities:
  - name: stay
    first: [0 s, 1 h]
    every: pause
    maybe: {late: 50 %}
    steps:
      - {type: ON, data: {name: "{n}"}}
      - {type: OFF, at: [1 min, $limit], data: {name: "{n}"}}
breaches:
  - {constraint: S-1, activity: stay, sizes: [1 us, 1 s], change: {OFF: {at: $limit + size}}, from: ON + $limit, until: OFF}
"""


def small(text: str = SMALL) -> tuple[Scenario, Rulebook]:
    return parse_scenario(
        text, lambda position, set_: parse_rulebook(BOOK, position=position, parameters=set_), "small.yaml"
    )


def test_a_small_scenario() -> None:
    scenario, book = small()
    for seed in range(20):
        made = simulate(scenario, seed)
        told, found = simulating.differences(made, simulating.report_on(made, scenario, book), scenario)
        assert not told
        assert found == made.labels
    one = simulate(scenario, 1, asked=[asked_of("S-1=1 us")])
    [label] = [json.loads(line) for line in one.told().splitlines()]
    assert label["margin"] == {"low": -0.000001, "high": -0.000001}
    assert (label["constraint"], label["subject"], label["unit"], label["size"]) == ("S-1", "A", "s", "1 us")


def test_the_scenario_of_the_documents() -> None:
    [book, *_] = re.findall(r"```yaml\n(rulebook: .*?)```", (ROOT / "constraints/README.md").read_text(), re.DOTALL)
    [text] = re.findall(r"```yaml\n(scenario: .*?)```", (ROOT / "docs/simulate.md").read_text(), re.DOTALL)
    scenario, found = parse_scenario(
        text, lambda position, set_: parse_rulebook(book, position=position, parameters=set_)
    )
    broken: set[str] = set()
    for seed in range(30):
        made = simulate(scenario, seed)
        report = simulating.report_on(made, scenario, found)
        assert not simulating.differences(made, report, scenario)[0]
        broken |= {label.breach for label in made.labels}
    assert broken == {"H-1", "H-2", "H-2 none", "H-3"}


@pytest.mark.parametrize(
    ("old", "new", "place", "told"),
    [
        ("title: Small,", "titel: Small,", ":2:", "did you mean 'title'?"),
        ("from: 2031-01-01T00:00:00Z", "from: 2031-02-01T00:00:00Z", ":2:", "ends before it begins"),
        ("from: 2031-01-01T00:00:00Z", "from: yesterday", ":2:", "yesterday"),
        ("assets: {A: {pause: 1 d}}", "assets: {}", ":3:", "there is no asset"),
        ("assets: {A: {pause: 1 d}}", "assets: {A: {paus: 1 d}}", ":7:12", "unknown name 'pause'"),
        ("every: pause", "every: $limt", ":7:12", "did you mean '$limit'?"),
        ("every: pause", "every: $open", ":7:12", "no limit under this position"),
        ("every: pause", "every: 3", ":7:12", "expected a length of time"),
        ("first: [0 s, 1 h]", "first: [0 s]", ":6:12", "expected both ends"),
        ("maybe: {late: 50 %}", "maybe: {late: 0.5}", ":8:", "share in whole percent"),
        ("{type: OFF, at", "{type: OF, at", ":11:", "did you mean 'OFF'?"),
        ("{type: OFF, at", "{type: OFF, if: lat, at", ":11:", "did you mean 'late'?"),
        ("{type: OFF, at", "{type: OFF, after: OM, at", ":11:", "there is no step 'OM' above"),
        ("{type: OFF, at", "{type: ON, at", ":11:", "there are two steps 'ON'"),
        ("data: {name: \"{n}\"}}\n      - {type: OFF", "data: {nam: \"{n}\"}}\n      - {type: OFF", ":10:", "did you mean 'name'?"),
        ("data: {name: \"{n}\"}}\n      - {type: OFF", "data: {}}\n      - {type: OFF", ":10:", "ON carries a field 'name'"),
        ("data: {name: \"{n}\"}}\n      - {type: OFF", "data: {name: \"{m}\"}}\n      - {type: OFF", ":10:", "unknown name 'm'"),
        ("constraint: S-1", "constraint: S-2", ":13:", "did you mean 'S-1'?"),
        ("activity: stay", "activity: stya", ":13:", "did you mean 'stay'?"),
        ("change: {OFF:", "change: {OF:", ":13:", "did you mean 'OFF'?"),
        ("sizes: [1 us, 1 s]", "sizes: [1 us, 1]", ":13:", "some sizes are lengths of time"),
        ("from: ON + $limit", "from: $limit", ":13:", "expected an instant"),
        ("from: ON + $limit, ", "", ":13:", "`from` is missing"),
        ("$limit + size}}", "$limit + size, gap: 1 h}}", ":13:", "is no row of records"),
        ("{OFF: {at: $limit + size}}", "{}, every: 2 d, if: {early: true}", ":13:", "there is no alternative 'early'"),
        ("breaches:", "braeches:", ":12:", "did you mean 'breaches'?"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_place(old: str, new: str, place: str, told: str) -> None:
    text = SMALL.replace(old, new, 1)
    assert text != SMALL
    with pytest.raises(CheckerError) as error:
        small(text)
    assert any(f"small.yaml{place}" in str(problem) and told in str(problem) for problem in error.value.problems), str(
        error.value
    )


def test_a_position_that_there_is_not_is_told_at_its_place() -> None:
    with pytest.raises(CheckerError, match=r"small.yaml:2:\d+: the rulebook has no position 'hers'"):
        small(SMALL.replace("title: Small,", "title: Small, position: hers,"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("at: [1 min, $limit]", "at: -2 h", "begins before observation does"),
        ("at: $limit + size", "at: 20 d", "fits nowhere"),
    ],
)
def test_what_cannot_be_simulated_is_told(old: str, new: str, told: str) -> None:
    scenario, _ = small(SMALL.replace(old, new, 1))
    with pytest.raises(UsageError, match=told):
        simulate(scenario, 1, asked=[Ask("S-1")])


@pytest.mark.parametrize(("after", "labels"), [("144 h", {1}), ("145 h", set()), ("8 d", set())])
def test_what_would_be_broken_after_the_end_of_observation_is_not_broken(after: str, labels: set[int]) -> None:
    old = "change: {OFF: {at: $limit + size}}, from: ON + $limit, until: OFF"
    never = (
        f"change: {{OFF: {{omit: true}}}}, size: at least until - start - {after}, from: start + {after}, until: until"
    )
    text = SMALL.replace(old, never).replace("sizes: [1 us, 1 s], ", "").replace("every: pause", "times: 1")
    scenario, _ = small(text.replace("first: [0 s, 1 h]", "first: 1 d - 1 h"))
    assert {len(simulate(scenario, seed).labels) for seed in range(20)} - {0} == labels


def test_what_stands_alone_has_nothing_beside_it() -> None:
    scenario, _ = small(SMALL.replace("activity: stay, sizes", "activity: stay, alone: true, sizes"))
    assert {len(simulate(scenario, seed).labels) for seed in range(20)} == {0, 1}
    with pytest.raises(UsageError, match="fits nowhere"):
        simulate(scenario, 1, asked=[Ask("S-1"), Ask("S-1")])


def test_a_breach_that_there_is_not_is_told() -> None:
    scenario, _ = small()
    with pytest.raises(UsageError, match="did you mean 'S-1'"):
        simulate(scenario, 1, asked=[Ask("S-11")])
    with pytest.raises(UsageError, match="no size"):
        asked_of("S-1=long")
    with pytest.raises(UsageError, match="no contradictions"):
        simulate(scenario, 1, contradictions=1)


# ---- schema ----


def test_the_schema_accepts_the_shipped_scenarios() -> None:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in SHIPPED:
        assert not list(validator.iter_errors(_texts(read(path.read_text())))), path


def _texts(node: Any) -> Any:
    """As an editor's YAML reader has it; instants are texts."""
    return plain_value(node)


def test_every_field_of_a_scenario_is_described() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for name, field in node.get("properties", {}).items():
                assert isinstance(field, dict)
                assert "description" in field or "$ref" in field, name
            for part in node.values():
                walk(part)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    walk(scenario_schema())


# ---- command line ----


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "checker", *arguments], check=False, cwd=cwd, capture_output=True, encoding="utf-8",
        timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "book.yaml").write_text(BOOK)
    (tmp_path / "small.yaml").write_text(SMALL)
    return "simulate", "-r", "book.yaml", "--scenario", "small.yaml"


def test_a_log_is_printed_and_its_labels_are_written(tmp_path: Path) -> None:
    command = files(tmp_path)
    made = run(*command, "--breach", "S-1=1 s", "--labels", "labels.jsonl", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "1 labels; complete for --from 2031-01-01T00:00:00Z --until 2031-01-08T00:00:00Z" in made.stderr
    assert json.loads(made.stdout.splitlines()[0])["type"] == "ON"
    [label] = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
    assert label["constraint"] == "S-1"
    again = run(*command, "--breach", "S-1=1 s", "--output", "log.jsonl", cwd=tmp_path)
    assert (tmp_path / "log.jsonl").read_text() == made.stdout
    assert again.stdout == ""
    found = run("check", "-r", "book.yaml", "log.jsonl", "--format", "json", cwd=tmp_path)
    assert [one["margin"]["high"] for one in json.loads(found.stdout)["findings"] if one["verdict"] == "violated"] == [
        -1
    ]
    kept = run(*command, "--none", "--output", "kept.jsonl", cwd=tmp_path)
    assert kept.returncode == 0
    assert run("check", "-r", "book.yaml", "kept.jsonl", cwd=tmp_path).returncode == 0


def test_many_logs_are_checked(tmp_path: Path) -> None:
    found = run(*files(tmp_path), "--check", "--count", "30", cwd=tmp_path)
    assert found.returncode == 0, found.stdout
    assert "30 logs" in found.stdout
    assert "0 false findings" in found.stdout
    data = json.loads(run(*files(tmp_path), "--check", "--count", "5", "--format", "json", cwd=tmp_path).stdout)
    assert (data["logs"], data["false"], data["misses"]) == (5, 0, [])
    schema = json.loads(run("schema", "simulate", cwd=tmp_path).stdout)
    jsonschema.Draft202012Validator(schema).validate(data)


def test_a_log_that_comes_out_otherwise_ends_with_2(tmp_path: Path) -> None:
    command = files(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL.replace("until: OFF}", "until: OFF, size: 2 * size}"))
    found = run(*command, "--check", "--breach", "S-1=1 s", cwd=tmp_path)
    assert found.returncode == 2
    assert "not found: S-1 of A by 2 s" in found.stdout
    assert "no label: S-1 violated of A, margin -1 to -1 s" in found.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--none", "--breach", "S-1"), "do not go together"),
        (("--count", "3"), "add --check"),
        (("--check", "--labels", "x"), "leave out --check"),
        (("--breach", "S-2"), "did you mean 'S-1'"),
        (("--check", "--format", "xml"), "unknown format"),
    ],
)
def test_usage(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    made = run(*files(tmp_path), *options, cwd=tmp_path)
    assert made.returncode == 2
    assert told in made.stderr
    assert "Traceback" not in made.stderr


def test_a_scenario_that_is_not_there(tmp_path: Path) -> None:
    files(tmp_path)
    made = run("simulate", "-r", "book.yaml", "--scenario", "none.yaml", cwd=tmp_path)
    assert made.returncode == 2
    assert "none.yaml: cannot be read" in made.stderr
