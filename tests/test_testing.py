"""Examples of rulebooks are read strictly, judged on the line that checks logs, and mutants show what they miss."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checker.cli import root
from checker.errors import RulebookError
from checker.rulebook import parse_rulebook
from checker.rulebook.examples import load_examples, parse_examples
from checker.rulebook.schema import rulebook_schema
from checker.rulebook.shorthand import full_time, record
from checker.tested import Outcome
from checker.testing import run

BOOK = """
rulebook: {id: harbour, version: "1", title: Harbour visits}
positions: {strict: {title: Strict}, lax: {title: Lax}}
parameters: {longest: {title: Longest stay, values: {strict: 21 d, lax: 30 d}}}
events:
  ENTRY: {visit: text, tonnage: {type: number, unit: t}, class: {values: [WARSHIP, AUXILIARY]}}
  EXIT: {visit: text}
  LOST: {visit: text}
intervals: {stay: {from: ENTRY, until: [EXIT, LOST], per: [subject, visit]}}
constraints:
  - id: H-1
    title: Stay
    text: A ship leaves at the latest 21 days after it entered.
    group: Stays
    severity: major
    source: illustrative
    kind: duration
    of: stay
    at_most: $longest
  - id: H-2
    title: Tonnage
    text: No ship has more than 15,000 t.
    group: Ships
    severity: minor
    source: illustrative
    kind: always
    event: {type: ENTRY, class: [WARSHIP, AUXILIARY]}
    field: tonnage
    at_most: 15000
examples:
"""
KEPT = """
  - name: Exactly 21 days
    log:
      - 05-01T06:00 ENTRY S visit=007 tonnage=9000 class=WARSHIP
      - 05-22T06:00 EXIT S visit=007
    expect: {H-1: {verdict: satisfied, margin: 0 s}, H-2: {verdict: satisfied, margin: 6000}}
"""
BROKEN = """
  - name: A minute longer
    log:
      - 05-01T06:00 ENTRY S visit=V1 tonnage=9000 class=WARSHIP
      - 05-22T06:01 LOST S visit=V1
    expect: {H-1: {verdict: violated, margin: -1 min, from: 05-22T06:00, until: 05-22T06:01, findings: 1}}
"""
HEAVY = """
  - name: Too heavy
    log: [05-01T06:00 ENTRY S visit=V1 tonnage=15000.5 class=AUXILIARY]
    expect: {H-2: {verdict: violated, margin: -0.5, measured: 15000.5, activations: 1}}
