"""Mutants: what is changed in a rule, and what is not since it would mean the same."""

from checker import mutation
from checker.measure import OnEvents, Rule, Step
from checker.rulebook import Rulebook, parse_rulebook
from checker.rulebook.examples import parse_examples
from checker.tested import Outcome
from checker.testing import run

HEAD = """
rulebook: {id: b, version: "1", title: T}
events:
  ON: {notice: text, site: "text?", items: list}
  OFF: {}
  NOTICE: {notice: text, site: "text?", starts: "instant?", items: list}
  AMENDED: {notice: text, site: "text?", starts: "instant?", items: list}
  SEEN: {kind: text, from: instant, to: instant}
  MOVED: {to: text, items: list}
  AT: {position: mapping}
registers:
  areas: [{member: R, place: {type: Polygon, coordinates: [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}}]
intervals:
  emission: {from: ON, until: OFF, observed_by: {event: {type: SEEN, kind: emission}, starts: from, ends: to}}
constraints:
"""
RULE = "  - {{id: C-1, title: T, text: T, group: G, severity: minor, source: S, {formal}}}\n"


def rules_of(formal: str) -> tuple[Rulebook, list[Rule]]:
    book = parse_rulebook(HEAD + RULE.format(formal=formal))
    return book, [rule for clause in book.constraints[0].clauses for rule in clause.rules]


def changes(formal: str) -> list[str]:
    book, rules = rules_of(formal)
    return [mutant.change for rule in rules for mutant in mutation.mutants(rule, book.catalogue)]


def outcome(formal: str, examples: str) -> Outcome:
    text = HEAD + RULE.format(formal=formal) + "examples:\n" + examples
    return run(
        parse_examples(text),
        lambda position, parameters: parse_rulebook(text, position=position, parameters=parameters),
        mutate=True,
    )


AGREES = "kind: agrees, event: ON, same: [subject, notice], with: {type: [NOTICE, AMENDED], %s: {present: true}}, "


def test_texts_differ_in_one_way_only_and_types_are_no_test() -> None:
    texts = changes(AGREES % "site" + "field: site, its: site")
    assert texts == [
        "without the alternative: NOTICE", "without the alternative: AMENDED", "`notice` no longer tells apart",
        "`field` site became notice",
    ]  # fmt: skip


def test_instants_differ_to_either_side() -> None:
    assert "`signed` was turned round" in changes(AGREES % "starts" + "field: time, its: starts, tolerance: 30 min")


def test_another_test_than_that_the_field_is_there_is_left_out() -> None:
    told = changes("kind: agrees, event: ON, field: site, its: site, with: {type: NOTICE, starts: {present: true}}")
    assert "without the test: `starts` given" in told


def test_a_limit_that_is_the_kind_s_own_is_not_moved() -> None:
    assert changes("kind: never, interval: emission") == []
    assert changes("kind: area, event: AT, inside: areas") == []
    assert changes("kind: preceded_by, event: ON, by: NOTICE") == [
        "`at_least` 0 s became 1 s", "the limit itself counts as a breach", "`at_most` and `at_least` changed places",
    ]  # fmt: skip


def test_members_are_counted_in_whole_numbers_that_are_not_below_zero() -> None:
    assert changes("kind: always, event: MOVED, field: items, exactly: 0") == [
        "`at_most` 0 became -1", "`at_most` 0 became 1", "`at_least` 0 became 1",
    ]  # fmt: skip
    assert "`at_least` 4 became 3" in changes("kind: state_on, event: MOVED, field: items, at_least: 4")


def test_a_move_is_taken_out_with_what_it_is_asked_of() -> None:
    book, [rule] = rules_of(
        "kind: sequence, moves: [{event: MOVED, to_field: to}, {event: {type: ON, site: X}, to: ON}], allowed: {A: [ON]}"
    )
    made = {mutant.change: mutant.rule for mutant in mutation.mutants(rule, book.catalogue)}
    assert list(made) == [
        "without the move: MOVED", "without the move: ON with `site` X", "without the test: `site` X",
        "from A to ON is not allowed",
    ]  # fmt: skip
    for changed in made.values():
        assert isinstance(changed.on, OnEvents)
        assert isinstance(changed.measure, Step)
        assert changed.on.pattern.types == frozenset().union(
            *(move.pattern.types or () for move in changed.measure.moves)
        )


def test_the_state_on_a_day_is_asked_of_the_records_that_show_it() -> None:
    told = changes("kind: state_on, event: [MOVED, NOTICE], field: items, at_least: 4")
    assert told.count("without the alternative: MOVED") == 1


def test_what_others_say_of_an_interval_is_changed_where_it_is_asked() -> None:
    made = outcome(
        "kind: duration, of: emission, at_most: 1 h",
        """
  - name: A movement says nothing of it
    log:
      - 05-01T06:00 ON A
      - 05-01T07:00 OFF A
      - 05-01T12:00 SEEN A kind=movement from=2031-05-01T08:00:00Z to=2031-05-01T10:00:00Z source=P
    expect: {C-1: satisfied}
""",
    )
    assert made.passed == 1
    assert made.mutation is not None
    assert "without the test: `kind` emission" not in [one.change for one in made.mutation.survivors]


def test_what_must_not_be_is_kept_where_it_is_not() -> None:
    examples = """
  - name: None
    log: [05-01T06:00 OFF A]
    expect: {C-1: not_applicable}
  - name: One
    log: [05-01T06:00 ON A, 05-01T07:00 OFF A]
    expect: {C-1: violated}
""".replace("05-01T06:00 OFF A]", "05-01T06:00 MOVED A to=X]")
    for formal in ("kind: never, interval: emission", "kind: never, event: ON"):
        assert [row.complete for row in outcome(formal, examples).coverage] == [True]
    asked = "kind: duration, of: emission, at_most: 1 min"
    assert [row.complete for row in outcome(asked, examples).coverage] == [False]


def test_any_record_of_an_example_may_say_that_its_signature_failed() -> None:
    made = outcome(
        "kind: never, event: {signature: INVALID}",
        """
  - name: Not verified
    log: [05-01T06:00 OFF A signature=INVALID]
    expect: {C-1: violated}
""",
    )
    assert made.passed == 1


def test_lengths_are_told_in_the_words_of_a_rulebook() -> None:
    told = changes("kind: never, interval: {of: emission, lasting: {more_than: 1 h, at_most: 2 h}}")
    assert "`more_than` 1 h became 1 h 36 s" in told
    assert "`at_most` 2 h became 2 h 1 min" in told
    assert "`more_than` became `at_least`" in told
    assert "`at_most` became `less_than`" in told
    for wrong in ("`least`", "`most`", "`above`", "`below`"):
        assert not any(wrong in one for one in told), told
