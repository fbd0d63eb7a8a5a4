"""Loading rulebooks: files merged, positions and parameters resolved, mistakes told at their places."""

import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from checker.errors import RulebookError, UsageError
from checker.measure import Length
from checker.rulebook import load_rulebook, parse_rulebook
from checker.rulebook.schema import rulebook_schema
from checker.yamltree import Text, core_value, load

ROOT = Path(__file__).resolve().parents[2]

HEAD = """
rulebook: {id: t, version: "1", title: T, zone: UTC+3}
positions: {one: {title: One}, two: {title: Two}}
events: {ON: {auth: text, state: text?}, OFF: {}, AT: {position: mapping}}
"""
LIMIT = """
  - id: {id}
    title: T
    text: T.
    group: G
    severity: minor
    source: illustrative
"""


def book(text: str, **options: Any) -> Any:
    return parse_rulebook(HEAD + textwrap.dedent(text), **options)


def constraint(formal: str, name: str = "C-1") -> str:
    """A constraint with its formal part, as an entry of the list."""
    return LIMIT.format(id=name) + textwrap.indent(textwrap.dedent(formal).strip("\n"), "    ") + "\n"


def problems(text: str, **options: Any) -> list[str]:
    with pytest.raises(RulebookError) as caught:
        book(text, **options)
    return [problem.message for problem in caught.value.problems]


EMISSION = "intervals: {emission: {from: ON, until: OFF}}\n"


def limit_of(made: Any) -> Any:
    (rule,) = made.constraints[0].clauses[0].rules
    return rule.limit.at_most


def test_parameters_by_position_and_set() -> None:
    text = (
        EMISSION
        + "parameters: {limit: {title: L, values: {one: 60 min, two: PT2H}}}\nconstraints:"
        + constraint("kind: duration\nof: emission\nat_most: $limit")
    )
    assert limit_of(book(text)) == 3_600_000_000
    assert limit_of(book(text, position="two")) == 7_200_000_000
    assert limit_of(book(text, parameters={"limit": "1 s"})) == 1_000_000
    assert book(text, position="two").parameters == {"limit": "PT2H"}
    with pytest.raises(UsageError, match="three"):
        book(text, position="three")


def test_values_may_stand_with_the_position() -> None:
    text = (
        EMISSION
        + "parameters: {limit: {title: L, value: 60 min}}\nconstraints:"
        + constraint("kind: duration\nof: emission\nat_most: $limit")
    ).replace("constraints:", "constraints:")
    head = HEAD.replace("two: {title: Two}", "two: {title: Two, values: {limit: 5 min}}")
    assert limit_of(parse_rulebook(head + text)) == 3_600_000_000
    assert limit_of(parse_rulebook(head + text, position="two")) == 300_000_000


def test_none_and_not_in_force() -> None:
    text = (
        EMISSION
        + "parameters: {limit: {title: L, values: {one: none, two: 1 h}}}\nconstraints:"
        + constraint("kind: duration\nof: emission\nat_most: $limit")
        + constraint("kind: duration\nof: emission\nat_most: 1 h\nunder: {two: not_in_force}", "C-2")
    )
    assert [c.in_force for c in book(text).constraints] == [False, True]
    assert [c.in_force for c in book(text, position="two").constraints] == [True, False]


def test_under_changes_fields_or_the_whole_form() -> None:
    text = (
        EMISSION
        + "constraints:"
        + constraint(
            """
            kind: duration
            of: emission
            at_most: 1 h
            under:
              one: {at_most: 2 h}
              two: {kind: never, event: ON}
            """
        )
    )
    assert limit_of(book(text)) == 7_200_000_000
    assert book(text, position="two").constraints[0].kind == "never"


def test_a_parameter_that_changes_over_time_gives_a_rule_for_each_value() -> None:
    text = (
        EMISSION
        + """
parameters:
  limit:
    title: L
    value:
      - {until: 2031-01-01, value: 30 d}
      - {from: 2031-01-01, value: 60 d}
constraints:"""
        + constraint("kind: duration\nof: emission\nat_most: $limit")
    )
    rules = book(text).constraints[0].clauses[0].rules
    assert all(isinstance(rule.measure, Length) for rule in rules)
    assert [rule.limit.at_most for rule in rules] == [30 * 86_400_000_000, 60 * 86_400_000_000]
    assert rules[0].end == rules[1].start == 1_924_981_200_000_000  # 2031-01-01T00:00+03:00


def test_files_of_a_folder_are_merged_and_clash_aloud(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + EMISSION)
    (tmp_path / "b.yaml").write_text("constraints:" + constraint("kind: duration\nof: emission\nat_most: 1 h"))
    (tmp_path / "ignored.txt").write_text("no rulebook")
    assert [c.id for c in load_rulebook(tmp_path).constraints] == ["C-1"]
    (tmp_path / "c.yaml").write_text(EMISSION + "rulebook: {id: x, version: '1', title: X}\n")
    with pytest.raises(RulebookError) as caught:
        load_rulebook(tmp_path)
    told = [str(p) for p in caught.value.problems]
    assert any("'emission' is defined twice" in text and "a.yaml" in text for text in told)
    assert any("`rulebook` is given twice" in text for text in told)