"""


def outcome_of(text: str, **asked: Any) -> Outcome:
    return run(
        parse_examples(text),
        lambda position, parameters: parse_rulebook(text, position=position, parameters=parameters),
        **asked,
    )


def test_examples_that_come_out_pass() -> None:
    made = outcome_of(BOOK + KEPT + BROKEN + HEAVY)
    assert [(one.name, one.verdict) for one in made.examples] == [
        ("Exactly 21 days", "passed"), ("A minute longer", "passed"), ("Too heavy", "passed"),
    ]  # fmt: skip
    assert made.good
    assert not made.lacking
    assert [(row.constraint, row.seen, row.unseen) for row in made.coverage] == [
        ("H-1", {"satisfied": 1, "violated": 1}, []),
        ("H-2", {"satisfied": 1, "violated": 1}, []),
    ]


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("{H-1: satisfied}", "H-1: expected satisfied, found violated: A ship leaves"),
        ("{H-1: {verdict: violated, margin: -59 s}}", "expected one with margin -59, found margin -60"),
        ("{H-1: {verdict: violated, measured: 21 d}}", "expected one with measured 1814400, found measured 1814460"),
        ("{H-1: {verdict: violated, findings: 2}}", "expected 2 findings, found 1"),
        ("{H-1: {verdict: violated, activations: 2}}", "expected 2 occasions, found 1"),
        ("{H-1: {verdict: violated, from: 05-22T06:01}}", "found from 2031-05-22T06:00:00Z"),
        ("{H-1: {verdict: violated, reason: gap}}", "expected one with reason gap, found reason None"),
    ],
)
def test_what_comes_out_otherwise_fails_and_is_told(expect: str, told: str) -> None:
    changed = BROKEN[: BROKEN.index("expect")] + f"expect: {expect}\n"
    made = outcome_of(BOOK + changed)
    assert made.examples[0].verdict == "failed"
    assert told in made.examples[0].differences[0]


def test_a_record_that_cannot_be_read_fails_its_example() -> None:
    made = outcome_of(BOOK + KEPT.replace("05-01T06:00", "2031-02-30T06:00:00Z"))
    assert "record 1 cannot be read" in made.examples[0].differences[0]


def test_an_example_of_another_position_is_judged_under_it() -> None:
    lax = KEPT.replace("name: Exactly 21 days", "name: lax\n    position: lax").replace("margin: 0 s", "margin: 9 d")
    own = KEPT.replace("name: Exactly 21 days", "name: own\n    set: {longest: 22 d}").replace("0 s", "1 d")
    assert outcome_of(BOOK + lax + own).good


def test_a_value_that_does_not_fit_is_an_error_of_that_example_alone() -> None:
    wrong = KEPT.replace("name: Exactly 21 days", "name: own\n    set: {longest: long}")
    made = outcome_of(BOOK + wrong + BROKEN)
    assert [one.verdict for one in made.examples] == ["error", "passed"]


def test_coverage_tells_what_was_not_seen() -> None:
    made = outcome_of(BOOK + KEPT)
    by_id = {row.constraint: row for row in made.coverage}
    assert by_id["H-1"].seen == {"satisfied": 1}
    assert by_id["H-1"].unseen == ["LOST"]
    assert by_id["H-2"].unseen == ["`class` AUXILIARY"]
    assert not by_id["H-2"].complete


def test_mutants_show_what_no_example_notices() -> None:
    sharp = outcome_of(BOOK + KEPT + BROKEN + HEAVY, mutate=True).mutation
    assert sharp is not None
    dull = outcome_of(
        BOOK + KEPT.replace("{verdict: satisfied, margin: 0 s}", "satisfied").replace("05-22", "05-02"), mutate=True
    ).mutation
    assert dull is not None
    assert dull.mutants == sharp.mutants
    assert {(s.of, s.change) for s in sharp.survivors} == {
        ("interval stay", "`visit` no longer tells apart"),
        ("H-2", "the limit itself counts as a breach"),
        ("H-2", "without the test: `class` WARSHIP or AUXILIARY"),
    }
    changes = {s.change for s in dull.survivors}
    assert "`at_most` 21 d became 20 d 19 h" in changes
    assert "without the alternative: LOST" in changes


BEFORE = """
rulebook: {id: notices, version: "1", title: Notices}
events: {NOTICE: {visit: text}, CALL: {visit: text}, ENTRY: {visit: text}, AT: {point: mapping}}
registers: {bases: [{member: B, place: {type: Point, coordinates: [0, 0]}}]}
constraints:
  - {id: N-1, title: t, text: t., group: g, severity: minor, source: illustrative, kind: preceded_by, event: ENTRY,
     by: {type: [NOTICE, CALL], visit: V1}}
  - {id: N-2, title: t, text: t., group: g, severity: minor, source: illustrative, kind: distance, event: AT,
     field: point, to: bases, at_least: 1000}
examples:
  - name: One
    log: [08:00 NOTICE A visit=V1, 08:00 ENTRY A visit=V2, "08:00 AT A point={type: Point, coordinates: [1, 1]}"]
    expect: {N-1: satisfied, N-2: satisfied}
