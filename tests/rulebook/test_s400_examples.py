"""The built-in rulebook by its own examples: every one comes out as it is to, and hardly any change goes unnoticed."""

from functools import cache

from checker.rulebook import Rulebook, builtin, load_rulebook
from checker.rulebook.examples import Example, load_examples
from checker.tested import Outcome
from checker.testing import run


@cache
def loaded(position: str | None, parameters: tuple[tuple[str, str], ...]) -> Rulebook:
    return load_rulebook(position=position, parameters=dict(parameters))


def judged(examples: list[Example], mutate: bool = False) -> Outcome:
    return run(examples, lambda position, given: loaded(position, tuple(sorted(given.items()))), mutate=mutate)


def test_every_example_comes_out_and_hardly_a_mutant_goes_unnoticed() -> None:
    made = judged(load_examples(builtin()), mutate=True)
    assert [(one.name, one.differences) for one in made.examples if one.differences] == []
    assert [(row.constraint, row.seen, row.unseen) for row in made.coverage if not row.complete] == []
    assert made.mutation is not None
    assert made.mutation.mutants > 700
    assert made.mutation.killed >= 0.95 * made.mutation.mutants, made.mutation.survivors


def test_what_is_in_force_by_default_is_shown_kept_and_broken_by_default() -> None:
    book = loaded(None, ())
    mine = [one for one in load_examples(builtin()) if one.position in (None, book.position)]
    in_force = {one.id for one in book.constraints if any(clause.rules for clause in one.clauses)}
    lacking = {row.constraint for row in judged(mine).coverage if not {"satisfied", "violated"} <= set(row.seen)}
    assert len(in_force) > 50
    assert lacking & in_force == set()


def test_every_position_is_spoken_of_and_every_example_told_in_words() -> None:
    examples = load_examples(builtin())
    book = loaded(None, ())
    assert {one.position or book.position for one in examples} == set(book.positions)
    strange = [one.name for one in examples if one.name.split(",")[0] not in {told.constraint for told in one.expected}]
    assert strange == []