def test_digest_is_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(HEAD)
    before = load_rulebook(path).digest
    assert load_rulebook(path).digest == before
    path.write_text(HEAD + "# changed\n")
    assert load_rulebook(path).digest != before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("constraints: {}", "`constraints` is a list"),
        ("constraints:" + constraint("kind: never"), "expected exactly one of `event` or `interval`, found neither"),
        ("constraints:" + constraint("kind: never\nevent: ON\ninterval: x"), "unknown interval 'x'"),
        ("constraints:" + constraint("kind: duration\nof: {from: ON, until: OFF}"), "expected a limit: `at_most` or"),
        ("constraints:" + constraint("kind: duration\nof: {from: ON}\nat_most: 1 h"), "needs `until`"),
        ("constraints:" + constraint("kind: never\nevent: {type: ON, auth: {at_mots: 3}}"), "unknown test 'at_mots'"),
        ("constraints:" + constraint("kind: never\nevent: {type: ON, auth: {matches: '(a'}}"), "not a regular expression"),
        ("constraints:" + constraint("kind: never\nevent: {auth: {in_register: r}}"), "unknown register 'r'"),
        ("constraints:" + constraint("kind: never\nevent: ON\nunder: {three: not_in_force}"), "unknown position 'three'"),
        ("constraints:" + constraint("kind: never\nevent: ON\nclauses: [{kind: never, event: OFF}]"), "beside `clauses`"),
        ("constraints:" + constraint("kind: count\nevent: ON\nat_most: 1\nin: 1 d\neach: day"), "do not go together"),
        ("constraints:" + constraint("kind: count\nevent: ON\nat_most: 1\neach: fortnight"), "`each` is 'fortnight'"),
        ("constraints:" + constraint("kind: total\nevent: ON\nfield: auth\nin: 1 d\nat_most: 1 h"), "must be a number"),
        (
            "intervals: {v: {event: ON, per: [auth]}}\nconstraints:" + constraint("kind: during\nevent: OFF\ninside: v"),
            "kept apart by 'auth', which its occasions do not carry",
        ),
        ("constraints:" + constraint("effective: {from: 2031-02-30}\nkind: never\nevent: ON"), "no day 30 in February"),
        ("constraints:" + constraint("effective: {from: 2031-02-03, until: 2031-02-03}\nkind: never\nevent: ON"), "no time"),
        ("parameters: {p: {title: P, values: {one: 1}}}", "has no value under 'two'"),
        ("calendars: {c: {hours: 25:00-26:00}}", "no hour 25"),
        ("calendars: {c: {days: [funday]}}", "'funday' is not a weekday"),
        ("registers: {r: [{member: a, place: {type: Point, coordinates: [200, 0]}}]}", "longitude lies within"),
        ("registers: {r: [{member: a, from: 2031-01-02, until: 2031-01-01}]}", "listed for no time"),
        ("intervals: {a: {not: b}, b: {not: a}}", "is defined by itself"),
        ("mapping: {tiem: ts}", "unknown field 'tiem'"),
    ],
)  # fmt: skip
def test_mistakes(text: str, message: str) -> None:
    assert any(message in told for told in problems(text)), problems(text)


def test_an_unknown_field_is_named_after_those_of_its_own_place() -> None:
    moves = "kind: sequence\nmoves: [{event: ON, form: a, to: b}]\nallowed: {a: [b]}"
    with pytest.raises(RulebookError) as caught:
        book("constraints:" + constraint(moves))
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == ("unknown field 'form'", "did you mean 'from'?")


def plain(node: Any) -> Any:
    """A node as an editor's YAML 1.2 reader sees it."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(item) for item in node]
    value = core_value(node) if isinstance(node, Text) else node
    return value if isinstance(value, (str, int, bool)) or value is None else float(value)


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "constraints").glob("*.yaml")), ROOT / "fixtures/rulebooks/small.yaml"],
    ids=lambda path: path.name,
)
def test_schema_accepts_what_the_loader_accepts(path: Path) -> None:
    document = load(path.read_bytes(), path.name, [])
    assert document is not None
    jsonschema.validate(plain(document.root), rulebook_schema(), cls=jsonschema.Draft202012Validator)


def test_schema_refuses_unknown_fields_and_describes_every_field() -> None:
    schema = rulebook_schema()
    document = load((ROOT / "fixtures/rulebooks/mistakes.yaml").read_bytes(), "mistakes.yaml", [])
    assert document is not None
    validator = jsonschema.Draft202012Validator(schema)
    assert len(list(validator.iter_errors(plain(document.root)))) >= 4
    pending: list[tuple[str, Any]] = [("", schema)]
    while pending:
        place, part = pending.pop()
        for field, told in (part.get("properties") or {}).items() if isinstance(part, dict) else ():
            assert told.get("description") or "const" in told, f"{place}/{field}"
        inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        pending += [(f"{place}/{name}", one) for name, one in inner]