"""


def test_no_mutant_is_made_that_nothing_could_notice() -> None:
    made = outcome_of(BEFORE, mutate=True).mutation
    assert made is not None
    changes = [(s.of, s.change) for s in made.survivors]
    assert ("N-1", "without CALL") in changes or ("N-1", "without the alternative: CALL") in changes
    assert ("N-2", "`at_least` 1000 m became 1010 m") in changes
    assert not [change for _, change in changes if "-1 s" in change or "NOTICE or CALL" in change]
    assert ("N-2", "the limit itself counts as a breach") not in changes


def test_a_constraint_that_cannot_be_read_is_not_missing_too() -> None:
    with pytest.raises(RulebookError) as caught:
        parse_examples(BOOK.replace("of: stay", "of: sty") + KEPT)
    assert "sty" in str(caught.value)
    assert "no constraint" not in str(caught.value)


def test_only_names_constraints_and_groups() -> None:
    made = outcome_of(BOOK + KEPT + BROKEN + HEAVY, only=("Ships",))
    assert [one.name for one in made.examples] == ["Exactly 21 days", "Too heavy"]
    assert [row.constraint for row in made.coverage] == ["H-2"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ENTRY S", "ENTRI S", "unknown event type 'ENTRI'"),
        ("visit=007", "vist=007", "ENTRY has no field 'vist'"),
        ("tonnage=9000", "tonnage", "expected `field=value`"),
        ("S visit=007 tonnage", "visit=007 tonnage", "is the subject; expected `-`"),
        ("H-1:", "H-9:", "the rulebook has no constraint 'H-9'"),
        ("verdict: satisfied, margin: 0 s", "verdict: kept", "'kept' is no verdict"),
        ("margin: 0 s", "margin: soon", "'soon'"),
        ("margin: 0 s", "findings: -1", "expected a whole number"),
        ("margin: 0 s", "margn: 0 s", "unknown field 'margn'"),
        ("name: Exactly 21 days", "name: x\n    position: laxx", "no position 'laxx'"),
        ("name: Exactly 21 days", "name: x\n    set: {longst: 2 d}", "no parameter 'longst'"),
        ("name: Exactly 21 days", "name: x\n    day: 2031-02-30", "2031-02-30"),
        ("name: Exactly 21 days", "nme: x", "unknown field 'nme'"),
    ],
)
def test_mistakes_are_told_with_their_place(old: str, new: str, told: str) -> None:
    assert old in KEPT
    with pytest.raises(RulebookError) as caught:
        parse_examples(BOOK + KEPT.replace(old, new, 1))
    assert told in str(caught.value)
    assert caught.value.problems[0].location is not None
    assert caught.value.problems[0].location.line > BOOK.count("\n")


def test_names_are_unique() -> None:
    with pytest.raises(RulebookError, match="two examples 'Exactly 21 days'"):
        parse_examples(BOOK + KEPT + KEPT)


def test_a_check_does_not_look_at_examples() -> None:
    assert parse_rulebook(BOOK + "  - nonsense").id == "harbour"


def test_a_folder_of_examples_belongs_to_a_folder_of_rules(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "rules.yaml").write_text(BOOK.replace("examples:\n", ""))
    (tmp_path / "examples" / "one.yaml").write_text("examples:" + KEPT)
    assert [one.name for one in load_examples(tmp_path)] == ["Exactly 21 days"]
    done = CliRunner().invoke(root, ["test", "-r", str(tmp_path)], standalone_mode=False)
    assert done.return_value == 0, done.output


def test_times_may_be_short() -> None:
    assert full_time("08:00", "2031-05-03") == "2031-05-03T08:00:00Z"
    assert full_time("08:00:00.5", "2031-05-03") == "2031-05-03T08:00:00.5Z"
    assert full_time("06-01T08:00", "2031-05-03") == "2031-06-01T08:00:00Z"
    assert full_time("2032-06-01T08:00:00+03:00", "2031-05-03") == "2032-06-01T08:00:00+03:00"
    made = record("08:00 X - a=[1, b] c='4' id=7 received_at=09:00 n=", day="2031-05-03")
    assert made == {
        "time": "2031-05-03T08:00:00Z", "type": "X", "id": 7, "received_at": "2031-05-03T09:00:00Z",
        "data": {"a": [1, "b"], "c": "4", "n": None},
    }  # fmt: skip


def test_the_command_prints_what_failed_and_ends_with_2(tmp_path: Path) -> None:
    book = tmp_path / "book.yaml"
    book.write_text(BOOK + KEPT + BROKEN.replace("-1 min", "-2 min"))
    done = CliRunner().invoke(
        root, ["test", "-r", str(book), "--mutate", "--output", f"junit:{tmp_path}/j.xml", "--output", f"json:{tmp_path}/j.json"],
        standalone_mode=False,
    )  # fmt: skip
    assert done.return_value == 2
    assert "FAILED A minute longer" in done.output
    assert "expected one with margin -120, from" in done.output
    assert "2 examples: 1 passed, 1 failed, 0 errors" in done.output
    suite = ElementTree.parse(tmp_path / "j.xml").getroot()  # noqa: S314
    assert [(s.get("tests"), s.get("failures")) for s in suite] == [("2", "1")]
    assert json.loads((tmp_path / "j.json").read_text())["failed"] == 1


def test_strict_wants_full_coverage(tmp_path: Path) -> None:
    book = tmp_path / "book.yaml"
    book.write_text(BOOK + KEPT)
    arguments = ["test", "-r", str(book)]
    assert CliRunner().invoke(root, arguments, standalone_mode=False).return_value == 0
    assert CliRunner().invoke(root, [*arguments, "--strict"], standalone_mode=False).return_value == 2


def test_the_schema_knows_examples() -> None:
    import jsonschema

    schema = rulebook_schema()
    schema["required"] = []
    good = {
        "examples": [{"name": "x", "log": ["08:00 A B"], "expect": {"X": "violated", "Y": {"verdict": "satisfied"}}}]
    }
    jsonschema.validate(good, schema)
    bad = {"examples": [{"name": "x", "log": ["08:00 A B"], "expect": {"X": "broken"}}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, schema)


def test_from_python(tmp_path: Path) -> None:
    import jsonschema

    from checker import run_examples

    book = tmp_path / "book.yaml"
    book.write_text(BOOK + KEPT)
    made = run_examples(book, mutate=True)
    assert made.passed == 1
    jsonschema.validate(made.to_dict(), Outcome.schema())


def test_the_examples_of_the_guide_come_out() -> None:
    text = (Path(__file__).resolve().parents[1] / "constraints/README.md").read_text()
    small = re.search(r"## A whole small rulebook\n\n```yaml\n(.*?)```", text, re.DOTALL)
    examples = re.search(r"```yaml\n(examples:\n.*?)```", text, re.DOTALL)
    assert small is not None
    assert examples is not None
    assert outcome_of(small.group(1) + examples.group(1)).passed == 2
