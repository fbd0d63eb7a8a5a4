"""One log under several positions: what S2 shows, and what follows from the rulebook alone."""

import csv
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import HEAD

import checker
from checker.answers import Comparison
from checker.comparison import by_rulebook
from checker.errors import UsageError
from checker.rulebook import load_rulebook, parse_rulebook

ROOT = Path(__file__).resolve().parents[1]
LOG = ROOT / "fixtures/logs/s2_violating.jsonl"
BOTH = ("intermediate", "turkish-limited-use")
OPPOSITE = {"equal": "equal", "incomparable": "incomparable", "stricter": "looser", "looser": "stricter"}


def s2() -> dict[str, Any]:
    with (ROOT / "fixtures/expected/index.csv").open(encoding="utf-8", newline="") as file:
        run = next(row for row in csv.reader(file) if row[0] == "s2_violating" and row[4] == "intermediate")
    return {"observed_from": run[2], "observed_until": run[3], "only": run[5].split()}


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return checker.compare(LOG, positions=BOTH, **s2())


def test_s2_has_18_findings_against_7_and_it_is_said_why(compared: Comparison) -> None:
    assert [(t.position, t.verdict, t.violated) for t in compared.totals] == [
        ("intermediate", "violated", 18), ("turkish-limited-use", "violated", 7),
    ]  # fmt: skip
    assert len(compared.only_in) == 11
    assert {one.position for one in compared.only_in} == {"intermediate"}
    row = next(row for row in compared.constraints if row.id == "R-02")
    assert row.parameters == {"notice_period": {"intermediate": "72 h", "turkish-limited-use": "24 h"}}
    assert [(side.violated, side.worst) for side in row.sides] == [(1, "23 h 50 min"), (0, None)]
    assert [(r.by_rulebook, r.on_log) for r in row.relations] == [("looser", "looser")]
    gone = next(row for row in compared.constraints if row.id == "V-02")
    assert [side.in_force for side in gone.sides] == [True, False]
    assert [(r.by_rulebook, r.on_log) for r in gone.relations] == [("looser", "looser")]
    same = next(row for row in compared.constraints if row.id == "N-01")
    assert same.same
    for one in compared.only_in:
        row = next(row for row in compared.constraints if row.id == one.finding.constraint)
        assert not row.same
        assert row.parameters or any(relation.because for relation in row.relations), row.id


def test_the_positions_are_only_partly_ordered() -> None:
    made = checker.compare(LOG, positions=["intermediate", "crete-model"], **s2())
    seen = {row.id: row.relations[0].by_rulebook for row in made.constraints}
    assert (seen["R-02"], seen["R-03"]) == ("stricter", "looser")


def test_the_other_way_round_is_the_opposite(compared: Comparison) -> None:
    back = checker.compare(LOG, positions=BOTH[::-1], **s2())
    for one, other in zip(compared.constraints, back.constraints, strict=True):
        for a, b in zip(one.relations, other.relations, strict=True):
            assert (OPPOSITE[a.by_rulebook], OPPOSITE[a.on_log]) == (b.by_rulebook, b.on_log), one.id


def test_by_the_rulebook_each_pair_of_positions_is_antisymmetric() -> None:
    names = ("us-demand", "turkish-limited-use", "crete-model", "intermediate")
    books = {name: load_rulebook(position=name).constraints for name in names}
    for one, two in permutations(names, 2):
        for a, b in zip(books[one], books[two], strict=True):
            assert OPPOSITE[by_rulebook(a, b)[0]] == by_rulebook(b, a)[0], (a.id, one, two)


def test_a_position_twice_or_one_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="at least two"):
        checker.compare(LOG, positions=["intermediate", "intermediate"])
    with pytest.raises(UsageError, match="did you mean 'intermediate'"):
        checker.compare(LOG, positions=["intermediat", "crete-model"])


def test_a_stricter_position_never_has_less_on_the_log(compared: Comparison) -> None:
    for row in compared.constraints:
        for relation in row.relations:
            if relation.by_rulebook == "looser":
                assert relation.on_log in ("looser", "equal"), row.id


HEADS = "".join(f"    {name}: {text}\n" for name, text in HEAD.items())
FORMS = st.sampled_from(
    [
        f"kind: total\n    of: {{from: ON, until: OFF}}\n    {window}\n    at_most: {most}"
        for window in ("in: 2 h", "in: 3 h", "each: day") for most in ("1 h", "2 h")
    ] + [f"kind: duration\n    of: {{from: ON, until: OFF}}\n    at_most: {most}" for most in ("30 min", "1 h")]
    + [f"kind: count\n    event: ON\n    each: day\n    {limit}" for limit in ("at_most: 2", "at_least: 1", "at_least: 2")]
)  # fmt: skip


def constraint(form: str) -> Any:
    text = f"rulebook: {{id: s, version: '1', title: S}}\nevents: {{ON: {{}}, OFF: {{}}}}\nconstraints:\n  -\n{HEADS}    {form}\n"
    return parse_rulebook(text).constraints[0]


@settings(max_examples=60, deadline=None)
@given(one=FORMS, two=FORMS)
def test_forms_are_antisymmetric_and_equal_to_themselves(one: str, two: str) -> None:
    a, b = constraint(one), constraint(two)
    assert by_rulebook(a, a)[0] == "equal"
    assert OPPOSITE[by_rulebook(a, b)[0]] == by_rulebook(b, a)[0]
    assert (by_rulebook(a, b)[0] == "equal") == (one == two)


@pytest.mark.parametrize(
    ("one", "two", "relation"),
    [
        ("in: 30 d\n    at_most: 40 h", "in: 365 d\n    at_most: 12 h", "stricter"),
        ("in: 30 d\n    at_most: 12 h", "in: 365 d\n    at_most: 40 h", "incomparable"),
        ("each: month\n    at_most: 12 h", "each: year\n    at_most: 12 h", "stricter"),
        ("each: week\n    at_most: 12 h", "each: year\n    at_most: 12 h", "incomparable"),
        ("in: 30 d\n    at_least: 1 h", "in: 365 d\n    at_least: 1 h", "incomparable"),
        ("in: 30 d\n    at_most: 12 h", "in: 30 d\n    at_most: 12 h\n    exclusive: true", "stricter"),
    ],
)
def test_totals_over_other_windows(one: str, two: str, relation: str) -> None:
    both = [constraint(f"kind: total\n    of: {{from: ON, until: OFF}}\n    {form}") for form in (one, two)]
    assert by_rulebook(*both)[0] == relation


def test_what_forbids_all_of_them_is_stricter_than_any_limit_on_each() -> None:
    limited, demanded = (
        next(c for c in load_rulebook(None, position=name).constraints if c.id == "R-01")
        for name in ("turkish-limited-use", "us-demand")
    )
    assert by_rulebook(limited, demanded) == ("stricter", ["none is permitted under the second"])
    assert by_rulebook(demanded, limited) == ("looser", ["none is permitted under the first"])


def test_while_all_of_them_go_on_is_not_while_any_does() -> None:
    head = {name: f"{value}" for name, value in HEAD.items()}
    body = ", ".join(f"{name}: {value}" for name, value in head.items())
    books = [
        parse_rulebook(
            "rulebook: {id: r, version: '1', title: R}\n"
            "events: {ON: {}, OFF: {}, A: {}, B: {}, C: {}, D: {}}\n"
            "intervals: {run: {from: ON, until: OFF}, x: {from: A, until: B}, y: {from: C, until: D}}\n"
            f"constraints: [{{{body}, kind: during, of: run, inside: {{{how}: [x, y]}}}}]\n"
        )
        for how in ("all_of", "any_of")
    ]
    assert by_rulebook(books[0].constraints[0], books[1].constraints[0])[0] == "incomparable"
